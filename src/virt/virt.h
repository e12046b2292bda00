/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The connection to libvirt and the life of a domain. Only this folder includes libvirt.h
 * (https://libvirt.org/html/libvirt-libvirt-domain.html). Every question
 * has a deadline, by default 30 s: a libvirtd that hangs gives VFG_ERROR_TIMEOUT. One that went
 * away is waited for, up to 30 s, and asked again where that can't do harm: a restart of it, which
 * leaves the domains running, is not seen here. */

#pragma once

#include <glib.h>

typedef struct VfgVirt VfgVirt;

typedef enum {
    VFG_DOMAIN_ABSENT, /* libvirt knows no domain of that name */
    VFG_DOMAIN_SHUT_OFF,
    VFG_DOMAIN_RUNNING, /* running, or on its way down */
    VFG_DOMAIN_PAUSED,
    VFG_DOMAIN_CRASHED,
    VFG_DOMAIN_STARTING, /* its emulator is there, and will run it in a moment or die */
} VfgDomainState;

/* Connects to `uri`; `deadline` (s) is for this and each question, 0 for the default. A thread of
 * its own serves libvirt's event loop, which a process has only one of: open one at a time. */
VfgVirt *vfg_virt_open(const char *uri, guint deadline, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Loads libvirt's library, which takes longer than what a command does itself, in a thread beside
 * the caller, who joins it before vfg_virt_open, which loads it otherwise. */
GThread *vfg_virt_load_beside(void) G_GNUC_WARN_UNUSED_RESULT;

/* Never waits more than some seconds, whatever libvirtd does. */
void vfg_virt_free(VfgVirt *virt);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgVirt, vfg_virt_free)

/* "shut off" and so on, libvirt's words; static. */
const char *vfg_domain_state_name(VfgDomainState state);

/* Whether a domain in that state has no emulator, and so no device: absent, shut off, crashed. */
gboolean vfg_domain_state_is_off(VfgDomainState state);

/* What to do about a domain that is VFG_DOMAIN_STARTING without end: a libvirtd that was ended
 * before it had an emulator's process leaves one that the next libvirtd neither starts nor lets
 * anybody end (libvirt src/qemu/qemu_process.c, qemuProcessReconnectHelper: "if (!obj->pid)"). The
 * caller frees it. */
char *vfg_domain_starting_fix(const char *name);

/* Whether libvirt offers KVM for an architecture (virConnectGetDomainCapabilities). */
gboolean vfg_virt_has_kvm(VfgVirt *virt, const char *arch, gboolean *ret,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* *reason (may be NULL): why it is in that state, "the emulator died", static; NULL where libvirt
 * does not know more. */
gboolean vfg_virt_get_state(VfgVirt *virt, const char *name, VfgDomainState *ret,
                            const char **reason, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Defines a persistent domain, or redefines it; checked against libvirt's schema. *definition is
 * what libvirt made of it, as vfg_virt_get_definition gives it; NULL where it does not say. */
gboolean vfg_virt_define(VfgVirt *virt, const char *name, const char *xml, char **definition,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The persistent definition, whole, secrets included: what vfg_virt_redefine takes back. *ret is
 * NULL where there is no such domain. The caller frees it. *state (may be NULL) is of the same
 * look.
 */
gboolean vfg_virt_get_definition(VfgVirt *virt, const char *name, VfgDomainState *state, char **ret,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Puts a definition back that libvirt gave. */
gboolean vfg_virt_redefine(VfgVirt *virt, const char *name, const char *xml,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Removes the definition, and its NVRAM file with it unless that is to stay. An absent one is fine.
 */
gboolean vfg_virt_undefine(VfgVirt *virt, const char *name, gboolean keep_nvram,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Boots a defined domain and reads back that it runs; one that runs already is fine. `timeout` (s):
 * an emulator that maps a big BAR or much memory is busy for a while. Where it failed, whether the
 * domain runs is for the caller to find out. */
gboolean vfg_virt_boot(VfgVirt *virt, const char *name, guint timeout,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Called about once a second of waiting with the seconds gone; FALSE with the error set ends the
 * waiting. NULL for none. */
typedef gboolean (*VfgVirtTick)(guint seconds, gpointer data, GError **error);

/* Whether a domain still runs: VFG_ERROR_FAILED says what it does instead, with libvirt's reason.
 */
gboolean vfg_virt_require_running(VfgVirt *virt, const char *name,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Asks the guest to power off by ACPI and waits at most `timeout` seconds until it is shut off,
 * asking again every 10 s (a guest that is still booting misses the first). VFG_ERROR_TIMEOUT where
 * it does not. A domain that is off already is fine. */
gboolean vfg_virt_shut_down(VfgVirt *virt, const char *name, guint timeout, VfgVirtTick tick,
                            gpointer data, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Pulls the plug and reads back that it is off. An absent domain is fine. */
gboolean vfg_virt_destroy(VfgVirt *virt, const char *name,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The domain's XML as libvirt has it, live where it runs. The caller frees it. */
char *vfg_virt_get_xml(VfgVirt *virt, const char *name, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* How many bytes a running domain has read from its disks: 0 while its firmware looks for one. */
gboolean vfg_virt_get_disk_reads(VfgVirt *virt, const char *name, guint64 *ret,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The names of the domains that run now; the array owns them. */
GPtrArray *vfg_virt_list_running(VfgVirt *virt, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A picture of the guest's first screen, in the format that the emulator makes: *mime (the caller
 * frees it) is "image/png", or "image/x-portable-pixmap" before QEMU 7.1. At most 64 MiB. */
GBytes *vfg_virt_screenshot(VfgVirt *virt, const char *name, char **mime,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
