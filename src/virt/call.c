/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Questions to libvirt with a deadline, and what is done where it goes away under them. */

#include "error.h"
#include "escape.h"
#include "virt-private.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>

#define RECONNECT_TIME (30 * G_USEC_PER_SEC) /* a restart of libvirtd takes 1 to 5 s */
#define RECONNECT_PAUSE (G_USEC_PER_SEC / 4)
#define FAREWELL 2 /* s for the last words to a libvirtd that may be gone */

VfgCall *
vfg_call_new(const char *name)
{
    VfgCall *call = g_new0(VfgCall, 1);
    call->name = g_strdup(name);
    call->references = 1;
    g_mutex_init(&call->lock);
    g_cond_init(&call->finished);
    return call;
}

void
vfg_call_unref(VfgCall *call)
{
    if (!call || !g_atomic_int_dec_and_test(&call->references))
        return;
    if (call->stream)
        virStreamFree(call->stream);
    if (call->connection)
        virConnectClose(call->connection);
    if (call->free_data)
        call->free_data(call->data);
    g_clear_pointer(&call->names, g_ptr_array_unref);
    g_clear_pointer(&call->bytes, g_bytes_unref);
    g_clear_error(&call->error);
    g_mutex_clear(&call->lock);
    g_cond_clear(&call->finished);
    g_free(call->name);
    g_free(call->text);
    g_free(call->out);
    g_free(call);
}

void
vfg_virt_set_error(GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *what = g_strdup_vprintf(format, args);
    va_end(args);
    const char *message = virGetLastErrorMessage();
    g_autofree char *shown = vfg_escape_text(message, -1, 4000);
    VfgErrorCode code =
        virGetLastErrorCode() == VIR_ERR_NO_DOMAIN ? VFG_ERROR_NOT_FOUND : VFG_ERROR_FAILED;
    vfg_error_set(error, code, NULL, "%s: %s", what, shown);
}

virDomainPtr
vfg_call_find(const VfgCall *call, GError **error)
{
    virDomainPtr domain = virDomainLookupByName(call->connection, call->name);
    if (!domain)
        vfg_virt_set_error(error, "cannot find the domain %s", call->name);
    return domain;
}

gboolean
vfg_call_take_xml(VfgCall *call, virDomainPtr domain, guint flags, GError **error)
{
    char *xml = virDomainGetXMLDesc(domain, flags);
    if (!xml)
        vfg_virt_set_error(error, "cannot get the XML of %s", call->name);
    g_free(call->out);
    call->out = g_strdup(xml);
    free(xml);
    return call->out != NULL;
}

GThread *
vfg_virt_start_thread(const char *name, GThreadFunc func, gpointer data)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    GThread *thread = g_thread_new(name, func, data);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return thread;
}

/* libvirt's last error is the thread's own, so func has made a GError of it. */
static gpointer
run_thread(gpointer data)
{
    VfgCall *call = data;
    GError *error = NULL;
    gboolean good = call->func(call, &error);
    gboolean lost = !good && call->connection && virConnectIsAlive(call->connection) != 1;
    g_mutex_lock(&call->lock);
    call->good = good;
    call->lost = lost;
    call->error = error;
    call->done = TRUE;
    g_cond_signal(&call->finished);
    g_mutex_unlock(&call->lock);
    vfg_call_unref(call);
    return NULL;
}

/* Whether it was answered in time. */
static gboolean
make_call(VfgCall *call, VfgCallFunc func, guint seconds, GError **error)
{
    gint64 deadline = g_get_monotonic_time() + (gint64)seconds * G_USEC_PER_SEC;
    call->func = func;
    call->done = FALSE;
    g_clear_error(&call->error);
    g_atomic_int_inc(&call->references);
    GThread *thread = vfg_virt_start_thread("libvirt call", run_thread, call);
    g_mutex_lock(&call->lock);
    while (!call->done && g_cond_wait_until(&call->finished, &call->lock, deadline))
        ;
    gboolean done = call->done;
    g_mutex_unlock(&call->lock);
    if (done) {
        g_thread_join(thread);
        return TRUE;
    }
    g_thread_unref(thread); /* it may never end */
    vfg_error_set(error, VFG_ERROR_TIMEOUT,
                  "see 'systemctl status libvirtd' and its log; restarting libvirtd does not touch "
                  "running VMs",
                  "libvirt did not answer within %u s", seconds);
    return FALSE;
}

static gboolean
open_connection(VfgCall *call, GError **error)
{
    call->connection = virConnectOpenAuth(call->name, vfg_libvirt_auth_default(), 0);
    if (call->connection) {
        /* Not every transport has keepalives; one that has none notices a dead peer by itself. */
        (void)virConnectSetKeepAlive(call->connection, 5, 4);
        return TRUE;
    }
    vfg_virt_set_error(error, "cannot connect to libvirt at %s", call->name);
    return FALSE;
}

gboolean
vfg_virt_connect(VfgVirt *virt, GError **error)
{
    g_autoptr(VfgCall) call = vfg_call_new(virt->uri);
    if (!make_call(call, open_connection, virt->deadline, error)) {
        g_prefix_error(error, "cannot connect to libvirt at %s: ", virt->uri);
        return FALSE;
    }
    if (!call->good) {
        g_propagate_error(error, g_steal_pointer(&call->error));
        vfg_error_set_fix(error ? *error : NULL,
                          "install libvirt-daemon-system (or your distribution's libvirtd), start "
                          "it with 'systemctl start libvirtd', and run as root or as a member of "
                          "the group libvirt; --connect names another one");
        return FALSE;
    }
    virt->connection = g_steal_pointer(&call->connection);
    return TRUE;
}

void
vfg_call_run_last(VfgCall *call, VfgCallFunc func)
{
    (void)!make_call(call, func, FAREWELL, NULL);
}

/* The call's own reference is the last one, and closing it is what may take long. */
static gboolean
close_connection(VfgCall *call, GError **error G_GNUC_UNUSED)
{
    virConnectClose(g_steal_pointer(&call->connection));
    return TRUE;
}

void
vfg_virt_disconnect(VfgVirt *virt)
{
    if (!virt->connection)
        return;
    g_autoptr(VfgCall) call = vfg_call_new(NULL);
    call->connection = g_steal_pointer(&virt->connection);
    vfg_call_run_last(call, close_connection);
}

static gboolean
abort_stream(VfgCall *call, GError **error G_GNUC_UNUSED)
{
    virStreamAbort(call->stream);
    virStreamFree(g_steal_pointer(&call->stream));
    return TRUE;
}

void
vfg_virt_drop_stream(VfgVirt *virt, virStreamPtr stream)
{
    g_autoptr(VfgCall) call = vfg_call_new(NULL);
    call->stream = stream;
    if (!make_call(call, abort_stream, FAREWELL, NULL))
        vfg_virt_disconnect(virt);
}

/* A connection that was there once comes back when libvirtd does. */
static gboolean
reconnect(VfgVirt *virt, GError **error)
{
    gint64 deadline = g_get_monotonic_time() + RECONNECT_TIME;
    vfg_virt_disconnect(virt);
    for (;;) {
        g_autoptr(GError) local = NULL;
        if (vfg_virt_connect(virt, &local))
            return TRUE;
        if (g_get_monotonic_time() > deadline) {
            g_propagate_error(error, g_steal_pointer(&local));
            return FALSE;
        }
        g_usleep(RECONNECT_PAUSE);
    }
}

static gboolean
take_connection(VfgVirt *virt, VfgCall *call, GError **error)
{
    if ((!virt->connection || virConnectIsAlive(virt->connection) != 1) && !reconnect(virt, error))
        return FALSE;
    if (call->connection)
        virConnectClose(call->connection);
    call->connection = virt->connection;
    virConnectRef(call->connection);
    return TRUE;
}

gboolean
vfg_call_run(VfgVirt *virt, VfgCall *call, VfgCallFunc func, VfgCallMode mode, guint seconds,
             GError **error)
{
    for (guint tries = 0;; tries++) {
        if (!take_connection(virt, call, error))
            return FALSE;
        if (!make_call(call, func, seconds ? seconds : virt->deadline, error)) {
            /* What was asked may still be answered; a new connection is not behind it. */
            vfg_virt_disconnect(virt);
            return FALSE;
        }
        if (call->good)
            return TRUE;
        if (!call->lost || mode == VFG_CALL_ONCE || tries == 2) {
            g_propagate_error(error, g_steal_pointer(&call->error));
            return FALSE;
        }
    }
}
