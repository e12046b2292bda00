/* SPDX-License-Identifier: GPL-2.0-or-later */

/* All facts of a host, read through a root. Nothing is written and nothing is woken. */

#pragma once

#include "host.h"
#include "root.h"

/* Reads the host; the caller frees it. */
VfgHost *vfg_probe_host(VfgRoot *root, GError **error) G_GNUC_WARN_UNUSED_RESULT;
