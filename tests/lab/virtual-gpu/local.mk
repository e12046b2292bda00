# The virtual GPU of the lab: a vfio-user device server, with its tests.
noinst_LIBRARIES += tests/lab/virtual-gpu/libvirtual-gpu.a
tests_lab_virtual_gpu_libvirtual_gpu_a_SOURCES = \
	tests/lab/virtual-gpu/channel.c tests/lab/virtual-gpu/channel.h \
	tests/lab/virtual-gpu/config-space.c tests/lab/virtual-gpu/config-space.h \
	tests/lab/virtual-gpu/device.c tests/lab/virtual-gpu/device.h \
	tests/lab/virtual-gpu/fault.c tests/lab/virtual-gpu/fault.h \
	tests/lab/virtual-gpu/profile-key.c tests/lab/virtual-gpu/profile-key.h \
	tests/lab/virtual-gpu/profile.c tests/lab/virtual-gpu/profile.h \
	tests/lab/virtual-gpu/protocol.c tests/lab/virtual-gpu/protocol.h \
	tests/lab/virtual-gpu/server.c tests/lab/virtual-gpu/server.h \
	tests/lab/virtual-gpu/session.c tests/lab/virtual-gpu/session.h \
	tests/lab/virtual-gpu/vgpu-error.c tests/lab/virtual-gpu/vgpu-error.h
tests_lab_virtual_gpu_libvirtual_gpu_a_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS)

noinst_PROGRAMS += tests/lab/virtual-gpu/virtual-gpu
tests_lab_virtual_gpu_virtual_gpu_SOURCES = tests/lab/virtual-gpu/main.c
tests_lab_virtual_gpu_virtual_gpu_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS)
tests_lab_virtual_gpu_virtual_gpu_LDFLAGS = $(VFG_LDFLAGS)
tests_lab_virtual_gpu_virtual_gpu_LDADD = tests/lab/virtual-gpu/libvirtual-gpu.a $(GLIB_LIBS)

EXTRA_DIST += \
	tests/lab/virtual-gpu/README.md \
	tests/lab/virtual-gpu/profiles/amd-mi25.ini \
	tests/lab/virtual-gpu/profiles/nic.ini \
	tests/lab/virtual-gpu/profiles/nvme.ini \
	tests/lab/virtual-gpu/profiles/rtx-2080.ini \
	tests/lab/virtual-gpu/profiles/tesla-p10.ini \
	tests/lab/virtual-gpu/profiles/tesla-t10.ini
