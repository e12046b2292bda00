/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Provisioning as a child process. */

#include "provisioner.h"

#include "facts.h"
#include "io.h"
#include "kernel-edit.h"
#include "prior-work.h"
#include "provision.h"

#include <errno.h>
#include <signal.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINE_MAX_BYTES 4096
#define TEXT_MAX 256
#define LOOK_MS 1000  /* at another process's work, while it runs */
#define EXIT_REBOOT 7 /* of `provision`: goes on after a reboot */

struct VfgProvisioner {
    const char *program;
    const char *state_dir;
    VfgRoot *facts;
    VfgLog *log;
    VfgProvisionerFunc func;
    gpointer data;
    GPid child; /* 0: none runs */
    VfgFd out, err;
    guint source;
    guint look;    /* timer: another process is at work; 0: none is */
    char **next;   /* to be run behind it, or NULL */
    GString *line; /* being read */
    VfgProgress *progress;
};

VfgProvisioner *
vfg_provisioner_new(const char *program, const char *state_dir, VfgRoot *facts, VfgLog *log,
                    VfgProvisionerFunc func, gpointer data)
{
    VfgProvisioner *provisioner = g_new0(VfgProvisioner, 1);
    provisioner->program = program;
    provisioner->state_dir = state_dir;
    provisioner->facts = facts;
    provisioner->log = log;
    provisioner->func = func;
    provisioner->data = data;
    provisioner->out = provisioner->err = -1;
    provisioner->line = g_string_new(NULL);
    return provisioner;
}

void
vfg_provisioner_free(VfgProvisioner *provisioner)
{
    if (!provisioner)
        return;
    if (provisioner->source)
        g_source_remove(provisioner->source);
    if (provisioner->look)
        g_source_remove(provisioner->look);
    g_strfreev(provisioner->next);
    vfg_io_close(&provisioner->out);
    vfg_io_close(&provisioner->err);
    vfg_progress_free(provisioner->progress);
    g_string_free(provisioner->line, TRUE);
    g_free(provisioner);
}

const VfgProgress *
vfg_provisioner_progress(const VfgProvisioner *provisioner)
{
    return provisioner->progress;
}

/* What a message can carry: valid UTF-8, cut between characters; NULL where there is nothing. */
static char *
fit(const char *text)
{
    if (!text || !*text)
        return NULL;
    char *valid = g_utf8_make_valid(text, -1);
    if (strlen(valid) > TEXT_MAX)
        *g_utf8_find_prev_char(valid, valid + TEXT_MAX + 1) = '\0';
    return valid;
}

static void
tell(VfgProvisioner *provisioner, VfgProgress *progress)
{
    vfg_progress_free(provisioner->progress);
    provisioner->progress = progress;
    provisioner->func(provisioner->data);
}

static const char *
text_in(json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* A line of the child, which prints its progress as JSON (vfiogpu-agent provision
 * --progress-json). */
static void
take_line(VfgProvisioner *provisioner)
{
    json_t *object = json_loadb(provisioner->line->str, provisioner->line->len, 0, NULL);
    if (json_is_object(object)) {
        VfgProgress *progress = g_new0(VfgProgress, 1);
        json_t *percent = json_object_get(object, "percent");
        progress->steps = (guint)CLAMP(json_integer_value(json_object_get(object, "steps")), 0,
                                       VFG_PROGRESS_MAX_STEPS);
        progress->step =
            (guint)CLAMP(json_integer_value(json_object_get(object, "step")), 0, progress->steps);
        progress->id = fit(text_in(object, "id"));
        progress->title = fit(text_in(object, "title"));
        progress->state = fit(text_in(object, "state"));
        /* Nobody may come to tell it afterwards. */
        if (g_strcmp0(progress->state, "reboot") == 0)
            progress->phase = VFG_PHASE_REBOOT;
        progress->package = fit(text_in(object, "package"));
        progress->text = fit(text_in(object, "text"));
        progress->percent =
            json_is_integer(percent) ? (int)CLAMP(json_integer_value(percent), 0, 100) : -1;
        tell(provisioner, progress);
    }
    json_decref(object);
    g_string_truncate(provisioner->line, 0);
}

/* The child is gone: its exit status says what became of it. A step that asked for a reboot and
 * started it leaves status 0 behind. */
static void
finish(VfgProvisioner *provisioner)
{
    char words[1024];
    int status = 0;
    while (waitpid(provisioner->child, &status, 0) < 0 && errno == EINTR)
        continue;
    gssize n = read(provisioner->err, words, sizeof words - 1);
    words[MAX(n, 0)] = '\0';
    const char *why = g_str_has_prefix(words, "vfiogpu-agent: ") ? words + 15 : words;
    VfgProgress *last = provisioner->progress;
    gboolean reboots = last && g_strcmp0(last->state, "reboot") == 0;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    VfgProgress *end = g_new0(VfgProgress, 1);
    end->phase = code == EXIT_REBOOT || (code == 0 && reboots) ? VFG_PHASE_REBOOT
                 : code == 0                                   ? VFG_PHASE_DONE
                                                               : VFG_PHASE_FAILED;
    end->step = last ? last->step : 0;
    end->steps = last ? last->steps : 0;
    end->id = g_strdup(last ? last->id : NULL);
    end->title = g_strdup(last ? last->title : NULL);
    end->state = g_strdup(last ? last->state : NULL);
    end->percent = -1;
    if (end->phase == VFG_PHASE_FAILED)
        end->text = fit(g_strchomp(words)[0] ? why : "it was killed");
    vfg_log_say(provisioner->log, "provisioning: %s%s%s", vfg_phase_name(end->phase),
                end->text ? ": " : "", end->text ? end->text : "");
    provisioner->child = 0;
    vfg_io_close(&provisioner->out);
    vfg_io_close(&provisioner->err);
    tell(provisioner, end);
}

static gboolean
on_output(int fd, G_GNUC_UNUSED GIOCondition condition, gpointer data)
{
    VfgProvisioner *provisioner = data;
    char bytes[1024];
    gssize n = read(fd, bytes, sizeof bytes);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return G_SOURCE_CONTINUE;
    for (gssize i = 0; i < n; i++) {
        if (bytes[i] == '\n')
            take_line(provisioner);
        else if (provisioner->line->len < LINE_MAX_BYTES)
            g_string_append_c(provisioner->line, bytes[i]);
    }
    if (n > 0)
        return G_SOURCE_CONTINUE;
    provisioner->source = 0;
    finish(provisioner);
    return G_SOURCE_REMOVE;
}

static void
fail(VfgProvisioner *provisioner, const char *why)
{
    VfgProgress *progress = g_new0(VfgProgress, 1);
    progress->phase = VFG_PHASE_FAILED;
    progress->percent = -1;
    progress->text = fit(why);
    vfg_log_say(provisioner->log, "provisioning: %s", why);
    tell(provisioner, progress);
}

/* The command for a profile, to which options can be added. */
static GStrvBuilder *
begin_command(const VfgProvisioner *provisioner, const char *profile)
{
    GStrvBuilder *words = g_strv_builder_new();
    g_strv_builder_add_many(words, provisioner->program, "provision", "--profile", profile,
                            "--progress-json", "--reboot", "--state-dir", provisioner->state_dir,
                            NULL);
    return words;
}

static void
add_option(GStrvBuilder *words, const char *option, const char *value)
{
    g_autofree char *word = value ? g_strconcat(option, value, NULL) : NULL;
    if (word)
        g_strv_builder_add(words, word);
}

/* What the host says becomes single words, and no shell is there. */
static char **
make_command(const VfgProvisioner *provisioner, const VfgConfigure *configure, GError **error)
{
    g_autoptr(GStrvBuilder) words = begin_command(provisioner, configure->profile);
    add_option(words, "--source=", configure->source);
    add_option(words, "--mirror=", configure->mirror);
    add_option(words, "--fingerprint=", configure->fingerprint);
    for (guint i = 0; i < configure->kernel_args->len; i++) {
        const VfgConfigureArg *arg = g_ptr_array_index(configure->kernel_args, i);
        if (!vfg_kernel_arg_check(arg->text, error))
            return NULL;
        if (!g_str_equal(arg->policy, "never"))
            add_option(words,
                       g_str_equal(arg->policy, "auto") ? "--kernel-arg-auto=" : "--kernel-arg=",
                       arg->text);
    }
    return g_strv_builder_end(words);
}

/* The agent's own signals are blocked for its signalfd; the child's must come through. Runs in the
 * child between fork and exec: only what is safe there. */
static void
unblock_signals(G_GNUC_UNUSED gpointer data)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void
spawn(VfgProvisioner *provisioner, char **command)
{
    g_autoptr(GError) error = NULL;
    if (!g_spawn_async_with_pipes(NULL, command, NULL, G_SPAWN_DO_NOT_REAP_CHILD, unblock_signals,
                                  NULL, &provisioner->child, NULL, &provisioner->out,
                                  &provisioner->err, &error)) {
        provisioner->child = 0;
        fail(provisioner, error->message);
        return;
    }
    g_unix_set_fd_nonblocking(provisioner->out, TRUE, NULL);
    g_unix_set_fd_nonblocking(provisioner->err, TRUE, NULL);
    provisioner->source =
        g_unix_fd_add(provisioner->out, G_IO_IN | G_IO_HUP, on_output, provisioner);
    /* What an earlier run came to is void. */
    VfgProgress *begun = g_new0(VfgProgress, 1);
    begun->percent = -1;
    tell(provisioner, begun);
}

static void
resume(VfgProvisioner *provisioner)
{
    char *command[] = {(char *)provisioner->program,
                       (char *)"provision",
                       (char *)"--resume",
                       (char *)"--progress-json",
                       (char *)"--state-dir",
                       (char *)provisioner->state_dir,
                       NULL};
    vfg_log_say(provisioner->log, "provisioning: going on");
    spawn(provisioner, command);
}

/* The other process is gone: what it left says what became of it. */
static void
take_over(VfgProvisioner *provisioner)
{
    g_auto(GStrv) next = g_steal_pointer(&provisioner->next);
    g_autoptr(VfgProvisionState) state = vfg_provision_state_load(provisioner->state_dir);
    if (next)
        spawn(provisioner, next);
    else if (state->phase == VFG_PROVISION_RUNNING)
        resume(provisioner);
    else
        tell(provisioner, vfg_prior_work_progress(state));
}

static gboolean
on_look(gpointer data)
{
    VfgProvisioner *provisioner = data;
    if (!vfg_prior_work_runs(provisioner->state_dir)) {
        provisioner->look = 0;
        take_over(provisioner);
        return G_SOURCE_REMOVE;
    }
    g_autoptr(VfgProvisionState) state = vfg_provision_state_load(provisioner->state_dir);
    VfgProgress *progress = vfg_prior_work_progress(state);
    progress->phase = VFG_PHASE_RUNNING; /* the last one may stand there still */
    if (provisioner->progress && provisioner->progress->step == progress->step)
        vfg_progress_free(progress);
    else
        tell(provisioner, progress);
    return G_SOURCE_CONTINUE;
}

/* Follows the other process; `next` is run behind it. */
static void
wait_for_other(VfgProvisioner *provisioner, char **next)
{
    vfg_log_say(provisioner->log, "provisioning: another process is at work, waiting for it");
    provisioner->next = g_strdupv(next);
    provisioner->look = g_timeout_add(LOOK_MS, on_look, provisioner);
    VfgProgress *begun = g_new0(VfgProgress, 1);
    begun->percent = -1;
    tell(provisioner, begun);
}

/* The command for the profile that the guest's own configuration names; NULL without an error where
 * it names none. */
static char **
configured_command(const VfgProvisioner *provisioner, GError **error)
{
    g_autoptr(VfgProvisionRequest) request = g_new0(VfgProvisionRequest, 1);
    if (!vfg_provision_configure(request, provisioner->facts, error) || !request->profile ||
        g_str_equal(request->profile, "none"))
        return NULL;
    g_autoptr(GStrvBuilder) words = begin_command(provisioner, request->profile);
    return g_strv_builder_end(words);
}

void
vfg_provisioner_begin(VfgProvisioner *provisioner)
{
    g_autoptr(GError) error = NULL;
    if (vfg_prior_work_runs(provisioner->state_dir)) {
        wait_for_other(provisioner, NULL);
        return;
    }
    g_auto(GStrv) command = configured_command(provisioner, &error);
    if (error) {
        fail(provisioner, error->message);
        return;
    }
    g_autoptr(VfgProvisionState) state = vfg_provision_state_load(provisioner->state_dir);
    g_autofree char *boot_id = vfg_facts_boot_id(provisioner->facts);
    if (vfg_prior_work_goes_on(state, boot_id))
        resume(provisioner);
    else if (command && state->phase == VFG_PROVISION_NONE)
        spawn(provisioner, command);
}

/* Behind what another process does. */
static void
start(VfgProvisioner *provisioner, char **command)
{
    if (vfg_prior_work_runs(provisioner->state_dir))
        wait_for_other(provisioner, command);
    else
        spawn(provisioner, command);
}

/* The profile is that of the state. */
static void
go_on(VfgProvisioner *provisioner, const VfgProvisionState *state)
{
    g_autofree char *boot_id = vfg_facts_boot_id(provisioner->facts);
    if (vfg_prior_work_runs(provisioner->state_dir))
        wait_for_other(provisioner, NULL);
    else if (vfg_prior_work_goes_on(state, boot_id))
        resume(provisioner);
    else
        tell(provisioner, vfg_prior_work_progress(state));
}

gboolean
vfg_provisioner_is_busy(const VfgProvisioner *provisioner)
{
    const VfgProgress *progress = provisioner->progress;
    return provisioner->child || provisioner->look ||
           (progress && progress->phase == VFG_PHASE_REBOOT);
}

/* `always`: also what has ended. */
static void
take_wish(VfgProvisioner *provisioner, const VfgConfigure *configure, gboolean always)
{
    g_autoptr(GError) error = NULL;
    if (vfg_provisioner_is_busy(provisioner)) {
        provisioner->func(provisioner->data);
        return;
    }
    g_auto(GStrv) command = make_command(provisioner, configure, &error);
    if (!command) {
        fail(provisioner, error->message);
        return;
    }
    g_autoptr(VfgProvisionState) state = vfg_provision_state_load(provisioner->state_dir);
    vfg_log_chat(provisioner->log, "provisioning: the host wants the profile %s",
                 configure->profile);
    if (always || g_strcmp0(state->profile, configure->profile) != 0)
        start(provisioner, command);
    else
        go_on(provisioner, state);
}

void
vfg_provisioner_configure(VfgProvisioner *provisioner, const VfgConfigure *configure)
{
    take_wish(provisioner, configure, FALSE);
}

void
vfg_provisioner_provision(VfgProvisioner *provisioner, const VfgConfigure *configure)
{
    take_wish(provisioner, configure, TRUE);
}
