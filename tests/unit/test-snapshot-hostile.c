/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What a stranger may send as a snapshot: refused with the entry named, within bounds, and nothing
 * of it ever gets outside of the tree. */

#include "bounds.h"
#include "error.h"
#include "snapshot-read.h"
#include "stride.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

typedef struct {
    const char *name;
    int type; /* AE_IF… */
    const char *text;
    const char *hardlink;
    int perm; /* 0: 0644 */
} Item;

static void
write_item(struct archive *tar, const Item *item)
{
    gsize len = item->text && item->type == AE_IFREG ? strlen(item->text) : 0;
    struct archive_entry *entry = archive_entry_new();
    archive_entry_copy_pathname(entry, item->name);
    archive_entry_set_filetype(entry, item->type);
    archive_entry_set_perm(entry, item->perm ? item->perm : 0644);
    archive_entry_set_size(entry, (la_int64_t)len);
    if (item->type == AE_IFLNK)
        archive_entry_copy_symlink(entry, item->text);
    if (item->hardlink)
        archive_entry_copy_hardlink(entry, item->hardlink);
    g_assert_cmpint(archive_write_header(tar, entry), ==, ARCHIVE_OK);
    if (len)
        g_assert_cmpint(archive_write_data(tar, item->text, len), ==, (int)len);
    archive_entry_free(entry);
}

/* A tar of at most `max` bytes; *len is what it takes. */
static char *
make_tar(const Item *items, gsize n, gsize max, gboolean gzip, gsize *len)
{
    char *bytes = g_malloc0(max);
    struct archive *tar = archive_write_new();
    archive_write_set_format_pax_restricted(tar);
    if (gzip)
        archive_write_add_filter_gzip(tar);
    archive_write_set_bytes_per_block(tar, 512);
    archive_write_set_bytes_in_last_block(tar, gzip ? 1 : 512);
    g_assert_cmpint(archive_write_open_memory(tar, bytes, max, len), ==, ARCHIVE_OK);
    for (gsize i = 0; i < n; i++)
        write_item(tar, &items[i]);
    g_assert_cmpint(archive_write_close(tar), ==, ARCHIVE_OK);
    archive_write_free(tar);
    return bytes;
}

static void
assert_refused(const char *bytes, gsize len, const char *pattern)
{
    g_autoptr(GError) error = NULL;
    /* Of the exact size, so that valgrind and the sanitizers see a read beyond it. */
    g_autofree char *exact = g_memdup2(bytes, len);
    g_autoptr(VfgTree) tree = vfg_snapshot_read(exact, len, "x.tar", &error);
    g_assert_null(tree);
    g_assert_error(error, VFG_ERROR, VFG_ERROR_PARSE);
    g_assert_true(g_str_has_prefix(error->message, "x.tar: "));
    if (!g_pattern_match_simple(pattern, error->message))
        g_error("'%s' does not match '%s'", error->message, pattern);
}

static void
refuse(const Item *items, gsize n, const char *pattern)
{
    gsize len = 0;
    g_autofree char *bytes = make_tar(items, n, 1 << 16, FALSE, &len);
    assert_refused(bytes, len, pattern);
}

#define REFUSE(pattern, ...)                         \
    do {                                             \
        const Item items[] = {__VA_ARGS__};          \
        refuse(items, G_N_ELEMENTS(items), pattern); \
    } while (0)

static void
test_names(void)
{
    g_autofree char *deep = g_strdup("a");
    for (guint i = 0; i < VFG_SNAPSHOT_DEPTH_MAX; i++) {
        char *deeper = g_strconcat(deep, "/a", NULL);
        g_free(deep);
        deep = deeper;
    }
    g_autofree char *wide = g_strnfill(VFG_SNAPSHOT_NAME_MAX + 1, 'x');
    g_autofree char *endless = g_strnfill(VFG_SNAPSHOT_PATH_MAX + 1, '/');
    *endless = 'a';
    REFUSE("*/etc/passwd: an absolute name", {"/etc/passwd", AE_IFREG, "x", NULL, 0});
    REFUSE("*../x: *'..'*", {"../x", AE_IFREG, "x", NULL, 0});
    REFUSE("*a/../../x: *'..'*", {"a/../../x", AE_IFREG, "x", NULL, 0});
    REFUSE("*a/..: *'..'*", {"a/..", AE_IFREG, "x", NULL, 0});
    REFUSE("*a/./b: *", {"a/./b", AE_IFREG, "x", NULL, 0});
    REFUSE("*a//b: *", {"a//b", AE_IFREG, "x", NULL, 0});
    REFUSE("*a*b: *control character*", {"a\033[2Jb", AE_IFREG, "x", NULL, 0});
    REFUSE("*a*b: *control character*", {"a\nb", AE_IFREG, "x", NULL, 0});
    REFUSE("*too deep*", {deep, AE_IFREG, "x", NULL, 0});
    REFUSE("*: a name with*", {wide, AE_IFREG, "x", NULL, 0});
    REFUSE("*: a name*", {endless, AE_IFREG, "x", NULL, 0});
}

static void
test_kinds(void)
{
    REFUSE("*b: a hard link*", {"a", AE_IFREG, "x", NULL, 0}, {"b", AE_IFREG, NULL, "a", 0});
    REFUSE("*b: a hard link*", {"b", AE_IFREG, NULL, "/etc/passwd", 0});
    REFUSE("*d: a device*", {"d", AE_IFCHR, NULL, NULL, 0});
    REFUSE("*d: a device*", {"d", AE_IFBLK, NULL, NULL, 0});
    REFUSE("*d: a device*", {"d", AE_IFIFO, NULL, NULL, 0});
    REFUSE("*l: a link*", {"l", AE_IFLNK, "a\nb", NULL, 0});
}

static void
test_doubles(void)
{
    const Item a = {"a", AE_IFREG, "x", NULL, 0}, folder = {"a", AE_IFDIR, NULL, NULL, 0755};
    const Item link = {"a", AE_IFLNK, "/etc", NULL, 0}, below = {"a/b", AE_IFREG, "x", NULL, 0};
    REFUSE("*a: a second entry*", a, a);
    REFUSE("*a/: a second entry*", a, folder);
    REFUSE("*a/: a second entry*", folder, folder);
    REFUSE("*a: a second entry*", folder, link);
    REFUSE("*a: a second entry*", below, a);
    REFUSE("*a: a second entry*", a, {"./a", AE_IFREG, "x", NULL, 0});
    REFUSE("*a/b: * through a file or a link", a, below);
    REFUSE("*a/b: * through a file or a link", link, below);
    REFUSE("*./: a second entry*", {"./", AE_IFDIR, NULL, NULL, 0755},
           {".", AE_IFDIR, NULL, NULL, 0755});
}

static void
test_manifest(void)
{
    const Item a = {"a", AE_IFREG, "x", NULL, 0};
    REFUSE("*manifest.json: it is no manifest*", {"manifest.json", AE_IFREG, "{", NULL, 0}, a);
    REFUSE("*manifest.json: its format*", {"manifest.json", AE_IFREG, "{\"format\":2}", NULL, 0});
    REFUSE("*manifest.json is no file*", {"manifest.json", AE_IFLNK, "a", NULL, 0}, a);
    REFUSE("*not hold as many entries*",
           {"manifest.json", AE_IFREG, "{\"format\":1,\"entries\":3}", NULL, 0}, a);
    REFUSE("*manifest.json: it is no manifest*",
           {"manifest.json", AE_IFREG, "{\"format\":1,\"entries\":-1}", NULL, 0}, a);
}

static const Item small[] = {
    {"manifest.json", AE_IFREG, "{\"format\":1,\"entries\":5}", NULL, 0},
    {"sys", AE_IFDIR, NULL, NULL, 0755},
    {"sys/vendor", AE_IFREG, "0x10de\n", NULL, 0},
    {"sys/link", AE_IFLNK, "vendor", NULL, 0},
    {"sys/empty", AE_IFREG, "", NULL, 0},
};

/* Wherever it is cut; the end of the tar is one block of zeros, the second is for show (as are the
 * last bytes of a gzip that hold it). */
static void
test_truncated(void)
{
    for (guint gzip = 0; gzip < 2; gzip++) {
        gsize len = 0;
        g_autofree char *bytes = make_tar(small, G_N_ELEMENTS(small), 1 << 16, gzip, &len);
        g_autoptr(VfgTree) whole = vfg_snapshot_read(bytes, len, "x.tar", NULL);
        g_assert_nonnull(whole);
        gsize end = gzip ? len - 48 : len - 1024;
        for (gsize cut = 0; cut <= end; cut += (gzip ? 7 : 256) * test_stride())
            assert_refused(bytes, cut, "*");
    }
}

static void
test_flipped(void)
{
    gsize len = 0;
    g_autofree char *bytes = make_tar(small, G_N_ELEMENTS(small), 1 << 16, FALSE, &len);
    for (gsize i = 0; i < len; i += test_stride()) {
        bytes[i] ^= 0x15;
        g_autoptr(VfgTree) tree G_GNUC_UNUSED = vfg_snapshot_read(bytes, len, "x.tar", NULL);
        bytes[i] ^= 0x15;
    }
    for (gsize n = 0; n < 2000; n += 37) {
        g_autofree char *noise = g_malloc(n + 1);
        for (gsize i = 0; i < n; i++)
            noise[i] = (char)g_test_rand_int();
        g_autoptr(VfgTree) tree = vfg_snapshot_read(noise, n, "x.tar", NULL);
        g_assert_null(tree);
    }
}

/* One file of zeros with a header that says how large it is; gzip makes next to nothing of it. */
static char *
make_bomb(gsize file, guint files, gsize *len)
{
    char *bytes = g_malloc0(64 << 20);
    g_autofree char *zeros = g_malloc0(1 << 20);
    struct archive *tar = archive_write_new();
    archive_write_set_format_pax_restricted(tar);
    archive_write_add_filter_gzip(tar);
    archive_write_open_memory(tar, bytes, 64 << 20, len);
    for (guint i = 0; i < files; i++) {
        g_autofree char *name = g_strdup_printf("f%u", i);
        struct archive_entry *entry = archive_entry_new();
        archive_entry_copy_pathname(entry, name);
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_size(entry, (la_int64_t)file);
        archive_write_header(tar, entry);
        for (gsize done = 0; done < file; done += 1 << 20)
            archive_write_data(tar, zeros, MIN(file - done, 1 << 20));
        archive_entry_free(entry);
    }
    archive_write_close(tar);
    archive_write_free(tar);
    return bytes;
}

static void
test_bombs(void)
{
    gsize len = 0;
    g_autofree char *large = make_bomb(VFG_SNAPSHOT_FILE_MAX + 1, 1, &len);
    assert_refused(large, len, "*f0: more bytes than a snapshot may have");
    g_autofree char *many = make_bomb(VFG_SNAPSHOT_FILE_MAX, 8, &len);
    assert_refused(many, len, "*it unpacks to more than a snapshot may hold");
}

/* Entries that are empty cost the sender little, and so do folders that are only implied. */
static void
test_too_many(void)
{
    if (test_stride() > 3) {
        g_test_skip("too slow under valgrind");
        return;
    }
    gsize room = ((gsize)VFG_SNAPSHOT_ENTRIES_MAX / 32 + 128) * 512, len = 0;
    g_autofree char *bytes = g_malloc0(room);
    struct archive *tar = archive_write_new();
    archive_write_set_format_ustar(tar);
    archive_write_open_memory(tar, bytes, room, &len);
    for (guint i = 0; i < VFG_SNAPSHOT_ENTRIES_MAX / 32 + 32; i++) {
        g_autofree char *name = g_strdup_printf(
            "%u/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u/v/w/x/y/z/0/1/2/3/4/5/6/7", i);
        const Item item = {name, AE_IFREG, "", NULL, 0};
        write_item(tar, &item);
    }
    archive_write_close(tar);
    archive_write_free(tar);
    assert_refused(bytes, len, "*: more entries than a snapshot may have");
}

/* Links lead where they like and still stay inside. */
static void
test_links_stay_inside(void)
{
    static const Item items[] = {
        {"up", AE_IFLNK, "../../../../etc/passwd", NULL, 0},
        {"absolute", AE_IFLNK, "/etc/passwd", NULL, 0},
        {"loop", AE_IFLNK, "loop", NULL, 0},
        {"etc", AE_IFLNK, "inside", NULL, 0},
        {"inside/passwd", AE_IFREG, "the snapshot's", NULL, 0},
        {"gone", AE_IFLNK, "/proc/self/root/etc/passwd", NULL, 0},
    };
    gsize len = 0;
    g_autoptr(GError) error = NULL;
    g_autofree char *bytes = make_tar(items, G_N_ELEMENTS(items), 1 << 16, FALSE, &len);
    VfgTree *tree = vfg_snapshot_read(bytes, len, "x.tar", &error);
    g_assert_no_error(error);
    g_autoptr(VfgRoot) root = vfg_root_new_tree(tree, "x.tar");
    g_autofree char *up = vfg_root_read(root, "/up", 100, NULL, NULL);
    g_autofree char *absolute = vfg_root_read(root, "/absolute", 100, NULL, NULL);
    g_assert_cmpstr(up, ==, "the snapshot's");
    g_assert_cmpstr(absolute, ==, "the snapshot's");
    g_assert_null(vfg_root_read(root, "/gone", 100, NULL, NULL));
    g_assert_null(vfg_root_read(root, "/loop", 100, NULL, &error));
    g_assert_error(error, VFG_ERROR, VFG_ERROR_FAILED);
    g_assert_false(vfg_root_exists(root, "/loop/x"));
    g_assert_false(vfg_root_is_writable(root));
    g_assert_false(vfg_root_write(root, "/inside/passwd", "x", NULL));
}

/* What is not known is not taken for empty. */
static void
test_unknown(void)
{
    static const Item items[] = {
        {"secret", AE_IFREG, "", NULL, 0200},
        {"folder", AE_IFDIR, NULL, NULL, 0311},
        {"folder/known", AE_IFREG, "x", NULL, 0},
    };
    gsize len = 0;
    g_autoptr(GError) error = NULL;
    g_autofree char *bytes = make_tar(items, G_N_ELEMENTS(items), 1 << 16, FALSE, &len);
    VfgTree *tree = vfg_snapshot_read(bytes, len, "x.tar", &error);
    g_assert_no_error(error);
    g_autoptr(VfgRoot) root = vfg_root_new_tree(tree, "x.tar");
    g_assert_null(vfg_root_read(root, "/secret", 100, NULL, &error));
    g_assert_error(error, VFG_ERROR, VFG_ERROR_FAILED);
    g_clear_error(&error);
    g_assert_null(vfg_root_list(root, "/folder", &error));
    g_assert_error(error, VFG_ERROR, VFG_ERROR_FAILED);
    g_autofree char *known = vfg_root_read_text(root, "/folder/known", NULL);
    g_assert_cmpstr(known, ==, "x");
    g_assert_true(vfg_root_exists(root, "/secret"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/snapshot/hostile/names", test_names);
    g_test_add_func("/snapshot/hostile/kinds", test_kinds);
    g_test_add_func("/snapshot/hostile/doubles", test_doubles);
    g_test_add_func("/snapshot/hostile/manifest", test_manifest);
    g_test_add_func("/snapshot/hostile/truncated", test_truncated);
    g_test_add_func("/snapshot/hostile/flipped", test_flipped);
    g_test_add_func("/snapshot/hostile/bombs", test_bombs);
    g_test_add_func("/snapshot/hostile/too-many", test_too_many);
    g_test_add_func("/snapshot/hostile/links-stay-inside", test_links_stay_inside);
    g_test_add_func("/snapshot/hostile/unknown", test_unknown);
    return g_test_run();
}
