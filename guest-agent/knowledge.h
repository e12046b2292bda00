/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the agent knows: its built-in data files, and those that a site has put below /etc/vfiogpu,
 * in a folder of the same name (errors.d, gpus.d, keys.d, recipes.d). */

#pragma once

#include "root.h"

/* Takes one file; `shown` names it in messages. FALSE with the error set ends the loading. */
typedef gboolean (*VfgKnowledgeFunc)(gpointer data, const char *shown, const char *bytes, gsize len,
                                     GError **error);

/* Gives `func` the built-in files of `folder` by name, then the *.ini of /etc/vfiogpu/FOLDER below
 * `root` by name: entries of a site come last, so that they replace those of the same id. A folder
 * that is not there is fine, a file that can't be read an error. `root` may be NULL: then only what
 * is built in. The functions of src/know that add a file (vfg_gpu_generations_add and the like) are
 * of the right type but for their first argument; see knowledge.c for a use. */
gboolean vfg_knowledge_load(const char *folder, VfgRoot *root, VfgKnowledgeFunc func, gpointer data,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
