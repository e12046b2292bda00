# Layer 1: plain values and their JSON; no I/O, no clock, no environment.
noinst_LIBRARIES += libvfg-model.a
libvfg_model_a_SOURCES = \
	src/model/finding.c src/model/finding.h \
	src/model/frame.c src/model/frame.h \
	src/model/gpu.c src/model/gpu.h \
	src/model/host.c src/model/host.h \
	src/model/iommu-region.c src/model/iommu-region.h \
	src/model/message.c src/model/message.h \
	src/model/pci-address.c src/model/pci-address.h \
	src/model/pci-caps.c src/model/pci-caps.h \
	src/model/pci-function.c src/model/pci-function.h \
	src/model/plan.c src/model/plan.h \
	src/model/prior-state.c src/model/prior-state.h \
	src/model/vmdef.c src/model/vmdef.h
libvfg_model_a_CPPFLAGS = $(MODEL_INCLUDES)
libvfg_model_a_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
