# Layer 3: facts, one topic a file; reads only, holds no opinion.
noinst_LIBRARIES += libvfg-probe.a
libvfg_probe_a_SOURCES = \
	src/probe/block-device.c src/probe/block-device.h \
	src/probe/display.c src/probe/display.h \
	src/probe/firmware.c src/probe/firmware.h \
	src/probe/holders.c src/probe/holders.h \
	src/probe/iommu.c src/probe/iommu.h \
	src/probe/kernel.c src/probe/kernel.h \
	src/probe/memory.c src/probe/memory.h \
	src/probe/ovmf-image.c src/probe/ovmf-image.h \
	src/probe/pci-config.c src/probe/pci-config.h \
	src/probe/pci-names.c src/probe/pci-names.h \
	src/probe/pci.c src/probe/pci.h \
	src/probe/probe.c src/probe/probe.h \
	src/probe/sysfs-path.c src/probe/sysfs-path.h \
	src/probe/usage-network.c src/probe/usage-network.h \
	src/probe/usage-storage.c src/probe/usage-storage.h
libvfg_probe_a_CPPFLAGS = $(PROBE_INCLUDES)
libvfg_probe_a_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS) $(LIBPCI_CFLAGS) $(LIBLZMA_CFLAGS)

check_PROGRAMS += tests/unit/test-probe-details
TESTS += tests/unit/test-probe-details
tests_unit_test_probe_details_SOURCES = tests/unit/test-probe-details.c
tests_unit_test_probe_details_CPPFLAGS = $(PROBE_INCLUDES) -I$(srcdir)/tests/unit
tests_unit_test_probe_details_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_probe_details_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_probe_details_LDADD = libvfg-test.a libvfg-probe.a libvfg-model.a libvfg-base.a \
	$(LIBPCI_LIBS) $(LIBLZMA_LIBS) $(JANSSON_LIBS) $(GLIB_LIBS)

PROBE_TESTS = \
	tests/unit/test-probe-machine \
	tests/unit/test-probe-network \
	tests/unit/test-probe-usage
check_PROGRAMS += $(PROBE_TESTS)
TESTS += $(PROBE_TESTS)

tests_unit_test_probe_machine_SOURCES = tests/unit/test-probe-machine.c \
	tests/unit/probe-fixture.c tests/unit/probe-fixture.h
tests_unit_test_probe_machine_CPPFLAGS = $(PROBE_INCLUDES) -I$(srcdir)/tests/unit
tests_unit_test_probe_machine_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_probe_machine_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_probe_machine_LDADD = libvfg-test.a libvfg-probe.a libvfg-model.a libvfg-base.a \
	$(LIBPCI_LIBS) $(LIBLZMA_LIBS) $(JANSSON_LIBS) $(GLIB_LIBS)

tests_unit_test_probe_network_SOURCES = tests/unit/test-probe-network.c \
	tests/unit/probe-fixture.c tests/unit/probe-fixture.h
tests_unit_test_probe_network_CPPFLAGS = $(PROBE_INCLUDES) -I$(srcdir)/tests/unit
tests_unit_test_probe_network_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_probe_network_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_probe_network_LDADD = libvfg-test.a libvfg-probe.a libvfg-model.a libvfg-base.a \
	$(LIBPCI_LIBS) $(LIBLZMA_LIBS) $(JANSSON_LIBS) $(GLIB_LIBS)

tests_unit_test_probe_usage_SOURCES = tests/unit/test-probe-usage.c \
	tests/unit/probe-fixture.c tests/unit/probe-fixture.h
tests_unit_test_probe_usage_CPPFLAGS = $(PROBE_INCLUDES) -I$(srcdir)/tests/unit
tests_unit_test_probe_usage_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_probe_usage_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_probe_usage_LDADD = libvfg-test.a libvfg-probe.a libvfg-model.a libvfg-base.a \
	$(LIBPCI_LIBS) $(LIBLZMA_LIBS) $(JANSSON_LIBS) $(GLIB_LIBS)

check_PROGRAMS += tests/unit/test-ovmf-image
TESTS += tests/unit/test-ovmf-image
tests_unit_test_ovmf_image_SOURCES = tests/unit/test-ovmf-image.c
tests_unit_test_ovmf_image_CPPFLAGS = $(PROBE_INCLUDES) -I$(srcdir)/tests/unit
tests_unit_test_ovmf_image_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS) $(LIBLZMA_CFLAGS)
tests_unit_test_ovmf_image_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_ovmf_image_LDADD = libvfg-test.a libvfg-probe.a libvfg-model.a libvfg-base.a \
	$(LIBPCI_LIBS) $(LIBLZMA_LIBS) $(JANSSON_LIBS) $(GLIB_LIBS)

check_PROGRAMS += tests/fuzz/fuzz-ovmf-image
EXTRA_DIST += tests/fuzz/corpus/ovmf-image
tests_fuzz_fuzz_ovmf_image_SOURCES = \
	tests/fuzz/fuzz-main.c tests/fuzz/fuzz-ovmf-image.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_ovmf_image_CPPFLAGS = $(PROBE_INCLUDES)
tests_fuzz_fuzz_ovmf_image_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_ovmf_image_LDFLAGS = $(VFG_LDFLAGS)
tests_fuzz_fuzz_ovmf_image_LDADD = libvfg-probe.a libvfg-model.a libvfg-base.a \
	$(LIBLZMA_LIBS) $(JANSSON_LIBS) $(GLIB_LIBS)
