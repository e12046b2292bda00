/* SPDX-License-Identifier: GPL-2.0-or-later */

/* os-release(5): which operating system this is. */

#pragma once

#include "root.h"

/* The value of `key` in the text of an os-release file, unquoted, or NULL. Of several lines the
 * last counts, as in a shell that sources the file. */
char *vfg_os_release_get(const char *text, const char *key);

/* The text of /etc/os-release or else /usr/lib/os-release; "" where neither can be read. */
char *vfg_os_release_read(VfgRoot *root);
