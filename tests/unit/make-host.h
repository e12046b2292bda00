/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Hosts made up by tests of the layers that take facts. */

#pragma once

#include "gpu.h"

/* A host that can do everything: x86_64, KVM, an emulator, firmware, vfio-pci loaded. */
VfgHost *make_host(void);

/* Adds a function. `ids` is "10de:1e37", `class` base class and subclass (bridges are marked by
 * it), `driver` may be NULL, `group` -1. It belongs to the host. Call vfg_host_index afterwards. */
VfgPciFunction *make_function(VfgHost *host, const char *address, const char *ids, guint class,
                              const char *driver, int group);

/* A GPU of that one function, without peers. */
VfgGpu *make_gpu(VfgPciFunction *function);

/* An address from its text, which must be one. */
VfgPciAddress make_address(const char *text);
