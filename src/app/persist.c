/* SPDX-License-Identifier: GPL-2.0-or-later */

/* bind --persistent and back. */

#include "persist.h"

#include "child.h"
#include "claim.h"
#include "custody.h"
#include "error.h"
#include "io.h"
#include "plan-persist.h"
#include "run.h"

#include <string.h>
#include <unistd.h>

#define REBUILD_TIMEOUT 900 /* s; compressing a large one on a slow disk takes minutes */
#define LISTING_MAX (64 << 20)
#define FILE_MAX (1 << 20)

/* One command at work. */
typedef struct {
    VfgApp *app;
    VfgJournal *journal;
} Persist;

static char *
record_dir(const VfgApp *app)
{
    return g_build_filename(app->state_dir, "persistent", NULL);
}

static char *
real_path(const VfgApp *app, const char *path)
{
    return g_strconcat(app->file_root ? app->file_root : "", path, NULL);
}

static VfgInitramfs
find_initramfs(const VfgApp *app)
{
    static const struct {
        const char *path;
        VfgInitramfs initramfs;
    } programs[] = {{"/usr/sbin/update-initramfs", VFG_INITRAMFS_TOOLS},
                    {"/usr/bin/dracut", VFG_INITRAMFS_DRACUT},
                    {"/usr/sbin/dracut", VFG_INITRAMFS_DRACUT},
                    {"/usr/bin/mkinitcpio", VFG_INITRAMFS_MKINITCPIO}};
    for (gsize i = 0; i < G_N_ELEMENTS(programs); i++)
        if (vfg_root_exists(app->root, programs[i].path))
            return programs[i].initramfs;
    return VFG_INITRAMFS_NONE;
}

/* NULL where there is no such file. */
static char *
read_now(const VfgApp *app, const char *path)
{
    g_autofree char *real = real_path(app, path);
    return vfg_io_read_file(real, FILE_MAX, NULL, NULL);
}

static gboolean
require_text(const VfgApp *app, const VfgStep *step, GError **error)
{
    g_autofree char *now = read_now(app, step->subject);
    if (g_strcmp0(now, step->from) == 0)
        return TRUE;
    vfg_error_set(error, VFG_ERROR_FAILED,
                  step->from ? "look at the change, and remove the file by hand"
                             : "move the file away; vfiogpu did not write it",
                  "%s %s", step->subject,
                  !now         ? "is gone"
                  : step->from ? "was changed since it was written"
                               : "is there already");
    return FALSE;
}

/* Whole or not at all, and on disk. */
static gboolean
write_file(const VfgApp *app, const VfgStep *step, GError **error)
{
    g_autofree char *real = real_path(app, step->subject);
    g_autofree char *folder = g_path_get_dirname(real);
    gboolean script = g_str_has_prefix(step->to, "#!");
    if (g_mkdir_with_parents(folder, 0755) < 0) {
        vfg_error_set_errno(error, errno, "cannot create the directory %s", folder);
        return FALSE;
    }
    return g_file_set_contents_full(real, step->to, -1,
                                    G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                    script ? 0755 : 0644, error) &&
           vfg_io_sync_dir(folder, error);
}

static gboolean
remove_file(const VfgApp *app, const char *path, GError **error)
{
    g_autofree char *real = real_path(app, path);
    g_autofree char *folder = g_path_get_dirname(real);
    if (unlink(real) < 0 && errno != ENOENT) {
        vfg_error_set_errno(error, errno, "cannot remove %s", real);
        return FALSE;
    }
    return vfg_io_sync_dir(folder, error);
}

/* The program that lists an initramfs, and which; of mkinitcpio's the names are the user's choice.
 */
static char *
list_initramfs(const VfgApp *app, const char *program)
{
    g_autofree char *release = vfg_root_read_text(app->root, "/proc/sys/kernel/osrelease", NULL);
    g_autofree char *image = g_strconcat("/boot/initrd.img-", release, NULL);
    const char *const debian[] = {"lsinitramfs", image, NULL};
    const char *const dracut[] = {"lsinitrd", NULL};
    if (g_str_equal(program, "update-initramfs"))
        return vfg_child_read(debian, REBUILD_TIMEOUT, LISTING_MAX, NULL);
    if (g_str_equal(program, "dracut"))
        return vfg_child_read(dracut, REBUILD_TIMEOUT, LISTING_MAX, NULL);
    return NULL;
}

/* Whether the initramfs has the rules that are there now, and none that are not. What can't be
 * listed is not known to be wrong. */
static gboolean
check_initramfs(const VfgApp *app, const char *program, const char *gpu, GError **error)
{
    g_autofree char *name = g_strdelimit(g_strdup(gpu), ":", '-');
    g_autofree char *file = g_strdup_printf("09-vfiogpu-%s.rules", name);
    g_autofree char *path = g_strconcat("/etc/udev/rules.d/", file, NULL);
    g_autofree char *wanted = read_now(app, path);
    g_autofree char *listing = list_initramfs(app, program);
    if (!listing) {
        vfg_app_say(app, "note: what is in the new initramfs could not be looked at");
        return TRUE;
    }
    gboolean there = strstr(listing, file) != NULL;
    if (there == (wanted != NULL))
        return TRUE;
    vfg_error_set(error, VFG_ERROR_FAILED, "run it by hand and read what it says",
                  "%s made an initramfs that %s %s", program, there ? "still has" : "does not have",
                  path);
    return FALSE;
}

static gboolean
make_initramfs(const Persist *persist, const char *program, const char *gpu, GError **error)
{
    const char *const debian[] = {"update-initramfs", "-u", "-k", "all", NULL};
    const char *const dracut[] = {"dracut", "--regenerate-all", "--force", NULL};
    const char *const arch[] = {"mkinitcpio", "-P", NULL};
    const char *const *argv = g_str_equal(program, "dracut")       ? dracut
                              : g_str_equal(program, "mkinitcpio") ? arch
                                                                   : debian;
    return vfg_child_run(argv, REBUILD_TIMEOUT, NULL, NULL, error) &&
           check_initramfs(persist->app, program, gpu, error);
}

static gboolean
do_step(const VfgStep *step, gpointer data, GError **error)
{
    const Persist *persist = data;
    if (step->kind == VFG_STEP_WRITE_FILE && !require_text(persist->app, step, error))
        return FALSE;
    if (!vfg_journal_intent(persist->journal, step, error))
        return FALSE;
    if (step->kind == VFG_STEP_MAKE_INITRAMFS)
        return make_initramfs(persist, step->subject, step->to ? step->to : step->from, error);
    return step->to ? write_file(persist->app, step, error)
                    : remove_file(persist->app, step->subject, error);
}

static void
on_progress(guint at, guint n, const VfgStep *step, gpointer data)
{
    const Persist *persist = data;
    g_autofree char *what = vfg_step_describe(step);
    vfg_app_say(persist->app, "[%u/%u] %s", at + 1, n, what);
}

static gboolean
run(const Persist *persist, const VfgPlan *plan, GError **error)
{
    g_autoptr(GHashTable) none = g_hash_table_new(g_str_hash, g_str_equal);
    const VfgRun run = {.root = persist->app->root,
                        .journals = none,
                        .timeout = REBUILD_TIMEOUT,
                        .other = do_step,
                        .progress = on_progress,
                        .data = (gpointer)persist};
    return vfg_run_plan(&run, plan, error);
}

VfgJournalState *
vfg_app_persist_look(const VfgApp *app, const char *gpu)
{
    g_autofree char *folder = record_dir(app);
    return vfg_journal_read(folder, gpu, NULL);
}

GPtrArray *
vfg_app_persist_files(const VfgApp *app, const char *gpu)
{
    GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(VfgJournalState) state = vfg_app_persist_look(app, gpu);
    for (guint i = 0; state && i < state->files->len; i++)
        g_ptr_array_add(files,
                        g_strdup(((const VfgStep *)g_ptr_array_index(state->files, i))->subject));
    return files;
}

/* A module may have another name than its driver (bochs has bochs-drm); what is built into the
 * kernel has none, and what is not loaded is told by the driver's name. */
static GPtrArray *
find_modules(const VfgApp *app, const GPtrArray *priors)
{
    GPtrArray *modules = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < priors->len; i++) {
        const VfgPriorState *prior = g_ptr_array_index(priors, i);
        if (!prior->driver || g_str_equal(prior->driver, "vfio-pci"))
            continue;
        g_autofree char *link = g_strdup_printf("/sys/bus/pci/drivers/%s/module", prior->driver);
        char *module = vfg_root_link_name(app->root, link);
        g_ptr_array_add(modules, module ? module : g_strdup(prior->driver));
    }
    return modules;
}

VfgPlan *
vfg_app_persist(VfgApp *app, const VfgHost *host, const char *gpu, const GPtrArray *priors,
                gboolean dry_run, GError **error)
{
    g_autofree char *folder = record_dir(app);
    g_autoptr(VfgJournalState) state = vfg_app_persist_look(app, gpu);
    if (state && state->complete)
        return vfg_plan_new("bind", gpu);
    g_autoptr(GPtrArray) modules = find_modules(app, priors);
    g_autoptr(VfgPlan) plan = vfg_plan_persist(host, gpu, priors, modules, find_initramfs(app));
    if (dry_run)
        return g_steal_pointer(&plan);
    g_autoptr(VfgJournal) journal = vfg_journal_create(folder, gpu, "", "", priors, error);
    if (!journal)
        return NULL;
    Persist persist = {app, journal};
    g_autoptr(GError) failure = NULL;
    if (run(&persist, plan, &failure))
        return vfg_journal_complete(journal, error) ? g_steal_pointer(&plan) : NULL;
    if (g_error_matches(failure, VFG_ERROR, VFG_ERROR_RECOVER) ||
        vfg_journal_remove(folder, gpu, error))
        g_propagate_error(error, g_steal_pointer(&failure));
    return NULL;
}

static gboolean
require_unchanged(const VfgApp *app, const VfgPlan *plan, GError **error)
{
    for (guint i = 0; i < plan->steps->len; i++) {
        const VfgStep *step = g_ptr_array_index(plan->steps, i);
        if (step->kind == VFG_STEP_WRITE_FILE && !require_text(app, step, error))
            return FALSE;
    }
    return TRUE;
}

VfgPlan *
vfg_app_unpersist(VfgApp *app, const char *gpu, gboolean dry_run, GError **error)
{
    g_autofree char *folder = record_dir(app);
    g_autoptr(VfgJournalState) state = vfg_journal_read(folder, gpu, error);
    if (!state)
        return NULL;
    g_autoptr(VfgPlan) plan = vfg_plan_unpersist(gpu, state->files, find_initramfs(app));
    if (dry_run)
        return g_steal_pointer(&plan);
    g_autoptr(VfgJournal) journal =
        require_unchanged(app, plan, error) ? vfg_journal_open(folder, gpu, error) : NULL;
    Persist persist = {app, journal};
    g_autoptr(GError) failure = NULL;
    if (!journal)
        return NULL;
    if (run(&persist, plan, &failure))
        return vfg_journal_remove(folder, gpu, error) ? g_steal_pointer(&plan) : NULL;
    if (g_error_matches(failure, VFG_ERROR, VFG_ERROR_RECOVER) ||
        vfg_journal_complete(journal, error)) /* all of it is there again */
        g_propagate_error(error, g_steal_pointer(&failure));
    return NULL;
}

/* Takes away those of the files that are there as they were written. */
static gboolean
clean_up(VfgApp *app, const char *gpu, const VfgJournalState *state, GPtrArray *settled,
         GError **error)
{
    gboolean any = FALSE;
    for (guint i = 0; i < state->files->len; i++) {
        const VfgStep *step = g_ptr_array_index(state->files, i);
        g_autofree char *now = read_now(app, step->subject);
        if (now && !g_str_equal(now, step->to))
            g_ptr_array_add(settled, g_strdup_printf("%s was changed by somebody else and stays",
                                                     step->subject));
        else if (now && !remove_file(app, step->subject, error))
            return FALSE;
        any = TRUE;
    }
    const char *program = vfg_initramfs_program(find_initramfs(app));
    g_autofree char *folder = record_dir(app);
    Persist persist = {app, NULL};
    if (any && program && !make_initramfs(&persist, program, gpu, error))
        return FALSE;
    g_ptr_array_add(settled,
                    g_strdup_printf("%s: a --persistent that was cut off was undone", gpu));
    return vfg_journal_remove(folder, gpu, error);
}

gboolean
vfg_app_persist_recover(VfgApp *app, GPtrArray *settled, GError **error)
{
    g_autofree char *folder = record_dir(app);
    g_autoptr(GPtrArray) gpus = vfg_journal_list(folder, error);
    for (guint i = 0; gpus && i < gpus->len; i++) {
        const char *gpu = g_ptr_array_index(gpus, i);
        g_autoptr(VfgCustody) custody = vfg_custody_new(app);
        if (!vfg_custody_claim(custody, gpu, error))
            return FALSE;
        g_autoptr(VfgJournalState) state = vfg_journal_read(folder, gpu, error);
        if (!state || (!state->complete && !clean_up(app, gpu, state, settled, error)))
            return FALSE;
    }
    return gpus != NULL;
}
