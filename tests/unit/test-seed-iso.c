/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The seed, read back as a file system: by libarchive, and its labels by their place. */

#include "seed-iso.h"
#include "temp-tree.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

static VfgSeed
make_seed(void)
{
    VfgSeed seed = {.vm = "d2l", .config = "[provision]\nprofile=cuda\n"};
    seed.agent = g_bytes_new_static("\177ELF of sorts\0 with a NUL", 25);
    seed.names = g_ptr_array_new();
    seed.bytes = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    g_ptr_array_add(seed.names, (char *)"install.sh");
    g_ptr_array_add(seed.bytes, g_bytes_new_static("#!/bin/sh\n", 10));
    g_ptr_array_add(seed.names, (char *)"vfiogpu-agent.service");
    g_ptr_array_add(seed.bytes, g_bytes_new_static("[Unit]\n", 7));
    return seed;
}

static void
seed_clear(VfgSeed *seed)
{
    g_bytes_unref(seed->agent);
    g_ptr_array_unref(seed->names);
    g_ptr_array_unref(seed->bytes);
}

static void
write_seed(const VfgSeed *seed, const char *path)
{
    g_autoptr(GError) error = NULL;
    gboolean written = vfg_seed_iso_write(seed, path, &error);
    g_assert_no_error(error);
    g_assert_true(written);
}

/* The files of an image by name, as GBytes; what may be run has a '*' before its name. */
static GHashTable *
read_back(const char *path)
{
    GHashTable *files =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref);
    struct archive *archive = archive_read_new();
    struct archive_entry *entry = NULL;
    g_assert_cmpint(archive_read_support_format_iso9660(archive), ==, ARCHIVE_OK);
    g_assert_cmpint(archive_read_open_filename(archive, path, 10240), ==, ARCHIVE_OK);
    while (archive_read_next_header(archive, &entry) == ARCHIVE_OK) {
        gsize len = (gsize)archive_entry_size(entry);
        if (archive_entry_filetype(entry) != AE_IFREG)
            continue;
        char *data = g_malloc0(len + 1);
        g_assert_cmpint(archive_read_data(archive, data, len), ==, len);
        const char *mark = archive_entry_perm(entry) & 0100 ? "*" : "";
        g_hash_table_insert(files, g_strconcat(mark, archive_entry_pathname(entry), NULL),
                            g_bytes_new_take(data, len));
    }
    archive_read_free(archive);
    return files;
}

static const char *
text_of(GHashTable *files, const char *name)
{
    GBytes *bytes = g_hash_table_lookup(files, name);
    if (!bytes)
        g_error("no file '%s' in the image", name);
    return g_bytes_get_data(bytes, NULL);
}

static void
test_read_back(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    g_autofree char *path = temp_tree_path(tree, "d2l-seed.iso");
    VfgSeed seed = make_seed();
    write_seed(&seed, path);
    g_autoptr(GHashTable) files = read_back(path);
    g_assert_cmpuint(g_hash_table_size(files), ==, 6);
    g_assert_cmpstr(text_of(files, "meta-data"), ==, "instance-id: vfiogpu-d2l\n");
    g_assert_true(
        g_str_has_prefix(text_of(files, "user-data"), "#cloud-config\nruncmd:\n  - - sh\n"));
    g_assert_nonnull(strstr(text_of(files, "user-data"), "sh /run/vfiogpu-seed/install.sh\n"));
    g_assert_cmpstr(text_of(files, "agent.conf"), ==, seed.config);
    g_assert_cmpstr(text_of(files, "*install.sh"), ==, "#!/bin/sh\n");
    g_assert_cmpstr(text_of(files, "vfiogpu-agent.service"), ==, "[Unit]\n");
    g_assert_true(g_bytes_equal(g_hash_table_lookup(files, "*vfiogpu-agent"), seed.agent));
    g_assert_false(temp_tree_has(tree, "d2l-seed.iso.part"));
    seed_clear(&seed);
}

/* The label stands 40 bytes into the volume descriptors: the primary one in sector 16, Joliet's
 * (UCS-2) in one of the next (ECMA-119, 8.4). */
static void
test_label(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    g_autofree char *path = temp_tree_path(tree, "x.iso");
    g_autofree char *image = NULL;
    gsize len = 0;
    VfgSeed seed = make_seed();
    write_seed(&seed, path);
    g_assert_true(g_file_get_contents(path, &image, &len, NULL));
    g_assert_cmpuint(len, >, 18 * 2048);
    g_assert_cmpmem(image + 16 * 2048 + 1, 5, "CD001", 5);
    g_assert_cmpmem(image + 16 * 2048 + 40, 7, "CIDATA ", 7);
    const char joliet[] = {0, 'C', 0, 'I', 0, 'D', 0, 'A', 0, 'T', 0, 'A'};
    g_assert_cmpmem(image + 17 * 2048 + 40, sizeof joliet, joliet, sizeof joliet);
    seed_clear(&seed);
}

static void
test_no_folder(void)
{
    g_autoptr(GError) error = NULL;
    VfgSeed seed = make_seed();
    g_assert_false(vfg_seed_iso_write(&seed, "/nonexistent/x.iso", &error));
    g_assert_nonnull(strstr(error->message, "/nonexistent/x.iso"));
    seed_clear(&seed);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/seed-iso/read-back", test_read_back);
    g_test_add_func("/seed-iso/label", test_label);
    g_test_add_func("/seed-iso/no-folder", test_no_folder);
    return g_test_run();
}
