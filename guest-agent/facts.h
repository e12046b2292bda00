/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the agent reports of the system it runs in. Facts only; one that can't be read is empty or
 * left out, since a report with a hole helps more than none. */

#pragma once

#include "message.h"
#include "root.h"

/* The body of hello; `version` is the agent's. Every text is UTF-8 and short enough for the
 * message. */
VfgHello *vfg_facts_hello(VfgRoot *root, const char *version);

/* The id of the running boot, as hello and events have it; the caller frees it. */
char *vfg_facts_boot_id(VfgRoot *root);

/* The display functions and accelerators (VfgPciFunction), in the order of their addresses, at most
 * VFG_MESSAGE_MAX_GPUS. Virtual displays are left out: they are the hypervisor's, not a card. */
GPtrArray *vfg_facts_gpus(VfgRoot *root);
