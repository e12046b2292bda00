/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Collecting what guests report: whoever has a VM's channel open has its events go into the store.
 */

#pragma once

#include "app.h"
#include "session.h"
#include "store.h"

/* The store of events, STATE_DIR/events.db. */
VfgStore *vfg_app_open_store(const VfgApp *app, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same where there is one already, else NULL in *ret: for looking only. One that this user may
 * not open counts as none. */
gboolean vfg_app_peek_store(const VfgApp *app, VfgStore **ret,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef struct VfgCollect VfgCollect;

/* Takes the events of a VM's session from here on. All must outlive it. */
VfgCollect *vfg_collect_new(VfgApp *app, VfgStore *store, const char *vm, VfgSession *session);
void vfg_collect_free(VfgCollect *collect);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgCollect, vfg_collect_free)

/* To be called after bytes were fed to the session: has what came on the disk. *ack is then the
 * line to write to the guest, which the caller frees, or NULL. On an error nothing more is taken,
 * so that the agent keeps what was not stored and sends it again when the channel is opened anew.
 */
gboolean vfg_collect_settle(VfgCollect *collect, char **ack,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Stores an event of the host's log where its address is of one of the VM's GPUs or of a bridge
 * above one, or where it has no address and the VM has one GPU; else FALSE, without an error. */
gboolean vfg_collect_take_host_event(VfgCollect *collect, VfgEvent *event, GError **error);
