# The agent: base, model, know and diagnose only, one static binary that runs in any guest.
if BUILD_AGENT
sbin_PROGRAMS += vfiogpu-agent
endif

noinst_LIBRARIES += libvfg-agent.a
libvfg_agent_a_SOURCES = \
	guest-agent/agent.c guest-agent/agent.h \
	guest-agent/channel.c guest-agent/channel.h \
	guest-agent/builtin.h \
	guest-agent/counters.c guest-agent/counters.h \
	guest-agent/facts.c guest-agent/facts.h \
	guest-agent/file-replace.c guest-agent/file-replace.h \
	guest-agent/kernel-args.c guest-agent/kernel-args.h \
	guest-agent/kernel-edit.c guest-agent/kernel-edit.h \
	guest-agent/kernel-loaders.c guest-agent/kernel-loaders.h \
	guest-agent/kernel-policy.c guest-agent/kernel-policy.h \
	guest-agent/kernel-shell.c guest-agent/kernel-shell.h \
	guest-agent/kernel-store.c guest-agent/kernel-store.h \
	guest-agent/kernel-text.c guest-agent/kernel-text.h \
	guest-agent/kernel-value.c guest-agent/kernel-value.h \
	guest-agent/knowledge.c guest-agent/knowledge.h \
	guest-agent/log.c guest-agent/log.h \
	guest-agent/os-release.c guest-agent/os-release.h \
	guest-agent/outbox.c guest-agent/outbox.h \
	guest-agent/port.c guest-agent/port.h \
	guest-agent/prior-work.c guest-agent/prior-work.h \
	guest-agent/provisioner.c guest-agent/provisioner.h \
	guest-agent/recognise.c guest-agent/recognise.h \
	guest-agent/reporter.c guest-agent/reporter.h \
	guest-agent/smi.c guest-agent/smi.h \
	guest-agent/spool.c guest-agent/spool.h \
	guest-agent/spool-file.c guest-agent/spool-file.h \
	guest-agent/spool-record.c guest-agent/spool-record.h \
	guest-agent/uevents.c guest-agent/uevents.h \
	guest-agent/watch.c guest-agent/watch.h
nodist_libvfg_agent_a_SOURCES = guest-agent/builtin.c
libvfg_agent_a_CPPFLAGS = $(AGENT_INCLUDES)
libvfg_agent_a_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)

guest-agent/builtin.c: $(EMBEDDED_FILES) data/embed
	$(AM_V_GEN)$(MKDIR_P) guest-agent && $(SHELL) $(srcdir)/data/embed $(srcdir) $(EMBEDDED_FILES) >$@.tmp && mv $@.tmp $@
CLEANFILES += guest-agent/builtin.c

vfiogpu_agent_SOURCES = \
	guest-agent/cmd-kernel-args.c \
	guest-agent/cmd-run.c \
	guest-agent/commands.c guest-agent/commands.h \
	guest-agent/main.c
vfiogpu_agent_CPPFLAGS = $(AGENT_INCLUDES) -DVFG_AGENT_VERSION='"$(PACKAGE_VERSION)"'
vfiogpu_agent_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
# Without symbols: a third of a static program is its libraries' symbol table, and every guest gets a copy.
vfiogpu_agent_LDFLAGS = $(AGENT_LDFLAGS) $(VFG_LDFLAGS) -Wl,--strip-all
vfiogpu_agent_LDADD = libvfg-agent.a libvfg-diagnose.a libvfg-know.a libvfg-model.a libvfg-base.a $(AGENT_LINK)

VFG_AGENT_TESTS = \
	tests/unit/test-agent-channel \
	tests/unit/test-agent-facts \
	tests/unit/test-knowledge
check_PROGRAMS += $(VFG_AGENT_TESTS)
TESTS += $(VFG_AGENT_TESTS)

tests_unit_test_agent_facts_SOURCES = tests/unit/test-agent-facts.c
tests_unit_test_agent_facts_CPPFLAGS = $(AGENT_INCLUDES)
tests_unit_test_agent_facts_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_agent_facts_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_agent_facts_LDADD = libvfg-agent.a libvfg-know.a libvfg-model.a libvfg-base.a \
	$(GLIB_LIBS) $(JANSSON_LIBS)

tests_unit_test_agent_channel_SOURCES = tests/unit/test-agent-channel.c
tests_unit_test_agent_channel_CPPFLAGS = $(AGENT_INCLUDES)
tests_unit_test_agent_channel_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_agent_channel_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_agent_channel_LDADD = libvfg-agent.a libvfg-know.a libvfg-model.a libvfg-base.a \
	$(GLIB_LIBS) $(JANSSON_LIBS)

tests_unit_test_knowledge_SOURCES = tests/unit/test-knowledge.c
tests_unit_test_knowledge_CPPFLAGS = $(AGENT_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_knowledge_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_knowledge_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_knowledge_LDADD = libvfg-agent.a $(KNOW_TEST_LIBS)

check_PROGRAMS += tests/unit/test-spool tests/unit/test-watch
TESTS += tests/unit/test-spool tests/unit/test-watch

tests_unit_test_spool_SOURCES = tests/unit/test-spool.c
tests_unit_test_spool_CPPFLAGS = $(AGENT_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_spool_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_spool_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_spool_LDADD = libvfg-agent.a $(BASE_TEST_LIBS)

tests_unit_test_watch_SOURCES = tests/unit/test-watch.c
tests_unit_test_watch_CPPFLAGS = $(AGENT_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_watch_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_watch_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_watch_LDADD = libvfg-agent.a $(BASE_TEST_LIBS)

check_PROGRAMS += tests/unit/test-agent-events
TESTS += tests/unit/test-agent-events

tests_unit_test_agent_events_SOURCES = tests/unit/test-agent-events.c
tests_unit_test_agent_events_CPPFLAGS = $(AGENT_INCLUDES) -I$(srcdir)/src/guest $(VFG_TEST_INCLUDES)
tests_unit_test_agent_events_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_agent_events_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_agent_events_LDADD = libvfg-agent.a libvfg-guest.a $(KNOW_TEST_LIBS) $(SQLITE_LIBS)

check_PROGRAMS += tests/unit/test-counters
TESTS += tests/unit/test-counters

tests_unit_test_counters_SOURCES = tests/unit/test-counters.c
tests_unit_test_counters_CPPFLAGS = $(AGENT_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_counters_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_counters_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_counters_LDADD = libvfg-agent.a $(BASE_TEST_LIBS)
