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
libvfg_probe_a_CFLAGS = $(AM_CFLAGS) $(LIBPCI_CFLAGS) $(LIBLZMA_CFLAGS)
