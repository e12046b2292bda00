# The agent's provisioning: part of the agent's library, in a folder of its own.
libvfg_agent_a_SOURCES += \
	guest-agent/provision/act.c \
	guest-agent/provision/driver-choice.c guest-agent/provision/driver-choice.h \
	guest-agent/provision/engine.c guest-agent/provision/engine.h guest-agent/provision/engine-private.h \
	guest-agent/provision/lock-holder.c \
	guest-agent/provision/look.c \
	guest-agent/provision/look-clean.c \
	guest-agent/provision/look-driver.c \
	guest-agent/provision/openpgp.c guest-agent/provision/openpgp.h \
	guest-agent/provision/packager.c guest-agent/provision/packager.h \
	guest-agent/provision/plan.c guest-agent/provision/plan.h guest-agent/provision/plan-private.h \
	guest-agent/provision/plan-driver.c \
	guest-agent/provision/plan-other.c \
	guest-agent/provision/plan-print.c guest-agent/provision/plan-print.h \
	guest-agent/provision/plan-profiles.c \
	guest-agent/provision/plan-repository.c \
	guest-agent/provision/program.c guest-agent/provision/program.h \
	guest-agent/provision/provision.c guest-agent/provision/provision.h \
	guest-agent/provision/state.c guest-agent/provision/state.h \
	guest-agent/provision/step.c guest-agent/provision/step.h \
	guest-agent/provision/system.c guest-agent/provision/system.h

vfiogpu_agent_SOURCES += guest-agent/cmd-provision.c guest-agent/cmd-status.c

VFG_PROVISION_TESTS = \
	tests/unit/test-openpgp \
	tests/unit/test-provision-engine \
	tests/unit/test-provision-packages \
	tests/unit/test-provision-plans
check_PROGRAMS += $(VFG_PROVISION_TESTS)
TESTS += $(VFG_PROVISION_TESTS)
EXTRA_DIST += tests/unit/stub-program

tests_unit_test_provision_engine_SOURCES = \
	tests/unit/provision-fixture.c tests/unit/provision-fixture.h \
	tests/unit/test-provision-engine.c
tests_unit_test_provision_engine_CPPFLAGS = $(AGENT_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_provision_engine_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_provision_engine_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_provision_engine_LDADD = libvfg-agent.a $(KNOW_TEST_LIBS)

tests_unit_test_provision_plans_SOURCES = tests/unit/test-provision-plans.c
tests_unit_test_provision_plans_CPPFLAGS = $(AGENT_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_provision_plans_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_provision_plans_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_provision_plans_LDADD = libvfg-agent.a $(KNOW_TEST_LIBS)

tests_unit_test_openpgp_SOURCES = tests/unit/test-openpgp.c
tests_unit_test_openpgp_CPPFLAGS = $(AGENT_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_openpgp_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_openpgp_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_openpgp_LDADD = libvfg-agent.a $(KNOW_TEST_LIBS)

tests_unit_test_provision_packages_SOURCES = tests/unit/provision-fixture.c tests/unit/provision-fixture.h tests/unit/test-provision-packages.c
tests_unit_test_provision_packages_CPPFLAGS = $(AGENT_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_provision_packages_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_provision_packages_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_provision_packages_LDADD = libvfg-agent.a $(KNOW_TEST_LIBS)

EXTRA_DIST += \
	tests/unit/golden/provision/almalinux-10.0.txt \
	tests/unit/golden/provision/almalinux-8.10.txt \
	tests/unit/golden/provision/almalinux-9.6.txt \
	tests/unit/golden/provision/alpine-3.22.txt \
	tests/unit/golden/provision/amzn-2.txt \
	tests/unit/golden/provision/amzn-2023.txt \
	tests/unit/golden/provision/arch-.txt \
	tests/unit/golden/provision/azurelinux-3.0.txt \
	tests/unit/golden/provision/centos-9.txt \
	tests/unit/golden/provision/debian-11.txt \
	tests/unit/golden/provision/debian-12-rpi.txt \
	tests/unit/golden/provision/debian-12.txt \
	tests/unit/golden/provision/debian-13-rpi.txt \
	tests/unit/golden/provision/debian-13.txt \
	tests/unit/golden/provision/fedora-39.txt \
	tests/unit/golden/provision/fedora-40-silverblue.txt \
	tests/unit/golden/provision/fedora-40.txt \
	tests/unit/golden/provision/fedora-41.txt \
	tests/unit/golden/provision/fedora-42-coreos.txt \
	tests/unit/golden/provision/fedora-42-ostree.txt \
	tests/unit/golden/provision/fedora-42.txt \
	tests/unit/golden/provision/fedora-43.txt \
	tests/unit/golden/provision/freebsd-13.0.txt \
	tests/unit/golden/provision/freebsd-13.2.txt \
	tests/unit/golden/provision/freebsd-14.3.txt \
	tests/unit/golden/provision/freebsd-15.0.txt \
	tests/unit/golden/provision/kylin-V10.txt \
	tests/unit/golden/provision/mariner-2.0.txt \
	tests/unit/golden/provision/ol-8.9.txt \
	tests/unit/golden/provision/ol-9.6.txt \
	tests/unit/golden/provision/opensuse-leap-15.6.txt \
	tests/unit/golden/provision/opensuse-leap-16.0.txt \
	tests/unit/golden/provision/opensuse-tumbleweed-20260101.txt \
	tests/unit/golden/provision/raspbian-12.txt \
	tests/unit/golden/provision/rhel-10.0.txt \
	tests/unit/golden/provision/rhel-8.10.txt \
	tests/unit/golden/provision/rhel-9.6.txt \
	tests/unit/golden/provision/rocky-10.0.txt \
	tests/unit/golden/provision/rocky-8.10.txt \
	tests/unit/golden/provision/rocky-9.5.txt \
	tests/unit/golden/provision/sles-15.6.txt \
	tests/unit/golden/provision/sles-15.7.txt \
	tests/unit/golden/provision/sles-16.0.txt \
	tests/unit/golden/provision/ubuntu-20.04.txt \
	tests/unit/golden/provision/ubuntu-22.04.txt \
	tests/unit/golden/provision/ubuntu-24.04.txt \
	tests/unit/golden/provision/ubuntu-25.04.txt \
	tests/unit/golden/provision/ubuntu-25.10.txt

if BUILD_AGENT
check_PROGRAMS += tests/unit/test-cmd-provision
TESTS += tests/unit/test-cmd-provision
endif

tests_unit_test_cmd_provision_SOURCES = tests/unit/test-cmd-provision.c
tests_unit_test_cmd_provision_CPPFLAGS = $(MODEL_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_cmd_provision_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_cmd_provision_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_cmd_provision_LDADD = $(BASE_TEST_LIBS)

check_PROGRAMS += tests/fuzz/fuzz-openpgp
EXTRA_DIST += docs/SUPPORT.md tests/fuzz/corpus/openpgp

tests_fuzz_fuzz_openpgp_SOURCES = tests/fuzz/fuzz-main.c tests/fuzz/fuzz-openpgp.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_openpgp_CPPFLAGS = $(AGENT_INCLUDES)
tests_fuzz_fuzz_openpgp_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_openpgp_LDFLAGS = $(VFG_LDFLAGS)
tests_fuzz_fuzz_openpgp_LDADD = libvfg-agent.a libvfg-model.a libvfg-base.a $(GLIB_LIBS) $(JANSSON_LIBS)
