/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the journal of a GPU says, for people and as JSON. */

#pragma once

#include "app.h"

#include <jansson.h>

/* Lines about for whom the GPU was handed over and what its functions go back to; empty where it
 * has no journal that counts. The array owns them. */
GPtrArray *vfg_app_custody_lines(VfgApp *app, const char *gpu);

/* The same as JSON (docs/JSON.md), null where there is none; a new reference. */
json_t *vfg_app_custody_to_json(VfgApp *app, const char *gpu);
