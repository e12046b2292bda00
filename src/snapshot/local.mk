# Layer 3: what was looked up on a host as a file, and that file as a host; decides nothing.
noinst_LIBRARIES += libvfg-snapshot.a
libvfg_snapshot_a_SOURCES = \
	src/snapshot/bounds.c src/snapshot/bounds.h \
	src/snapshot/kernel-log.c src/snapshot/kernel-log.h \
	src/snapshot/manifest.c src/snapshot/manifest.h \
	src/snapshot/record.c src/snapshot/record.h \
	src/snapshot/redact.c src/snapshot/redact.h \
	src/snapshot/redact-text.c src/snapshot/redact-text.h \
	src/snapshot/snapshot-read.c src/snapshot/snapshot-read.h \
	src/snapshot/snapshot-write.c src/snapshot/snapshot-write.h \
	src/snapshot/stand-in.c src/snapshot/stand-in.h \
	src/snapshot/tar-stream.c src/snapshot/tar-stream.h
libvfg_snapshot_a_CPPFLAGS = $(SNAPSHOT_INCLUDES)
libvfg_snapshot_a_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS) $(LIBARCHIVE_CFLAGS)

SNAPSHOT_TEST_LIBS = libvfg-snapshot.a libvfg-model.a libvfg-base.a \
	$(LIBARCHIVE_LIBS) $(JANSSON_LIBS) $(GLIB_LIBS)

check_PROGRAMS += tests/unit/test-redact tests/unit/test-snapshot tests/unit/test-snapshot-hostile
TESTS += tests/unit/test-redact tests/unit/test-snapshot tests/unit/test-snapshot-hostile

tests_unit_test_redact_SOURCES = tests/unit/test-redact.c
tests_unit_test_redact_CPPFLAGS = $(SNAPSHOT_INCLUDES)
tests_unit_test_redact_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_redact_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_redact_LDADD = $(SNAPSHOT_TEST_LIBS)

# Captures a host that the test makes, and replays it; the helpers are those of tests/unit/local.mk.
tests_unit_test_snapshot_SOURCES = tests/unit/test-snapshot.c
tests_unit_test_snapshot_CPPFLAGS = $(APP_INCLUDES) -I$(srcdir)/tests/unit \
	-DVFG_TOP_SRCDIR='"$(abs_top_srcdir)"'
tests_unit_test_snapshot_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_snapshot_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_snapshot_LDADD = libvfg-test.a $(HOST_LIBS)

tests_unit_test_snapshot_hostile_SOURCES = tests/unit/test-snapshot-hostile.c
tests_unit_test_snapshot_hostile_CPPFLAGS = $(SNAPSHOT_INCLUDES)
tests_unit_test_snapshot_hostile_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS) \
	$(LIBARCHIVE_CFLAGS)
tests_unit_test_snapshot_hostile_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_snapshot_hostile_LDADD = $(SNAPSHOT_TEST_LIBS)

check_PROGRAMS += tests/fuzz/fuzz-snapshot
EXTRA_DIST += tests/fuzz/corpus/snapshot

tests_fuzz_fuzz_snapshot_SOURCES = \
	tests/fuzz/fuzz-main.c tests/fuzz/fuzz-snapshot.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_snapshot_CPPFLAGS = $(SNAPSHOT_INCLUDES)
tests_fuzz_fuzz_snapshot_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_snapshot_LDFLAGS = $(VFG_LDFLAGS)
tests_fuzz_fuzz_snapshot_LDADD = $(SNAPSHOT_TEST_LIBS)
