/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The error catalogue: the entries of data/errors.d, in order. An entry of an id that is already
 * there replaces it in its place, so that a site's files override the shipped ones. */

#pragma once

#include "error-entry.h"

typedef struct VfgErrorCatalogue VfgErrorCatalogue;

VfgErrorCatalogue *vfg_error_catalogue_new(void);
void vfg_error_catalogue_free(VfgErrorCatalogue *catalogue);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgErrorCatalogue, vfg_error_catalogue_free)

/* Adds the entries of one file; `file` is its name for messages. On an error, which names file and
 * line, nothing of the file is added. */
gboolean vfg_error_catalogue_add(VfgErrorCatalogue *catalogue, const char *file, const char *bytes,
                                 gsize len, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether what the entries say of each other is there: the ids of `of`, `context` and `overlaps`,
 * the classes or ids of `symptom-of` and `echo-of`. To be called when all files are added. */
gboolean vfg_error_catalogue_check(const VfgErrorCatalogue *catalogue,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

guint vfg_error_catalogue_len(const VfgErrorCatalogue *catalogue);

/* The entry at an index below the length; the catalogue owns it. */
const VfgErrorEntry *vfg_error_catalogue_get(const VfgErrorCatalogue *catalogue, guint index);

/* The entry of an id, or NULL. */
const VfgErrorEntry *vfg_error_catalogue_find(const VfgErrorCatalogue *catalogue, const char *id);

/* The entry that refines `entry` for a code, or `entry` itself. */
const VfgErrorEntry *vfg_error_catalogue_refine(const VfgErrorCatalogue *catalogue,
                                                const VfgErrorEntry *entry, const char *code);
