/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Checks of a VM: whether its guest can address its GPUs. */

#include "check.h"
#include "gpu-sizing.h"

typedef struct {
    char *needs32, *needs64, *window, *offered, *memory, *bits;
} Texts;

static Texts
format(const VfgSizing *sizing, guint64 memory)
{
    return (Texts){
        .needs32 = vfg_size_format(sizing->needs32),
        .needs64 = vfg_size_format(sizing->needs64),
        .window =
            vfg_size_format(sizing->fw_cfg_mib ? sizing->fw_cfg_mib << 20 : sizing->hole_size),
        .offered = vfg_size_format(sizing->window_min),
        .memory = vfg_size_format(memory),
        .bits = g_strdup_printf("%u", sizing->guest_bits),
    };
}

static void
texts_clear(Texts *texts)
{
    g_free(texts->needs32);
    g_free(texts->needs64);
    g_free(texts->window);
    g_free(texts->offered);
    g_free(texts->memory);
    g_free(texts->bits);
}

/* Not knowing the firmware costs nothing: what is set does for every build. */
static const char *
what_is_unknown(guint unknowns)
{
    if (unknowns & VFG_SIZING_NO_BARS)
        return "the BARs of a GPU could not be read";
    if (unknowns & VFG_SIZING_NO_RULE)
        return "how the firmware of this architecture places BARs is not modelled";
    if (unknowns & VFG_SIZING_NO_BITS)
        return "the physical address bits of the host's CPU could not be read";
    return NULL;
}

static void
add_sizing(const VfgCheck *check, const char *name, const VfgSizing *sizing, const Texts *texts,
           GPtrArray *findings)
{
    const char *unknown = what_is_unknown(sizing->unknowns);
    gboolean virt = g_strcmp0(check->host->arch, "aarch64") == 0;
    const char *id = sizing->impossible ? "sizing-impossible"
                     : !sizing->fits    ? virt ? "sizing-too-large-virt" : "sizing-too-large"
                     : unknown          ? "sizing-unknown"
                                        : "sizing-fits";
    g_ptr_array_add(findings, vfg_catalogue_make(
                                  check->catalogue, id, name, "needs64", texts->needs64, "needs32",
                                  texts->needs32, "bits", texts->bits, "memory", texts->memory,
                                  "offered", texts->offered, "what", unknown ? unknown : "", NULL));
    if (!sizing->fits || (!sizing->fw_cfg_mib && !sizing->needs_realloc))
        return;
    const char *fix = sizing->needs_realloc
                          ? "the firmware cannot place them: give the guest's kernel pci=realloc"
                          : "";
    g_ptr_array_add(findings, vfg_catalogue_make(check->catalogue, "sizing-needs-window", name,
                                                 "window", texts->window, "needs64", texts->needs64,
                                                 "offered", texts->offered, "fix", fix, NULL));
}

void
vfg_check_sizing(const VfgCheck *check, const VfgVmFacts *vm, const GPtrArray *gpus,
                 GPtrArray *findings)
{
    VfgSizingQuery query = {.host = check->host,
                            .gpus = gpus,
                            .memory = vm->vmdef->memory,
                            .kvm = check->host->kvm && vm->vmdef->accel != VFG_ACCEL_TCG,
                            .rule = vm->ovmf_rule};
    VfgSizing sizing = vfg_sizing_compute(&query);
    if (!sizing.needs32 && !sizing.needs64)
        return;
    Texts texts = format(&sizing, vm->vmdef->memory);
    add_sizing(check, vm->name, &sizing, &texts, findings);
    texts_clear(&texts);
}
