/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Fuzz target: a snapshot's tar through the reader, then what was read through a root, the recorder
 * and the redaction. With clang: -fsanitize=fuzzer,address,undefined; without it fuzz-main.c runs
 * the corpus. */

#include "fuzz.h"

#include "bounds.h"
#include "record.h"
#include "redact.h"
#include "snapshot-read.h"

#define BLOCK 512
#define MAGIC 257    /* where "ustar" is in a header (POSIX pax, "ustar Interchange Format") */
#define CHECKSUM 148 /* eight bytes, taken as blanks for the sum */

/* Sums of headers, so that what is changed in them is looked at and not just refused. */
static void
mend_checksums(guint8 *tar, gsize len)
{
    for (gsize at = 0; at + BLOCK <= len; at += BLOCK) {
        guint8 *header = tar + at;
        guint sum = 0;
        if (memcmp(header + MAGIC, "ustar", 5) != 0)
            continue;
        memset(header + CHECKSUM, ' ', 8);
        for (gsize i = 0; i < BLOCK; i++)
            sum += header[i];
        g_snprintf((char *)header + CHECKSUM, 8, "%06o", sum & 0777777);
    }
}

/* No name that could lead out or confuse a terminal; every folder above is a folder. */
static guint
check_node(VfgRoot *root, const VfgTree *node, const char *path)
{
    guint count = 1;
    g_autoptr(GPtrArray) children = vfg_tree_children(node);
    g_assert_true(node->kind == VFG_TREE_FOLDER || children->len == 0);
    g_autoptr(GPtrArray) names G_GNUC_UNUSED = vfg_root_list(root, path, NULL);
    g_autofree char *bytes G_GNUC_UNUSED =
        vfg_root_read(root, path, VFG_SNAPSHOT_FILE_MAX, NULL, NULL);
    g_autofree char *target G_GNUC_UNUSED = vfg_root_link_name(root, path);
    for (guint i = 0; i < children->len; i++) {
        const VfgTree *child = g_ptr_array_index(children, i);
        g_assert_true(vfg_snapshot_name_is_clean(child->name));
        g_autofree char *below = g_strconcat(path, "/", child->name, NULL);
        count += check_node(root, child, below);
    }
    return count;
}

static void
check_tree(VfgTree *tree)
{
    g_autoptr(VfgRoot) root = vfg_root_new_tree(tree, "snapshot");
    g_autoptr(VfgRecorder) recorder = vfg_recorder_new(root);
    g_autoptr(VfgRoot) recording = vfg_recorder_root(recorder, NULL);
    g_assert_cmpuint(check_node(recording, tree, ""), <=, VFG_SNAPSHOT_ENTRIES_MAX + 1);
    g_autoptr(VfgRedactor) redactor = vfg_redactor_new();
    vfg_redactor_add_host(redactor, "box.example.org");
    vfg_redactor_add_user(redactor, "alice");
    vfg_redactor_run(redactor, vfg_recorder_tree(recorder));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    if (!size)
        return 0;
    /* The first byte says whether the sums are mended. */
    g_autofree guint8 *tar = g_memdup2(data + 1, size - 1);
    if (data[0] & 1)
        mend_checksums(tar, size - 1);
    VfgTree *tree = vfg_snapshot_read(tar, size - 1, "snapshot", &error);
    g_assert_true((tree != NULL) == (error == NULL));
    if (tree)
        check_tree(tree);
    else
        g_assert_true(g_utf8_validate(error->message, -1, NULL));
    return 0;
}
