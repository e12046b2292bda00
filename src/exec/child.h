/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Acts that may never return, made by a child process with a deadline. A child that hangs in the
 * kernel can't be killed; it is left behind and nothing waits for it, not even at exit: it holds
 * neither the command's standard streams nor what its caller handed on. It does keep the claims
 * (see claim.h) while the command lives, so that a command killed in the middle of an act leaves
 * its GPU claimed until the act has ended. */

#pragma once

#include "root.h"

typedef struct VfgChild VfgChild;

/* Begins to write `text` to a file below the root. */
VfgChild *vfg_child_start_write(VfgRoot *root, const char *path, const char *text,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The child's process. */
int vfg_child_pid(const VfgChild *child);

/* Waits until `deadline` (of g_get_monotonic_time) for its end. Fails with the text of its error,
 * or with VFG_ERROR_TIMEOUT, which names the process, its state and where in the kernel it is;
 * `timeout` is only for that text, in seconds. */
gboolean vfg_child_await(VfgChild *child, gint64 deadline, guint timeout,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

void vfg_child_free(VfgChild *child);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgChild, vfg_child_free)

/* Both in one. */
gboolean vfg_child_write(VfgRoot *root, const char *path, const char *text, guint timeout,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether to go on waiting; FALSE with the error set has the program killed. */
typedef gboolean (*VfgChildGoOn)(gpointer data, GError **error);

/* Runs a program found in PATH, without shell, its output discarded but for the first line of
 * stderr, which becomes the error's text where it exits with anything but 0. It has the caller's
 * environment without LD_*. `go_on` (may be NULL) is asked a few times a second. */
gboolean vfg_child_run(const char *const *argv, guint timeout, VfgChildGoOn go_on, gpointer data,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Runs a program as vfg_child_run and gives its standard output, at most `max` bytes of it; the
 * caller frees it. */
char *vfg_child_read(const char *const *argv, guint timeout, gsize max,
                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
