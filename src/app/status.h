/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What a VM is doing, and its picture. */

#pragma once

#include "app.h"
#include "diagnosis.h"
#include "session.h"

typedef struct {
    char *name;
    VfgDomainState state;
    const char *reason; /* why it is in that state, static; NULL: not known */
    GPtrArray *held;    /* of char *: addresses of GPUs that are still its own although it is off */
    char *vnc;          /* "127.0.0.1:5900" or NULL */
    VfgInventory *inventory; /* of the host, for `gpus` */
    GPtrArray *gpus;         /* of const VfgGpu *: those that the running VM has */
    VfgSession *session;     /* what its agent said, or NULL */
    VfgDiagnosis *diagnosis; /* of its newest boot's events, or NULL: there are none */
    char *agent_error;       /* why there is no session though the VM runs, or NULL */
} VfgVmStatus;

void vfg_vm_status_free(VfgVmStatus *status);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgVmStatus, vfg_vm_status_free)

/* The status of one VM; the agent gets `timeout` seconds to answer. */
VfgVmStatus *vfg_app_status(VfgApp *app, const char *name, guint timeout,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Where the VNC screen of a running VM is; an error where it has none. The caller frees it. */
char *vfg_app_vnc(VfgApp *app, const char *name, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* As `status --json` shows it (docs/JSON.md); a new reference. */
json_t *vfg_vm_status_to_json(const VfgVmStatus *status);

/* Writes a picture of the VM's screen as PNG to `file`, whole or not at all. */
gboolean vfg_app_screenshot(VfgApp *app, const char *name, const char *file,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
