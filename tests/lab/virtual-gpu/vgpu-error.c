/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The error domain of the virtual GPU. */

#include "vgpu-error.h"

#include <errno.h>

GQuark
vfg_vgpu_error_quark(void)
{
    return g_quark_from_static_string("vfg-vgpu-error-quark");
}

void
vfg_vgpu_error_set(GError **error, int number, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error_literal(error, VFG_VGPU_ERROR, number, message);
}

void
vfg_vgpu_error_set_errno(GError **error, int number, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error(error, VFG_VGPU_ERROR, number, "%s: %s", message, g_strerror(number));
}

int
vfg_vgpu_error_number(const GError *error)
{
    return error && error->domain == VFG_VGPU_ERROR ? error->code : EIO;
}
