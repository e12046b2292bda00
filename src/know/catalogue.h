/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The catalogue of findings: the texts behind the ids that src/decide gives. Made from the bytes of
 * data/findings.d (*.ini) (docs/DATA.md has the format); who read them is not this layer's
 * business. */

#pragma once

#include "finding.h"

typedef struct VfgCatalogue VfgCatalogue;

VfgCatalogue *vfg_catalogue_new(void);
void vfg_catalogue_free(VfgCatalogue *catalogue);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgCatalogue, vfg_catalogue_free)

/* Adds the entries of one file; `file` is its name for messages. An entry of an id that is already
 * there replaces it, so that later directories override earlier ones. On an error nothing of the
 * file is added. */
gboolean vfg_catalogue_add(VfgCatalogue *catalogue, const char *file, const char *bytes, gsize len,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether there is an entry of that id. */
gboolean vfg_catalogue_has(const VfgCatalogue *catalogue, const char *id);

/* The finding `id` about `subject`. Name–value pairs, ended by NULL, fill the placeholders {name}
 * of the texts; {subject} is always there. An id without an entry gives a FAIL that says so: a
 * check is never lost silently. */
VfgFinding *vfg_catalogue_make(const VfgCatalogue *catalogue, const char *id, const char *subject,
                               ...) G_GNUC_NULL_TERMINATED;
