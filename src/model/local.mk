# Layer 1: plain values and their JSON; no I/O, no clock, no environment.
noinst_LIBRARIES += libvfg-model.a
libvfg_model_a_SOURCES = \
	src/model/cmdline.c src/model/cmdline.h \
	src/model/consent.h \
	src/model/cpu.c src/model/cpu.h \
	src/model/event.c src/model/event.h \
	src/model/finding.c src/model/finding.h \
	src/model/frame.c src/model/frame.h \
	src/model/gpu.c src/model/gpu.h \
	src/model/gpu-details.c src/model/gpu-details.h \
	src/model/host.c src/model/host.h \
	src/model/host-display.c src/model/host-display.h \
	src/model/host-memory.c src/model/host-memory.h \
	src/model/iomem.c src/model/iomem.h \
	src/model/iommu-region.c src/model/iommu-region.h \
	src/model/message.c src/model/message.h \
	src/model/message-field.c src/model/message-field.h \
	src/model/module.c src/model/module.h \
	src/model/mount.c src/model/mount.h \
	src/model/pci-address.c src/model/pci-address.h \
	src/model/pci-caps.c src/model/pci-caps.h \
	src/model/pci-function.c src/model/pci-function.h \
	src/model/pci-ids.c src/model/pci-ids.h \
	src/model/plan.c src/model/plan.h \
	src/model/progress.c src/model/progress.h \
	src/model/prior-state.c src/model/prior-state.h \
	src/model/route.c src/model/route.h \
	src/model/severity.c src/model/severity.h \
	src/model/software.c src/model/software.h \
	src/model/sizing.c src/model/sizing.h \
	src/model/text-json.c src/model/text-json.h \
	src/model/usage.c src/model/usage.h \
	src/model/vmdef.c src/model/vmdef.h
libvfg_model_a_CPPFLAGS = $(MODEL_INCLUDES)
libvfg_model_a_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)

MODEL_TESTS = \
	tests/unit/test-pci-ids \
	tests/unit/test-pci-caps \
	tests/unit/test-pci-caps-samples
check_PROGRAMS += $(MODEL_TESTS)
TESTS += $(MODEL_TESTS)

tests_unit_test_pci_ids_SOURCES = tests/unit/test-pci-ids.c
tests_unit_test_pci_ids_CPPFLAGS = $(MODEL_INCLUDES)
tests_unit_test_pci_ids_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS)
tests_unit_test_pci_ids_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_pci_ids_LDADD = libvfg-model.a libvfg-base.a $(GLIB_LIBS)

tests_unit_test_pci_caps_SOURCES = tests/unit/test-pci-caps.c
tests_unit_test_pci_caps_CPPFLAGS = $(MODEL_INCLUDES)
tests_unit_test_pci_caps_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS)
tests_unit_test_pci_caps_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_pci_caps_LDADD = libvfg-model.a libvfg-base.a $(GLIB_LIBS)

tests_unit_test_pci_caps_samples_SOURCES = tests/unit/test-pci-caps-samples.c
tests_unit_test_pci_caps_samples_CPPFLAGS = $(MODEL_INCLUDES) -DVFG_TOP_SRCDIR='"$(abs_top_srcdir)"'
tests_unit_test_pci_caps_samples_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS)
tests_unit_test_pci_caps_samples_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_pci_caps_samples_LDADD = libvfg-model.a libvfg-base.a $(GLIB_LIBS)

# Run by tests/fuzz/run-corpus.sh.
check_PROGRAMS += tests/fuzz/fuzz-pci-caps tests/fuzz/fuzz-resource
EXTRA_DIST += tests/fuzz/corpus/pci-caps tests/fuzz/corpus/resource

tests_fuzz_fuzz_pci_caps_SOURCES = \
	tests/fuzz/fuzz-main.c tests/fuzz/fuzz-pci-caps.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_pci_caps_CPPFLAGS = $(MODEL_INCLUDES)
tests_fuzz_fuzz_pci_caps_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS)
tests_fuzz_fuzz_pci_caps_LDFLAGS = $(VFG_LDFLAGS)
tests_fuzz_fuzz_pci_caps_LDADD = libvfg-model.a libvfg-base.a $(GLIB_LIBS)

tests_fuzz_fuzz_resource_SOURCES = \
	tests/fuzz/fuzz-main.c tests/fuzz/fuzz-resource.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_resource_CPPFLAGS = $(MODEL_INCLUDES)
tests_fuzz_fuzz_resource_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_resource_LDFLAGS = $(VFG_LDFLAGS)
tests_fuzz_fuzz_resource_LDADD = libvfg-model.a libvfg-base.a $(JANSSON_LIBS) $(GLIB_LIBS)

HOST_MODEL_TESTS = \
	tests/unit/test-cmdline \
	tests/unit/test-iomem \
	tests/unit/test-usage
check_PROGRAMS += $(HOST_MODEL_TESTS)
TESTS += $(HOST_MODEL_TESTS)

tests_unit_test_cmdline_SOURCES = tests/unit/test-cmdline.c
tests_unit_test_cmdline_CPPFLAGS = $(MODEL_INCLUDES)
tests_unit_test_cmdline_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS)
tests_unit_test_cmdline_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_cmdline_LDADD = libvfg-model.a libvfg-base.a $(GLIB_LIBS)

tests_unit_test_iomem_SOURCES = tests/unit/test-iomem.c
tests_unit_test_iomem_CPPFLAGS = $(MODEL_INCLUDES)
tests_unit_test_iomem_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS)
tests_unit_test_iomem_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_iomem_LDADD = libvfg-model.a libvfg-base.a $(GLIB_LIBS)

tests_unit_test_usage_SOURCES = tests/unit/test-usage.c
tests_unit_test_usage_CPPFLAGS = $(MODEL_INCLUDES)
tests_unit_test_usage_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS)
tests_unit_test_usage_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_usage_LDADD = libvfg-model.a libvfg-base.a $(GLIB_LIBS)

check_PROGRAMS += tests/fuzz/fuzz-cmdline tests/fuzz/fuzz-iomem tests/fuzz/fuzz-mountinfo
EXTRA_DIST += tests/fuzz/corpus/cmdline tests/fuzz/corpus/iomem tests/fuzz/corpus/mountinfo

tests_fuzz_fuzz_cmdline_SOURCES = \
	tests/fuzz/fuzz-main.c tests/fuzz/fuzz-cmdline.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_cmdline_CPPFLAGS = $(MODEL_INCLUDES)
tests_fuzz_fuzz_cmdline_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS)
tests_fuzz_fuzz_cmdline_LDFLAGS = $(VFG_LDFLAGS)
tests_fuzz_fuzz_cmdline_LDADD = libvfg-model.a libvfg-base.a $(GLIB_LIBS)

tests_fuzz_fuzz_iomem_SOURCES = \
	tests/fuzz/fuzz-main.c tests/fuzz/fuzz-iomem.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_iomem_CPPFLAGS = $(MODEL_INCLUDES)
tests_fuzz_fuzz_iomem_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS)
tests_fuzz_fuzz_iomem_LDFLAGS = $(VFG_LDFLAGS)
tests_fuzz_fuzz_iomem_LDADD = libvfg-model.a libvfg-base.a $(GLIB_LIBS)

tests_fuzz_fuzz_mountinfo_SOURCES = \
	tests/fuzz/fuzz-main.c tests/fuzz/fuzz-mountinfo.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_mountinfo_CPPFLAGS = $(MODEL_INCLUDES)
tests_fuzz_fuzz_mountinfo_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS)
tests_fuzz_fuzz_mountinfo_LDFLAGS = $(VFG_LDFLAGS)
tests_fuzz_fuzz_mountinfo_LDADD = libvfg-model.a libvfg-base.a $(GLIB_LIBS)

check_PROGRAMS += tests/unit/test-progress
TESTS += tests/unit/test-progress
tests_unit_test_progress_SOURCES = tests/unit/test-progress.c
tests_unit_test_progress_CPPFLAGS = $(MODEL_INCLUDES)
tests_unit_test_progress_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_progress_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_progress_LDADD = libvfg-model.a libvfg-base.a $(JANSSON_LIBS) $(GLIB_LIBS)
