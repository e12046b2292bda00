/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the events of a VM come to: guest and host about one GPU are one incident, the newest boot
 * counts, and nothing that a program wrote. */

#include "vm-diagnosis.h"

#include "collect.h"
#include "temp-tree.h"

#include <string.h>

typedef struct {
    TempTree *tree;
    VfgApp app;
    VfgStore *store;
    guint64 sequence;
} Stage;

static void
set_up(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    stage->tree = temp_tree_new();
    stage->app =
        (VfgApp){.state_dir = stage->tree->top, .data_dir = (char *)VFG_TOP_SRCDIR "/data"};
    stage->store = vfg_app_open_store(&stage->app, &error);
    g_assert_no_error(error);
}

static void
tear_down(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    vfg_store_free(stage->store);
    temp_tree_free(stage->tree);
}

static void
add_at(Stage *stage, const char *boot, VfgEventSource source, VfgPciAddress address,
       const char *line)
{
    g_autoptr(GError) error = NULL;
    VfgEvent event = {.sequence = ++stage->sequence,
                      .boot_id = (char *)(boot ? boot : "host"),
                      .id = (char *)"x",
                      .class_name = (char *)"y",
                      .severity = VFG_SEVERITY_ERROR,
                      .source = source,
                      .has_address = TRUE,
                      .address = address,
                      .line = (char *)line,
                      .count = 1};
    VfgStored stored = {.vm = (char *)"vm",
                        .host = !boot,
                        .has_gpu = TRUE,
                        .gpu = {0, 0x82, 0, 0},
                        .event = &event};
    g_assert_true(vfg_store_add(stage->store, &stored, NULL, &error));
    g_assert_true(vfg_store_commit(stage->store, &error));
}

#define ECC "NVRM: Xid (PCI:0000:01:00): 140, pid=0, An uncorrectable ECC error detected DRAM:4"
#define RM_INIT "NVRM: GPU 0000:01:00.0: RmInitAdapter failed! (0x62:0x40:2521)"

static void
add(Stage *stage, const char *boot, VfgEventSource source, const char *line)
{
    add_at(stage, boot, source, (VfgPciAddress){.bus = boot ? 1 : 0x82}, line);
}

static VfgDiagnosis *
diagnose(Stage *stage)
{
    g_autoptr(GError) error = NULL;
    VfgDiagnosis *diagnosis = vfg_app_diagnose_vm(&stage->app, "vm", &error);
    g_assert_no_error(error);
    return diagnosis;
}

static void
test_one_incident(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    add(stage, "b1", VFG_EVENT_KERNEL, ECC);
    add(stage, "b1", VFG_EVENT_KERNEL, RM_INIT);
    add(stage, "b1", VFG_EVENT_KERNEL, RM_INIT);
    g_autoptr(VfgDiagnosis) diagnosis = diagnose(stage);
    g_assert_cmpuint(diagnosis->incidents->len, ==, 1);
    const VfgIncident *incident = g_ptr_array_index(diagnosis->incidents, 0);
    g_assert_cmpstr(incident->class_name, ==, "ecc-uncorrectable");
    g_assert_cmpuint(incident->address.bus, ==, 0x82);
    g_assert_cmpuint(incident->symptoms->len, ==, 1);
}

/* The host's AER is about the same card. */
static void
test_merged(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    add(stage, NULL, VFG_EVENT_KERNEL, "vfio-pci 0000:82:00.0: of an earlier boot");
    add(stage, "b1", VFG_EVENT_KERNEL,
        "NVRM: Xid (PCI:0000:01:00): 79, pid=0, GPU has fallen off the bus.");
    add(stage, NULL, VFG_EVENT_KERNEL,
        "vfio-pci 0000:82:00.0: PCIe Bus Error: severity=Uncorrectable (Fatal), type=Transaction "
        "Layer, (Requester ID)");
    g_autoptr(VfgDiagnosis) diagnosis = diagnose(stage);
    for (guint i = 0; i < diagnosis->incidents->len; i++) {
        const VfgIncident *incident = g_ptr_array_index(diagnosis->incidents, i);
        g_assert_true(incident->has_address);
        g_assert_cmpuint(incident->address.bus, ==, 0x82);
    }
    g_assert_cmpuint(diagnosis->lines, ==, 2);
}

/* What the host has stored with the VM is about its GPU, also where it names the port above it. */
static void
test_port(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    add(stage, "b1", VFG_EVENT_KERNEL, RM_INIT);
    add_at(stage, NULL, VFG_EVENT_KERNEL, (VfgPciAddress){.bus = 0x80, .device = 3},
           "pcieport 0000:80:03.0: pciehp: Slot(3): Link Down");
    g_autoptr(VfgDiagnosis) diagnosis = diagnose(stage);
    const VfgIncident *incident = g_ptr_array_index(diagnosis->incidents, 0);
    g_assert_cmpstr(incident->class_name, ==, "gpu-fallen-off-bus");
}

static void
test_newest_boot(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    g_assert_null(diagnose(stage));
    add(stage, "b1", VFG_EVENT_KERNEL, ECC);
    add(stage, "b2", VFG_EVENT_KERNEL, RM_INIT);
    g_autoptr(VfgDiagnosis) diagnosis = diagnose(stage);
    const VfgIncident *incident = g_ptr_array_index(diagnosis->incidents, 0);
    g_assert_cmpstr(incident->class_name, ==, "rm-init-failed");
}

static void
test_users(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    add(stage, "b1", VFG_EVENT_USER, ECC);
    g_assert_null(diagnose(stage));
}

/* A line feed in a line does not make two of it. */
static void
test_forged_line(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    add(stage, "b1", VFG_EVENT_KERNEL, RM_INIT "\n" ECC "\n");
    g_autoptr(VfgDiagnosis) diagnosis = diagnose(stage);
    g_assert_cmpuint(diagnosis->lines, ==, 1);
}

#define ADD(path, func) g_test_add(path, Stage, NULL, set_up, func, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/vm-diagnosis/one-incident", test_one_incident);
    ADD("/vm-diagnosis/merged", test_merged);
    ADD("/vm-diagnosis/port", test_port);
    ADD("/vm-diagnosis/newest-boot", test_newest_boot);
    ADD("/vm-diagnosis/users", test_users);
    ADD("/vm-diagnosis/forged-line", test_forged_line);
    return g_test_run();
}
