/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The log of nvidia-smi. */

#include "smi-log.h"

#include "parse.h"

#include <string.h>

#define PATH_MAX_BYTES 512
#define TEXT_MAX_BYTES 64

/* How a number adds to its counter; a sum of several, since newer GPUs count by kind of memory. */
static const struct {
    VfgCounterKind kind;
    const char *path; /* below the GPU; '*' stands for any part of a name */
} elements[] = {
    {VFG_COUNTER_ECC_CORRECTED, "ecc_errors/aggregate/single_bit/total"},
    {VFG_COUNTER_ECC_CORRECTED, "ecc_errors/aggregate/?ram_correctable"},
    {VFG_COUNTER_ECC_VOLATILE, "ecc_errors/volatile/double_bit/total"},
    {VFG_COUNTER_ECC_VOLATILE, "ecc_errors/volatile/?ram_uncorrectable*"},
    {VFG_COUNTER_ECC_AGGREGATE, "ecc_errors/aggregate/double_bit/total"},
    {VFG_COUNTER_ECC_AGGREGATE, "ecc_errors/aggregate/?ram_uncorrectable*"},
    {VFG_COUNTER_SRAM_THRESHOLD, "ecc_errors/aggregate/sram_threshold_exceeded"},
    {VFG_COUNTER_RETIRED_SINGLE, "retired_pages/multiple_single_bit_retirement/retired_count"},
    {VFG_COUNTER_RETIRED_DOUBLE, "retired_pages/double_bit_retirement/retired_count"},
    {VFG_COUNTER_RETIREMENT_PENDING, "retired_pages/pending_retirement"},
    {VFG_COUNTER_REMAPPED_CORRECTED, "remapped_rows/remapped_row_corr"},
    {VFG_COUNTER_REMAPPED_UNCORRECTED, "remapped_rows/remapped_row_unc"},
    {VFG_COUNTER_REMAP_PENDING, "remapped_rows/remapped_row_pending"},
    {VFG_COUNTER_REMAP_FAILURE, "remapped_rows/remapped_row_failure"},
    {VFG_COUNTER_RESET_REQUIRED, "gpu_reset_status/reset_required"},
    {VFG_COUNTER_THERMAL_SLOWDOWN, "clocks_*_reasons/*_hw_thermal_slowdown"},
    {VFG_COUNTER_POWER_BRAKE, "clocks_*_reasons/*_hw_power_brake_slowdown"},
    {VFG_COUNTER_REPLAYS, "pci/replay_counter"},
};

/* The numbers that make a state only together. */
typedef enum { WIDTH, MAX_WIDTH, GENERATION, MAX_GENERATION, PSTATE, N_PARTS } Part;

static const char *const parts[N_PARTS] = {
    [WIDTH] = "pci/pci_gpu_link_info/link_widths/current_link_width",
    [MAX_WIDTH] = "pci/pci_gpu_link_info/link_widths/max_link_width",
    [GENERATION] = "pci/pci_gpu_link_info/pcie_gen/current_link_gen",
    [MAX_GENERATION] = "pci/pci_gpu_link_info/pcie_gen/max_link_gen",
    [PSTATE] = "performance_state",
};

typedef struct {
    gboolean known;
    guint64 value;
} Number;

typedef struct {
    VfgPciAddress address;
    Number sums[VFG_COUNTER_COUNT];
    Number parts[N_PARTS];
} Gpu;

struct VfgSmiLog {
    VfgReadingFunc func;
    gpointer data;
    GMarkupParseContext *context; /* NULL: between two documents */
    GString *path;                /* of the open elements below the GPU */
    GString *text;                /* of the innermost one */
    gboolean in_gpu;
    Gpu gpu;
};

/* A number, which may have its unit before or behind it ("16x", "P0"); "Yes" or "Active" is 1. */
static gboolean
read_value(const char *text, guint64 *ret)
{
    static const struct {
        const char *word;
        guint64 value;
    } words[] = {{"Yes", 1}, {"Active", 1}, {"No", 0}, {"Not Active", 0}};
    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        if (g_str_equal(text, words[i].word)) {
            *ret = words[i].value;
            return TRUE;
        }
    }
    g_autofree char *digits = g_strdup(*text == 'P' ? text + 1 : text);
    gsize len = strlen(digits);
    if (len > 1 && digits[len - 1] == 'x')
        digits[len - 1] = '\0';
    return vfg_parse_uint(digits, 10, G_MAXINT64, ret, NULL);
}

/* "00000000:01:00.0": NVIDIA writes the domain with eight digits. */
static gboolean
read_address(const char *text, VfgPciAddress *ret)
{
    const char *colon = strchr(text, ':');
    gboolean longer = colon && colon - text == 8 && g_str_has_prefix(text, "0000");
    return vfg_pci_address_parse(longer ? text + 4 : text, ret, NULL);
}

static void
take_element(Gpu *gpu, const char *path, const char *text)
{
    guint64 value = 0;
    if (!read_value(text, &value))
        return;
    for (guint i = 0; i < G_N_ELEMENTS(elements); i++) {
        Number *sum = &gpu->sums[elements[i].kind];
        if (!g_pattern_match_simple(elements[i].path, path))
            continue;
        sum->known = TRUE;
        sum->value += MIN(value, G_MAXINT64 - sum->value);
    }
    for (guint i = 0; i < N_PARTS; i++)
        if (g_str_equal(parts[i], path))
            gpu->parts[i] = (Number){TRUE, value};
}

static void
tell_link(VfgSmiLog *log, VfgCounterKind kind, Number now, Number max, const char *before,
          const char *behind)
{
    if (!now.known || !max.known)
        return;
    g_autofree char *detail =
        g_strdup_printf("%s%u of %u%s", before, (guint)now.value, (guint)max.value, behind);
    VfgReading reading = {log->gpu.address, kind, NULL, now.value < max.value, detail};
    log->func(&reading, log->data);
}

/* An idle GPU lowers its link to save power: only one that is at work (P0 to P2) should have all of
 * it. "max" is what GPU and slot can do together. */
static void
tell_links(VfgSmiLog *log)
{
    const Number *values = log->gpu.parts;
    if (!values[PSTATE].known || values[PSTATE].value > 2)
        return;
    tell_link(log, VFG_COUNTER_LINK_WIDTH, values[WIDTH], values[MAX_WIDTH], "", " lanes");
    tell_link(log, VFG_COUNTER_LINK_SPEED, values[GENERATION], values[MAX_GENERATION],
              "generation ", "");
}

static void
tell(VfgSmiLog *log)
{
    for (guint i = 0; i < VFG_COUNTER_COUNT; i++) {
        VfgReading reading = {log->gpu.address, (VfgCounterKind)i, NULL, log->gpu.sums[i].value,
                              NULL};
        if (log->gpu.sums[i].known)
            log->func(&reading, log->data);
    }
    tell_links(log);
}

/* What follows the processes is not looked at: their names are whatever users call them. */
static void
end_gpu(VfgSmiLog *log)
{
    log->in_gpu = FALSE;
    tell(log);
}

static void
on_start(G_GNUC_UNUSED GMarkupParseContext *context, const char *name, const char **keys,
         const char **values, gpointer data, G_GNUC_UNUSED GError **error)
{
    VfgSmiLog *log = data;
    g_string_truncate(log->text, 0);
    if (log->in_gpu && !log->path->len && g_str_equal(name, "processes")) {
        end_gpu(log);
        return;
    }
    if (log->in_gpu) {
        if (log->path->len < PATH_MAX_BYTES)
            g_string_append_printf(log->path, "%s%s", log->path->len ? "/" : "", name);
        return;
    }
    memset(&log->gpu, 0, sizeof log->gpu);
    g_string_truncate(log->path, 0);
    log->in_gpu = g_str_equal(name, "gpu") && keys[0] && g_str_equal(keys[0], "id") &&
                  read_address(values[0], &log->gpu.address);
}

static void
on_end(G_GNUC_UNUSED GMarkupParseContext *context, G_GNUC_UNUSED const char *name, gpointer data,
       G_GNUC_UNUSED GError **error)
{
    VfgSmiLog *log = data;
    if (!log->in_gpu)
        return;
    if (!log->path->len) {
        end_gpu(log);
        return;
    }
    take_element(&log->gpu, log->path->str, g_strstrip(log->text->str));
    g_string_truncate(log->text, 0);
    const char *slash = strrchr(log->path->str, '/');
    g_string_truncate(log->path, slash ? (gsize)(slash - log->path->str) : 0);
}

static void
on_text(G_GNUC_UNUSED GMarkupParseContext *context, const char *text, gsize len, gpointer data,
        G_GNUC_UNUSED GError **error)
{
    VfgSmiLog *log = data;
    if (log->in_gpu && log->text->len + len <= TEXT_MAX_BYTES)
        g_string_append_len(log->text, text, (gssize)len);
}

VfgSmiLog *
vfg_smi_log_new(VfgReadingFunc func, gpointer data)
{
    VfgSmiLog *log = g_new0(VfgSmiLog, 1);
    log->func = func;
    log->data = data;
    log->path = g_string_new(NULL);
    log->text = g_string_new(NULL);
    return log;
}

void
vfg_smi_log_free(VfgSmiLog *log)
{
    if (!log)
        return;
    g_clear_pointer(&log->context, g_markup_parse_context_free);
    g_string_free(log->path, TRUE);
    g_string_free(log->text, TRUE);
    g_free(log);
}

void
vfg_smi_log_take(VfgSmiLog *log, const char *line)
{
    static const GMarkupParser parser = {
        .start_element = on_start, .end_element = on_end, .text = on_text};
    if (g_str_has_prefix(line, "<?xml")) {
        g_clear_pointer(&log->context, g_markup_parse_context_free);
        log->context = g_markup_parse_context_new(&parser, 0, log, NULL);
        log->in_gpu = FALSE;
    }
    if (log->context && (!g_markup_parse_context_parse(log->context, line, -1, NULL) ||
                         !g_markup_parse_context_parse(log->context, "\n", 1, NULL)))
        g_clear_pointer(&log->context, g_markup_parse_context_free);
}
