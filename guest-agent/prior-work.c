/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Provisioning that another process does or did. */

#include "prior-work.h"

#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

gboolean
vfg_prior_work_runs(const char *state_dir)
{
    g_autofree char *path = g_build_filename(state_dir, "lock", NULL);
    g_auto(VfgFd) fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

static VfgPhase
phase_of(VfgProvisionPhase phase)
{
    switch (phase) {
    case VFG_PROVISION_DONE:
        return VFG_PHASE_DONE;
    case VFG_PROVISION_FAILED:
        return VFG_PHASE_FAILED;
    case VFG_PROVISION_REBOOT:
        return VFG_PHASE_REBOOT;
    case VFG_PROVISION_NONE:
    case VFG_PROVISION_RUNNING:
        break;
    }
    return VFG_PHASE_RUNNING;
}

VfgProgress *
vfg_prior_work_progress(const VfgProvisionState *state)
{
    VfgProgress *progress = g_new0(VfgProgress, 1);
    progress->phase = phase_of(state->phase);
    progress->percent = -1;
    progress->steps = MIN(state->steps->len, VFG_PROGRESS_MAX_STEPS);
    for (guint i = 0; i < progress->steps; i++) {
        const VfgStepRecord *record = g_ptr_array_index(state->steps, i);
        if (record->state == VFG_STEP_PENDING)
            break;
        progress->step = i + 1;
    }
    if (!progress->step)
        return progress;
    const VfgStepRecord *last = g_ptr_array_index(state->steps, progress->step - 1);
    progress->id = g_strdup(last->id);
    progress->title = g_strdup(last->title);
    progress->state = g_strdup(vfg_step_state_name(last->state));
    progress->text = progress->phase == VFG_PHASE_FAILED ? g_strdup(last->error) : NULL;
    return progress;
}

/* What a message can hold, or NULL: a strange text must not keep the status from going out. */
static char *
take_text(char **text)
{
    g_autofree char *own = g_steal_pointer(text);
    gboolean good = own && *own && strlen(own) <= 256 && g_utf8_validate(own, -1, NULL);
    return good ? g_steal_pointer(&own) : NULL;
}

VfgSoftware *
vfg_prior_work_software(VfgRoot *root, const char *state_dir)
{
    VfgSoftware *software = g_new0(VfgSoftware, 1);
    g_autoptr(VfgProvisionState) state =
        state_dir ? vfg_provision_state_load(state_dir) : vfg_provision_state_new();
    g_autofree char *version = vfg_root_read_text(root, "/sys/module/nvidia/version", NULL);
    software->driver_state = take_text(&state->driver_state);
    software->driver_version = take_text(&version);
    software->toolkit_version = take_text(&state->toolkit_version);
    return software;
}

gboolean
vfg_prior_work_goes_on(const VfgProvisionState *state, const char *boot_id)
{
    gboolean reboots =
        state->command && g_strv_contains((const char *const *)state->command, "--reboot");
    /* Who did not want the reboot done for him has his time for it. */
    return state->phase == VFG_PROVISION_RUNNING ||
           (state->phase == VFG_PROVISION_REBOOT &&
            (reboots || g_strcmp0(state->boot_id, boot_id) != 0));
}
