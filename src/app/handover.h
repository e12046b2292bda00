/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A VM's channel has one reader at a time. Where vfiogpud holds the channels, a command that needs
 * one asks for it over a socket, has it as long as it keeps the connection, and gives it back by
 * closing it, dying included (docs/EVENTS.md). Nothing is lost: events stay with the agent until
 * they are acknowledged, and whoever has the channel stores them. */

#pragma once

#include "app.h"
#include "io.h"

/* Asks vfiogpud for the channel of a VM and waits until it is free. *ret is the connection to be
 * kept, -1 where no vfiogpud runs. */
gboolean vfg_handover_ask(const VfgApp *app, const char *vm, VfgFd *ret,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether a vfiogpud runs for this state directory. */
gboolean vfg_handover_is_served(const VfgApp *app);

typedef struct VfgHandover VfgHandover;

/* vfiogpud's end. VFG_ERROR_FAILED where another one runs. */
VfgHandover *vfg_handover_new(const VfgApp *app, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vfg_handover_free(VfgHandover *handover);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgHandover, vfg_handover_free)

/* Takes new requests and drops ended ones; never blocks. */
void vfg_handover_poll(VfgHandover *handover);

/* Whether a command wants or has the channel of a VM. */
gboolean vfg_handover_is_lent(const VfgHandover *handover, const char *vm);

/* The channels that were asked for are closed here, or were never open: tells those that wait. */
void vfg_handover_grant(VfgHandover *handover);
