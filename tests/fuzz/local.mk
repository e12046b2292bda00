# Fuzz targets over their corpora. To fuzz: CC=clang, CFLAGS=-fsanitize=fuzzer,address,undefined, without fuzz-main.c.
FUZZ_MAIN = tests/fuzz/fuzz-main.c tests/fuzz/fuzz.h
check_PROGRAMS += \
	tests/fuzz/fuzz-cmdline \
	tests/fuzz/fuzz-errors \
	tests/fuzz/fuzz-iomem \
	tests/fuzz/fuzz-kernel-edit \
	tests/fuzz/fuzz-kmsg \
	tests/fuzz/fuzz-log \
	tests/fuzz/fuzz-mountinfo \
	tests/fuzz/fuzz-openpgp \
	tests/fuzz/fuzz-pci-caps \
	tests/fuzz/fuzz-resource \
	tests/fuzz/fuzz-smi-log
if BUILD_HOST
check_PROGRAMS += tests/fuzz/fuzz-message tests/fuzz/fuzz-ovmf-image tests/fuzz/fuzz-snapshot
endif
tests_fuzz_fuzz_cmdline_SOURCES = tests/fuzz/fuzz-cmdline.c $(FUZZ_MAIN)
tests_fuzz_fuzz_errors_SOURCES = tests/fuzz/fuzz-errors.c $(FUZZ_MAIN)
tests_fuzz_fuzz_iomem_SOURCES = tests/fuzz/fuzz-iomem.c $(FUZZ_MAIN)
tests_fuzz_fuzz_kernel_edit_SOURCES = tests/fuzz/fuzz-kernel-edit.c $(FUZZ_MAIN)
tests_fuzz_fuzz_kmsg_SOURCES = tests/fuzz/fuzz-kmsg.c $(FUZZ_MAIN)
tests_fuzz_fuzz_log_SOURCES = tests/fuzz/fuzz-log.c $(FUZZ_MAIN)
tests_fuzz_fuzz_message_SOURCES = tests/fuzz/fuzz-message.c $(FUZZ_MAIN)
tests_fuzz_fuzz_mountinfo_SOURCES = tests/fuzz/fuzz-mountinfo.c $(FUZZ_MAIN)
tests_fuzz_fuzz_openpgp_SOURCES = tests/fuzz/fuzz-openpgp.c $(FUZZ_MAIN)
tests_fuzz_fuzz_ovmf_image_SOURCES = tests/fuzz/fuzz-ovmf-image.c $(FUZZ_MAIN)
tests_fuzz_fuzz_pci_caps_SOURCES = tests/fuzz/fuzz-pci-caps.c $(FUZZ_MAIN)
tests_fuzz_fuzz_resource_SOURCES = tests/fuzz/fuzz-resource.c $(FUZZ_MAIN)
tests_fuzz_fuzz_smi_log_SOURCES = tests/fuzz/fuzz-smi-log.c $(FUZZ_MAIN)
tests_fuzz_fuzz_snapshot_SOURCES = tests/fuzz/fuzz-snapshot.c $(FUZZ_MAIN)
tests_fuzz_fuzz_kernel_edit_CPPFLAGS = $(AGENT_TEST_INCLUDES)
tests_fuzz_fuzz_kernel_edit_LDADD = $(AGENT_TEST_LIBS)
tests_fuzz_fuzz_smi_log_CPPFLAGS = $(AGENT_TEST_INCLUDES)
tests_fuzz_fuzz_smi_log_LDADD = $(AGENT_TEST_LIBS)
tests_fuzz_fuzz_openpgp_CPPFLAGS = $(AGENT_TEST_INCLUDES)
tests_fuzz_fuzz_openpgp_LDADD = $(AGENT_TEST_LIBS)

TESTS += tests/fuzz/run-corpus.sh
EXTRA_DIST += tests/fuzz/corpus tests/fuzz/run-corpus.sh
