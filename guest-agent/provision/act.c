/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The acts of the engine: programs, files, keys, and package managers with their locks, their
 * hunger for space and their need of the network. */

#include "engine-private.h"

#include "error.h"
#include "escape.h"
#include "io.h"
#include "openpgp.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define MAX_KEY (1024 * 1024)
#define MAX_PAUSE_MS (5 * 60 * 1000)
#define LOCK_POLL_MS 2000
#define SPARE (64ull << 20) /* what maintainer scripts and an initramfs may take besides */

char *
vfg_engine_path(const VfgEngine *engine, const char *path)
{
    return g_strconcat(engine->config->prefix, path, NULL);
}

/* The words of a command as they are run: see vfg_engine_program. `own` is a file of ours in it. */
static char **
real_argv(const VfgEngine *engine, const char *const *argv, const char *own)
{
    char **real = g_strdupv((char **)argv);
    for (guint i = 0; real[i]; i++) {
        gboolean below = (i == 0 && *real[i] == '/') || g_strcmp0(real[i], own) == 0;
        char *word = below ? vfg_engine_path(engine, real[i])
                     : i == 0 && g_str_equal(real[i], "vfiogpu-agent")
                         ? g_strdup(engine->config->self)
                         : NULL;
        if (!word)
            continue;
        g_free(real[i]);
        real[i] = word;
    }
    return real;
}

/* "pmstatus:PACKAGE:PERCENT:WORDS" and "dlstatus:N:PERCENT:WORDS" (apt's README.progress-reporting)
 */
static void
on_line(const char *line, gboolean status, gpointer data)
{
    const VfgEngine *engine = data;
    if (!status)
        return;
    g_auto(GStrv) parts = g_strsplit(line, ":", 4);
    gboolean install = g_strcmp0(parts[0], "pmstatus") == 0;
    if (g_strv_length(parts) < 4 || (!install && !g_str_equal(parts[0], "dlstatus")))
        return;
    double percent = g_ascii_strtod(parts[2], NULL);
    g_autofree char *package = vfg_escape_text(install ? parts[1] : "download", -1, 100);
    vfg_engine_tell(engine, VFG_PROGRESS_RUNNING, package, (int)CLAMP(percent, 0, 100), NULL);
}

static gboolean
run(const VfgEngine *engine, const char *const *argv, const char *own, gboolean status,
    VfgProgramResult *ret, GError **error)
{
    g_auto(GStrv) real = real_argv(engine, argv, own);
    gint64 left = (engine->end - g_get_monotonic_time()) / G_USEC_PER_SEC;
    VfgProgram program = {.argv = (const char *const *)real,
                          .search = engine->config->search,
                          .log = engine->config->log,
                          .deadline = (guint)CLAMP(left, 1, G_MAXINT),
                          .status_fd = status,
                          .on_line = on_line,
                          .data = (gpointer)engine};
    return vfg_program_run(&program, ret, error);
}

gboolean
vfg_engine_program(const VfgEngine *engine, const char *const *argv, gboolean status,
                   VfgProgramResult *ret, GError **error)
{
    return run(engine, argv, NULL, status, ret, error);
}

/* The deadline of the step is for work: what is waited for something else doesn't count. */
static void
sleep_ms(VfgEngine *engine, guint ms)
{
    g_usleep((gulong)ms * 1000);
    engine->end += (gint64)ms * 1000;
}

static gboolean
wait_for_lock(VfgEngine *engine, gint64 until, GError **error)
{
    g_autofree char *said = NULL;
    for (;;) {
        g_auto(VfgHolder) holder = vfg_packager_holder(engine->packager, engine->config->prefix);
        if (holder.pid == 0)
            return TRUE;
        g_autofree char *text =
            holder.pid < 0 ? g_strdup_printf("another process has the lock %s", holder.file)
                           : g_strdup_printf("%s (process %d) has the lock %s", holder.name,
                                             holder.pid, holder.file);
        if (g_get_monotonic_time() >= until) {
            vfg_error_set(error, VFG_ERROR_TIMEOUT, "wait until it has ended, then run this again",
                          "%s", text);
            return FALSE;
        }
        if (g_strcmp0(text, said) != 0)
            vfg_engine_tell(engine, VFG_PROGRESS_WAITING, NULL, -1, text);
        g_free(said);
        said = g_steal_pointer(&text);
        sleep_ms(engine, MIN(LOCK_POLL_MS, engine->config->pause_ms));
    }
}

/* Free bytes of the file system that holds `path`; *device tells file systems apart. */
static guint64
free_space(const VfgEngine *engine, const char *path, dev_t *device)
{
    g_autofree char *real = vfg_engine_path(engine, path);
    struct statvfs space;
    struct stat info;
    if (statvfs(real, &space) < 0 || stat(real, &info) < 0)
        return G_MAXUINT64;
    *device = info.st_dev;
    return (guint64)space.f_bavail * space.f_frsize;
}

static gboolean
check_room(const VfgEngine *engine, const char *path, guint64 needed, guint64 room, GError **error)
{
    if (room >= needed + SPARE)
        return TRUE;
    g_autofree char *need = g_format_size_full(needed + SPARE, G_FORMAT_SIZE_IEC_UNITS);
    g_autofree char *have = g_format_size_full(room, G_FORMAT_SIZE_IEC_UNITS);
    vfg_error_set(error, VFG_ERROR_FAILED, "make room, or give the machine a bigger disk",
                  "the disk is full: %s needs %s in %s, and %s is free", engine->step->id, need,
                  path, have);
    return FALSE;
}

/* Asks the package manager what it needs; one that doesn't say will say so when it is full. */
static gboolean
check_disk(const VfgEngine *engine, const VfgAct *act, GError **error)
{
    g_auto(GStrv) probe = vfg_packager_probe(engine->packager, (const char *const *)act->argv);
    g_auto(VfgProgramResult) result = {0};
    dev_t usr = 0, var = 0;
    if (!probe)
        return TRUE;
    if (!vfg_engine_program(engine, (const char *const *)probe, FALSE, &result, error))
        return FALSE;
    VfgSpace need = vfg_packager_read_space(engine->packager, result.output);
    guint64 usr_room = free_space(engine, "/usr", &usr),
            var_room = free_space(engine, "/var", &var);
    if (usr == var)
        return check_room(engine, "/", need.installed + need.download, usr_room, error);
    return check_room(engine, "/usr", need.installed, usr_room, error) &&
           check_room(engine, "/var", need.download, var_room, error);
}

/* What an interrupted run left: only configuring what is unpacked at first, the rest on demand. */
static void
repair(VfgEngine *engine, gboolean all)
{
    const char *const *const *commands = vfg_packager_repairs(engine->packager);
    engine->repaired = TRUE;
    for (guint i = 0; commands[i] && (all || i == 0); i++) {
        g_auto(VfgProgramResult) result = {0};
        g_autoptr(GError) ignored = NULL; /* what is still broken, the command itself will tell */
        if (!vfg_engine_program(engine, commands[i], FALSE, &result, &ignored))
            return;
    }
}

typedef struct {
    gint64 until; /* patience */
    guint pause;
    guint repairs;
} Retry;

static gboolean
pause_for(VfgEngine *engine, Retry *retry, const char *line)
{
    gint64 left = (retry->until - g_get_monotonic_time()) / 1000;
    if (left <= 0 || !engine->step->network)
        return FALSE;
    guint pause = (guint)MIN((gint64)retry->pause, left);
    g_autofree char *text =
        g_strdup_printf("the network; trying again in %u s: %s", (pause + 999) / 1000, line);
    vfg_engine_tell(engine, VFG_PROGRESS_WAITING, NULL, -1, text);
    sleep_ms(engine, pause);
    retry->pause = MIN(retry->pause * 2, MAX_PAUSE_MS);
    return TRUE;
}

static const char *
fix_for(const VfgEngine *engine, VfgFailure failure, const char *line)
{
    switch (failure) {
    case VFG_FAILURE_NETWORK:
        return "check the machine's network and name servers; --mirror names another source";
    case VFG_FAILURE_SIGNATURE:
        return "the repository is not what its key says: do not use it before that is explained";
    case VFG_FAILURE_DISK:
        return "make room, or give the machine a bigger disk";
    case VFG_FAILURE_BROKEN:
        return "mend the package database by hand: dpkg --configure -a; apt-get -f install";
    default:
        break;
    }
    if (g_str_equal(engine->step->id, "headers"))
        return "the headers of the running kernel are no longer in the repositories: upgrade the "
               "system, reboot, and run this again";
    return strstr(line, "Unable to locate package") || strstr(line, " 404 ")
               ? "check the repository and its architecture"
               : "the agent's log has the whole output";
}

/* TRUE: try again. */
static gboolean
try_again(VfgEngine *engine, Retry *retry, VfgFailure failure, const char *line)
{
    if (failure == VFG_FAILURE_NETWORK)
        return pause_for(engine, retry, line);
    if (failure == VFG_FAILURE_LOCK) {
        sleep_ms(engine, MIN(LOCK_POLL_MS, engine->config->pause_ms));
        return g_get_monotonic_time() < retry->until;
    }
    if (failure != VFG_FAILURE_BROKEN || retry->repairs++ > 0)
        return FALSE;
    repair(engine, TRUE);
    return TRUE;
}

static gboolean
conclude(VfgEngine *engine, const VfgAct *act, const VfgProgramResult *result, Retry *retry,
         gboolean *again, GError **error)
{
    g_autofree char *line = NULL;
    g_autofree char *shown = vfg_program_show((const char *const *)act->argv);
    *again = FALSE;
    if (result->timed_out) {
        vfg_error_set(error, VFG_ERROR_TIMEOUT, "see the agent's log for what it was doing",
                      "%s did not end within %u minutes", shown, engine->step->deadline / 60);
        return FALSE;
    }
    if (result->status == 0)
        return TRUE;
    VfgFailure failure = vfg_packager_failure(result->output, &line);
    g_autofree char *said = vfg_escape_text(line, -1, 400);
    *again = try_again(engine, retry, failure, said);
    if (!*again)
        vfg_error_set(error,
                      failure == VFG_FAILURE_SIGNATURE ? VFG_ERROR_REFUSED
                      : failure == VFG_FAILURE_NETWORK || failure == VFG_FAILURE_LOCK
                          ? VFG_ERROR_TIMEOUT
                          : VFG_ERROR_FAILED,
                      fix_for(engine, failure, line), "%s: %s", shown,
                      *said ? said : "it failed without a word");
    return FALSE;
}

/* What a package manager needs before it is run. */
static gboolean
make_ready(VfgEngine *engine, const VfgAct *act, gint64 until, GError **error)
{
    if (!wait_for_lock(engine, until, error))
        return FALSE;
    if (!engine->repaired)
        repair(engine, FALSE);
    return check_disk(engine, act, error);
}

/* Runs a command until it is done, it can't be helped, or patience is over. `own` is a file that it
 * writes, below the prefix. */
static gboolean
run_patiently(VfgEngine *engine, const VfgAct *act, const char *own, GError **error)
{
    Retry retry = {.until =
                       g_get_monotonic_time() + (gint64)engine->config->patience * G_USEC_PER_SEC,
                   .pause = MAX(engine->config->pause_ms, 1)};
    gboolean packages = act->kind == VFG_ACT_PACKAGES;
    gboolean apt = packages && g_str_equal(act->argv[0], "apt-get");
    for (;;) {
        g_auto(VfgProgramResult) result = {0};
        gboolean again = FALSE;
        if (packages && !make_ready(engine, act, retry.until, error))
            return FALSE;
        if (!run(engine, (const char *const *)act->argv, own, apt, &result, error))
            return FALSE;
        if (conclude(engine, act, &result, &retry, &again, error))
            return TRUE;
        if (!again)
            return FALSE;
    }
}

static gboolean
write_file(const VfgEngine *engine, const char *path, const char *bytes, gsize len, GError **error)
{
    g_autofree char *real = vfg_engine_path(engine, path);
    g_autofree char *folder = g_path_get_dirname(real);
    if (g_mkdir_with_parents(folder, 0755) < 0) {
        vfg_error_set_errno(error, errno, "cannot create the directory %s", folder);
        return FALSE;
    }
    return g_file_set_contents_full(real, bytes, (gssize)len,
                                    G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                    0644, error) &&
           vfg_io_sync_dir(folder, error);
}

/* The key gets its name only when it is known to be the right one. */
static gboolean
take_key(VfgEngine *engine, const VfgAct *act, GError **error)
{
    g_autofree char *fresh = g_strconcat(act->path, ".new", NULL);
    g_autofree char *real = vfg_engine_path(engine, act->from ? act->from : fresh);
    g_autofree char *folder = g_path_get_dirname(real);
    gsize len = 0;
    if (!act->from &&
        (g_mkdir_with_parents(folder, 0755) < 0 || !run_patiently(engine, act, fresh, error))) {
        if (error && !*error)
            vfg_error_set_errno(error, errno, "cannot create the directory %s", folder);
        return FALSE;
    }
    g_autofree char *bytes = vfg_io_read_file(real, MAX_KEY, &len, error);
    if (!act->from)
        g_unlink(real);
    if (!bytes || (act->fingerprints &&
                   !vfg_openpgp_check(
                       bytes, len, (const char *const *)act->fingerprints,
                       act->from ? act->from : act->argv[g_strv_length(act->argv) - 1], error)))
        return FALSE;
    return write_file(engine, act->path, bytes, len, error);
}

/* That it failed is no failure yet. */
static gboolean
load_module(VfgEngine *engine, const VfgAct *act, GError **error)
{
    g_auto(VfgProgramResult) result = {0};
    if (!run(engine, (const char *const *)act->argv, NULL, FALSE, &result, error))
        return FALSE;
    if (result.status == 0)
        return TRUE;
    g_autofree char *line = NULL;
    (void)vfg_packager_failure(result.output, &line);
    engine->refused = vfg_escape_text(line, -1, 300);
    return TRUE;
}

gboolean
vfg_engine_act(VfgEngine *engine, const VfgAct *act, GError **error)
{
    switch (act->kind) {
    case VFG_ACT_RUN:
    case VFG_ACT_PACKAGES:
        return run_patiently(engine, act, NULL, error);
    case VFG_ACT_LOAD:
        return load_module(engine, act, error);
    case VFG_ACT_WRITE:
        return write_file(engine, act->path, act->text, strlen(act->text), error);
    case VFG_ACT_KEY:
        return take_key(engine, act, error);
    case VFG_ACT_REBOOT:
        break;
    }
    return TRUE;
}
