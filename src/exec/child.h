/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Acts that may never return, made by a child process with a deadline. A child that hangs in the
 * kernel can't be killed; it is left behind and nothing waits for it, not even at exit. */

#pragma once

#include "root.h"

/* Writes `text` to a file below the root. Fails with the errno of the write, or with
 * VFG_ERROR_TIMEOUT. */
gboolean vfg_child_write(VfgRoot *root, const char *path, const char *text, guint timeout,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Runs a program found in PATH, without shell, its output discarded but for the first line of
 * stderr, which becomes the error's text where it exits with anything but 0. */
gboolean vfg_child_run(const char *const *argv, guint timeout,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
