# The agent: base and model only, one static binary that runs in any guest.
if BUILD_AGENT
sbin_PROGRAMS += vfiogpu-agent
endif

noinst_LIBRARIES += libvfg-agent.a
libvfg_agent_a_SOURCES = \
	guest-agent/agent.c guest-agent/agent.h \
	guest-agent/channel.c guest-agent/channel.h \
	guest-agent/facts.c guest-agent/facts.h \
	guest-agent/log.c guest-agent/log.h \
	guest-agent/os-release.c guest-agent/os-release.h \
	guest-agent/outbox.c guest-agent/outbox.h \
	guest-agent/port.c guest-agent/port.h \
	guest-agent/uevents.c guest-agent/uevents.h
libvfg_agent_a_CPPFLAGS = $(AGENT_INCLUDES)
libvfg_agent_a_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)

vfiogpu_agent_SOURCES = guest-agent/main.c
vfiogpu_agent_CPPFLAGS = $(AGENT_INCLUDES) -DVFG_AGENT_VERSION='"$(PACKAGE_VERSION)"'
vfiogpu_agent_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
vfiogpu_agent_LDFLAGS = $(AGENT_LDFLAGS) $(VFG_LDFLAGS)
vfiogpu_agent_LDADD = libvfg-agent.a libvfg-model.a libvfg-base.a $(AGENT_LINK)

check_PROGRAMS += tests/unit/test-agent-facts tests/unit/test-agent-channel
TESTS += tests/unit/test-agent-facts tests/unit/test-agent-channel

tests_unit_test_agent_facts_SOURCES = tests/unit/test-agent-facts.c
tests_unit_test_agent_facts_CPPFLAGS = $(AGENT_INCLUDES)
tests_unit_test_agent_facts_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_agent_facts_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_agent_facts_LDADD = libvfg-agent.a libvfg-model.a libvfg-base.a \
	$(GLIB_LIBS) $(JANSSON_LIBS)

tests_unit_test_agent_channel_SOURCES = tests/unit/test-agent-channel.c
tests_unit_test_agent_channel_CPPFLAGS = $(AGENT_INCLUDES)
tests_unit_test_agent_channel_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_agent_channel_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_agent_channel_LDADD = libvfg-agent.a libvfg-model.a libvfg-base.a \
	$(GLIB_LIBS) $(JANSSON_LIBS)
