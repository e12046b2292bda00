/* SPDX-License-Identifier: GPL-2.0-or-later */

/* list and check. */

#include "cli.h"

#include "error.h"
#include "table.h"
#include "verify.h"

#include <stdio.h>
#include <string.h>

/* 100 columns are 37 for name and driver: the rest are 12 or 13 of an address, 9 of ids, 5, 4, 6,
 * 12 and the gaps between. */
#define NAME_AND_DRIVER 37
#define NAME_WIDTH_MIN 12
#define NAME_WIDTH_MAX 30

static const char *
state_word(const VfgGpu *gpu)
{
    if (vfg_gpu_is_stuck(gpu))
        return "driver hangs";
    if (g_strcmp0(gpu->function->driver, "vfio-pci") == 0)
        return "handed over";
    if (gpu->function->boot_display)
        return "boot display";
    return gpu->viable ? "free" : "not viable";
}

/* The largest BAR, and a mark where one has no address: "16G", "256M !". */
static char *
bar_word(const VfgPciFunction *function)
{
    static const char units[] = "BKMGT";
    guint64 largest = 0;
    gboolean unassigned = FALSE;
    for (guint i = 0; i < function->n_bars; i++) {
        largest = MAX(largest, function->bars[i].size);
        unassigned |= !function->bars[i].assigned;
    }
    guint unit = 0;
    while (largest >= 1024 && unit < 4) {
        largest >>= 10;
        unit++;
    }
    return g_strdup_printf("%" G_GUINT64_FORMAT "%c%s", largest, units[unit],
                           unassigned ? " !" : "");
}

/* pci.ids names the chip and, in brackets, the product, which is what people know the card by. */
static char *
short_name(const VfgPciFunction *function, glong width)
{
    const char *name = function->name ? function->name : "?";
    const char *open = strchr(name, '['), *close = open ? strchr(open, ']') : NULL;
    g_autofree char *product =
        close ? g_strndup(open + 1, (gsize)(close - open - 1)) : g_strdup(name);
    if (g_utf8_strlen(product, -1) <= width)
        return g_steal_pointer(&product);
    g_autofree char *cut = g_utf8_substring(product, 0, width - 1);
    return g_strconcat(cut, "…", NULL);
}

/* What the longest driver leaves for names. */
static glong
name_width(const GPtrArray *gpus)
{
    glong driver = 0;
    for (guint i = 0; i < gpus->len; i++) {
        const VfgGpu *gpu = g_ptr_array_index(gpus, i);
        const char *name = gpu->function->driver;
        driver = MAX(driver, name ? g_utf8_strlen(name, -1) : 0);
    }
    return CLAMP(NAME_AND_DRIVER - driver, NAME_WIDTH_MIN, NAME_WIDTH_MAX);
}

static char *
number_or_dash(int value)
{
    return value < 0 ? g_strdup("-") : g_strdup_printf("%d", value);
}

static void
add_row(VfgTable *table, const VfgGpu *gpu, glong width)
{
    const VfgPciFunction *f = gpu->function;
    g_autofree char *address = vfg_pci_address_dup(f->address);
    g_autofree char *name = short_name(f, width);
    g_autofree char *ids = g_strdup_printf("%04x:%04x", f->vendor, f->device);
    g_autofree char *group = number_or_dash(f->iommu_group);
    g_autofree char *node = number_or_dash(f->numa_node);
    g_autofree char *bar = bar_word(f);
    const char *const cells[] = {
        address, name, ids, f->driver ? f->driver : "-", group, node, bar, state_word(gpu), NULL};
    vfg_table_add(table, cells);
}

int
vfg_cmd_list(VfgCli *cli, int argc, char **argv, GError **error)
{
    static const char *const headings[] = {"ADDRESS", "NAME", "IDS",   "DRIVER", "GROUP",
                                           "NODE",    "BAR",  "STATE", NULL};
    const VfgCommand self = {"list", "", "GPUs of this host.", NULL};
    g_auto(GStrv) rest = vfg_cli_parse(cli, &self, NULL, argc, argv, 0, 0, error);
    g_autoptr(VfgApp) app = rest ? vfg_cli_app(cli, error) : NULL;
    g_autoptr(VfgInventory) inventory = app ? vfg_inventory_new(app, error) : NULL;
    if (!inventory)
        return 1;
    g_autoptr(VfgTable) table = vfg_table_new(headings);
    json_t *gpus = json_array();
    glong width = name_width(inventory->gpus);
    for (guint i = 0; i < inventory->gpus->len; i++) {
        const VfgGpu *gpu = g_ptr_array_index(inventory->gpus, i);
        add_row(table, gpu, width);
        json_array_append_new(gpus, vfg_gpu_to_json(gpu));
    }
    g_autofree char *text = vfg_table_format(table);
    if (!cli->json)
        printf("%s", inventory->gpus->len ? text : "This host has no GPU.\n");
    vfg_cli_end_json(cli, json_pack("{s:o}", "gpus", gpus));
    return 0;
}

static const char *
level_color(VfgLevel level)
{
    static const char *const colors[] = {"\033[32m", "\033[36m", "\033[33m", "\033[31m"};
    return colors[level];
}

static void
print_finding(const VfgFinding *finding, gboolean color)
{
    printf("%s%s%s  %s: %s\n", color ? level_color(finding->level) : "",
           vfg_level_name(finding->level), color ? "\033[0m" : "", finding->subject,
           finding->title);
    if (finding->level == VFG_LEVEL_PASS)
        return;
    if (*finding->cause)
        printf("      cause: %s\n", finding->cause);
    if (*finding->fix)
        printf("      fix: %s\n", finding->fix);
}

int
vfg_cmd_check(VfgCli *cli, int argc, char **argv, GError **error)
{
    const VfgCommand self = {
        "check", "[GPU|VM]",
        "What works and what does not, worst first; -v shows what passes, too.", NULL};
    g_auto(GStrv) rest = vfg_cli_parse(cli, &self, NULL, argc, argv, 0, 1, error);
    g_autoptr(VfgApp) app = rest ? vfg_cli_app(cli, error) : NULL;
    g_autoptr(GPtrArray) findings = app ? vfg_app_check(app, rest[0], error) : NULL;
    if (!findings)
        return 1;
    VfgLevel worst = vfg_findings_worst(findings);
    guint passed = 0;
    for (guint i = 0; i < findings->len && !cli->json; i++) {
        const VfgFinding *finding = g_ptr_array_index(findings, i);
        passed += finding->level == VFG_LEVEL_PASS;
        if (finding->level > VFG_LEVEL_PASS || cli->verbose)
            print_finding(finding, vfg_cli_use_color(cli));
    }
    if (cli->json)
        vfg_cli_print_json(vfg_findings_to_json(findings));
    else
        printf("%u of %u checks passed\n", passed, findings->len);
    return worst == VFG_LEVEL_FAIL ? VFG_EXIT_CHECK_FAILED : 0;
}
