/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The host's CPUs as /proc/cpuinfo has them (proc_cpuinfo(5)). */

#pragma once

#include <glib.h>

typedef struct {
    char *vendor;        /* "GenuineIntel", "AuthenticAMD", …; NULL: unknown */
    guint count;         /* CPUs that are online; 0: unknown */
    guint physical_bits; /* of an address ("address sizes"); 0: unknown */
    gboolean hypervisor; /* x86: the host is itself a guest (CPUID.1:ECX[31]) */
    gboolean pages_1g;   /* x86: "pdpe1gb", pages of 1 GiB (CPUID.80000001h:EDX[26]) */
} VfgCpu;

/* Frees what `cpu` points to. */
void vfg_cpu_clear(VfgCpu *cpu);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VfgCpu, vfg_cpu_clear)

/* The facts in the text of /proc/cpuinfo; vfg_cpu_clear frees them. The first CPU stands for all.
 */
VfgCpu vfg_cpu_parse(const char *text) G_GNUC_WARN_UNUSED_RESULT;
