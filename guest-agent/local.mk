# The agent: base, model, know and diagnose only, one static binary that runs in any guest.
if BUILD_AGENT
sbin_PROGRAMS += vfiogpu-agent
endif

noinst_LIBRARIES += libvfg-agent.a
libvfg_agent_a_SOURCES = \
	guest-agent/agent.c guest-agent/agent.h \
	guest-agent/channel.c guest-agent/channel.h \
	guest-agent/builtin.h \
	guest-agent/counter-look.c guest-agent/counter-look.h \
	guest-agent/counter-watch.c guest-agent/counter-watch.h \
	guest-agent/counters.c guest-agent/counters.h \
	guest-agent/facts.c guest-agent/facts.h \
	guest-agent/file-replace.c guest-agent/file-replace.h \
	guest-agent/gpu-sysfs.c guest-agent/gpu-sysfs.h \
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
	guest-agent/smi-log.c guest-agent/smi-log.h \
	guest-agent/smi.c guest-agent/smi.h \
	guest-agent/spool.c guest-agent/spool.h \
	guest-agent/spool-file.c guest-agent/spool-file.h \
	guest-agent/spool-record.c guest-agent/spool-record.h \
	guest-agent/uevents.c guest-agent/uevents.h \
	guest-agent/watch.c guest-agent/watch.h
nodist_libvfg_agent_a_SOURCES = guest-agent/builtin.c
libvfg_agent_a_CPPFLAGS = $(AGENT_INCLUDES)

guest-agent/builtin.c: $(EMBEDDED_FILES) data/embed
	$(AM_V_GEN)$(MKDIR_P) guest-agent && $(SHELL) $(srcdir)/data/embed $(srcdir) $(EMBEDDED_FILES) >$@.tmp && mv $@.tmp $@
CLEANFILES += guest-agent/builtin.c

vfiogpu_agent_SOURCES = \
	guest-agent/cmd-kernel-args.c \
	guest-agent/cmd-run.c \
	guest-agent/commands.c guest-agent/commands.h \
	guest-agent/main.c
vfiogpu_agent_CPPFLAGS = $(AGENT_INCLUDES) -DVFG_AGENT_VERSION='"$(PACKAGE_VERSION)"'
# Without symbols: a third of a static program is its libraries' symbol table, and every guest gets a copy.
vfiogpu_agent_LDFLAGS = $(AGENT_LDFLAGS) $(AM_LDFLAGS) -Wl,--strip-all
vfiogpu_agent_LDADD = libvfg-agent.a libvfg-diagnose.a libvfg-know.a libvfg-model.a libvfg-base.a $(AGENT_LINK)
