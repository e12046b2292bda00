/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What is asked only of the PCI functions that matter to a GPU: power, reset methods, links, SR-IOV
 * and the capabilities in config space (Documentation/ABI/testing/sysfs-bus-pci).
 *
 * Reading `config`, the link attributes or the bus numbers wakes a sleeping device
 * (pci_config_pm_runtime_get() in Linux' drivers/pci/pci-sysfs.c). So power_state and
 * power/runtime_status, which the kernel answers from memory, are read first, and a device that
 * sleeps is left alone. One that falls asleep in between is woken; that can't be avoided. */

#pragma once

#include "host.h"
#include "root.h"

/* Reads the details of the display functions, the other functions of their slots and groups, and
 * all bridges above these; marks those groups. Call it after vfg_host_index and
 * vfg_probe_pci_parents. What can't be read stays unknown. */
void vfg_probe_pci_details(VfgRoot *root, VfgHost *host);

/* Reads the details of one function, whatever it is. Once is enough: a second time does nothing. */
void vfg_probe_pci_function_details(VfgRoot *root, VfgPciFunction *function);
