/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Reading VM definitions: XML, checked against vmdefs/vmdef.rng, becomes a VfgVmdef. Touches no
 * files: the caller gives the bytes. */

#pragma once

#include "vmdef.h"

typedef struct VfgVmdefSchema VfgVmdefSchema;

/* Compiles the RELAX NG schema. */
VfgVmdefSchema *vfg_vmdef_schema_new(const char *bytes, gsize len,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vfg_vmdef_schema_free(VfgVmdefSchema *schema);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgVmdefSchema, vfg_vmdef_schema_free)

/* Parses and checks one definition. `file` is its name for messages: "FILE:LINE: element 'disk':
 * …". */
VfgVmdef *vfg_vmdef_read(VfgVmdefSchema *schema, const char *bytes, gsize len, const char *file,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
