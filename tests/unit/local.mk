# Unit tests of the host's side; those of the agent, the session and the virtual GPU are declared with what they test.
# Every program sees what its layer sees, and the helpers of this folder.
check_LIBRARIES += libvfg-test.a
libvfg_test_a_SOURCES = \
	tests/unit/assert-error.h tests/unit/count-fds.h tests/unit/describe-plan.h \
	tests/unit/leave-child.h \
	tests/unit/stride.h \
	tests/unit/fake-kernel.c tests/unit/fake-kernel.h \
	tests/unit/make-host.c tests/unit/make-host.h \
	tests/unit/temp-tree.c tests/unit/temp-tree.h
libvfg_test_a_CPPFLAGS = $(MODEL_INCLUDES)
libvfg_test_a_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)

VFG_TEST_INCLUDES = -I$(srcdir)/tests/unit -DVFG_TOP_SRCDIR='"$(abs_top_srcdir)"'
VFG_TEST_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)

BASE_TEST_LIBS = libvfg-test.a libvfg-model.a libvfg-base.a $(JANSSON_LIBS) $(GLIB_LIBS)
KNOW_TEST_LIBS = libvfg-know.a $(BASE_TEST_LIBS)
PROBE_TEST_LIBS = libvfg-probe.a $(BASE_TEST_LIBS) $(LIBPCI_LIBS) $(LIBLZMA_LIBS)
DOMXML_TEST_LIBS = libvfg-domxml.a $(BASE_TEST_LIBS) $(LIBXML_LIBS)
DECIDE_TEST_LIBS = libvfg-decide.a libvfg-domxml.a $(KNOW_TEST_LIBS) $(LIBXML_LIBS)
EXEC_TEST_LIBS = libvfg-exec.a $(BASE_TEST_LIBS)
# Runs plans that src/decide made from what src/probe read, on the fake kernel.
RUN_TEST_LIBS = libvfg-exec.a libvfg-decide.a libvfg-domxml.a libvfg-know.a libvfg-probe.a $(BASE_TEST_LIBS) \
	$(LIBXML_LIBS) $(LIBPCI_LIBS) $(LIBLZMA_LIBS)

SHIPPED = tests/unit/shipped.c tests/unit/shipped.h

VFG_UNIT_TESTS = \
	tests/unit/test-error \
	tests/unit/test-escape \
	tests/unit/test-io \
	tests/unit/test-parse \
	tests/unit/test-patient \
	tests/unit/test-root \
	tests/unit/test-table \
	tests/unit/test-finding \
	tests/unit/test-host \
	tests/unit/test-pci-address \
	tests/unit/test-pci-function \
	tests/unit/test-plan \
	tests/unit/test-vmdef \
	tests/unit/test-catalogue \
	tests/unit/test-gpu-generation \
	tests/unit/test-probe \
	tests/unit/test-domain-xml \
	tests/unit/test-merge \
	tests/unit/test-vmdef-read \
	tests/unit/test-check \
	tests/unit/test-gpu-find \
	tests/unit/test-plan-bind \
	tests/unit/test-plan-vm \
	tests/unit/test-child \
	tests/unit/test-claim \
	tests/unit/test-journal \
	tests/unit/test-sysfs \
	tests/unit/test-run \
	tests/unit/test-recovery
check_PROGRAMS += $(VFG_UNIT_TESTS)
TESTS += $(VFG_UNIT_TESTS)

tests_unit_test_error_SOURCES = tests/unit/test-error.c
tests_unit_test_error_CPPFLAGS = $(BASE_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_error_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_error_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_error_LDADD = $(BASE_TEST_LIBS)

tests_unit_test_escape_SOURCES = tests/unit/test-escape.c
tests_unit_test_escape_CPPFLAGS = $(BASE_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_escape_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_escape_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_escape_LDADD = $(BASE_TEST_LIBS)

tests_unit_test_io_SOURCES = tests/unit/test-io.c
tests_unit_test_io_CPPFLAGS = $(BASE_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_io_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_io_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_io_LDADD = $(BASE_TEST_LIBS)

tests_unit_test_parse_SOURCES = tests/unit/test-parse.c
tests_unit_test_parse_CPPFLAGS = $(BASE_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_parse_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_parse_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_parse_LDADD = $(BASE_TEST_LIBS)

tests_unit_test_patient_SOURCES = tests/unit/test-patient.c
tests_unit_test_patient_CPPFLAGS = $(BASE_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_patient_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_patient_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_patient_LDADD = $(BASE_TEST_LIBS)

tests_unit_test_root_SOURCES = tests/unit/test-root.c
tests_unit_test_root_CPPFLAGS = $(BASE_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_root_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_root_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_root_LDADD = $(BASE_TEST_LIBS)

tests_unit_test_table_SOURCES = tests/unit/test-table.c
tests_unit_test_table_CPPFLAGS = $(BASE_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_table_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_table_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_table_LDADD = $(BASE_TEST_LIBS)

tests_unit_test_finding_SOURCES = tests/unit/test-finding.c
tests_unit_test_finding_CPPFLAGS = $(MODEL_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_finding_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_finding_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_finding_LDADD = $(BASE_TEST_LIBS)

tests_unit_test_host_SOURCES = tests/unit/test-host.c
tests_unit_test_host_CPPFLAGS = $(MODEL_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_host_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_host_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_host_LDADD = $(BASE_TEST_LIBS)

tests_unit_test_pci_address_SOURCES = tests/unit/test-pci-address.c
tests_unit_test_pci_address_CPPFLAGS = $(MODEL_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_pci_address_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_pci_address_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_pci_address_LDADD = $(BASE_TEST_LIBS)

tests_unit_test_pci_function_SOURCES = tests/unit/test-pci-function.c
tests_unit_test_pci_function_CPPFLAGS = $(MODEL_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_pci_function_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_pci_function_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_pci_function_LDADD = $(BASE_TEST_LIBS)

tests_unit_test_plan_SOURCES = tests/unit/test-plan.c
tests_unit_test_plan_CPPFLAGS = $(MODEL_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_plan_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_plan_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_plan_LDADD = $(BASE_TEST_LIBS)

tests_unit_test_vmdef_SOURCES = tests/unit/test-vmdef.c
tests_unit_test_vmdef_CPPFLAGS = $(MODEL_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_vmdef_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_vmdef_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_vmdef_LDADD = $(BASE_TEST_LIBS)

tests_unit_test_catalogue_SOURCES = tests/unit/test-catalogue.c
tests_unit_test_catalogue_CPPFLAGS = $(KNOW_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_catalogue_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_catalogue_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_catalogue_LDADD = $(KNOW_TEST_LIBS)

tests_unit_test_gpu_generation_SOURCES = tests/unit/test-gpu-generation.c
tests_unit_test_gpu_generation_CPPFLAGS = $(KNOW_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_gpu_generation_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_gpu_generation_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_gpu_generation_LDADD = $(KNOW_TEST_LIBS)

tests_unit_test_probe_SOURCES = tests/unit/test-probe.c
tests_unit_test_probe_CPPFLAGS = $(PROBE_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_probe_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_probe_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_probe_LDADD = $(PROBE_TEST_LIBS)

tests_unit_test_domain_xml_SOURCES = tests/unit/test-domain-xml.c
tests_unit_test_domain_xml_CPPFLAGS = $(DOMXML_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_domain_xml_CFLAGS = $(VFG_TEST_CFLAGS) $(LIBXML_CFLAGS)
tests_unit_test_domain_xml_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_domain_xml_LDADD = $(DOMXML_TEST_LIBS)

tests_unit_test_merge_SOURCES = tests/unit/test-merge.c
tests_unit_test_merge_CPPFLAGS = $(DOMXML_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_merge_CFLAGS = $(VFG_TEST_CFLAGS) $(LIBXML_CFLAGS)
tests_unit_test_merge_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_merge_LDADD = $(DOMXML_TEST_LIBS)

tests_unit_test_vmdef_read_SOURCES = tests/unit/test-vmdef-read.c
tests_unit_test_vmdef_read_CPPFLAGS = $(DOMXML_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_vmdef_read_CFLAGS = $(VFG_TEST_CFLAGS) $(LIBXML_CFLAGS)
tests_unit_test_vmdef_read_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_vmdef_read_LDADD = $(DOMXML_TEST_LIBS)

tests_unit_test_check_SOURCES = tests/unit/test-check.c $(SHIPPED)
tests_unit_test_check_CPPFLAGS = $(DECIDE_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_check_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_check_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_check_LDADD = $(DECIDE_TEST_LIBS)

tests_unit_test_gpu_find_SOURCES = tests/unit/test-gpu-find.c
tests_unit_test_gpu_find_CPPFLAGS = $(DECIDE_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_gpu_find_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_gpu_find_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_gpu_find_LDADD = $(DECIDE_TEST_LIBS)

tests_unit_test_plan_bind_SOURCES = tests/unit/test-plan-bind.c
tests_unit_test_plan_bind_CPPFLAGS = $(DECIDE_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_plan_bind_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_plan_bind_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_plan_bind_LDADD = $(DECIDE_TEST_LIBS)

tests_unit_test_plan_vm_SOURCES = tests/unit/test-plan-vm.c
tests_unit_test_plan_vm_CPPFLAGS = $(DECIDE_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_plan_vm_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_plan_vm_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_plan_vm_LDADD = $(DECIDE_TEST_LIBS)

tests_unit_test_child_SOURCES = tests/unit/test-child.c
tests_unit_test_child_CPPFLAGS = $(EXEC_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_child_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_child_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_child_LDADD = $(EXEC_TEST_LIBS)

tests_unit_test_claim_SOURCES = tests/unit/test-claim.c
tests_unit_test_claim_CPPFLAGS = $(EXEC_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_claim_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_claim_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_claim_LDADD = $(EXEC_TEST_LIBS)

tests_unit_test_journal_SOURCES = tests/unit/test-journal.c
tests_unit_test_journal_CPPFLAGS = $(EXEC_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_journal_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_journal_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_journal_LDADD = $(EXEC_TEST_LIBS)

tests_unit_test_sysfs_SOURCES = tests/unit/test-sysfs.c
tests_unit_test_sysfs_CPPFLAGS = $(EXEC_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_sysfs_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_sysfs_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_sysfs_LDADD = $(EXEC_TEST_LIBS)

tests_unit_test_run_SOURCES = tests/unit/test-run.c
tests_unit_test_run_CPPFLAGS = $(APP_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_run_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_run_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_run_LDADD = $(RUN_TEST_LIBS)

tests_unit_test_recovery_SOURCES = tests/unit/test-recovery.c
tests_unit_test_recovery_CPPFLAGS = $(APP_INCLUDES) $(VFG_TEST_INCLUDES)
tests_unit_test_recovery_CFLAGS = $(VFG_TEST_CFLAGS)
tests_unit_test_recovery_LDFLAGS = $(VFG_LDFLAGS)
tests_unit_test_recovery_LDADD = $(RUN_TEST_LIBS)

EXTRA_DIST += \
	tests/unit/golden/aarch64.xml \
	tests/unit/golden/bare.xml \
	tests/unit/golden/kvm.xml \
	tests/unit/golden/libvirt.xml \
	tests/unit/golden/tcg.xml \
	tests/unit/golden/two-gpus.xml tests/unit/golden/window.xml

# The layers and the limits of HACKING.md, over the sources.
dist_check_SCRIPTS += tests/check-layers.sh
EXTRA_DIST += tests/check-layers.awk
TESTS += tests/check-layers.sh
