/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Claims: one holder at a time, named to those who wait, and none once its process is dead. */

#include "claim.h"

#include "assert-error.h"
#include "io.h"
#include "temp-tree.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define GPU "0000:82:00.0"

static VfgClaim *
take(const char *state_dir, const char *name, guint timeout, GError **error)
{
    g_autoptr(VfgRoot) root = vfg_root_new("/", NULL);
    return vfg_claim_take(root, state_dir, name, timeout, error);
}

/* A process that claims the GPU and keeps it. Returns once it has it. */
static pid_t
start_holder(const char *state_dir)
{
    int ends[2];
    g_assert_cmpint(pipe(ends), ==, 0);
    pid_t pid = fork();
    g_assert_cmpint(pid, >=, 0);
    if (pid == 0) {
        VfgClaim *claim = take(state_dir, GPU, 0, NULL);
        (void)!write(ends[1], claim ? "y" : "n", 1);
        pause();
        _exit(0);
    }
    char answer = 0;
    g_assert_cmpint(read(ends[0], &answer, 1), ==, 1);
    g_assert_cmpint(answer, ==, 'y');
    close(ends[0]);
    close(ends[1]);
    return pid;
}

static void
end_holder(pid_t pid)
{
    kill(pid, SIGKILL);
    g_assert_cmpint(waitpid(pid, NULL, 0), ==, pid);
}

static void
test_take(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    g_autofree char *state_dir = temp_tree_path(tree, "state");
    g_autoptr(GError) error = NULL;
    for (guint round = 0; round < 2; round++) {
        g_autoptr(VfgClaim) claim = take(state_dir, GPU, 0, &error);
        g_assert_no_error(error);
        g_assert_nonnull(claim);
        g_autoptr(VfgClaim) other = take(state_dir, "vm-d2l", 0, &error);
        g_assert_no_error(error);
        g_assert_nonnull(other);
        g_autofree char *text = temp_tree_get(tree, "state/claims/" GPU);
        g_autofree char *self = g_strdup_printf("process %d ", (int)getpid());
        g_assert_true(g_str_has_prefix(text, self));
    }
    g_autofree char *text = temp_tree_get(tree, "state/claims/" GPU);
    g_assert_cmpstr(text, ==, "");
}

static void
test_held(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    g_autoptr(GError) error = NULL;
    pid_t holder = start_holder(tree->top);
    gint64 start = g_get_monotonic_time();
    g_autoptr(VfgClaim) claim = take(tree->top, GPU, 1, &error);
    g_assert_null(claim);
    g_assert_cmpint(g_get_monotonic_time() - start, >=, G_USEC_PER_SEC);
    g_autofree char *named = g_strdup_printf(GPU " is being worked on by process %d", (int)holder);
    assert_error(error, VFG_ERROR_TIMEOUT, named);
    assert_fix(error, "wait");
    g_clear_error(&error);
    g_autoptr(VfgClaim) other = take(tree->top, "0000:83:00.0", 0, &error);
    g_assert_no_error(error);
    g_assert_nonnull(other);
    end_holder(holder);
}

/* The kernel gives a dead process's claim back, and the name it left misleads nobody. */
static void
test_killed(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    g_autoptr(GError) error = NULL;
    end_holder(start_holder(tree->top));
    g_autoptr(VfgClaim) claim = take(tree->top, GPU, 0, &error);
    g_assert_no_error(error);
    g_assert_nonnull(claim);
    g_autofree char *text = temp_tree_get(tree, "claims/" GPU);
    g_autofree char *self = g_strdup_printf("process %d ", (int)getpid());
    g_assert_true(g_str_has_prefix(text, self));
}

static gpointer
kill_soon(gpointer pid)
{
    g_usleep(G_USEC_PER_SEC / 2);
    kill(GPOINTER_TO_INT(pid), SIGKILL);
    return NULL;
}

static void
test_waits(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    g_autoptr(GError) error = NULL;
    pid_t holder = start_holder(tree->top);
    GThread *killer = g_thread_new("killer", kill_soon, GINT_TO_POINTER(holder));
    g_autoptr(VfgClaim) claim = take(tree->top, GPU, 30, &error);
    g_assert_no_error(error);
    g_assert_nonnull(claim);
    g_thread_join(killer);
    g_assert_cmpint(waitpid(holder, NULL, 0), ==, holder);
}

/* Taken twice by one process: a command must not claim a GPU that it has. */
static void
test_twice(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgClaim) claim = take(tree->top, GPU, 0, &error);
    g_assert_nonnull(claim);
    g_autoptr(VfgClaim) again = take(tree->top, GPU, 0, &error);
    g_assert_null(again);
    assert_error(error, VFG_ERROR_TIMEOUT, GPU);
    g_clear_error(&error);
    /* Reading the file elsewhere in the process does not lose the lock. */
    g_autofree char *path = temp_tree_path(tree, "claims/" GPU);
    g_autofree char *text = vfg_io_read_file(path, 4096, NULL, NULL);
    g_assert_nonnull(text);
    again = take(tree->top, GPU, 0, &error);
    g_assert_null(again);
    assert_error(error, VFG_ERROR_TIMEOUT, GPU);
}

/* What another user left in the holder's text reaches no terminal as it is. */
static void
test_text(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    g_autoptr(GError) error = NULL;
    pid_t holder = start_holder(tree->top);
    g_autofree char *path = temp_tree_path(tree, "claims/" GPU);
    FILE *file = fopen(path, "w");
    g_assert_nonnull(file);
    fputs("\033[2Jevil\n", file);
    fclose(file);
    g_autoptr(VfgClaim) claim = take(tree->top, GPU, 0, &error);
    g_assert_null(claim);
    assert_error(error, VFG_ERROR_TIMEOUT, "\\x1b[2Jevil");
    end_holder(holder);
}

/* A command killed while its child is still in the kernel: the claim stays, and who asks is told.
 */
static void
test_orphan(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    g_autoptr(GError) error = NULL;
    int ends[2];
    g_assert_cmpint(pipe(ends), ==, 0);
    pid_t holder = fork();
    if (holder == 0) {
        VfgClaim *claim = take(tree->top, GPU, 0, NULL);
        pid_t child = claim ? fork() : -1;
        if (child == 0)
            pause();
        (void)!write(ends[1], &child, sizeof child);
        pause();
    }
    pid_t child = 0;
    g_assert_cmpint(read(ends[0], &child, sizeof child), ==, sizeof child);
    end_holder(holder);
    g_autoptr(VfgClaim) claim = take(tree->top, GPU, 0, &error);
    g_assert_null(claim);
    assert_error(error, VFG_ERROR_TIMEOUT, "which is gone, but what it began in the kernel");
    assert_fix(error, "recover");
    kill(child, SIGKILL);
    g_clear_error(&error);
    claim = take(tree->top, GPU, 30, &error);
    g_assert_no_error(error);
    close(ends[0]);
    close(ends[1]);
}

/* Given up while a child of the holder's hangs: the next one gets it. */
static void
test_given_up(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    g_autoptr(GError) error = NULL;
    VfgClaim *claim = take(tree->top, GPU, 0, &error);
    pid_t child = fork();
    if (child == 0)
        pause();
    vfg_claim_free(claim);
    g_autoptr(VfgClaim) again = take(tree->top, GPU, 0, &error);
    g_assert_no_error(error);
    g_assert_nonnull(again);
    end_holder(child);
}

static void
test_impossible(void)
{
    g_autoptr(TempTree) tree = temp_tree_new();
    g_autoptr(GError) error = NULL;
    temp_tree_put(tree, "claims", "a file in the way");
    g_autoptr(VfgClaim) claim = take(tree->top, GPU, 0, &error);
    g_assert_null(claim);
    assert_error(error, VFG_ERROR_FAILED, tree->top);
    g_clear_error(&error);
    temp_tree_remove(tree, "claims");
    temp_tree_link(tree, "claims/" GPU, "/etc/passwd");
    claim = take(tree->top, GPU, 0, &error);
    g_assert_null(claim);
    assert_error(error, VFG_ERROR_FAILED, "claims/" GPU);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/claim/take", test_take);
    g_test_add_func("/claim/held", test_held);
    g_test_add_func("/claim/killed", test_killed);
    g_test_add_func("/claim/waits", test_waits);
    g_test_add_func("/claim/twice", test_twice);
    g_test_add_func("/claim/orphan", test_orphan);
    g_test_add_func("/claim/given-up", test_given_up);
    g_test_add_func("/claim/text", test_text);
    g_test_add_func("/claim/impossible", test_impossible);
    return g_test_run();
}
