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
libvfg_virt_a_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS) $(LIBVIRT_CFLAGS)

check_PROGRAMS += tests/unit/test-libvirt-load
TESTS += tests/unit/test-libvirt-load
tests_unit_test_libvirt_load_SOURCES = tests/unit/test-libvirt-load.c
tests_unit_test_libvirt_load_CPPFLAGS = $(VIRT_INCLUDES)
tests_unit_test_libvirt_load_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(LIBVIRT_CFLAGS)
tests_unit_test_libvirt_load_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_libvirt_load_LDADD = libvfg-virt.a libvfg-base.a $(GLIB_LIBS)

check_PROGRAMS += tests/unit/test-virt
TESTS += tests/unit/test-virt
tests_unit_test_virt_SOURCES = tests/unit/test-virt.c
tests_unit_test_virt_CPPFLAGS = $(VIRT_INCLUDES) -I$(srcdir)/tests/unit
tests_unit_test_virt_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS)
tests_unit_test_virt_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_virt_LDADD = libvfg-test.a libvfg-virt.a libvfg-base.a $(GLIB_LIBS)
