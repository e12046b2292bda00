/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The many ways in which logs write a PCI address. */

#pragma once

#include "pci-address.h"

/* "0000:01:00.0", "01:00.0", "0000:01:00" and "01:00" (function 0), "0001:00" (bus 1, of drivers
 * that knew no domains), "pci0:130:0:0" (FreeBSD, in decimal). FALSE where it is none of them. */
gboolean vfg_device_name_parse(const char *name, VfgPciAddress *ret) G_GNUC_WARN_UNUSED_RESULT;

/* NVIDIA's GPU id, hexadecimal: domain << 16 | bus << 8 | device, as in "[GPU ID 0x00002100]"
 * (gpuGenerate32BitId() in NVIDIA's open kernel modules). */
gboolean vfg_device_name_parse_gpu_id(const char *text,
                                      VfgPciAddress *ret) G_GNUC_WARN_UNUSED_RESULT;
