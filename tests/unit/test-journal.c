/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Journals: what is written is read again, whatever the values hold; of a damaged one only a torn
 * end is passed over. */

#include "journal.h"

#include "assert-error.h"
#include "make-host.h"
#include "temp-tree.h"

#include <glib/gstdio.h>

#define GPU "0000:82:00.0"
#define FILE_NAME "journal/" GPU
#define BOOT "3f0f4c1e-7d0b-4a55-8f7a-000000000001"

static GPtrArray *
make_priors(void)
{
    GPtrArray *priors = vfg_prior_states_new();
    g_ptr_array_add(priors, vfg_prior_state_new(make_address("82:00.0"), "nvidia", NULL));
    g_ptr_array_add(priors, vfg_prior_state_new(make_address("82:00.1"), NULL, "a b=c%\n\303\244"));
    return priors;
}

static VfgJournal *
create(const TempTree *tree)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) priors = make_priors();
    VfgJournal *journal = vfg_journal_create(tree->top, GPU, "my vm", BOOT, priors, &error);
    g_assert_no_error(error);
    return journal;
}

static VfgJournalState *
read_back(const TempTree *tree)
{
    g_autoptr(GError) error = NULL;
    VfgJournalState *state = vfg_journal_read(tree->top, GPU, &error);
    g_assert_no_error(error);
    return state;
}

static void
assert_priors(const VfgJournalState *state)
{
    g_assert_cmpuint(state->priors->len, ==, 2);
    const VfgPriorState *first = state->priors->pdata[0], *second = state->priors->pdata[1];
    g_assert_cmpint(vfg_pci_address_compare(first->address, make_address("82:00.0")), ==, 0);
    g_assert_cmpstr(first->driver, ==, "nvidia");
    g_assert_null(first->driver_override);
    g_assert_cmpint(vfg_pci_address_compare(second->address, make_address("82:00.1")), ==, 0);
    g_assert_null(second->driver);
    g_assert_cmpstr(second->driver_override, ==, "a b=c%\n\303\244");
}

static void
append(VfgJournal *journal, gboolean done)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgStep) step = vfg_step_new(VFG_STEP_UNBIND, GPU, "nvidia", NULL);
    g_assert_true(vfg_journal_intent(journal, step, &error));
    g_assert_true(!done || vfg_journal_done(journal, step, &error));
    g_assert_no_error(error);
}

static void
test_round_trip(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgJournal) journal = create(tree);
    g_assert_nonnull(journal);
    g_autoptr(VfgJournalState) begun = read_back(tree);
    g_assert_cmpstr(begun->gpu, ==, GPU);
    g_assert_cmpstr(begun->owner, ==, "my vm");
    g_assert_cmpstr(begun->boot_id, ==, BOOT);
    g_assert_false(begun->complete);
    g_assert_cmpuint(begun->n_torn, ==, 0);
    assert_priors(begun);
    append(journal, TRUE);
    g_assert_true(vfg_journal_complete(journal, &error));
    g_autoptr(VfgJournalState) complete = read_back(tree);
    g_assert_true(complete->complete);
    assert_priors(complete);
    g_autofree char *text = temp_tree_get(tree, FILE_NAME);
    g_assert_nonnull(strstr(text, " intent step=unbind subject=" GPU " from=nvidia\n"));
    g_assert_nonnull(strstr(text, " done step=unbind subject=" GPU " from=nvidia\n"));
}

static void
test_existing(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) priors = make_priors();
    g_autoptr(VfgJournal) journal = create(tree);
    g_assert_nonnull(journal);
    g_assert_null(vfg_journal_create(tree->top, GPU, "", BOOT, priors, &error));
    assert_error(error, VFG_ERROR_RECOVER, GPU);
    assert_fix(error, "recover");
    g_clear_error(&error);
    g_autoptr(VfgJournal) opened = vfg_journal_open(tree->top, GPU, &error);
    append(opened, TRUE);
    g_autoptr(VfgJournalState) state = read_back(tree);
    assert_priors(state);
    g_autoptr(VfgJournal) none = vfg_journal_open(tree->top, "0000:83:00.0", &error);
    g_assert_null(none);
    assert_error(error, VFG_ERROR_NOT_FOUND, "0000:83:00.0");
}

static void
test_remove(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgJournal) journal = create(tree);
    g_assert_nonnull(journal);
    for (guint round = 0; round < 2; round++) {
        g_assert_true(vfg_journal_remove(tree->top, GPU, &error));
        g_assert_no_error(error);
        g_assert_false(temp_tree_has(tree, FILE_NAME));
    }
    g_assert_null(vfg_journal_read(tree->top, GPU, &error));
    assert_error(error, VFG_ERROR_NOT_FOUND, FILE_NAME);
}

static void
test_list(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) none = vfg_journal_list(tree->top, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(none->len, ==, 0);
    temp_tree_put(tree, "journal/0000:83:00.0", "");
    temp_tree_put(tree, "journal/0000:82:00.0", "");
    temp_tree_put(tree, "journal/0000:82:00.0~", "an editor's");
    temp_tree_put(tree, "journal/README", "");
    g_autoptr(GPtrArray) gpus = vfg_journal_list(tree->top, &error);
    g_assert_cmpuint(gpus->len, ==, 2);
    g_assert_cmpstr(gpus->pdata[0], ==, "0000:82:00.0");
    g_assert_cmpstr(gpus->pdata[1], ==, "0000:83:00.0");
}

/* Cut off anywhere: what stands before the last line holds, and the last line counts only whole. */
static void
test_torn(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    VfgJournal *journal = create(tree);
    append(journal, TRUE);
    vfg_journal_free(journal);
    g_autofree char *text = temp_tree_get(tree, FILE_NAME);
    gsize len = strlen(text), whole = 0;
    guint n_lines = 0;
    for (gsize cut = 0; cut <= len; cut++) {
        if (cut && text[cut - 1] == '\n') {
            whole = cut;
            n_lines++;
        }
        temp_tree_put_bytes(tree, FILE_NAME, text, cut);
        g_autoptr(VfgJournalState) state = read_back(tree);
        g_assert_cmpuint(state->n_torn, ==, cut > whole);
        g_assert_cmpstr(state->owner, ==, n_lines ? "my vm" : "");
        g_assert_cmpuint(state->priors->len, ==, CLAMP((int)n_lines - 1, 0, 2));
        g_assert_false(state->complete);
    }
    g_assert_cmpuint(n_lines, ==, 5);
}

/* One bit anywhere before the last line: refused, and never taken for something else. */
static void
test_damaged(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    VfgJournal *journal = create(tree);
    append(journal, FALSE);
    vfg_journal_free(journal);
    g_autofree char *text = temp_tree_get(tree, FILE_NAME);
    gsize len = strlen(text);
    gsize last = (gsize)(g_strrstr_len(text, (gssize)len - 1, "\n") - text);
    for (gsize at = 0; at < last; at++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *damaged = g_strdup(text);
        damaged[at] ^= 1;
        temp_tree_put_bytes(tree, FILE_NAME, damaged, len);
        g_autoptr(VfgJournalState) state = vfg_journal_read(tree->top, GPU, &error);
        if (state)
            g_error("a changed byte %" G_GSIZE_FORMAT " of '%s' was accepted", at, text);
        assert_error(error, VFG_ERROR_RECOVER, FILE_NAME);
        g_assert_nonnull(strstr(error->message, "damaged"));
        g_assert_nonnull(vfg_error_get_fix(error));
    }
}

/* A NUL byte is damage as any other; nothing behind it may be taken for absent. */
static void
test_nul(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    g_autoptr(GError) error = NULL;
    vfg_journal_free(create(tree));
    g_autofree char *text = temp_tree_get(tree, FILE_NAME);
    gsize len = strlen(text);
    *strstr(text, "owner") = '\0';
    temp_tree_put_bytes(tree, FILE_NAME, text, len);
    g_autoptr(VfgJournalState) state = vfg_journal_read(tree->top, GPU, &error);
    g_assert_null(state);
    assert_error(error, VFG_ERROR_RECOVER, "damaged");
}

static void
test_begun_twice(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    g_autoptr(GError) error = NULL;
    vfg_journal_free(create(tree));
    g_autofree char *text = temp_tree_get(tree, FILE_NAME);
    g_autofree char *twice = g_strconcat(text, text, NULL);
    temp_tree_put(tree, FILE_NAME, twice);
    g_autoptr(VfgJournalState) state = vfg_journal_read(tree->top, GPU, &error);
    g_assert_null(state);
    assert_error(error, VFG_ERROR_RECOVER, FILE_NAME ":4:");
}

/* Going on after a torn end, as `recover` does after a crash, itself cut off later: what it wrote
 * must be readable, and no whole record may be lost. */
static void
go_on(const TempTree *tree, const char *text, gsize len, guint n_priors)
{
    g_autoptr(GError) error = NULL;
    temp_tree_put_bytes(tree, FILE_NAME, text, len);
    g_autoptr(VfgJournal) journal = vfg_journal_open(tree->top, GPU, &error);
    g_assert_no_error(error);
    append(journal, TRUE);
    g_autoptr(VfgJournalState) state = vfg_journal_read(tree->top, GPU, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(state->n_torn, ==, 0);
    g_assert_cmpuint(state->priors->len, ==, n_priors);
}

static void
test_go_on_after_torn(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    vfg_journal_free(create(tree));
    g_autofree char *text = temp_tree_get(tree, FILE_NAME);
    gsize len = strlen(text);
    go_on(tree, text, len, 2);
    go_on(tree, text, len - 1, 1);
    go_on(tree, text, len - 10, 1);
    go_on(tree, text, 5, 0);
    go_on(tree, "", 0, 0);
    text[len - 2] ^= 1;
    go_on(tree, text, len, 1);
    text[len - 2] = '\0';
    go_on(tree, text, len, 1);
}

/* A record that can't be written is an error: the act must not follow. */
static void
test_append_fails(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) priors = make_priors();
    temp_tree_put(tree, "journal", "a file in the way");
    g_assert_null(vfg_journal_create(tree->top, GPU, "", BOOT, priors, &error));
    assert_error(error, VFG_ERROR_FAILED, "journal");
    g_clear_error(&error);
    temp_tree_remove(tree, "journal");
    temp_tree_link(tree, FILE_NAME, "/dev/full");
    g_assert_null(vfg_journal_open(tree->top, GPU, &error)); /* nor is a link followed */
    assert_error(error, VFG_ERROR_FAILED, FILE_NAME);
}

static void
test_private(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    g_autofree char *state_dir = temp_tree_path(tree, "state");
    g_autoptr(GPtrArray) priors = make_priors();
    g_autoptr(VfgJournal) journal = vfg_journal_create(state_dir, GPU, "", BOOT, priors, NULL);
    g_assert_nonnull(journal);
    g_autofree char *path = temp_tree_path(tree, "state/" FILE_NAME);
    GStatBuf info;
    g_assert_cmpint(g_stat(path, &info), ==, 0);
    g_assert_cmpuint(info.st_mode & 0777, ==, 0600);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/journal/round-trip", test_round_trip);
    g_test_add_func("/journal/existing", test_existing);
    g_test_add_func("/journal/remove", test_remove);
    g_test_add_func("/journal/list", test_list);
    g_test_add_func("/journal/torn", test_torn);
    g_test_add_func("/journal/damaged", test_damaged);
    g_test_add_func("/journal/nul", test_nul);
    g_test_add_func("/journal/begun-twice", test_begun_twice);
    g_test_add_func("/journal/go-on-after-torn", test_go_on_after_torn);
    g_test_add_func("/journal/append-fails", test_append_fails);
    g_test_add_func("/journal/private", test_private);
    return g_test_run();
}
