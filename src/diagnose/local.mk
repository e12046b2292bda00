# Layer 2: what a log says. Pure: bytes in, a diagnosis out; linked by the command and by the agent.
noinst_LIBRARIES += libvfg-diagnose.a
libvfg_diagnose_a_SOURCES = \
	src/diagnose/device-name.c src/diagnose/device-name.h \
	src/diagnose/devices.c src/diagnose/devices.h \
	src/diagnose/diagnoser.c src/diagnose/diagnoser.h \
	src/diagnose/diagnosis.c src/diagnose/diagnosis.h \
	src/diagnose/explain.c src/diagnose/explain.h \
	src/diagnose/fold.c src/diagnose/fold.h \
	src/diagnose/literals.c src/diagnose/literals.h \
	src/diagnose/log-line.c src/diagnose/log-line.h \
	src/diagnose/matcher.c src/diagnose/matcher.h
libvfg_diagnose_a_CPPFLAGS = $(DIAGNOSE_INCLUDES)
