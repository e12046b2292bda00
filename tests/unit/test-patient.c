/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Files that never answer: the others are read, and what is not answered is known. A pipe without a
 * writer stands for a file whose driver hangs. */

#include "patient.h"

#include "assert-error.h"
#include "process.h"
#include "temp-tree.h"

#include <sys/stat.h>
#include <unistd.h>

#define TIMEOUT 300 /* ms */

typedef struct {
    TempTree *tree;
    VfgRoot *root;
} Fixture;

static void
set_up(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    f->tree = temp_tree_new();
    f->root = vfg_root_new_fake(f->tree->top, NULL, NULL, NULL);
    temp_tree_put(f->tree, "a", "nvidia\n");
    temp_tree_put(f->tree, "b", "");
}

static void
tear_down(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    vfg_root_free(f->root);
    temp_tree_free(f->tree);
}

static void
hang(const Fixture *f, const char *name)
{
    g_autofree char *path = temp_tree_path(f->tree, name);
    g_assert_cmpint(mkfifo(path, 0600), ==, 0);
}

static const VfgPatientRead *
nth(const GPtrArray *reads, guint at)
{
    return g_ptr_array_index(reads, at);
}

static void
test_reads(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GPtrArray) reads = vfg_patient_reads_new();
    hang(f, "stuck");
    hang(f, "too");
    vfg_patient_reads_add(reads, "/stuck");
    vfg_patient_reads_add(reads, "/a");
    vfg_patient_reads_add(reads, "/missing");
    vfg_patient_reads_add(reads, "/too");
    vfg_patient_reads_add(reads, "/b");
    vfg_patient_reads_run(f->root, reads, TIMEOUT);
    static const gboolean late[] = {TRUE, FALSE, FALSE, TRUE, FALSE};
    for (guint i = 0; i < reads->len; i++)
        g_assert_cmpint(nth(reads, i)->late, ==, late[i]);
    g_assert_cmpstr(nth(reads, 1)->text, ==, "nvidia");
    g_assert_null(nth(reads, 2)->text);
    g_assert_cmpstr(nth(reads, 4)->text, ==, "");
}

static void
test_one(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *text = NULL, *untouched = NULL;
    hang(f, "stuck");
    g_assert_true(vfg_patient_read_text(f->root, "/a", TIMEOUT, &text));
    g_assert_cmpstr(text, ==, "nvidia");
    g_assert_false(vfg_patient_read_text(f->root, "/stuck", TIMEOUT, &untouched));
    g_assert_null(untouched);
}

static void
count(const VfgRootSight *sight, gpointer data)
{
    if (sight->deed == VFG_ROOT_READ)
        (*(guint *)data)++;
}

/* What a snapshot is made of is seen, but for what hangs. */
static void
test_recorded(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    guint n = 0;
    g_autoptr(VfgRoot) recording = vfg_root_new_recording(f->root, count, &n, NULL);
    g_autoptr(GPtrArray) reads = vfg_patient_reads_new();
    hang(f, "stuck");
    vfg_patient_reads_add(reads, "/stuck");
    vfg_patient_reads_add(reads, "/a");
    vfg_patient_reads_run(recording, reads, TIMEOUT);
    g_assert_cmpuint(n, ==, 1);
    g_assert_true(nth(reads, 0)->late);
    g_assert_cmpstr(nth(reads, 1)->text, ==, "nvidia");
}

static void
test_process(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    temp_tree_put(f->tree, "proc/12/stat",
                  "12 (a) b (c) D 1 12 12 0 -1 4194624 1 2 3 4 5 6 7 8 20 0 1 0 4711 0 0\n");
    temp_tree_put(f->tree, "proc/12/stack",
                  "[<0>] wait_for_completion+0x91/0x120\n[<0>] snd_card_free+0x5/0x80 [snd]\n");
    temp_tree_put(f->tree, "proc/13/stat", "13 (x) D 1\n");
    g_autoptr(VfgProcess) process = vfg_process_look(f->root, 12);
    g_assert_cmpstr(process->command, ==, "a) b (c");
    g_assert_cmpint(process->state, ==, 'D');
    g_assert_cmpuint(process->start, ==, 4711);
    g_autofree char *stack = vfg_process_stack(f->root, 12, 8);
    g_assert_cmpstr(stack, ==, "wait_for_completion < snd_card_free");
    g_autofree char *first = vfg_process_stack(f->root, 12, 1);
    g_assert_cmpstr(first, ==, "wait_for_completion");
    g_assert_null(vfg_process_look(f->root, 13));
    g_assert_null(vfg_process_look(f->root, 14));
    g_assert_null(vfg_process_stack(f->root, 14, 8));
    g_autoptr(VfgRoot) live = vfg_root_new("/", NULL);
    g_autoptr(VfgProcess) self = vfg_process_look(live, (int)getpid());
    g_assert_cmpuint(self->start, >, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    static const struct {
        const char *name;
        void (*test)(Fixture *f, gconstpointer data);
    } tests[] = {
        {"/patient/reads", test_reads},
        {"/patient/one", test_one},
        {"/patient/recorded", test_recorded},
        {"/process", test_process},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);
    return g_test_run();
}
