# Layer 5: the only folder that includes libvirt.h; knows nothing of PCI binding.
noinst_LIBRARIES += libvfg-virt.a
libvfg_virt_a_SOURCES = \
	src/virt/channel.c src/virt/channel.h \
	src/virt/screenshot.c \
	src/virt/virt.c src/virt/virt.h src/virt/virt-private.h
libvfg_virt_a_CPPFLAGS = $(VIRT_INCLUDES)
libvfg_virt_a_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS) $(LIBVIRT_CFLAGS)
