/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The functions of libvirt that this folder calls, each of which hands on to libvirt's own. The
 * compiler holds their types against libvirt's headers. */

#include "libvirt-load.h"

#include "error.h"

#include <dlfcn.h>
#include <libvirt/virterror.h>

#define LIBRARY "libvirt.so.0" /* the only one there ever was (libvirt's NEWS) */

/* F(type, name, parameters, arguments) */
#define FUNCTIONS(F)                                                                              \
    F(int, virConnectClose, (virConnectPtr c), (c))                                               \
    F(int, virConnectDomainEventDeregisterAny, (virConnectPtr c, int id), (c, id))                \
    F(int, virConnectDomainEventRegisterAny,                                                      \
      (virConnectPtr c, virDomainPtr d, int event, virConnectDomainEventGenericCallback f,        \
       void *data, virFreeCallback done),                                                         \
      (c, d, event, f, data, done))                                                               \
    F(char *, virConnectGetDomainCapabilities,                                                    \
      (virConnectPtr c, const char *emulator, const char *arch, const char *machine,              \
       const char *type, unsigned flags),                                                         \
      (c, emulator, arch, machine, type, flags))                                                  \
    F(int, virConnectIsAlive, (virConnectPtr c), (c))                                             \
    F(int, virConnectListAllDomains, (virConnectPtr c, virDomainPtr * domains[], unsigned flags), \
      (c, domains, flags))                                                                        \
    F(virConnectPtr, virConnectOpenAuth,                                                          \
      (const char *name, virConnectAuthPtr auth, unsigned flags), (name, auth, flags))            \
    F(int, virConnectRef, (virConnectPtr c), (c))                                                 \
    F(int, virConnectSetKeepAlive, (virConnectPtr c, int interval, unsigned count),               \
      (c, interval, count))                                                                       \
    F(int, virDomainBlockStats,                                                                   \
      (virDomainPtr d, const char *disk, virDomainBlockStatsPtr stats, size_t size),              \
      (d, disk, stats, size))                                                                     \
    F(int, virDomainCreate, (virDomainPtr d), (d))                                                \
    F(virDomainPtr, virDomainDefineXMLFlags, (virConnectPtr c, const char *xml, unsigned flags),  \
      (c, xml, flags))                                                                            \
    F(int, virDomainDestroy, (virDomainPtr d), (d))                                               \
    F(int, virDomainFree, (virDomainPtr d), (d))                                                  \
    F(const char *, virDomainGetName, (virDomainPtr d), (d))                                      \
    F(int, virDomainGetState, (virDomainPtr d, int *state, int *reason, unsigned flags),          \
      (d, state, reason, flags))                                                                  \
    F(char *, virDomainGetXMLDesc, (virDomainPtr d, unsigned flags), (d, flags))                  \
    F(virDomainPtr, virDomainLookupByName, (virConnectPtr c, const char *name), (c, name))        \
    F(int, virDomainOpenChannel,                                                                  \
      (virDomainPtr d, const char *name, virStreamPtr s, unsigned flags), (d, name, s, flags))    \
    F(char *, virDomainScreenshot,                                                                \
      (virDomainPtr d, virStreamPtr s, unsigned screen, unsigned flags), (d, s, screen, flags))   \
    F(int, virDomainShutdownFlags, (virDomainPtr d, unsigned flags), (d, flags))                  \
    F(int, virDomainUndefineFlags, (virDomainPtr d, unsigned flags), (d, flags))                  \
    F(int, virEventAddTimeout,                                                                    \
      (int interval, virEventTimeoutCallback f, void *data, virFreeCallback done),                \
      (interval, f, data, done))                                                                  \
    F(int, virEventRegisterDefaultImpl, (void), ())                                               \
    F(int, virEventRemoveTimeout, (int timer), (timer))                                           \
    F(int, virEventRunDefaultImpl, (void), ())                                                    \
    F(void, virEventUpdateTimeout, (int timer, int interval), (timer, interval))                  \
    F(int, virGetLastErrorCode, (void), ())                                                       \
    F(const char *, virGetLastErrorMessage, (void), ())                                           \
    F(void, virSetErrorFunc, (void *data, virErrorFunc f), (data, f))                             \
    F(int, virStreamAbort, (virStreamPtr s), (s))                                                 \
    F(int, virStreamEventAddCallback,                                                             \
      (virStreamPtr s, int events, virStreamEventCallback f, void *data, virFreeCallback done),   \
      (s, events, f, data, done))                                                                 \
    F(int, virStreamEventRemoveCallback, (virStreamPtr s), (s))                                   \
    F(int, virStreamEventUpdateCallback, (virStreamPtr s, int events), (s, events))               \
    F(int, virStreamFinish, (virStreamPtr s), (s))                                                \
    F(int, virStreamFree, (virStreamPtr s), (s))                                                  \
    F(virStreamPtr, virStreamNew, (virConnectPtr c, unsigned flags), (c, flags))                  \
    F(int, virStreamRecv, (virStreamPtr s, char *to, size_t len), (s, to, len))                   \
    F(int, virStreamRecvAll, (virStreamPtr s, virStreamSinkFunc f, void *data), (s, f, data))     \
    F(int, virStreamSend, (virStreamPtr s, const char *from, size_t len), (s, from, len))

/* Opening what is open already only looks it up, so nothing needs to be remembered. It is never
 * closed: libvirt has threads. */
static void *
find(const char *name)
{
    void *library = dlopen(LIBRARY, RTLD_LAZY);
    return library ? dlsym(library, name) : NULL;
}

/* The name of each function is in brackets so that libvirt's headers may define it as a macro. */
#define HAND_ON(type, name, parameters, arguments)          \
    type(name) parameters                                   \
    {                                                       \
        return ((__typeof__(&(name)))find(#name))arguments; \
    }
FUNCTIONS(HAND_ON)

gboolean
vfg_libvirt_load(GError **error)
{
#define NAME(type, name, parameters, arguments) #name,
    static const char *const names[] = {FUNCTIONS(NAME) "virConnectAuthPtrDefault"};
    if (!dlopen(LIBRARY, RTLD_LAZY)) {
        vfg_error_set(error, VFG_ERROR_FAILED,
                      "install libvirt's client library (libvirt0, libvirt-libs)",
                      "cannot load libvirt: %s", dlerror());
        return FALSE;
    }
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        if (find(names[i]))
            continue;
        vfg_error_set(error, VFG_ERROR_FAILED, "install libvirt 8.0 or newer", "%s lacks %s",
                      LIBRARY, names[i]);
        return FALSE;
    }
    return TRUE;
}

virConnectAuthPtr
vfg_libvirt_auth_default(void)
{
    virConnectAuthPtr *variable = find("virConnectAuthPtrDefault");
    return *variable;
}
