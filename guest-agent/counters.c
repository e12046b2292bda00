/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Counters of NVIDIA's driver. The fields are those of `nvidia-smi --help-query-gpu`; one that a
 * GPU does not have is "[N/A]" or "[Not Supported]". */

#include "counters.h"

#include "parse.h"

#include <string.h>

#define MAX_GPUS 64

typedef enum {
    RISES,  /* a number whose growth is an event */
    BEGINS, /* a state whose beginning is an event */
    SHOWN,  /* only shown with the others */
} Way;

typedef struct {
    const char *id; /* of the event, NULL for none */
    const char *class_name;
    const char *words;
    VfgSeverity severity;
    Way way;
    gboolean at_once; /* an event also where it is so at the first look */
} Field;

/* Behind the address, in the order of VFG_COUNTERS_QUERY. Severities as those of the driver's own
 * messages about the same (docs.nvidia.com/deploy/gpu-memory-error-management). */
static const Field fields[] = {
    {"nvidia-counter-ecc-corrected", "ecc-corrected", "corrected ECC errors in all",
     VFG_SEVERITY_INFO, RISES, FALSE},
    {"nvidia-counter-ecc-volatile", "ecc-uncorrectable", "uncorrected ECC errors since the start",
     VFG_SEVERITY_ERROR, RISES, TRUE},
    {"nvidia-counter-ecc-aggregate", "ecc-uncorrectable", "uncorrected ECC errors in all",
     VFG_SEVERITY_ERROR, RISES, FALSE},
    {"nvidia-counter-retired-single", "page-retired", "pages retired for single bit errors",
     VFG_SEVERITY_WARN, RISES, FALSE},
    {"nvidia-counter-retired-double", "page-retired", "pages retired for double bit errors",
     VFG_SEVERITY_WARN, RISES, FALSE},
    {"nvidia-counter-retired-pending", "row-remap-pending", "pages wait for a reset to be retired",
     VFG_SEVERITY_WARN, BEGINS, TRUE},
    {NULL, NULL, "degrees Celsius", VFG_SEVERITY_NONE, SHOWN, FALSE},
    {"nvidia-counter-thermal", "thermal", "the clocks are lowered: it is too hot",
     VFG_SEVERITY_WARN, BEGINS, FALSE},
    {"nvidia-counter-power", "power-brake", "the clocks are lowered: the power supply asks for it",
     VFG_SEVERITY_WARN, BEGINS, FALSE},
    {NULL, NULL, "PCIe lanes", VFG_SEVERITY_NONE, SHOWN, FALSE},
    {NULL, NULL, "PCIe lanes at most", VFG_SEVERITY_NONE, SHOWN, FALSE},
};

/* What a GPU's fields were; a field that it does not have stays unknown. */
typedef struct {
    VfgPciAddress address;
    gboolean known[G_N_ELEMENTS(fields)];
    guint64 values[G_N_ELEMENTS(fields)];
} Gpu;

struct VfgCounters {
    GArray *gpus; /* of Gpu */
};

VfgCounters *
vfg_counters_new(void)
{
    VfgCounters *counters = g_new0(VfgCounters, 1);
    counters->gpus = g_array_new(FALSE, TRUE, sizeof(Gpu));
    return counters;
}

void
vfg_counters_free(VfgCounters *counters)
{
    if (!counters)
        return;
    g_array_unref(counters->gpus);
    g_free(counters);
}

/* A number, "Yes" or "Active" is 1, "No" or "Not Active" 0. */
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
    return vfg_parse_uint(text, 10, G_MAXINT64, ret, NULL);
}

/* "00000000:01:00.0": NVIDIA writes the domain with eight digits. */
static gboolean
read_address(const char *text, VfgPciAddress *ret)
{
    const char *colon = strchr(text, ':');
    if (!colon || colon - text != 8)
        return FALSE;
    return vfg_pci_address_parse(g_str_has_prefix(text, "0000") ? text + 4 : text, ret, NULL);
}

/* The GPU at an address, made where it is new; NULL where there are too many. */
static Gpu *
find_gpu(VfgCounters *counters, VfgPciAddress address)
{
    for (guint i = 0; i < counters->gpus->len; i++) {
        Gpu *gpu = &g_array_index(counters->gpus, Gpu, i);
        if (vfg_pci_address_compare(gpu->address, address) == 0)
            return gpu;
    }
    if (counters->gpus->len == MAX_GPUS)
        return NULL;
    Gpu gpu = {.address = address};
    g_array_append_val(counters->gpus, gpu);
    return &g_array_index(counters->gpus, Gpu, counters->gpus->len - 1);
}

static gboolean
is_news(const Field *field, gboolean known, guint64 before, guint64 now)
{
    if (!known)
        return field->at_once && now > 0;
    return field->way == RISES ? now > before : now && !before;
}

static void
tell(const Gpu *gpu, guint i, guint64 before, guint64 now, VfgCountersFunc func, gpointer data)
{
    const Field *field = &fields[i];
    g_autofree char *line = field->way == RISES ? g_strdup_printf("%s: %" G_GUINT64_FORMAT
                                                                  ", before %" G_GUINT64_FORMAT,
                                                                  field->words, now, before)
                                                : g_strdup(field->words);
    VfgEvent event = {.id = (char *)field->id,
                      .class_name = (char *)field->class_name,
                      .severity = field->severity,
                      .source = VFG_EVENT_COUNTER,
                      .has_address = TRUE,
                      .address = gpu->address,
                      .line = line};
    func(&event, data);
}

static void
take_field(Gpu *gpu, guint i, const char *text, VfgCountersFunc func, gpointer data)
{
    guint64 now = 0;
    if (fields[i].way == SHOWN || !read_value(text, &now))
        return;
    guint64 before = gpu->values[i];
    gboolean news = is_news(&fields[i], gpu->known[i], before, now);
    gpu->known[i] = TRUE;
    gpu->values[i] = now;
    if (news)
        tell(gpu, i, before, now, func, data);
}

gboolean
vfg_counters_take(VfgCounters *counters, const char *line, VfgCountersFunc func, gpointer data)
{
    g_auto(GStrv) words = g_strsplit(line, ",", -1);
    VfgPciAddress address;
    for (char **word = words; *word; word++)
        g_strstrip(*word);
    if (g_strv_length(words) != G_N_ELEMENTS(fields) + 1 || !read_address(words[0], &address))
        return FALSE;
    Gpu *gpu = find_gpu(counters, address);
    for (guint i = 0; gpu && i < G_N_ELEMENTS(fields); i++)
        take_field(gpu, i, words[i + 1], func, data);
    return gpu != NULL;
}
