# Layer 1: plain values and their JSON; no I/O, no clock, no environment.
noinst_LIBRARIES += libvfg-model.a
libvfg_model_a_SOURCES = \
	src/model/cmdline.c src/model/cmdline.h \
	src/model/configure.c src/model/configure.h \
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
	src/model/locality.h \
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
	src/model/sizing.h \
	src/model/text-json.c src/model/text-json.h \
	src/model/usage.c src/model/usage.h \
	src/model/vmdef.c src/model/vmdef.h
libvfg_model_a_CPPFLAGS = $(MODEL_INCLUDES)
