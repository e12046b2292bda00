/* SPDX-License-Identifier: GPL-2.0-or-later */

/* libvirt, loaded when it is first wanted. It brings fifty other libraries along (TLS, SSH,
 * Kerberos, LDAP), which take the dynamic linker longer than all of `vfiogpu list` takes, so the
 * program is not linked with it: libvirt-load.c has a function of the same name and type for each
 * one that this folder calls. One that is not in its list does not link. */

#pragma once

#include <glib.h>
#include <libvirt/libvirt.h>

/* Loads libvirt.so.0, which then stays. To be called before anything else of libvirt.
 * VFG_ERROR_FAILED where the library is not there or lacks a function. */
gboolean vfg_libvirt_load(GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* libvirt's own virConnectAuthPtrDefault. */
virConnectAuthPtr vfg_libvirt_auth_default(void);
