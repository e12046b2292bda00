/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Writes a listed host as the part of /sys that the kernel would show of it. Test code. */

#pragma once

#include "listing.h"

/* Makes `path`/sys; `path` must be there. FALSE: an error was printed. */
gboolean sysroot_write(const Listing *listing, const char *path);
