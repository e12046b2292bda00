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

noinst_PROGRAMS += tests/lab/virtual-gpu/virtual-gpu
tests_lab_virtual_gpu_virtual_gpu_SOURCES = tests/lab/virtual-gpu/main.c
tests_lab_virtual_gpu_virtual_gpu_LDADD = tests/lab/virtual-gpu/libvirtual-gpu.a $(GLIB_LIBS)

VIRTUAL_GPU_TESTS = \
	tests/unit/test-virtual-gpu-config \
	tests/unit/test-virtual-gpu-profile \
	tests/unit/test-virtual-gpu-protocol
check_PROGRAMS += $(VIRTUAL_GPU_TESTS) tests/fuzz/fuzz-vfio-user
TESTS += $(VIRTUAL_GPU_TESTS)

VIRTUAL_GPU_TEST_INCLUDES = -I$(srcdir)/tests/lab/virtual-gpu \
	-DVFG_VGPU_PROFILES='"$(abs_top_srcdir)/tests/lab/virtual-gpu/profiles"'
VIRTUAL_GPU_TEST_LIBS = tests/lab/virtual-gpu/libvirtual-gpu.a $(GLIB_LIBS)
tests_unit_test_virtual_gpu_config_CPPFLAGS = $(VIRTUAL_GPU_TEST_INCLUDES)
tests_unit_test_virtual_gpu_config_LDADD = $(VIRTUAL_GPU_TEST_LIBS)
tests_unit_test_virtual_gpu_profile_CPPFLAGS = $(VIRTUAL_GPU_TEST_INCLUDES)
tests_unit_test_virtual_gpu_profile_LDADD = $(VIRTUAL_GPU_TEST_LIBS)
tests_unit_test_virtual_gpu_protocol_SOURCES = \
	tests/unit/test-virtual-gpu-protocol.c \
	tests/lab/virtual-gpu/test-client.c tests/lab/virtual-gpu/test-client.h \
	tests/lab/virtual-gpu/test-connection.c tests/lab/virtual-gpu/test-connection.h
tests_unit_test_virtual_gpu_protocol_CPPFLAGS = $(VIRTUAL_GPU_TEST_INCLUDES)
tests_unit_test_virtual_gpu_protocol_LDADD = $(VIRTUAL_GPU_TEST_LIBS)
tests_fuzz_fuzz_vfio_user_SOURCES = tests/fuzz/fuzz-vfio-user.c $(FUZZ_MAIN)
tests_fuzz_fuzz_vfio_user_CPPFLAGS = $(VIRTUAL_GPU_TEST_INCLUDES)
tests_fuzz_fuzz_vfio_user_LDADD = $(VIRTUAL_GPU_TEST_LIBS)

EXTRA_DIST += tests/lab/virtual-gpu/README.md tests/lab/virtual-gpu/profiles
