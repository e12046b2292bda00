/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Plans as text, for comparing them. */

#pragma once

#include "plan.h"

/* A line a step, as for people. The caller frees it. */
static inline char *
describe_plan(const VfgPlan *plan)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < plan->steps->len; i++) {
        g_autofree char *text = vfg_step_describe(g_ptr_array_index(plan->steps, i));
        g_string_append_printf(out, "%s\n", text);
    }
    return g_string_free(out, FALSE);
}
