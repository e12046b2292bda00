# Unit tests. Each is tests/unit/NAME.c, sees every layer and the helpers of this folder, and links what it uses of the
# libraries; only what differs from that is said. Those of the virtual GPU are declared with it.
check_LIBRARIES += libvfg-test.a
libvfg_test_a_SOURCES = \
	tests/unit/assert-error.h tests/unit/growth.h tests/unit/describe-plan.h \
	tests/unit/leave-child.h tests/unit/stride.h \
	tests/unit/fake-kernel.c tests/unit/fake-kernel.h \
	tests/unit/fake-screen.c tests/unit/fake-screen.h \
	tests/unit/load-errors.c tests/unit/load-errors.h \
	tests/unit/make-host.c tests/unit/make-host.h \
	tests/unit/shipped.c tests/unit/shipped.h \
	tests/unit/temp-tree.c tests/unit/temp-tree.h
libvfg_test_a_CPPFLAGS = $(DIAGNOSE_INCLUDES) $(TEST_INCLUDES)

TEST_INCLUDES = -I$(srcdir)/tests/unit -DVFG_TOP_SRCDIR='"$(abs_top_srcdir)"'
AM_CPPFLAGS = $(APP_INCLUDES) $(TEST_INCLUDES)
COMMON_LIBS = libvfg-diagnose.a libvfg-know.a libvfg-model.a libvfg-base.a $(JANSSON_LIBS) $(GLIB_LIBS)
if BUILD_HOST
LDADD = libvfg-test.a $(HOST_LIBS)
else
LDADD = libvfg-test.a $(COMMON_LIBS)
endif

# On a fake kernel as the commands run it; the libvirt in memory stands before the real one.
BIND_FIXTURE = tests/unit/bind-fixture.c tests/unit/bind-fixture.h
FAKE_VIRT = tests/unit/fake-virt.c tests/unit/fake-virt.h
PROBE_FIXTURE = tests/unit/probe-fixture.c tests/unit/probe-fixture.h

# Of base, model, know and diagnose, which the agent links as well; they build without the host's libraries.
COMMON_TESTS = \
	tests/unit/test-beneath \
	tests/unit/test-catalogue \
	tests/unit/test-cmdline \
	tests/unit/test-diagnose-samples \
	tests/unit/test-diagnoser \
	tests/unit/test-error \
	tests/unit/test-error-catalogue \
	tests/unit/test-error-examples \
	tests/unit/test-escape \
	tests/unit/test-finding \
	tests/unit/test-frame \
	tests/unit/test-gpu-generation \
	tests/unit/test-host \
	tests/unit/test-io \
	tests/unit/test-iomem \
	tests/unit/test-kmsg \
	tests/unit/test-literals \
	tests/unit/test-log-line \
	tests/unit/test-message \
	tests/unit/test-parse \
	tests/unit/test-patient \
	tests/unit/test-pci-address \
	tests/unit/test-pci-caps \
	tests/unit/test-pci-caps-samples \
	tests/unit/test-pci-function \
	tests/unit/test-pci-ids \
	tests/unit/test-plan \
	tests/unit/test-progress \
	tests/unit/test-root \
	tests/unit/test-table \
	tests/unit/test-usage \
	tests/unit/test-vmdef
check_PROGRAMS += $(COMMON_TESTS)
TESTS += $(COMMON_TESTS)

HOST_TESTS = \
	tests/unit/test-agent-events \
	tests/unit/test-bind-faults \
	tests/unit/test-bind-race \
	tests/unit/test-bind-screen \
	tests/unit/test-check \
	tests/unit/test-check-memory \
	tests/unit/test-child \
	tests/unit/test-claim \
	tests/unit/test-collect \
	tests/unit/test-crash-points \
	tests/unit/test-diagnose-log \
	tests/unit/test-domain-xml \
	tests/unit/test-event \
	tests/unit/test-gpu-find \
	tests/unit/test-guest-map \
	tests/unit/test-handover \
	tests/unit/test-health \
	tests/unit/test-journal \
	tests/unit/test-judge \
	tests/unit/test-libvirt-load \
	tests/unit/test-locality-choose \
	tests/unit/test-merge \
	tests/unit/test-ovmf-image \
	tests/unit/test-persist \
	tests/unit/test-placement \
	tests/unit/test-plan-bind \
	tests/unit/test-plan-vm \
	tests/unit/test-probe \
	tests/unit/test-probe-details \
	tests/unit/test-probe-machine \
	tests/unit/test-probe-network \
	tests/unit/test-probe-usage \
	tests/unit/test-ready \
	tests/unit/test-recovery \
	tests/unit/test-redact \
	tests/unit/test-run \
	tests/unit/test-seed-iso \
	tests/unit/test-session \
	tests/unit/test-sizing \
	tests/unit/test-snapshot \
	tests/unit/test-snapshot-hostile \
	tests/unit/test-start \
	tests/unit/test-store \
	tests/unit/test-sysfs \
	tests/unit/test-together \
	tests/unit/test-virt \
	tests/unit/test-vm-diagnosis \
	tests/unit/test-vmdef-read \
	tests/unit/test-vmdefs
if BUILD_HOST
check_PROGRAMS += $(HOST_TESTS)
TESTS += $(HOST_TESTS)
endif

tests_unit_test_bind_faults_SOURCES = tests/unit/test-bind-faults.c $(BIND_FIXTURE)
tests_unit_test_bind_race_SOURCES = tests/unit/test-bind-race.c $(BIND_FIXTURE)
tests_unit_test_bind_screen_SOURCES = tests/unit/test-bind-screen.c $(BIND_FIXTURE)
tests_unit_test_crash_points_SOURCES = tests/unit/test-crash-points.c $(BIND_FIXTURE)
tests_unit_test_crash_points_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=ftruncate,--wrap=fdatasync,--wrap=fsync,--wrap=unlink,--wrap=rename,--wrap=pwrite \
	-Wl,--wrap=write,--wrap=open,--wrap=g_mkdir_with_parents,--wrap=vfg_root_write
tests_unit_test_domain_xml_CFLAGS = $(AM_CFLAGS) $(LIBXML_CFLAGS)
tests_unit_test_libvirt_load_CFLAGS = $(AM_CFLAGS) $(LIBVIRT_CFLAGS)
tests_unit_test_merge_CFLAGS = $(AM_CFLAGS) $(LIBXML_CFLAGS)
tests_unit_test_ovmf_image_CFLAGS = $(AM_CFLAGS) $(LIBLZMA_CFLAGS)
tests_unit_test_collect_SOURCES = tests/unit/test-collect.c $(BIND_FIXTURE) $(FAKE_VIRT)
tests_unit_test_diagnose_log_SOURCES = tests/unit/test-diagnose-log.c $(BIND_FIXTURE)
tests_unit_test_persist_SOURCES = tests/unit/test-persist.c $(BIND_FIXTURE)
tests_unit_test_probe_machine_SOURCES = tests/unit/test-probe-machine.c $(PROBE_FIXTURE)
tests_unit_test_probe_network_SOURCES = tests/unit/test-probe-network.c $(PROBE_FIXTURE)
tests_unit_test_probe_usage_SOURCES = tests/unit/test-probe-usage.c $(PROBE_FIXTURE)
tests_unit_test_ready_SOURCES = tests/unit/test-ready.c $(FAKE_VIRT)
tests_unit_test_seed_iso_CFLAGS = $(AM_CFLAGS) $(LIBARCHIVE_CFLAGS)
tests_unit_test_snapshot_hostile_CFLAGS = $(AM_CFLAGS) $(LIBARCHIVE_CFLAGS)
tests_unit_test_start_SOURCES = tests/unit/test-start.c $(FAKE_VIRT)
tests_unit_test_vmdef_read_CFLAGS = $(AM_CFLAGS) $(LIBXML_CFLAGS)
tests_unit_test_vmdefs_SOURCES = tests/unit/test-vmdefs.c $(FAKE_VIRT)

# The agent has headers of the same names as the host's side.
AGENT_TESTS = \
	tests/unit/test-agent-channel \
	tests/unit/test-agent-facts \
	tests/unit/test-counters \
	tests/unit/test-kernel-args \
	tests/unit/test-kernel-edit \
	tests/unit/test-knowledge \
	tests/unit/test-openpgp \
	tests/unit/test-provision-engine \
	tests/unit/test-provision-packages \
	tests/unit/test-provision-plans \
	tests/unit/test-provisioner \
	tests/unit/test-spool \
	tests/unit/test-watch
check_PROGRAMS += $(AGENT_TESTS)
TESTS += $(AGENT_TESTS)

AGENT_TEST_INCLUDES = $(AGENT_INCLUDES) $(TEST_INCLUDES)
AGENT_TEST_LIBS = libvfg-test.a libvfg-agent.a $(COMMON_LIBS)
PROVISION_FIXTURE = tests/unit/provision-fixture.c tests/unit/provision-fixture.h

tests_unit_test_agent_channel_CPPFLAGS = $(AGENT_TEST_INCLUDES)
tests_unit_test_agent_channel_LDADD = $(AGENT_TEST_LIBS)
# With the host's end, which is in HOST_TESTS therefore.
tests_unit_test_agent_events_CPPFLAGS = $(AGENT_TEST_INCLUDES) -I$(srcdir)/src/guest
tests_unit_test_agent_events_LDADD = libvfg-guest.a $(AGENT_TEST_LIBS) $(SQLITE_LIBS)
tests_unit_test_agent_facts_CPPFLAGS = $(AGENT_TEST_INCLUDES)
tests_unit_test_agent_facts_LDADD = $(AGENT_TEST_LIBS)
tests_unit_test_counters_CPPFLAGS = $(AGENT_TEST_INCLUDES)
tests_unit_test_counters_LDADD = $(AGENT_TEST_LIBS)
tests_unit_test_kernel_args_CPPFLAGS = $(AGENT_TEST_INCLUDES)
tests_unit_test_kernel_args_LDADD = $(AGENT_TEST_LIBS)
tests_unit_test_kernel_edit_CPPFLAGS = $(AGENT_TEST_INCLUDES)
tests_unit_test_kernel_edit_LDADD = $(AGENT_TEST_LIBS)
tests_unit_test_knowledge_CPPFLAGS = $(AGENT_TEST_INCLUDES)
tests_unit_test_knowledge_LDADD = $(AGENT_TEST_LIBS)
tests_unit_test_openpgp_CPPFLAGS = $(AGENT_TEST_INCLUDES)
tests_unit_test_openpgp_LDADD = $(AGENT_TEST_LIBS)
tests_unit_test_provision_engine_SOURCES = tests/unit/test-provision-engine.c $(PROVISION_FIXTURE)
tests_unit_test_provision_engine_CPPFLAGS = $(AGENT_TEST_INCLUDES)
tests_unit_test_provision_engine_LDADD = $(AGENT_TEST_LIBS)
tests_unit_test_provision_packages_SOURCES = tests/unit/test-provision-packages.c $(PROVISION_FIXTURE)
tests_unit_test_provision_packages_CPPFLAGS = $(AGENT_TEST_INCLUDES)
tests_unit_test_provision_packages_LDADD = $(AGENT_TEST_LIBS)
tests_unit_test_provision_plans_CPPFLAGS = $(AGENT_TEST_INCLUDES)
tests_unit_test_provision_plans_LDADD = $(AGENT_TEST_LIBS)
tests_unit_test_provisioner_CPPFLAGS = $(AGENT_TEST_INCLUDES)
tests_unit_test_provisioner_LDADD = $(AGENT_TEST_LIBS)
tests_unit_test_spool_CPPFLAGS = $(AGENT_TEST_INCLUDES)
tests_unit_test_spool_LDADD = $(AGENT_TEST_LIBS)
tests_unit_test_watch_CPPFLAGS = $(AGENT_TEST_INCLUDES)
tests_unit_test_watch_LDADD = $(AGENT_TEST_LIBS)

if BUILD_AGENT
check_PROGRAMS += tests/unit/test-cmd-provision
TESTS += tests/unit/test-cmd-provision
endif

# The layers and the limits of HACKING.md over the sources; the seed's install script.
SCRIPT_TESTS = tests/check-layers.sh tests/unit/test-install.sh
dist_check_SCRIPTS += $(SCRIPT_TESTS)
TESTS += $(SCRIPT_TESTS)
EXTRA_DIST += tests/check-layers.awk tests/unit/golden tests/unit/stub-program
