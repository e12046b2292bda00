/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The connection to libvirt and the life of a domain. Only this folder includes libvirt.h
 * (https://libvirt.org/html/libvirt-libvirt-domain.html). Every wait has a deadline; a connection
 * whose peer stops answering is given up after 30 s (virConnectSetKeepAlive). */

#pragma once

#include <glib.h>

typedef struct VfgVirt VfgVirt;

typedef enum {
    VFG_DOMAIN_ABSENT, /* libvirt knows no domain of that name */
    VFG_DOMAIN_SHUT_OFF,
    VFG_DOMAIN_RUNNING, /* running, or on its way down */
    VFG_DOMAIN_PAUSED,
    VFG_DOMAIN_CRASHED,
} VfgDomainState;

/* Connects to `uri`. A thread of its own serves libvirt's event loop, which a process has only one
 * of: open one at a time. */
VfgVirt *vfg_virt_open(const char *uri, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vfg_virt_free(VfgVirt *virt);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgVirt, vfg_virt_free)

/* "shut off" and so on, libvirt's words; static. */
const char *vfg_domain_state_name(VfgDomainState state);

/* Whether libvirt offers KVM for an architecture (virConnectGetDomainCapabilities). */
gboolean vfg_virt_has_kvm(VfgVirt *virt, const char *arch);

gboolean vfg_virt_get_state(VfgVirt *virt, const char *name, VfgDomainState *ret,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The UUID of a defined domain, which a new definition of the same name must carry; NULL where
 * there is none yet. The caller frees it. */
char *vfg_virt_get_uuid(VfgVirt *virt, const char *name);

/* Defines a persistent domain, or redefines it. */
gboolean vfg_virt_define(VfgVirt *virt, const char *name, const char *xml,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Removes the definition, and its NVRAM file with it. An absent one is fine. */
gboolean vfg_virt_undefine(VfgVirt *virt, const char *name,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Boots a defined domain and reads back that it runs. */
gboolean vfg_virt_boot(VfgVirt *virt, const char *name, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Called about once a second of waiting with the seconds gone; NULL for none. */
typedef void (*VfgVirtTick)(guint seconds, gpointer data);

/* Whether a domain still runs: VFG_ERROR_FAILED says what it does instead, with libvirt's reason.
 */
gboolean vfg_virt_require_running(VfgVirt *virt, const char *name,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Asks the guest to power off by ACPI and waits at most `timeout` seconds until it is shut off,
 * asking again every 10 s (a guest that is still booting misses the first). VFG_ERROR_TIMEOUT where
 * it does not. A domain that is off already is fine. */
gboolean vfg_virt_shut_down(VfgVirt *virt, const char *name, guint timeout, VfgVirtTick tick,
                            gpointer data, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Pulls the plug. */
gboolean vfg_virt_destroy(VfgVirt *virt, const char *name,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The domain's XML as libvirt has it, live where it runs. The caller frees it. */
char *vfg_virt_get_xml(VfgVirt *virt, const char *name, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The names of the domains that run now; the array owns them. */
GPtrArray *vfg_virt_list_running(VfgVirt *virt, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A picture of the guest's first screen, in the format that the emulator makes: *mime (the caller
 * frees it) is "image/png", or "image/x-portable-pixmap" before QEMU 7.1. At most 64 MiB. */
GBytes *vfg_virt_screenshot(VfgVirt *virt, const char *name, char **mime,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
