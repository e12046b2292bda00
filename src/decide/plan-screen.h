/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Steps for the host's screen: what is shown on the boot display before it is handed over, and
 * again after it was given back. */

#pragma once

#include "gpu.h"
#include "plan.h"

/* Adds the steps that take from a GPU, where it is the boot display, the virtual terminals
 * (Documentation/driver-api/tty/console.rst) and the firmware's framebuffer, whose driver keeps the
 * memory of a BAR for itself; and a note on what the user loses. The terminals are left to the
 * kernel where another GPU shows them too, and where they could not be given back by hand. */
void vfg_plan_take_screen(VfgPlan *plan, const VfgHost *host, const VfgGpu *gpu);

/* Adds the steps that give back what was taken (of const VfgStep, with a `from`) and is still
 * missing. What can't be restored is a note of the plan. */
void vfg_plan_restore_screen(VfgPlan *plan, const VfgHost *host, const GPtrArray *taken);
