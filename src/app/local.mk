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
	src/app/definition.c src/app/definition.h \
	src/app/disk.c src/app/disk.h \
	src/app/events.c src/app/events.h \
	src/app/give-back.c src/app/give-back.h \
	src/app/gpu-health.c src/app/gpu-health.h \
	src/app/guest-reboot.c src/app/guest-reboot.h \
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
libvfg_app_a_CFLAGS = $(AM_CFLAGS) $(LIBPNG_CFLAGS)
