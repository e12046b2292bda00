/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A directory tree in memory. */

#include "tree.h"

#include <errno.h>
#include <string.h>

#define LINKS_MAX 40 /* as the kernel (path_resolution(7)) */

VfgTree *
vfg_tree_new(void)
{
    return g_new0(VfgTree, 1);
}

void
vfg_tree_free(VfgTree *tree)
{
    if (!tree)
        return;
    g_clear_pointer(&tree->children, g_hash_table_unref);
    g_free(tree->name);
    g_free(tree->bytes);
    g_free(tree);
}

static void
insert(VfgTree *folder, VfgTree *node)
{
    if (!folder->children)
        folder->children =
            g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)vfg_tree_free);
    g_assert(!g_hash_table_contains(folder->children, node->name));
    g_hash_table_insert(folder->children, node->name, node);
}

VfgTree *
vfg_tree_add(VfgTree *folder, const char *name, VfgTreeKind kind)
{
    VfgTree *node = g_new0(VfgTree, 1);
    node->parent = folder;
    node->name = g_strdup(name);
    node->kind = kind;
    insert(folder, node);
    return node;
}

void
vfg_tree_set_bytes(VfgTree *node, const void *bytes, gsize len)
{
    char *copy = g_malloc(len + 1);
    if (len)
        memcpy(copy, bytes, len);
    copy[len] = '\0';
    g_free(node->bytes);
    node->bytes = copy;
    node->len = len;
}

void
vfg_tree_rename(VfgTree *node, const char *name)
{
    g_hash_table_steal(node->parent->children, node->name);
    g_free(node->name);
    node->name = g_strdup(name);
    insert(node->parent, node);
}

void
vfg_tree_remove(VfgTree *node)
{
    g_hash_table_remove(node->parent->children, node->name);
}

VfgTree *
vfg_tree_child(const VfgTree *folder, const char *name)
{
    return folder->children ? g_hash_table_lookup(folder->children, name) : NULL;
}

static int
compare_nodes(gconstpointer a, gconstpointer b)
{
    const VfgTree *one = *(const VfgTree *const *)a, *other = *(const VfgTree *const *)b;
    return strcmp(one->name, other->name);
}

GPtrArray *
vfg_tree_children(const VfgTree *folder)
{
    GPtrArray *nodes = g_ptr_array_new();
    GHashTableIter iter;
    gpointer node = NULL;
    if (folder->children) {
        g_hash_table_iter_init(&iter, folder->children);
        while (g_hash_table_iter_next(&iter, NULL, &node))
            g_ptr_array_add(nodes, node);
    }
    g_ptr_array_sort(nodes, compare_nodes);
    return nodes;
}

VfgTree *
vfg_tree_root(VfgTree *node)
{
    while (node->parent)
        node = node->parent;
    return node;
}

/* The node that one word leads to, a link not followed. */
static VfgTree *
step(VfgTree *at, const char *word, gsize len, int *errnum)
{
    if (at->kind != VFG_TREE_FOLDER) {
        *errnum = ENOTDIR;
        return NULL;
    }
    if (len == 1 && word[0] == '.')
        return at;
    if (len == 2 && word[0] == '.' && word[1] == '.')
        return at->parent ? at->parent : at;
    g_autofree char *name = g_strndup(word, len);
    VfgTree *child = vfg_tree_child(at, name);
    if (!child)
        *errnum = ENOENT;
    return child;
}

/* Links lead to further walks, at most LINKS_MAX in all, which bounds the recursion, too. */
static VfgTree *
walk(VfgTree *at, const char *path, gboolean follow, guint *links, int *errnum)
{
    path += strspn(path, "/");
    while (at && *path) {
        gsize len = strcspn(path, "/");
        const char *rest = path + len + strspn(path + len, "/");
        VfgTree *next = step(at, path, len, errnum);
        if (next && next->kind == VFG_TREE_LINK && (*rest || follow)) {
            const char *target = next->bytes ? next->bytes : "";
            if (!*target || (*links)++ >= LINKS_MAX) {
                *errnum = *target ? ELOOP : ENOENT;
                return NULL;
            }
            next = walk(*target == '/' ? vfg_tree_root(at) : at, target, TRUE, links, errnum);
        }
        at = next;
        path = rest;
    }
    return at;
}

VfgTree *
vfg_tree_find(VfgTree *from, const char *path, gboolean follow, int *errnum)
{
    guint links = 0;
    return walk(from, path, follow, &links, errnum);
}

char *
vfg_tree_path(const VfgTree *node)
{
    GString *path = g_string_new(NULL);
    for (; node->parent; node = node->parent) {
        g_string_prepend(path, node->name);
        g_string_prepend_c(path, '/');
    }
    if (!path->len)
        g_string_append_c(path, '/');
    return g_string_free(path, FALSE);
}
