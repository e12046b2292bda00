/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The host's memory and CPUs. */

#pragma once

#include "host.h"
#include "root.h"

/* Fills the host's memory from /proc/meminfo, /proc/self/limits and /sys/devices/system/node
 * (Documentation/admin-guide/mm/hugetlbpage.rst; on a kernel without NUMA from
 * /sys/kernel/mm/hugepages and /sys/devices/system/cpu as node 0). What can't be read stays
 * unknown. */
void vfg_probe_memory(VfgRoot *root, VfgHost *host);

/* Fills cpu_vendor, cpu_count, cpu_physical_bits and hypervisor from /proc/cpuinfo. */
void vfg_probe_cpu(VfgRoot *root, VfgHost *host);
