/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Counters of NVIDIA's driver as a stand-in for nvidia-smi prints them. */

#include "counters.h"

#include "smi.h"
#include "temp-tree.h"

#include <string.h>
#include <sys/stat.h>

typedef struct {
    VfgCounters *counters;
    GString *seen;
} Stage;

static void
set_up(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    stage->counters = vfg_counters_new();
    stage->seen = g_string_new(NULL);
}

static void
tear_down(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    vfg_counters_free(stage->counters);
    g_string_free(stage->seen, TRUE);
}

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
take(Stage *stage, const char *line)
{
    g_assert_true(vfg_counters_take(stage->counters, line, on_event, stage));
}

static void
test_healthy(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    for (guint i = 0; i < 3; i++) {
        take(stage, "00000000:01:00.0, 5, 0, 2, 1, 0, No, 41, Not Active, Not Active, 16, 16");
        take(stage, "00000000:41:00.0, [N/A], [N/A], [N/A], [N/A], [N/A], [N/A], 50, Not Active, "
                    "[Not Supported], 8, 16");
    }
    g_assert_cmpstr(stage->seen->str, ==, "");
}

static void
test_changes(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    take(stage, "00000000:01:00.0, 5, 0, 2, 1, 0, No, 41, Not Active, Not Active, 16, 16");
    take(stage, "00000000:01:00.0, 9, 1, 3, 1, 2, Yes, 91, Active, Not Active, 16, 16");
    take(stage, "00000000:01:00.0, 9, 1, 3, 1, 2, Yes, 91, Active, Not Active, 16, 16");
    g_assert_cmpstr(stage->seen->str, ==,
                    "01 info ecc-corrected: corrected ECC errors in all: 9, before 5|"
                    "01 error ecc-uncorrectable: uncorrected ECC errors since the start: 1, before "
                    "0|"
                    "01 error ecc-uncorrectable: uncorrected ECC errors in all: 3, before 2|"
                    "01 warn page-retired: pages retired for double bit errors: 2, before 0|"
                    "01 warn row-remap-pending: pages wait for a reset to be retired|"
                    "01 warn thermal: the clocks are lowered: it is too hot|");
}

/* A driver that was loaded again starts from 0; what it counted before is no news. */
static void
test_reset(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    take(stage, "00000000:01:00.0, 5, 3, 3, 0, 0, No, 41, Not Active, Not Active, 16, 16");
    g_string_truncate(stage->seen, 0);
    take(stage, "00000000:01:00.0, 5, 0, 3, 0, 0, No, 41, Not Active, Not Active, 16, 16");
    g_assert_cmpstr(stage->seen->str, ==, "");
    take(stage, "00000000:01:00.0, 5, 1, 4, 0, 0, No, 41, Not Active, Not Active, 16, 16");
    g_assert_nonnull(strstr(stage->seen->str, "since the start: 1"));
}

static void
test_junk(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    static const char *const lines[] = {
        "",
        "No devices were found",
        "pci.bus_id, ecc",
        "x, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11",
        "00000000:01:00.0, 5",
        "Unable to determine the device handle for GPU 0000:01:00.0: GPU is lost"};
    for (guint i = 0; i < G_N_ELEMENTS(lines); i++)
        g_assert_false(vfg_counters_take(stage->counters, lines[i], on_event, stage));
    take(stage, "00000000:01:00.0, -5, 99999999999999999999, x, 1e9, , Maybe, 41, ?, ?, 16, 16");
    g_assert_cmpstr(stage->seen->str, ==, "");
    for (guint i = 0; i < 100; i++) {
        g_autofree char *line = g_strdup_printf(
            "00000000:%02x:00.0, 0, 0, 0, 0, 0, No, 1, Not Active, Not Active, 1, 1", i);
        g_assert_cmpint(vfg_counters_take(stage->counters, line, on_event, stage), ==, i < 64);
    }
}

static void
on_line(const char *line, gpointer data)
{
    Stage *stage = data;
    vfg_counters_take(stage->counters, line, on_event, stage);
}

/* The stand-in says what the program was asked for, prints twice and stays. */
static void
test_child(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    g_autofree char *program = temp_tree_path(tree, "nvidia-smi");
    temp_tree_put(tree, "nvidia-smi",
                  "#!/bin/sh\n"
                  "case $1 in --query-gpu=pci.bus_id,*) ;; *) exit 1 ;; esac\n"
                  "echo 00000000:01:00.0, 0, 0, 0, 0, 0, No, 1, Not Active, Not Active, 1, 1\n"
                  "printf '00000000:01:00.0, 0, 7, 0, 0, 0, No, 1,'\n"
                  "echo ' Not Active, Not Active, 1, 1'\n"
                  "exec sleep 1000\n");
    chmod(program, 0700);
    const char *const words[] = {program, "--query-gpu=" VFG_COUNTERS_QUERY, NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgSmi) smi = vfg_smi_new(words, on_line, stage, &error);
    g_assert_no_error(error);
    while (!stage->seen->len)
        g_main_context_iteration(NULL, TRUE);
    g_assert_nonnull(strstr(stage->seen->str, "since the start: 7, before 0"));
    g_assert_true(vfg_smi_runs(smi));
}

static void
test_child_ends(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    const char *const words[] = {"false", NULL};
    const char *const nothing[] = {"/nonexistent/nvidia-smi", NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgSmi) smi = vfg_smi_new(words, on_line, stage, &error);
    g_assert_no_error(error);
    while (vfg_smi_runs(smi))
        g_main_context_iteration(NULL, TRUE);
    g_assert_null(vfg_smi_new(nothing, on_line, stage, &error));
    g_assert_nonnull(error);
}

#define ADD(path, func) g_test_add(path, Stage, NULL, set_up, func, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/counters/healthy", test_healthy);
    ADD("/counters/changes", test_changes);
    ADD("/counters/reset", test_reset);
    ADD("/counters/junk", test_junk);
    ADD("/counters/child", test_child);
    ADD("/counters/child-ends", test_child_ends);
    return g_test_run();
}
