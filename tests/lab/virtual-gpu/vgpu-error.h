/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The error domain of the virtual GPU. An error's code is an errno value, so that what went wrong
 * with a request can be put into the reply as it is. */

#pragma once

#include <glib.h>

#define VFG_VGPU_ERROR (vfg_vgpu_error_quark())

GQuark vfg_vgpu_error_quark(void);

/* Sets `error` with the code `number`, an errno value. */
void vfg_vgpu_error_set(GError **error, int number, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* As before, and appends the system's own words for `number`. */
void vfg_vgpu_error_set_errno(GError **error, int number, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* The errno value to reply with: the error's code if it is of this domain, else EIO. */
int vfg_vgpu_error_number(const GError *error) G_GNUC_WARN_UNUSED_RESULT;
