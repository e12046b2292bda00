/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The error domain: a GError with a fix attached (glib's extended errors). */

#include "error.h"

#include <errno.h>
#include <stdarg.h>

typedef struct {
    char *fix;
} VfgErrorPrivate;

static void
vfg_error_private_init(VfgErrorPrivate *priv)
{
    priv->fix = NULL;
}

static void
vfg_error_private_copy(const VfgErrorPrivate *from, VfgErrorPrivate *to)
{
    to->fix = g_strdup(from->fix);
}

static void
vfg_error_private_clear(VfgErrorPrivate *priv)
{
    g_clear_pointer(&priv->fix, g_free);
}

G_DEFINE_EXTENDED_ERROR(VfgError, vfg_error)

void
vfg_error_set_fix(GError *error, const char *fix)
{
    if (!error || error->domain != VFG_ERROR)
        return;
    VfgErrorPrivate *priv = vfg_error_get_private(error);
    g_free(priv->fix);
    priv->fix = g_strdup(fix);
}

const char *
vfg_error_get_fix(const GError *error)
{
    if (!error || error->domain != VFG_ERROR)
        return NULL;
    return vfg_error_get_private(error)->fix;
}

void
vfg_error_set(GError **error, VfgErrorCode code, const char *fix, const char *format, ...)
{
    if (!error)
        return;
    va_list args;
    va_start(args, format);
    GError *made = g_error_new_valist(VFG_ERROR, (int)code, format, args);
    va_end(args);
    vfg_error_set_fix(made, fix);
    g_propagate_error(error, made);
}

void
vfg_error_set_errno(GError **error, int errnum, const char *format, ...)
{
    if (!error)
        return;
    va_list args;
    va_start(args, format);
    g_autofree char *what = g_strdup_vprintf(format, args);
    va_end(args);
    VfgErrorCode code = errnum == ENOENT ? VFG_ERROR_NOT_FOUND : VFG_ERROR_FAILED;
    g_set_error(error, VFG_ERROR, (int)code, "%s: %s", what, g_strerror(errnum));
}
