/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the agent owes the host. It holds wishes, not bytes: a message is made when the port takes
 * it, so a host that doesn't read finds one fresh report later instead of a heap of stale ones, and
 * memory never grows. */

#pragma once

#include "root.h"

typedef struct VfgOutbox VfgOutbox;

/* Reports are read through `root` and from the state of provisioning in `state_dir` (NULL: none),
 * which must outlive the outbox; `version` is the agent's and is copied. */
VfgOutbox *vfg_outbox_new(VfgRoot *root, const char *state_dir, const char *version);
void vfg_outbox_free(VfgOutbox *outbox);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgOutbox, vfg_outbox_free)

/* Owes hello and status, on a new line. */
void vfg_outbox_want_hello(VfgOutbox *outbox);

/* What hello says of the last event acknowledged. */
void vfg_outbox_set_acked(VfgOutbox *outbox, guint64 acked);

/* Owes status. */
void vfg_outbox_want_status(VfgOutbox *outbox);

/* What is to be said of provisioning: the line of a progress message, copied; the newest counts. */
void vfg_outbox_set_progress(VfgOutbox *outbox, const char *line);

/* Owes the answer to a ping. Of more than 256 unsent ones the oldest is forgotten. */
void vfg_outbox_want_pong(VfgOutbox *outbox, guint64 id);

/* The host left: owes nothing. */
void vfg_outbox_clear(VfgOutbox *outbox);

/* The next bytes to write, to be freed by the caller, or NULL: nothing is owed, or (with the error
 * set) a report could not be made and was given up. */
char *vfg_outbox_next(VfgOutbox *outbox, GError **error);
