/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What logs come to: causes and symptoms, whose trouble it is, bounds. */

#include "diagnoser.h"
#include "load-errors.h"

#include <string.h>

typedef struct {
    VfgErrorCatalogue *catalogue;
    VfgMatcher *matcher;
} Fixture;

static void
set_up(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    fixture->catalogue = vfg_test_load_errors();
    fixture->matcher = vfg_matcher_new(fixture->catalogue);
}

static void
tear_down(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    vfg_matcher_free(fixture->matcher);
    vfg_error_catalogue_free(fixture->catalogue);
}

static VfgDiagnosis *
diagnose_bytes(const Fixture *fixture, const char *bytes, gsize len, gsize portion,
               const char *device)
{
    g_autoptr(VfgDiagnoser) diagnoser = vfg_diagnoser_new(fixture->matcher, VFG_SIDE_BOTH);
    VfgPciAddress address;
    if (device && vfg_pci_address_parse(device, &address, NULL))
        vfg_diagnoser_add_device(diagnoser, address);
    for (gsize at = 0; at < len; at += portion)
        vfg_diagnoser_feed(diagnoser, bytes + at, MIN(portion, len - at));
    return vfg_diagnoser_finish(diagnoser);
}

static VfgDiagnosis *
diagnose(const Fixture *fixture, const char *log, const char *device)
{
    return diagnose_bytes(fixture, log, strlen(log), strlen(log), device);
}

static const VfgIncident *
incident_at(const VfgDiagnosis *diagnosis, guint i)
{
    g_assert_cmpuint(diagnosis->incidents->len, >, i);
    return g_ptr_array_index(diagnosis->incidents, i);
}

/* "verdict class class" of a log. */
static void
check(const Fixture *fixture, const char *log, const char *device, const char *expected)
{
    g_autoptr(VfgDiagnosis) diagnosis = diagnose(fixture, log, device);
    GString *found = g_string_new(vfg_verdict_name(diagnosis->verdict));
    for (guint i = 0; i < diagnosis->classes->len; i++)
        g_string_append_printf(found, " %s", (char *)g_ptr_array_index(diagnosis->classes, i));
    g_assert_cmpstr(found->str, ==, expected);
    g_string_free(found, TRUE);
}

static const char chain[] =
    "[    5.1] [drm] [nvidia-drm] [GPU ID 0x00000100] Loading driver\n"
    "[    6.1] NVRM: Xid (PCI:0000:01:00): 140, pid=1, An uncorrectable ECC error detected DRAM:1\n"
    "[    6.2] NVRM: GPU 0000:01:00.0: RmInitAdapter failed! (0x62:0x40:1)\r\n"
    "[    6.3] NVRM: GPU 0000:01:00.0: rm_init_adapter failed, device minor number 0\n"
    "[    6.4] NVRM: GPU 0000:01:00.0: RmInitAdapter failed! (0x62:0x40:1)\n"
    "[    6.5] [drm:nv_drm_load [nvidia_drm]] *ERROR* [nvidia-drm] [GPU ID 0x00000100] Failed to "
    "allocate NvKmsKapiDevice\n"
    "[    6.6] NVRM: Xid (PCI:0000:02:00): 13, pid=7, name=a b, Graphics Exception";

static void
check_chain(const VfgDiagnosis *diagnosis)
{
    g_assert_cmpuint(diagnosis->incidents->len, ==, 2);
    const VfgIncident *ecc = incident_at(diagnosis, 0), *app = incident_at(diagnosis, 1);
    g_autofree char *address = vfg_pci_address_dup(ecc->address);
    g_assert_cmpstr(ecc->id, ==, "nvidia-xid-140");
    g_assert_cmpstr(ecc->code, ==, "140");
    g_assert_cmpstr(address, ==, "0000:01:00.0");
    g_assert_cmpuint(ecc->first_line, ==, 2);
    g_assert_cmpstr(ecc->first_time, ==, "6.1");
    g_assert_cmpuint(ecc->symptoms->len, ==, 2);
    const VfgSymptom *init = g_ptr_array_index(ecc->symptoms, 0);
    g_assert_cmpstr(init->id, ==, "nvidia-rm-init");
    g_assert_cmpuint(init->count, ==, 2);
    g_assert_cmpint(app->severity, ==, VFG_SEVERITY_WARN);
    g_assert_cmpuint(app->first_line, ==, 7);
    g_assert_cmpuint(diagnosis->lines, ==, 7);
}

/* However the bytes come. */
static void
test_chain(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    for (gsize portion = 1; portion <= sizeof chain; portion = portion * 3 / 2 + 1) {
        g_autoptr(VfgDiagnosis) diagnosis =
            diagnose_bytes(fixture, chain, strlen(chain), portion, NULL);
        check_chain(diagnosis);
    }
}

static void
test_symptom_alone(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(VfgDiagnosis) diagnosis = diagnose(
        fixture, "[nvidia-drm] [GPU ID 0x00002100] Failed to allocate NvKmsKapiDevice\n", NULL);
    const VfgIncident *incident = incident_at(diagnosis, 0);
    g_assert_nonnull(strstr(incident->cause, "the cause is not in this log"));
    g_assert_nonnull(strstr(incident->cause, "the lines before it, or"));
    g_assert_cmpuint(incident->address.bus, ==, 0x21);
}

/* Lines of the bus count where the address is a GPU's. */
static void
test_owner(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    static const char fault[] = "DMAR: [DMA Read] Request device [03:00.0] fault addr fffd3000\n";
    check(fixture, fault, NULL, "ok iommu-fault");
    check(fixture, fault, "0000:03:00.0", "fail iommu-fault");
    check(fixture, fault, "0000:04:00.0", "ok iommu-fault");
    check(fixture,
          "nvidia 0000:03:00.0: enabling device (0000 -> 0002)\n"
          "DMAR: [DMA Read] Request device [03:00.0] fault addr fffd3000\n",
          NULL, "fail iommu-fault");
    static const char nic[] = "mlx5_core 0000:05:00.0: BAR 0: can't reserve [mem 0x1-0x2]\n";
    check(fixture, nic, NULL, "ok bar-reserve-conflict non-gpu");
    check(fixture, nic, "05:00.0", "fail bar-reserve-conflict");
    static const char vfio[] = "vfio-pci 0000:05:00.0: BAR 0: can't reserve [mem 0x1-0x2]\n";
    check(fixture, vfio, NULL, "fail bar-reserve-conflict");
    check(fixture, vfio, "0000:01:00.0", "ok bar-reserve-conflict non-gpu");
    check(fixture,
          "pci 0000:05:00.0: [8086:1572] type 00 class 0x020000\n"
          "vfio-pci 0000:05:00.0: BAR 0: can't reserve [mem 0x1-0x2]\n",
          NULL, "ok bar-reserve-conflict non-gpu");
    check(fixture,
          "pcieport 0000:00:01.0: pciehp: Slot(4): Link Down\n"
          "vfio-pci 0000:05:00.0: vfio_bar_restore: reset recovery - restoring BARs\n"
          "pci 0000:05:00.0: Removing from iommu group 4\n",
          NULL, "ok vfio-reset-recovery non-gpu");
}

static void
test_bridges(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    static const char dpc[] = "pcieport 0000:00:01.0: DPC: containment event, status:0x1f01\n";
    g_autofree char *behind =
        g_strconcat("pci 0000:00:01.0: PCI bridge to [bus 03-04]\n",
                    "pci 0000:04:00.0: [10de:1e37] type 00 class 0x030200\n", dpc, NULL);
    check(fixture, dpc, NULL, "ok dpc non-gpu");
    check(fixture, behind, NULL, "fail dpc");
    check(fixture,
          "pci 0000:01:00.0: [1002:1478] type 01 class 0x060400\n"
          "pci 0000:01:00.0: PCI bridge to [bus 02-03]\n"
          "pcieport 0000:02:00.0: Unable to change power state from D3cold to D0, device "
          "inaccessible\n",
          NULL, "fail d3cold-stuck");
}

static void
test_aer(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
#define FATAL                                                                                      \
    "pcieport 0000:00:01.0: AER: Uncorrectable (Fatal) error message received from 0000:03:00.0\n" \
    "nvidia 0000:03:00.0: PCIe Bus Error: severity=Uncorrectable (Fatal), type=Transaction\n"
    check(fixture, FATAL, NULL, "fail aer-uncorrected");
    check(fixture, FATAL "pcieport 0000:00:01.0: AER: device recovery successful\n", NULL,
          "warn aer-uncorrected");
    check(fixture, FATAL "pcieport 0000:00:01.0: AER: device recovery failed\n", NULL,
          "fail aer-uncorrected");
    check(fixture,
          "amdgpu 0000:03:00.0: PCIe Bus Error: severity=Uncorrected (Non-Fatal), type=x\n", NULL,
          "warn aer-uncorrected");
    check(fixture, "nvme 0000:04:00.0: PCIe Bus Error: severity=Corrected, type=Physical\n", NULL,
          "ok aer-corrected non-gpu");
}

static void
test_lowered(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    check(fixture, "NVRM: Xid (PCI:0008:01:00): 149, NETIR Nonfatal XC0 i0 Link 03\n", NULL,
          "warn nvlink-error");
    check(fixture, "NVRM: Xid (PCI:0008:01:00): 149, NETIR Fatal XC0 i0 Link -1\n", NULL,
          "fail nvlink-error");
    check(fixture, "nvidia-nvswitch1: SXid (PCI:0000:08:00.0): 12028, Non-fatal, Link 1\n", NULL,
          "ok nvswitch-sxid");
    check(fixture, "nvidia-nvswitch1: SXid (PCI:0000:08:00.0): 20034, Fatal, Link 1\n", NULL,
          "fail nvswitch-sxid");
    check(fixture, "[drm:amdgpu_job_timedout] *ERROR* ring gfx timeout, but soft recovered\n", NULL,
          "warn amdgpu-ring-timeout");
}

/* A message over lines names its device in one of them. */
static void
test_context(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(VfgDiagnosis) diagnosis =
        diagnose(fixture,
                 "NVRM: The NVIDIA GPU 0000:18:00.0\nNVRM: (PCI ID: 10de:2901) installed in this\n"
                 "NVRM: fallen off the bus and is not responding to commands.\n",
                 NULL);
    const VfgIncident *incident = incident_at(diagnosis, 0);
    g_assert_true(incident->has_address);
    g_assert_cmpuint(incident->address.bus, ==, 0x18);
    check(fixture,
          "NVRM: This PCI I/O region assigned to your NVIDIA device is invalid:\n"
          "               NVRM: BAR1 is 0M @ 0x0 (PCI:0000:02:00.0)\n"
          "nvidia: probe of 0000:02:00.0 failed with error -1\n",
          NULL, "fail bar-unassigned");
}

/* A line of megabytes costs no memory; what is near its beginning, or within a portion, is found,
 * and the lines behind it count on. */
static void
test_long_line(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    GString *log = g_string_new("NVRM: Xid (PCI:0000:01:00): 79, GPU has fallen off the bus. ");
    for (guint i = 0; i < 300000; i++)
        g_string_append(log, "junk \xff\x1b[2J");
    g_string_append_c(log, '\0');
    g_string_append(log, "\nNVRM: Xid (PCI:0000:01:00): 31, pid=1\n");
    for (gsize portion = 1000; portion < log->len * 2; portion *= 40) {
        g_autoptr(VfgDiagnosis) diagnosis =
            diagnose_bytes(fixture, log->str, log->len, portion, NULL);
        g_assert_cmpuint(diagnosis->lines, ==, 2);
        g_assert_cmpstr(incident_at(diagnosis, 0)->code, ==, "79");
        g_assert_cmpuint(incident_at(diagnosis, 1)->first_line, ==, 2);
    }
    g_string_free(log, TRUE);
}

/* Junk does not push out what matters. */
static void
test_flood(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(VfgDiagnoser) diagnoser = vfg_diagnoser_new(fixture->matcher, VFG_SIDE_GUEST);
    VfgMatch matches[VFG_MATCHES_MAX];
    for (guint i = 0; i < 5000; i++) {
        g_autofree char *line = g_strdup_printf("4,%u,1,-;NVRM: Xid (PCI:0000:%02x:00): %u, pid=1",
                                                i, i % 256, 1000 + i % 8000);
        g_assert_cmpuint(vfg_diagnoser_take_line(diagnoser, line, strlen(line), matches), ==, 1);
    }
    static const char fatal[] = "NVRM: Xid (PCI:0000:01:00): 64, Row Remapper";
    vfg_diagnoser_take_line(diagnoser, fatal, strlen(fatal), matches);
    g_assert_cmpint(vfg_diagnoser_owner(diagnoser, &matches[0]), ==, VFG_OWNER_GPU);
    g_autoptr(VfgDiagnosis) diagnosis = vfg_diagnoser_finish(diagnoser);
    g_assert_cmpstr(incident_at(diagnosis, 0)->class_name, ==, "row-remap-failure");
    g_assert_cmpuint(diagnosis->dropped, ==, 5001 - 256);
    json_t *json = vfg_diagnosis_to_json(diagnosis);
    g_assert_cmpuint(json_array_size(json_object_get(json, "diagnosis")), ==, 256);
    json_decref(json);
}

/* What QEMU or libvirt said, for a start that failed. */
static void
test_text(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    static const struct {
        const char *text;
        const char *class_name;
    } texts[] = {
        {"internal error: qemu unexpectedly closed the monitor: 2026-01-01T00:00:00Z "
         "qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: group 1 is "
         "not "
         "viable\nPlease ensure all devices within the iommu_group are bound to their vfio bus "
         "driver.",
         "vfio-group-not-viable"},
        {"qemu-system-x86_64: -device vfio-pci,host=01:00.0: VFIO_MAP_DMA failed: Cannot allocate "
         "memory\nqemu-system-x86_64: failed to setup container for group 1",
         "vfio-dma-map-failed"},
        {"qemu-system-x86_64: ../hw/pci/pci.c:1: pci_irq_handler: Assertion `0 <= irq_num && "
         "irq_num "
         "< PCI_NUM_PINS' failed.",
         "qemu-abort"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(VfgDiagnoser) diagnoser = vfg_diagnoser_new(fixture->matcher, VFG_SIDE_HOST);
        vfg_diagnoser_feed(diagnoser, texts[i].text, strlen(texts[i].text));
        g_autoptr(VfgDiagnosis) diagnosis = vfg_diagnoser_finish(diagnoser);
        const VfgIncident *incident = incident_at(diagnosis, 0);
        g_assert_cmpstr(incident->class_name, ==, texts[i].class_name);
        g_assert_true(*incident->cause && *incident->fix);
        g_assert_null(strstr(incident->fix, "in the guest"));
    }
}

/* What others say is a note only where it could be taken for the reason of a GPU's trouble. */
static void
test_talk(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    static const char talk[] = "[ 1.0] EDAC amd64: Node 0: DRAM ECC enabled.\n";
    g_autofree char *beside = g_strconcat(talk, chain, NULL);
    check(fixture, talk, NULL, "ok benign");
    check(fixture, beside, NULL,
          "fail ecc-uncorrectable rm-init-failed nvkms-alloc-failed xid-app non-gpu");
}

/* A port that loses its link is every day's work, unless a GPU is behind it. */
static void
test_link(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    static const char log[] = "pci 0000:00:01.0: PCI bridge to [bus 01]\n"
                              "pcieport 0000:00:01.0: pciehp: Slot(1): Link Down\n";
    check(fixture, log, NULL, "ok benign");
    check(fixture, log, "0000:02:00.0", "ok benign");
    check(fixture, log, "0000:01:00.0", "fail gpu-fallen-off-bus");
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(Fixture *fixture, gconstpointer data);
    } tests[] = {
        {"/diagnoser/chain", test_chain},     {"/diagnoser/symptom-alone", test_symptom_alone},
        {"/diagnoser/owner", test_owner},     {"/diagnoser/bridges", test_bridges},
        {"/diagnoser/aer", test_aer},         {"/diagnoser/lowered", test_lowered},
        {"/diagnoser/context", test_context}, {"/diagnoser/long-line", test_long_line},
        {"/diagnoser/flood", test_flood},     {"/diagnoser/text", test_text},
        {"/diagnoser/talk", test_talk},       {"/diagnoser/link", test_link},
    };
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].name, Fixture, NULL, set_up, tests[i].run, tear_down);
    return g_test_run();
}
