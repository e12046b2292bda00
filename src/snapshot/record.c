/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The recorder. */

#include "record.h"

#include "bounds.h"
#include "error.h"

#include <string.h>

struct VfgRecorder {
    VfgRoot *plain;
    VfgTree *tree;
    GPtrArray *gaps;    /* of VfgRecordGap */
    GHashTable *missed; /* paths that have a gap; the keys are those of the gaps */
};

static void
gap_free(gpointer data)
{
    VfgRecordGap *gap = data;
    g_free(gap->path);
    g_free(gap->why);
    g_free(gap);
}

VfgRecorder *
vfg_recorder_new(VfgRoot *plain)
{
    VfgRecorder *recorder = g_new0(VfgRecorder, 1);
    recorder->plain = plain;
    recorder->tree = vfg_tree_new();
    recorder->tree->denied = TRUE;
    recorder->gaps = g_ptr_array_new_with_free_func(gap_free);
    recorder->missed = g_hash_table_new(g_str_hash, g_str_equal);
    return recorder;
}

void
vfg_recorder_free(VfgRecorder *recorder)
{
    if (!recorder)
        return;
    g_hash_table_unref(recorder->missed);
    g_ptr_array_unref(recorder->gaps);
    vfg_tree_free(recorder->tree);
    g_free(recorder);
}

static void
add_gap(VfgRecorder *recorder, const char *path, const char *why)
{
    if (g_hash_table_contains(recorder->missed, path))
        return;
    VfgRecordGap *gap = g_new0(VfgRecordGap, 1);
    gap->path = g_strdup(path);
    gap->why = g_strdup(why);
    g_ptr_array_add(recorder->gaps, gap);
    g_hash_table_add(recorder->missed, gap->path);
}

/* A node for what is at `name` in a folder: made on the first look-up, its contents or names not
 * known yet. */
static VfgTree *
look_up_child(VfgRecorder *recorder, VfgTree *folder, const char *name)
{
    VfgTree *child = vfg_tree_child(folder, name);
    if (child)
        return child;
    g_autofree char *above = vfg_tree_path(folder);
    g_autofree char *path = g_strconcat(above, folder->parent ? "/" : "", name, NULL);
    g_autofree char *target = NULL;
    VfgRootKind kind = vfg_root_look(recorder->plain, path, &target);
    if (kind == VFG_ROOT_NOTHING)
        return NULL;
    if (!vfg_snapshot_name_is_clean(name) || (target && !vfg_snapshot_target_is_clean(target))) {
        g_autofree char *shown = g_strescape(path, NULL);
        add_gap(recorder, shown, "a name or a link's target that a snapshot does not take");
        return NULL;
    }
    if (kind == VFG_ROOT_LINK && target) {
        child = vfg_tree_add(folder, name, VFG_TREE_LINK);
        vfg_tree_set_bytes(child, target, strlen(target));
        return child;
    }
    child = vfg_tree_add(folder, name, kind == VFG_ROOT_FOLDER ? VFG_TREE_FOLDER : VFG_TREE_FILE);
    child->denied = TRUE;
    return child;
}

static VfgTree *trace_from(VfgRecorder *recorder, VfgTree *at, const char *path, gboolean follow,
                           guint *links);

static VfgTree *
trace_word(VfgRecorder *recorder, VfgTree *at, const char *word, gboolean follow, guint *links)
{
    if (at->kind != VFG_TREE_FOLDER || !*word || g_str_equal(word, "."))
        return at->kind == VFG_TREE_FOLDER ? at : NULL;
    if (g_str_equal(word, ".."))
        return at->parent ? at->parent : at;
    VfgTree *child = look_up_child(recorder, at, word);
    if (!child || child->kind != VFG_TREE_LINK || !follow)
        return child;
    if ((*links)++ >= VFG_SNAPSHOT_LINKS_MAX)
        return NULL;
    VfgTree *start = child->bytes[0] == '/' ? recorder->tree : at;
    return trace_from(recorder, start, child->bytes, TRUE, links);
}

/* As vfg_tree_find, but what is not there yet is looked up on the host. */
static VfgTree *
trace_from(VfgRecorder *recorder, VfgTree *at, const char *path, gboolean follow, guint *links)
{
    g_auto(GStrv) words = g_strsplit(path, "/", -1);
    guint last = g_strv_length(words);
    while (last > 0 && !*words[last - 1])
        last--;
    for (guint i = 0; at && i < last; i++)
        at = trace_word(recorder, at, words[i], follow || i + 1 < last, links);
    return at;
}

static VfgTree *
trace(VfgRecorder *recorder, const char *path, gboolean follow)
{
    guint links = 0;
    return trace_from(recorder, recorder->tree, path, follow, &links);
}

static void
take_file(VfgRecorder *recorder, VfgTree *node, const VfgRootSight *sight)
{
    if (node && sight->bytes && node->kind == VFG_TREE_FILE && node->denied) {
        vfg_tree_set_bytes(node, sight->bytes, sight->len);
        node->denied = FALSE;
    } else if (sight->bytes && (!node || node->kind != VFG_TREE_FILE)) {
        add_gap(recorder, sight->path, "it changed while it was read");
    }
}

/* Names that are gone by now are left out, as if they had gone before. */
static void
take_folder(VfgRecorder *recorder, VfgTree *node, const VfgRootSight *sight)
{
    if (!node || !sight->names || node->kind != VFG_TREE_FOLDER || !node->denied)
        return;
    for (guint i = 0; i < sight->names->len; i++)
        look_up_child(recorder, node, sight->names->pdata[i]);
    node->denied = FALSE;
}

static void
see(const VfgRootSight *sight, gpointer data)
{
    VfgRecorder *recorder = data;
    VfgTree *node = trace(recorder, sight->path, sight->deed != VFG_ROOT_LOOKED_AT);
    if (sight->deed == VFG_ROOT_READ)
        take_file(recorder, node, sight);
    else if (sight->deed == VFG_ROOT_LISTED)
        take_folder(recorder, node, sight);
    if (sight->error && !g_error_matches(sight->error, VFG_ERROR, VFG_ERROR_NOT_FOUND))
        add_gap(recorder, sight->path, sight->error->message);
}

VfgRoot *
vfg_recorder_root(VfgRecorder *recorder, GError **error)
{
    return vfg_root_new_recording(recorder->plain, see, recorder, error);
}

VfgTree *
vfg_recorder_tree(VfgRecorder *recorder)
{
    return recorder->tree;
}

const GPtrArray *
vfg_recorder_gaps(const VfgRecorder *recorder)
{
    return recorder->gaps;
}

/* The folder, made where the host has none. */
static VfgTree *
make_folder(VfgRecorder *recorder, const char *path)
{
    VfgTree *node = trace(recorder, path, TRUE);
    if (node || g_str_equal(path, "/"))
        return node;
    g_autofree char *above = g_path_get_dirname(path);
    g_autofree char *name = g_path_get_basename(path);
    VfgTree *folder = make_folder(recorder, above);
    if (!folder || folder->kind != VFG_TREE_FOLDER || vfg_tree_child(folder, name))
        return NULL;
    return vfg_tree_add(folder, name, VFG_TREE_FOLDER);
}

void
vfg_recorder_put(VfgRecorder *recorder, const char *path, const char *bytes, gsize len)
{
    g_autofree char *above = g_path_get_dirname(path);
    g_autofree char *name = g_path_get_basename(path);
    VfgTree *folder = make_folder(recorder, above);
    if (!folder || folder->kind != VFG_TREE_FOLDER)
        return;
    VfgTree *node = trace(recorder, path, TRUE);
    if (!node && !vfg_tree_child(folder, name))
        node = vfg_tree_add(folder, name, VFG_TREE_FILE);
    else if (!node || node->kind != VFG_TREE_FILE || !node->denied)
        return;
    vfg_tree_set_bytes(node, bytes, len);
    node->denied = FALSE;
}
