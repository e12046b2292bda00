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
	tests/unit/test-diagnoser \
	tests/unit/test-error-catalogue \
	tests/unit/test-error-examples \
	tests/unit/test-literals \
	tests/unit/test-log-line
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

tests_unit_test_diagnoser_SOURCES = tests/unit/test-diagnoser.c
tests_unit_test_diagnoser_CPPFLAGS = $(DIAGNOSE_TEST_INCLUDES)
tests_unit_test_diagnoser_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_diagnoser_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_diagnoser_LDADD = $(DIAGNOSE_TEST_LIBS)

tests_unit_test_error_catalogue_SOURCES = tests/unit/test-error-catalogue.c
tests_unit_test_error_catalogue_CPPFLAGS = $(DIAGNOSE_TEST_INCLUDES)
tests_unit_test_error_catalogue_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_error_catalogue_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_error_catalogue_LDADD = $(DIAGNOSE_TEST_LIBS)

tests_unit_test_literals_SOURCES = tests/unit/test-literals.c
tests_unit_test_literals_CPPFLAGS = $(DIAGNOSE_TEST_INCLUDES)
tests_unit_test_literals_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_literals_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_literals_LDADD = $(DIAGNOSE_TEST_LIBS)

tests_unit_test_log_line_SOURCES = tests/unit/test-log-line.c
tests_unit_test_log_line_CPPFLAGS = $(DIAGNOSE_TEST_INCLUDES)
tests_unit_test_log_line_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_log_line_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_log_line_LDADD = $(DIAGNOSE_TEST_LIBS)

check_PROGRAMS += tests/fuzz/fuzz-errors tests/fuzz/fuzz-log
EXTRA_DIST += tests/fuzz/corpus/errors tests/fuzz/corpus/log

tests_fuzz_fuzz_errors_SOURCES = \
	tests/fuzz/fuzz-main.c tests/fuzz/fuzz-errors.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_errors_CPPFLAGS = $(DIAGNOSE_INCLUDES)
tests_fuzz_fuzz_errors_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_errors_LDFLAGS = $(VFG_LDFLAGS)
tests_fuzz_fuzz_errors_LDADD = libvfg-diagnose.a libvfg-know.a libvfg-model.a libvfg-base.a \
	$(JANSSON_LIBS) $(GLIB_LIBS)

tests_fuzz_fuzz_log_SOURCES = \
	tests/fuzz/fuzz-main.c tests/fuzz/fuzz-log.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_log_CPPFLAGS = $(DIAGNOSE_INCLUDES)
tests_fuzz_fuzz_log_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_log_LDFLAGS = $(VFG_LDFLAGS)
tests_fuzz_fuzz_log_LDADD = libvfg-diagnose.a libvfg-know.a libvfg-model.a libvfg-base.a \
	$(JANSSON_LIBS) $(GLIB_LIBS)

TESTS += tests/sysroots/check-diagnose.sh
dist_check_SCRIPTS += tests/sysroots/check-diagnose.sh
