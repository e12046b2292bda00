/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Counters of GPUs: as a stand-in for nvidia-smi prints them, and in a sysfs made here. */

#include "counter-look.h"
#include "counter-watch.h"
#include "gpu-sysfs.h"
#include "smi-log.h"
#include "smi.h"
#include "temp-tree.h"

#include <string.h>
#include <sys/stat.h>

#define AMD "sys/bus/pci/devices/0000:03:00.0"

typedef struct {
    VfgCounters *counters;
    VfgSmiLog *log;
    GString *seen;
    TempTree *tree;
    VfgRoot *root;
} Stage;

static void
on_event(const VfgEvent *event, gpointer data)
{
    Stage *stage = data;
    g_assert_cmpint(event->source, ==, VFG_EVENT_COUNTER);
    g_assert_true(event->has_address);
    g_string_append_printf(stage->seen, "%02x %s %s: %s|", event->address.bus,
                           vfg_severity_name(event->severity), event->class_name, event->line);
}

static void
on_reading(const VfgReading *reading, gpointer data)
{
    Stage *stage = data;
    vfg_counters_take(stage->counters, reading, on_event, stage);
}

static void
set_up(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    stage->counters = vfg_counters_new();
    stage->log = vfg_smi_log_new(on_reading, stage);
    stage->seen = g_string_new(NULL);
    stage->tree = temp_tree_new();
    stage->root = vfg_root_new(stage->tree->top, &error);
    g_assert_no_error(error);
}

static void
tear_down(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    vfg_root_free(stage->root);
    temp_tree_free(stage->tree);
    vfg_smi_log_free(stage->log);
    vfg_counters_free(stage->counters);
    g_string_free(stage->seen, TRUE);
}

/* What was told since the last call. */
static void
check(Stage *stage, const char *expected)
{
    g_assert_cmpstr(stage->seen->str, ==, expected);
    g_string_truncate(stage->seen, 0);
}

static void
look(Stage *stage, VfgCounterKind kind, const char *part, guint64 value, const char *expected)
{
    VfgReading reading = {{.bus = 1}, kind, part, value, NULL};
    on_reading(&reading, stage);
    check(stage, expected);
}

static void
test_rises(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    look(stage, VFG_COUNTER_RETIRED_DOUBLE, NULL, 2, "");
    look(stage, VFG_COUNTER_RETIRED_DOUBLE, NULL, 2, "");
    look(stage, VFG_COUNTER_RETIRED_DOUBLE, NULL, 3,
         "01 warn page-retired: pages retired for double bit errors: 3, before 2|");
    look(stage, VFG_COUNTER_ECC_VOLATILE, NULL, 4,
         "01 error ecc-uncorrectable: uncorrected ECC errors since the start: 4, before 0|");
    /* The driver was loaded again. */
    look(stage, VFG_COUNTER_ECC_VOLATILE, NULL, 0, "");
    look(stage, VFG_COUNTER_ECC_VOLATILE, NULL, 1,
         "01 error ecc-uncorrectable: uncorrected ECC errors since the start: 1, before 0|");
}

/* Errors that were corrected come one by one for years. */
static void
test_doubles(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    look(stage, VFG_COUNTER_REPLAYS, NULL, 0, "");
    look(stage, VFG_COUNTER_REPLAYS, NULL, 1,
         "01 info pcie-replays: PCIe packets sent again: 1, before 0|");
    look(stage, VFG_COUNTER_REPLAYS, NULL, 2,
         "01 info pcie-replays: PCIe packets sent again: 2, before 1|");
    look(stage, VFG_COUNTER_REPLAYS, NULL, 3, "");
    look(stage, VFG_COUNTER_REPLAYS, NULL, 4,
         "01 info pcie-replays: PCIe packets sent again: 4, before 3|");
    look(stage, VFG_COUNTER_REPLAYS, NULL, 0, "");
    look(stage, VFG_COUNTER_REPLAYS, NULL, 1,
         "01 info pcie-replays: PCIe packets sent again: 1, before 0|");
}

static void
test_states(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    static const char hot[] = "01 warn thermal: the clocks are lowered: it is too hot|";
    static const char narrow[] = "01 warn pcie-link: the PCIe link has lost lanes|";
    look(stage, VFG_COUNTER_THERMAL_SLOWDOWN, NULL, 0, "");
    look(stage, VFG_COUNTER_THERMAL_SLOWDOWN, NULL, 1, hot);
    look(stage, VFG_COUNTER_THERMAL_SLOWDOWN, NULL, 1, "");
    look(stage, VFG_COUNTER_THERMAL_SLOWDOWN, NULL, 0, "");
    look(stage, VFG_COUNTER_THERMAL_SLOWDOWN, NULL, 1, hot);
    /* It was so before anybody looked. */
    look(stage, VFG_COUNTER_POWER_BRAKE, NULL, 1, "");
    look(stage, VFG_COUNTER_POWER_BRAKE, NULL, 1, "");
    look(stage, VFG_COUNTER_REMAP_FAILURE, NULL, 1,
         "01 fatal row-remap-failure: a row could not be remapped: no spare ones are left|");
    look(stage, VFG_COUNTER_REMAP_FAILURE, NULL, 1, "");
    look(stage, VFG_COUNTER_LINK_WIDTH, NULL, 0, "");
    look(stage, VFG_COUNTER_LINK_WIDTH, NULL, 1, "");
    look(stage, VFG_COUNTER_LINK_WIDTH, NULL, 0, "");
    look(stage, VFG_COUNTER_LINK_WIDTH, NULL, 1, "");
    look(stage, VFG_COUNTER_LINK_WIDTH, NULL, 1, narrow);
    look(stage, VFG_COUNTER_LINK_WIDTH, NULL, 1, "");
}

static void
test_many(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    for (guint i = 0; i < 5000; i++) {
        g_autofree char *part = g_strdup_printf("block%u", i);
        VfgReading reading = {{.bus = 1}, VFG_COUNTER_RAS_UNCORRECTED, part, 0, NULL};
        on_reading(&reading, stage);
    }
    look(stage, VFG_COUNTER_RAS_UNCORRECTED, "block0", 1,
         "01 error ecc-uncorrectable: uncorrected errors in block0: 1, before 0|");
    look(stage, VFG_COUNTER_RAS_UNCORRECTED, "block4999", 1, "");
}

static void
feed(VfgSmiLog *log, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++)
        vfg_smi_log_take(log, *line);
}

/* A document with one GPU; its counters stand in `inner`. */
static char *
document(const char *inner)
{
    return g_strdup_printf("<?xml version=\"1.0\" ?>\n"
                           "<!DOCTYPE nvidia_smi_log SYSTEM \"nvsmi_device_v12.dtd\">\n"
                           "<nvidia_smi_log>\n\t<driver_version>1</driver_version>\n"
                           "\t<gpu id=\"00000000:41:00.0\">\n%s\t</gpu>\n</nvidia_smi_log>\n",
                           inner);
}

static void
feed_inner(Stage *stage, const char *inner)
{
    g_autofree char *text = document(inner);
    feed(stage->log, text);
}

/* Kinds of memory are summed up; the forms of old GPUs and of new ones. */
static void
test_smi_ecc(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    static const char format[] =
        "<ecc_errors><volatile><sram_correctable>0</sram_correctable>"
        "<sram_uncorrectable_parity>0</sram_uncorrectable_parity>"
        "<sram_uncorrectable_secded>%d</sram_uncorrectable_secded>"
        "<dram_uncorrectable>%d</dram_uncorrectable></volatile><aggregate>"
        "<dram_correctable>7</dram_correctable><dram_uncorrectable>1</dram_uncorrectable>"
        "<sram_threshold_exceeded>%s</sram_threshold_exceeded></aggregate></ecc_errors>\n"
        "<remapped_rows><remapped_row_corr>0</remapped_row_corr>"
        "<remapped_row_unc>%d</remapped_row_unc><remapped_row_pending>%s</remapped_row_pending>"
        "<remapped_row_failure>No</remapped_row_failure></remapped_rows>";
    g_autofree char *sound = g_strdup_printf(format, 0, 0, "No", 0, "No");
    g_autofree char *bad = g_strdup_printf(format, 1, 2, "Yes", 1, "Yes");
    feed_inner(stage, sound);
    check(stage, "");
    feed_inner(stage, bad);
    check(stage, "41 error ecc-uncorrectable: uncorrected ECC errors since the start: 3, before 0|"
                 "41 error ecc-uncorrectable: the limit of uncorrected SRAM errors is exceeded|"
                 "41 warn row-remapped: rows remapped for uncorrected errors: 1, before 0|"
                 "41 warn row-remap-pending: rows wait for a reset to be remapped|");
    feed_inner(stage, bad);
    check(stage, "");
}

static void
test_smi_old(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    static const char format[] =
        "<ecc_errors><volatile><double_bit><l2_cache>%d</l2_cache><total>%d</total></double_bit>"
        "</volatile></ecc_errors><retired_pages><double_bit_retirement><retired_count>%d"
        "</retired_count></double_bit_retirement><pending_retirement>No</pending_retirement>"
        "</retired_pages><clocks_throttle_reasons>"
        "<clocks_throttle_reason_hw_thermal_slowdown>%s"
        "</clocks_throttle_reason_hw_thermal_slowdown></clocks_throttle_reasons>";
    g_autofree char *sound = g_strdup_printf(format, 0, 0, 0, "Not Active");
    g_autofree char *bad = g_strdup_printf(format, 5, 5, 1, "Active");
    feed_inner(stage, sound);
    feed_inner(stage, bad);
    check(stage, "41 error ecc-uncorrectable: uncorrected ECC errors since the start: 5, before 0|"
                 "41 warn page-retired: pages retired for double bit errors: 1, before 0|"
                 "41 warn thermal: the clocks are lowered: it is too hot|");
}

/* An idle GPU saves power; one at work that stays slow has lost something. */
static void
test_smi_link(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    static const char format[] =
        "<pci><pci_gpu_link_info><pcie_gen><max_link_gen>4</max_link_gen>"
        "<current_link_gen>%d</current_link_gen></pcie_gen><link_widths>"
        "<max_link_width>16x</max_link_width><current_link_width>%dx</current_link_width>"
        "</link_widths></pci_gpu_link_info><replay_counter>%d</replay_counter></pci>"
        "<performance_state>P%d</performance_state>";
    static const int steps[][4] = {{1, 16, 0, 8}, {4, 16, 0, 0}, {1, 8, 0, 8}, {1, 8, 0, 8},
                                   {4, 8, 0, 0},  {1, 16, 0, 2}, {4, 8, 9, 0}, {4, 8, 9, 0}};
    for (guint i = 0; i < G_N_ELEMENTS(steps); i++) {
        const int *step = steps[i];
        g_autofree char *inner = g_strdup_printf(format, step[0], step[1], step[2], step[3]);
        feed_inner(stage, inner);
    }
    check(stage, "41 info pcie-replays: PCIe packets sent again: 9, before 0|"
                 "41 warn pcie-link: the PCIe link has lost lanes: 8 of 16 lanes|");
}

static void
test_smi_junk(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    static const char reset[] = "<gpu_reset_status><reset_required>Yes</reset_required>"
                                "</gpu_reset_status>";
    static const char said[] =
        "41 error gpu-recovery-action: the driver asks for a reset of the GPU|";
    feed(stage->log, "No devices were found\n<gpu id=\"00000000:01:00.0\">\n");
    feed(stage->log,
         "<?xml version=\"1.0\" ?>\n<nvidia_smi_log>\n<gpu id=\"x\">\n</gpu>\n<a></b>\n");
    feed_inner(stage, "<ecc_errors><volatile><dram_uncorrectable>N/A</dram_uncorrectable>"
                      "</volatile></ecc_errors><retired_pages>N/A</retired_pages>");
    feed_inner(stage, "<pci><replay_counter>-1</replay_counter></pci>");
    check(stage, "");
    /* A process may call itself anything. */
    g_autofree char *evil = g_strconcat(reset, "<processes><process_name>a & <b</gpu>", NULL);
    feed_inner(stage, evil);
    check(stage, said);
    feed_inner(stage, reset);
    check(stage, "");
}

static void
put_nvidia_smi(TempTree *tree)
{
    g_autofree char *text = document("<remapped_rows><remapped_row_failure>Yes"
                                     "</remapped_row_failure></remapped_rows>");
    g_autofree char *script = g_strdup_printf("#!/bin/sh\ncat <<'END'\n%sEND\ncase \"$*\" in\n"
                                              "'-q -x -l 30') exec sleep 1000 ;;\n'-q -x') ;;\n"
                                              "*) exit 1 ;;\nesac\n",
                                              text);
    g_autofree char *program = temp_tree_path(tree, "bin/nvidia-smi");
    temp_tree_put(tree, "bin/nvidia-smi", script);
    g_assert_cmpint(chmod(program, 0700), ==, 0);
}

static void
put_amd(Stage *stage, const char *umc, const char *width, const char *replays)
{
    const struct {
        const char *name;
        const char *text;
    } files[] = {{"class", "0x030000\n"},
                 {"vendor", "0x1002\n"},
                 {"device", "0x738c\n"},
                 {"ras/umc_err_count", umc},
                 {"ras/sdma_err_count", "ue: 0\nce: 0\n"},
                 {"ras/features", "feature mask: 0x2\n"},
                 {"max_link_width", "16\n"},
                 {"current_link_width", width},
                 {"pcie_replay_count", replays}};
    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_strconcat(AMD "/", files[i].name, NULL);
        temp_tree_put(stage->tree, path, files[i].text);
    }
}

static void
test_sysfs(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    put_amd(stage, "ue: 0\nce: 3\n", "16\n", "0\n");
    g_assert_cmpuint(vfg_gpu_sysfs_read(stage->root, on_reading, stage), ==, 0);
    temp_tree_link(stage->tree, AMD "/driver", "../../../../bus/pci/drivers/amdgpu");
    g_assert_cmpuint(vfg_gpu_sysfs_read(stage->root, on_reading, stage), ==, 1);
    check(stage, "");
    put_amd(stage, "ue: 2\nce: 9\nde: 1\n", "8\n", "5\n");
    vfg_gpu_sysfs_read(stage->root, on_reading, stage);
    check(stage, "03 error ecc-uncorrectable: uncorrected errors in umc: 2, before 0|"
                 "03 info amd-ras-corrected: corrected errors in umc: 9, before 3|"
                 "03 info pcie-replays: PCIe packets sent again: 5, before 0|");
    put_amd(stage, "ue: x\nce\n", "8\n", "-1\n");
    vfg_gpu_sysfs_read(stage->root, on_reading, stage);
    check(stage, "03 warn pcie-link: the PCIe link has lost lanes: 8 of 16 lanes|");
}

/* Both ways at once, as the agent has them. */
static void
test_watch(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    g_autofree char *folder = temp_tree_path(stage->tree, "bin");
    g_autofree char *path = g_strconcat(folder, ":", g_getenv("PATH"), NULL);
    put_nvidia_smi(stage->tree);
    g_setenv("PATH", path, TRUE);
    g_autoptr(VfgCounterWatch) watch = vfg_counter_watch_new(stage->root, on_event, stage);
    vfg_counter_watch_look(watch);
    g_assert_false(g_main_context_pending(NULL));
    put_amd(stage, "ue: 1\nce: 0\n", "16\n", "0\n");
    temp_tree_link(stage->tree, AMD "/driver", "../../../../bus/pci/drivers/amdgpu");
    temp_tree_put(stage->tree, "proc/driver/nvidia/version", "NVRM version: 1\n");
    vfg_counter_watch_look(watch);
    check(stage, "03 error ecc-uncorrectable: uncorrected errors in umc: 1, before 0|");
    while (!stage->seen->len)
        g_main_context_iteration(NULL, TRUE);
    check(stage, "41 fatal row-remap-failure: a row could not be remapped: no spare ones are "
                 "left|");
}

/* One look, of the same two ways. */
static void
test_look(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    static const char *const wanted[] = {
        "{\"address\":\"0000:41:00.0\",\"counter\":\"remap-failure\",\"part\":null,\"value\":1",
        "\"0000:03:00.0\",\"counter\":\"ras-uncorrected\",\"part\":\"sdma\",\"value\":0",
        "\"counter\":\"ras-uncorrected\",\"part\":\"umc\",\"value\":1,\"detail\":null}",
        "\"counter\":\"ras-corrected\",\"part\":\"umc\",\"value\":4",
        "\"counter\":\"link-width\",\"part\":null,\"value\":1,\"detail\":\"8 of 16 lanes\"}",
        "\"counter\":\"replays\",\"part\":null,\"value\":0"};
    g_autofree char *folder = temp_tree_path(stage->tree, "bin");
    g_autofree char *path = g_strconcat(folder, ":/usr/bin:/bin", NULL);
    put_nvidia_smi(stage->tree);
    json_t *none = vfg_counter_look(stage->root, path);
    g_assert_cmpuint(json_array_size(none), ==, 0);
    json_decref(none);
    put_amd(stage, "ue: 1\nce: 4\n", "8\n", "0\n");
    temp_tree_link(stage->tree, AMD "/driver", "../../../../bus/pci/drivers/amdgpu");
    temp_tree_put(stage->tree, "proc/driver/nvidia/version", "NVRM version: 1\n");
    json_t *readings = vfg_counter_look(stage->root, path);
    g_autofree char *text = json_dumps(readings, JSON_COMPACT);
    for (gsize i = 0; i < G_N_ELEMENTS(wanted); i++)
        if (!strstr(text, wanted[i]))
            g_error("'%s' lacks %s", text, wanted[i]);
    g_assert_cmpuint(json_array_size(readings), ==, 7);
    json_decref(readings);
}

static void
on_line(const char *line, gpointer data)
{
    g_string_append(((Stage *)data)->seen, line);
}

static void
test_child_ends(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    const char *const words[] = {"echo", "hello", NULL};
    const char *const nothing[] = {"/nonexistent/nvidia-smi", NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgSmi) smi = vfg_smi_new(words, on_line, stage, &error);
    g_assert_no_error(error);
    while (vfg_smi_runs(smi))
        g_main_context_iteration(NULL, TRUE);
    check(stage, "hello");
    g_assert_null(vfg_smi_new(nothing, on_line, stage, &error));
    g_assert_nonnull(error);
}

#define ADD(path, func) g_test_add(path, Stage, NULL, set_up, func, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/counters/rises", test_rises);
    ADD("/counters/doubles", test_doubles);
    ADD("/counters/states", test_states);
    ADD("/counters/many", test_many);
    ADD("/counters/smi-ecc", test_smi_ecc);
    ADD("/counters/smi-old", test_smi_old);
    ADD("/counters/smi-link", test_smi_link);
    ADD("/counters/smi-junk", test_smi_junk);
    ADD("/counters/sysfs", test_sysfs);
    ADD("/counters/watch", test_watch);
    ADD("/counters/look", test_look);
    ADD("/counters/child-ends", test_child_ends);
    return g_test_run();
}
