/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Watches the counters of the guest's GPUs: NVIDIA's through one nvidia-smi that stays, AMD's in
 * sysfs by a timer. Neither runs where there is no such driver. */

#pragma once

#include "counters.h"
#include "root.h"

typedef struct VfgCounterWatch VfgCounterWatch;

/* In the default main context. `func` gets the events, their time not set. The root must outlive
 * it. */
VfgCounterWatch *vfg_counter_watch_new(VfgRoot *root, VfgCountersFunc func, gpointer data);
void vfg_counter_watch_free(VfgCounterWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgCounterWatch, vfg_counter_watch_free)

/* A GPU came or its driver did: begins to watch, where it does not already. */
void vfg_counter_watch_look(VfgCounterWatch *watch);
