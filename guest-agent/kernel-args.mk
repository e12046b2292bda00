# The agent's kernel arguments and provisioning for the host: their tests. The sources are in local.mk.
check_PROGRAMS += tests/unit/test-kernel-args tests/unit/test-kernel-edit
TESTS += tests/unit/test-kernel-args tests/unit/test-kernel-edit

tests_unit_test_kernel_edit_SOURCES = tests/unit/test-kernel-edit.c
tests_unit_test_kernel_edit_CPPFLAGS = $(AGENT_INCLUDES) -DVFG_TOP_SRCDIR='"$(abs_top_srcdir)"'
tests_unit_test_kernel_edit_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_kernel_edit_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_kernel_edit_LDADD = libvfg-agent.a $(KNOW_TEST_LIBS)

check_PROGRAMS += tests/fuzz/fuzz-kernel-edit
EXTRA_DIST += tests/fuzz/corpus/kernel-edit docs/KERNEL-ARGS.md
tests_fuzz_fuzz_kernel_edit_SOURCES = \
	tests/fuzz/fuzz-kernel-edit.c tests/fuzz/fuzz-main.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_kernel_edit_CPPFLAGS = $(AGENT_INCLUDES)
tests_fuzz_fuzz_kernel_edit_CFLAGS = $(VFG_TEST_CFLAGS)
tests_fuzz_fuzz_kernel_edit_LDFLAGS = $(VFG_LDFLAGS)
tests_fuzz_fuzz_kernel_edit_LDADD = libvfg-agent.a $(KNOW_TEST_LIBS)

tests_unit_test_kernel_args_SOURCES = tests/unit/test-kernel-args.c \
	tests/unit/temp-tree.c tests/unit/temp-tree.h
tests_unit_test_kernel_args_CPPFLAGS = $(AGENT_INCLUDES)
tests_unit_test_kernel_args_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_kernel_args_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_kernel_args_LDADD = libvfg-agent.a $(KNOW_TEST_LIBS)

check_PROGRAMS += tests/unit/test-provisioner
TESTS += tests/unit/test-provisioner
tests_unit_test_provisioner_SOURCES = tests/unit/test-provisioner.c \
	tests/unit/temp-tree.c tests/unit/temp-tree.h
tests_unit_test_provisioner_CPPFLAGS = $(AGENT_INCLUDES)
tests_unit_test_provisioner_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_provisioner_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_provisioner_LDADD = libvfg-agent.a $(KNOW_TEST_LIBS)
