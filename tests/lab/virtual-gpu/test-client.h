/* SPDX-License-Identifier: GPL-2.0-or-later */

/* For the unit tests: a device served in a thread, and a client that says to it whatever bytes a
 * test wants. What goes wrong in here ends the test. */

#pragma once

#include "device.h"
#include "protocol.h"

typedef struct VfgVgpuTestClient VfgVgpuTestClient;

/* A message back. */
typedef struct {
    gboolean closed; /* there is none, the server closed the connection */
    guint16 id, command;
    guint32 flags, error;
    guint8 *payload;
    gsize length;
    int fd; /* -1: none came */
} VfgVgpuTestReply;

/* Serves function 0 of the profile `name`.ini with the faults (NULL-terminated, NULL: none). With
 * `greet`, versions are agreed on already. */
VfgVgpuTestClient *vfg_vgpu_test_client_new(const char *name, const char *const *faults,
                                            guint patience_ms, gboolean greet);

/* The path of a profile of the lab. */
char *vfg_vgpu_test_profile(const char *name);

/* The descriptors this process has open. */
guint vfg_vgpu_test_count_fds(void);

void vfg_vgpu_test_client_send_raw(VfgVgpuTestClient *client, const void *bytes, gsize size,
                                   const int *fds, guint n_fds);

/* Sends a request, with a right header. */
void vfg_vgpu_test_client_send(VfgVgpuTestClient *client, guint16 command, guint32 flags,
                               const void *payload, gsize size, const int *fds, guint n_fds);

/* Waits for the next message. The caller clears it. */
VfgVgpuTestReply vfg_vgpu_test_client_receive(VfgVgpuTestClient *client);

/* Sends a request and waits for its reply, whose id and command must be the request's. */
VfgVgpuTestReply vfg_vgpu_test_client_call(VfgVgpuTestClient *client, guint16 command,
                                           const void *payload, gsize size, const int *fds,
                                           guint n_fds);

/* The same, and the reply must be an error with this number. */
void vfg_vgpu_test_client_refused(VfgVgpuTestClient *client, guint16 command, const void *payload,
                                  gsize size, const int *fds, guint n_fds, guint32 number);

/* TRUE if nothing has come within `ms`. */
gboolean vfg_vgpu_test_client_is_silent(VfgVgpuTestClient *client, guint ms);

/* Reads or writes a region: the whole exchange must work. */
void vfg_vgpu_test_client_read(VfgVgpuTestClient *client, guint32 region, guint64 offset,
                               void *data, guint32 count);
void vfg_vgpu_test_client_write(VfgVgpuTestClient *client, guint32 region, guint64 offset,
                                const void *data, guint32 count);

/* Sends no more; the server sees the connection closed. */
void vfg_vgpu_test_client_hang_up(VfgVgpuTestClient *client);

/* Asks the server to stop. */
void vfg_vgpu_test_client_stop(VfgVgpuTestClient *client);

/* Waits for the server's end: TRUE if the session ended by itself, FALSE if it was stopped. */
gboolean vfg_vgpu_test_client_join(VfgVgpuTestClient *client);

void vfg_vgpu_test_reply_clear(VfgVgpuTestReply *reply);
void vfg_vgpu_test_client_free(VfgVgpuTestClient *client);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgVgpuTestClient, vfg_vgpu_test_client_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VfgVgpuTestReply, vfg_vgpu_test_reply_clear)
