# Layer 6: one use case a file; wires the layers, never prints.
noinst_LIBRARIES += libvfg-app.a
libvfg_app_a_SOURCES = \
	src/app/agent.c src/app/agent.h \
	src/app/app.c src/app/app.h \
	src/app/bind.c src/app/bind.h \
	src/app/ready.c src/app/ready.h \
	src/app/persist.c src/app/persist.h \
	src/app/recover.c src/app/recover.h \
	src/app/restore.c src/app/restore.h \
	src/app/boot-failure.c src/app/boot-failure.h \
	src/app/capture.c src/app/capture.h \
	src/app/collect.c src/app/collect.h \
	src/app/custody.c src/app/custody.h \
	src/app/custody-show.c src/app/custody-show.h \
	src/app/diagnose.c src/app/diagnose.h \
	src/app/disk.c src/app/disk.h \
	src/app/events.c src/app/events.h \
	src/app/give-back.c src/app/give-back.h \
	src/app/gpu-health.c src/app/gpu-health.h \
	src/app/handover.c src/app/handover.h \
	src/app/host-log.c src/app/host-log.h \
	src/app/judge.c src/app/judge.h \
	src/app/monitor.c src/app/monitor.h \
	src/app/placement.c src/app/placement.h \
	src/app/screenshot.c \
	src/app/seed.c src/app/seed.h \
	src/app/service.c src/app/service.h \
	src/app/start.c src/app/start.h \
	src/app/start-steps.c src/app/start-steps.h \
	src/app/status.c src/app/status.h \
	src/app/stop.c src/app/stop.h \
	src/app/undo-start.c src/app/undo-start.h \
	src/app/verify.c src/app/verify.h \
	src/app/vm-diagnosis.c src/app/vm-diagnosis.h \
	src/app/vmdefs.c src/app/vmdefs.h \
	src/app/wire.c src/app/wire.h
libvfg_app_a_CPPFLAGS = $(APP_INCLUDES) \
	-DVFG_AGENT_PATH='"$(sbindir)/vfiogpu-agent"' \
	-DVFG_DATA_DIR='"$(pkgdatadir)"' \
	-DVFG_STATE_DIR='"$(localstatedir)/lib/vfiogpu"' \
	-DVFG_CONFIG_DIR='"$(sysconfdir)/vfiogpu"'
libvfg_app_a_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS) $(LIBPNG_CFLAGS)

check_PROGRAMS += tests/unit/test-handover
TESTS += tests/unit/test-handover

tests_unit_test_handover_SOURCES = tests/unit/test-handover.c
tests_unit_test_handover_CPPFLAGS = $(APP_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_handover_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_handover_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_handover_LDADD = libvfg-app.a $(BASE_TEST_LIBS)

# bind, unbind and recover as the commands run them, on a fake kernel.
BIND_TESTS = \
	tests/unit/test-bind-faults \
	tests/unit/test-bind-race \
	tests/unit/test-crash-points \
	tests/unit/test-persist
check_PROGRAMS += $(BIND_TESTS)
TESTS += $(BIND_TESTS)

tests_unit_test_bind_faults_SOURCES = \
	tests/unit/bind-fixture.c tests/unit/bind-fixture.h tests/unit/test-bind-faults.c
tests_unit_test_bind_faults_CPPFLAGS = $(APP_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_bind_faults_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_bind_faults_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_bind_faults_LDADD = libvfg-test.a $(HOST_LIBS)

tests_unit_test_bind_race_SOURCES = \
	tests/unit/bind-fixture.c tests/unit/bind-fixture.h tests/unit/test-bind-race.c
tests_unit_test_bind_race_CPPFLAGS = $(APP_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_bind_race_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_bind_race_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_bind_race_LDADD = libvfg-test.a $(HOST_LIBS)

tests_unit_test_crash_points_SOURCES = \
	tests/unit/bind-fixture.c tests/unit/bind-fixture.h tests/unit/test-crash-points.c
tests_unit_test_crash_points_CPPFLAGS = $(APP_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_crash_points_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_crash_points_LDFLAGS = $(VFG_LDFLAGS) \
	-Wl,--wrap=ftruncate,--wrap=fdatasync,--wrap=fsync,--wrap=unlink,--wrap=rename,--wrap=pwrite \
	-Wl,--wrap=write,--wrap=open,--wrap=g_mkdir_with_parents,--wrap=vfg_root_write
tests_unit_test_crash_points_LDADD = libvfg-test.a $(HOST_LIBS)

check_PROGRAMS += tests/unit/test-vm-diagnosis
TESTS += tests/unit/test-vm-diagnosis

tests_unit_test_vm_diagnosis_SOURCES = tests/unit/test-vm-diagnosis.c
tests_unit_test_vm_diagnosis_CPPFLAGS = $(APP_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_vm_diagnosis_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_vm_diagnosis_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_vm_diagnosis_LDADD = libvfg-test.a $(HOST_LIBS)

check_PROGRAMS += tests/unit/test-ready
TESTS += tests/unit/test-ready

# It has a channel of its own, too.
tests_unit_test_ready_SOURCES = tests/unit/test-ready.c tests/unit/fake-virt.c tests/unit/fake-virt.h
tests_unit_test_ready_CPPFLAGS = $(APP_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_ready_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_ready_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_ready_LDADD = libvfg-test.a $(HOST_LIBS)

check_PROGRAMS += tests/unit/test-judge
TESTS += tests/unit/test-judge

tests_unit_test_judge_SOURCES = tests/unit/test-judge.c
tests_unit_test_judge_CPPFLAGS = $(APP_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_judge_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_judge_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_judge_LDADD = libvfg-test.a $(HOST_LIBS)

check_PROGRAMS += tests/unit/test-vmdefs
TESTS += tests/unit/test-vmdefs

tests_unit_test_vmdefs_SOURCES = tests/unit/test-vmdefs.c tests/unit/fake-virt.c tests/unit/fake-virt.h
tests_unit_test_vmdefs_CPPFLAGS = $(APP_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_vmdefs_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_vmdefs_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_vmdefs_LDADD = libvfg-test.a $(HOST_LIBS)

check_PROGRAMS += tests/unit/test-start
TESTS += tests/unit/test-start

# The libvirt in memory stands before the real one.
tests_unit_test_start_SOURCES = tests/unit/test-start.c tests/unit/fake-virt.c tests/unit/fake-virt.h
tests_unit_test_start_CPPFLAGS = $(APP_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_start_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_start_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_start_LDADD = libvfg-test.a $(HOST_LIBS)

tests_unit_test_persist_SOURCES = \
	tests/unit/bind-fixture.c tests/unit/bind-fixture.h tests/unit/test-persist.c
tests_unit_test_persist_CPPFLAGS = $(APP_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_persist_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_persist_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_persist_LDADD = libvfg-test.a $(HOST_LIBS)

check_PROGRAMS += tests/unit/test-placement
TESTS += tests/unit/test-placement
tests_unit_test_placement_SOURCES = tests/unit/test-placement.c
tests_unit_test_placement_CPPFLAGS = $(APP_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_placement_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_placement_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_placement_LDADD = libvfg-test.a $(HOST_LIBS)
