# Layer 5: the only folder that includes libvirt.h; knows nothing of PCI binding.
noinst_LIBRARIES += libvfg-virt.a
libvfg_virt_a_SOURCES = \
	src/virt/call.c \
	src/virt/channel.c src/virt/channel.h \
	src/virt/domain.c src/virt/domain-state.c \
	src/virt/libvirt-load.c src/virt/libvirt-load.h \
	src/virt/lifecycle.c src/virt/lifecycle.h \
	src/virt/screenshot.c \
	src/virt/virt.c src/virt/virt.h src/virt/virt-private.h
libvfg_virt_a_CPPFLAGS = $(VIRT_INCLUDES)
libvfg_virt_a_CFLAGS = $(AM_CFLAGS) $(LIBVIRT_CFLAGS)
