/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the files of this folder share. */

#pragma once

#include "libvirt-load.h"
#include "virt.h"

#include <libvirt/virterror.h>

/* What vfg_virt_get_definition and vfg_virt_define give: texts that are compared to the byte. */
#define VFG_DEFINITION_FLAGS (VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE)

struct VfgVirt {
    char *uri;
    guint deadline;           /* s that an ordinary call may take */
    virConnectPtr connection; /* NULL while there is none */
    GThread *loop; /* runs libvirt's event loop: keepalives must be answered while we are busy
                      elsewhere */
    int wake_timer;
    gint stop; /* atomic */
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC(virDomain, virDomainFree)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(virStream, virStreamFree)

/* One question to libvirt: what is given, and what comes back. It is made by a thread of its own,
 * since a libvirtd that hangs keeps its caller for ever; where the deadline passes the thread is
 * left behind, and what it uses lives as long as it does. */
typedef struct VfgCall VfgCall;

/* Runs in that thread and must use nothing but the call. */
typedef gboolean (*VfgCallFunc)(VfgCall *call, GError **error);

struct VfgCall {
    /* given */
    virConnectPtr connection; /* a reference of its own; NULL while one is opened */
    char *name;               /* of a domain, or a URI */
    char *text;               /* XML, the name of a channel */
    guint flags;
    virStreamPtr stream; /* given or made; a reference of its own */
    gpointer data;       /* anything else, and how it is freed */
    GDestroyNotify free_data;
    /* what came back */
    VfgDomainState state;
    const char *reason; /* static */
    guint64 number;
    char *out;
    GPtrArray *names;
    GBytes *bytes;
    /* of the machinery */
    VfgCallFunc func;
    gint references; /* atomic */
    GMutex lock;
    GCond finished;
    gboolean done, good, lost; /* under the lock */
    GError *error;
};

/* What to do where the connection is lost under the call. */
typedef enum {
    VFG_CALL_ONCE,  /* fail: whether it had an effect is not known */
    VFG_CALL_AGAIN, /* connect anew and ask again: for what may be done twice */
} VfgCallMode;

VfgCall *vfg_call_new(const char *name);
void vfg_call_unref(VfgCall *call);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgCall, vfg_call_unref)

/* Runs the call, connecting anew first where the connection was lost; it waits for a libvirtd that
 * is being restarted. `seconds`: the deadline, 0 for the connection's own. VFG_ERROR_TIMEOUT where
 * it passes: what came of the call is not known, and only vfg_call_unref may be used on it. */
gboolean vfg_call_run(VfgVirt *virt, VfgCall *call, VfgCallFunc func, VfgCallMode mode,
                      guint seconds, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Starts a thread that no signal reaches: signals are for the command's own thread, which may hold
 * them back until something is undone. */
GThread *vfg_virt_start_thread(const char *name, GThreadFunc func, gpointer data);

/* Runs a call that says farewell, on the connection that it has: waits a moment at most and tells
 * nobody how it went. */
void vfg_call_run_last(VfgCall *call, VfgCallFunc func);

/* Opens virt->connection. */
gboolean vfg_virt_connect(VfgVirt *virt, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Drops the connection, waiting a moment at most for a libvirtd that does not answer. */
void vfg_virt_disconnect(VfgVirt *virt);

/* Lets a stream end, waiting a moment at most; takes the reference. */
void vfg_virt_drop_stream(VfgVirt *virt, virStreamPtr stream);

/* Sets *error from libvirt's last error, "<what>: <libvirt's message>", the message escaped. */
void vfg_virt_set_error(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* The call's domain, or NULL with VFG_ERROR_NOT_FOUND. */
virDomainPtr vfg_call_find(const VfgCall *call, GError **error);

/* Puts the domain's XML into call->out. */
gboolean vfg_call_take_xml(VfgCall *call, virDomainPtr domain, guint flags,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
