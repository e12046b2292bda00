# Fuzz targets over their corpora. To fuzz: CC=clang, CFLAGS=-fsanitize=fuzzer,address,undefined, without fuzz-main.c.
check_PROGRAMS += tests/fuzz/fuzz-message
TESTS += tests/fuzz/run-corpus.sh
EXTRA_DIST += \
	tests/fuzz/run-corpus.sh \
	tests/fuzz/corpus/message

tests_fuzz_fuzz_message_SOURCES = \
	tests/fuzz/fuzz-main.c tests/fuzz/fuzz-message.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_message_CPPFLAGS = $(GUEST_INCLUDES)
tests_fuzz_fuzz_message_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_message_LDFLAGS = $(VFG_LDFLAGS)
tests_fuzz_fuzz_message_LDADD = libvfg-guest.a libvfg-model.a libvfg-base.a \
	$(GLIB_LIBS) $(JANSSON_LIBS)
