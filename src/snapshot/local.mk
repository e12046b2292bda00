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
libvfg_snapshot_a_CFLAGS = $(AM_CFLAGS) $(LIBARCHIVE_CFLAGS)

# Captures a host that the test makes, and replays it; the helpers are those of tests/unit/local.mk.
