/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The functions behind the default routes. */

#pragma once

#include "host.h"
#include "root.h"

/* Adds the functions behind the default routes, through bonds, teams, bridges, VLANs, macvlan and
 * Open vSwitch, and fills routes_known. The routes are those of the main table of process 1's
 * network namespace where they can be read, else of this process's: routes by policy or in a VRF
 * are not seen. An interface that leads to no device (a tunnel, PPP) gives a use that is not known.
 */
void vfg_probe_usage_network(VfgRoot *root, VfgHost *host);
