/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The address space of a VM's GPUs. */

#include "sizing.h"

static json_t *
unknowns_to_json(guint unknowns)
{
    static const char *const names[] = {"bars", "bits", "firmware", "architecture"};
    json_t *array = json_array();
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        if (unknowns & 1U << i)
            json_array_append_new(array, json_string(names[i]));
    return array;
}

json_t *
vfg_sizing_to_json(const VfgSizing *sizing)
{
    json_t *bits = sizing->guest_bits ? json_integer(sizing->guest_bits) : json_null();
    return json_pack("{s:I, s:I, s:I, s:o, s:I, s:I, s:I, s:I, s:b, s:b, s:o}", "needs32",
                     (json_int_t)sizing->needs32, "needs64", (json_int_t)sizing->needs64,
                     "alignment", (json_int_t)sizing->alignment, "guest_bits", bits, "window_min",
                     (json_int_t)sizing->window_min, "window_max", (json_int_t)sizing->window_max,
                     "hole_size", (json_int_t)sizing->hole_size, "fw_cfg_mib",
                     (json_int_t)sizing->fw_cfg_mib, "fits", sizing->fits, "needs_realloc",
                     sizing->needs_realloc, "unknowns", unknowns_to_json(sizing->unknowns));
}
