/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A VM's channel in use: what comes is fed to a session, events go into the store and are
 * acknowledged. It never waits for a guest that does not read. */

#pragma once

#include "app.h"
#include "collect.h"
#include "session.h"
#include "store.h"

typedef struct VfgWire VfgWire;

/* Opens the agent's channel of a running VM and asks the agent to speak. `store` may be NULL: then
 * events stay with the agent. Both must outlive it. */
VfgWire *vfg_wire_open(VfgApp *app, VfgStore *store, const char *vm,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vfg_wire_free(VfgWire *wire);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgWire, vfg_wire_free)

/* The same, with vfiogpud handing the channel over where it has it. */
VfgWire *vfg_wire_borrow(VfgApp *app, VfgStore *store, const char *vm,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Waits up to `milliseconds` for bytes of the guest and deals with one portion of them. *came (may
 * be NULL): there was one. FALSE where the channel ended or the store can't take events. */
gboolean vfg_wire_poll(VfgWire *wire, guint milliseconds, gboolean *came,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What stores the events; the wire's, NULL without a store. */
VfgCollect *vfg_wire_collect(const VfgWire *wire);

/* Has a line written when the guest takes it, instead of one that still waits. It is copied. */
void vfg_wire_send(VfgWire *wire, const char *line);

/* The session; the wire's. */
VfgSession *vfg_wire_session(const VfgWire *wire);

/* Closes the channel and gives the session away. */
VfgSession *vfg_wire_end(VfgWire *wire);
