# Layer 3: facts, one topic a file; reads only, holds no opinion.
noinst_LIBRARIES += libvfg-probe.a
libvfg_probe_a_SOURCES = \
	src/probe/firmware.c src/probe/firmware.h \
	src/probe/iommu.c src/probe/iommu.h \
	src/probe/kernel.c src/probe/kernel.h \
	src/probe/pci-config.c src/probe/pci-config.h \
	src/probe/pci.c src/probe/pci.h \
	src/probe/probe.c src/probe/probe.h
libvfg_probe_a_CPPFLAGS = $(PROBE_INCLUDES)
libvfg_probe_a_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS) $(LIBPCI_CFLAGS)

check_PROGRAMS += tests/unit/test-probe-details
TESTS += tests/unit/test-probe-details
tests_unit_test_probe_details_SOURCES = tests/unit/test-probe-details.c
tests_unit_test_probe_details_CPPFLAGS = $(PROBE_INCLUDES) -I$(srcdir)/tests/unit
tests_unit_test_probe_details_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_probe_details_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_probe_details_LDADD = libvfg-test.a libvfg-probe.a libvfg-model.a libvfg-base.a \
	$(LIBPCI_LIBS) $(JANSSON_LIBS) $(GLIB_LIBS)
