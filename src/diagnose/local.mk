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
libvfg_diagnose_a_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)

EXTRA_DIST += docs/DIAGNOSE.md

check_LIBRARIES += libvfg-test-errors.a
libvfg_test_errors_a_SOURCES = tests/unit/load-errors.c tests/unit/load-errors.h
libvfg_test_errors_a_CPPFLAGS = $(DIAGNOSE_INCLUDES) -DVFG_TOP_SRCDIR='"$(abs_top_srcdir)"'
libvfg_test_errors_a_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)

DIAGNOSE_TESTS = \
	tests/unit/test-diagnose-samples \
	tests/unit/test-error-examples
check_PROGRAMS += $(DIAGNOSE_TESTS)
TESTS += $(DIAGNOSE_TESTS)
DIAGNOSE_TEST_INCLUDES = $(DIAGNOSE_INCLUDES) -I$(srcdir)/tests/unit -DVFG_TOP_SRCDIR='"$(abs_top_srcdir)"'
DIAGNOSE_TEST_LIBS = libvfg-test-errors.a libvfg-diagnose.a libvfg-know.a libvfg-model.a libvfg-base.a \
	$(JANSSON_LIBS) $(GLIB_LIBS)

tests_unit_test_diagnose_samples_SOURCES = tests/unit/test-diagnose-samples.c
tests_unit_test_diagnose_samples_CPPFLAGS = $(DIAGNOSE_TEST_INCLUDES)
tests_unit_test_diagnose_samples_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_diagnose_samples_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_diagnose_samples_LDADD = $(DIAGNOSE_TEST_LIBS)

tests_unit_test_error_examples_SOURCES = tests/unit/test-error-examples.c
tests_unit_test_error_examples_CPPFLAGS = $(DIAGNOSE_TEST_INCLUDES)
tests_unit_test_error_examples_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_error_examples_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_error_examples_LDADD = $(DIAGNOSE_TEST_LIBS)
