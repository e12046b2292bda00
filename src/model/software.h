/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What a guest has for its GPU: a part of the message status (docs/PROTOCOL.md). */

#pragma once

#include "message-field.h"

/* Each NULL where it is not known. Texts come from the guest: escape them before printing. */
typedef struct {
    char *driver_state;    /* "works", "bound, GPU does not start", "not bound" */
    char *driver_version;  /* of the module that is loaded */
    char *toolkit_version; /* of CUDA, as nvcc says it */
} VfgSoftware;

void vfg_software_free(VfgSoftware *software);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgSoftware, vfg_software_free)

/* From a message's fields, of which all may be missing: an agent of before. Texts over 256 bytes
 * are refused. */
VfgSoftware *vfg_software_from_fields(VfgFields fields, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Adds what is known to an object; with `all` also the rest, as null. */
void vfg_software_add_to_json(const VfgSoftware *software, gboolean all, json_t *json);
