/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Records of the kernel's log, read from a pipe in its place. */

#include "kmsg.h"

#include "io.h"
#include "temp-tree.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    char *path;
    VfgFd writer;
    VfgKmsg *kmsg;
    GString *seen;
} Stage;

static void
set_up(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    stage->path = g_strdup_printf("%s/vfg-kmsg-%d", g_get_tmp_dir(), (int)getpid());
    g_assert_cmpint(mkfifo(stage->path, 0600), ==, 0);
    g_autoptr(GError) error = NULL;
    stage->kmsg = vfg_kmsg_open(stage->path, &error);
    g_assert_no_error(error);
    stage->writer = open(stage->path, O_WRONLY | O_CLOEXEC);
    g_assert_cmpint(stage->writer, >=, 0);
    stage->seen = g_string_new(NULL);
}

static void
tear_down(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    vfg_kmsg_free(stage->kmsg);
    vfg_io_close(&stage->writer);
    unlink(stage->path);
    g_free(stage->path);
    g_string_free(stage->seen, TRUE);
}

static void
on_record(const VfgKmsgRecord *record, gpointer data)
{
    g_assert_cmpuint(strlen(record->text), <=, record->len);
    g_string_append_printf(
        data, "%" G_GUINT64_FORMAT "%s@%" G_GINT64_FORMAT " -%" G_GUINT64_FORMAT " [%s]|",
        record->number, record->user ? "u" : "k", record->time, record->lost, record->text);
}

static void
say(Stage *stage, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_assert_true(vfg_io_write_all(stage->writer, text, strlen(text), "pipe", &error));
    while (vfg_kmsg_read(stage->kmsg, 4, on_record, stage->seen))
        continue;
}

static void
test_records(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    say(stage, "6,0,0,-;Linux version\n");
    say(stage, "3,1,15,-,caller=T1;NVRM: Xid\n SUBSYSTEM=pci\n DEVICE=+pci:0000:01:00.0\n");
    say(stage, "12,2,16,-;from a program; with more\n11,3,17,c;two at once\n");
    say(stage, "6,4,18,-;[U] through the terminal\n");
    g_assert_cmpstr(stage->seen->str, ==,
                    "1k@0 -0 [Linux version]|2k@15 -0 [NVRM: Xid]|"
                    "3u@16 -0 [from a program; with more]|4u@17 -0 [two at once]|"
                    "5u@18 -0 [[U] through the terminal]|");
}

static void
test_lost(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    say(stage, "6,3,1,-;first\n6,10,1,-;after a gap\n6,9,1,-;back\n6,10,1,-;again\n");
    g_assert_cmpstr(stage->seen->str, ==, "4k@1 -3 [first]|11k@1 -6 [after a gap]|");
}

static void
test_escapes(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    say(stage, "6,0,1,-;a\\x1b[31m\\x5cx41 \\xc3\\xa4 \\x zz\\x4\n");
    g_assert_cmpstr(stage->seen->str, ==, "1k@1 -0 [a\x1b[31m\\x41 \xc3\xa4 \\x zz\\x4]|");
}

/* In any portions; junk gives nothing and takes nothing with it. */
static void
test_junk(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    g_autofree char *x = g_strnfill(20000, 'x');
    say(stage, "\n;\n6;x\n,,,;x\n6,x,1,-;x\n-6,1,1,-;x\n6,99999999999999999999,1,-;x\nnothing\n");
    say(stage, x);
    say(stage, "\n6,0,1,-;good");
    g_assert_cmpstr(stage->seen->str, ==, "");
    say(stage, "\n");
    g_assert_cmpstr(stage->seen->str, ==, "1k@1 -0 [good]|");
}

/* What comes after it is given, and nothing counts as lost; a file can be sought in as the kernel's
 * log can. */
static void
test_skip(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TempTree) tree = temp_tree_new();
    g_autoptr(GString) seen = g_string_new(NULL);
    temp_tree_put(tree, "kmsg", "6,7,1,-;old\n6,8,2,-;old, too\n");
    g_autofree char *path = temp_tree_path(tree, "kmsg");
    g_autoptr(VfgKmsg) kmsg = vfg_kmsg_open(path, &error);
    g_assert_no_error(error);
    vfg_kmsg_skip(kmsg);
    g_auto(VfgFd) writer = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    const char *later = "6,9,3,-;new\n6,11,4,-;after a gap\n";
    g_assert_true(vfg_io_write_all(writer, later, strlen(later), path, &error));
    g_assert_false(vfg_kmsg_read(kmsg, 4, on_record, seen));
    g_assert_cmpstr(seen->str, ==, "10k@3 -0 [new]|12k@4 -1 [after a gap]|");
}

static void
test_missing(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(vfg_kmsg_open("/nonexistent/kmsg", &error));
    g_assert_nonnull(strstr(error->message, "/nonexistent/kmsg"));
}

#define ADD(path, func) g_test_add(path, Stage, NULL, set_up, func, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/kmsg/records", test_records);
    ADD("/kmsg/lost", test_lost);
    ADD("/kmsg/escapes", test_escapes);
    ADD("/kmsg/junk", test_junk);
    g_test_add_func("/kmsg/skip", test_skip);
    g_test_add_func("/kmsg/missing", test_missing);
    return g_test_run();
}
