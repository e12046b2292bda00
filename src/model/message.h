/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Messages between the host and the agent (docs/PROTOCOL.md, data/protocol.schema.json). Decoding
 * trusts nothing: a line is a JSON object of bounded depth with a known "type", every field has its
 * type and bounds, or it is an error; unknown fields are ignored, so that newer peers can add some.
 */

#pragma once

#include "configure.h"
#include "event.h"
#include "pci-function.h"
#include "progress.h"
#include "software.h"

#define VFG_PROTOCOL_VERSION 1
#define VFG_AGENT_CHANNEL "org.vfiogpu.agent.0"

/* What the host writes first when it opens the channel: the first newline ends what an earlier host
 * left half written, the second is an empty line, which asks for hello and status. */
#define VFG_CHANNEL_HOST_OPENING "\n\n"
/* What the agent writes first when the host opens the channel, so that its hello starts on a line
 * of its own. */
#define VFG_CHANNEL_AGENT_OPENING "\n"

/* Bounds of a message. Numbers stay exact in every JSON reader (RFC 7493, section 2.2). */
#define VFG_MESSAGE_MAX_TEXT 256 /* bytes of a text */
#define VFG_MESSAGE_MAX_GPUS 64
#define VFG_MESSAGE_MAX_NUMBER ((1LL << 53) - 1)

typedef enum {
    VFG_MESSAGE_HELLO,     /* guest → host, when the host opens the channel */
    VFG_MESSAGE_STATUS,    /* guest → host, after hello and on request: the GPUs */
    VFG_MESSAGE_EVENT,     /* guest → host: something happened */
    VFG_MESSAGE_PONG,      /* guest → host */
    VFG_MESSAGE_PROGRESS,  /* guest → host: how far provisioning is */
    VFG_MESSAGE_PING,      /* host → guest */
    VFG_MESSAGE_ACK,       /* host → guest: the events up to one are stored */
    VFG_MESSAGE_CONFIGURE, /* host → guest: what is wanted of the guest */
    VFG_MESSAGE_PROVISION, /* host → guest: the same, to be done even if it was done or has failed
                            */
    VFG_MESSAGE_REBOOT,    /* host → guest: reboot in order */
} VfgMessageType;

/* What an agent says of itself and of the system it runs on. Texts come from the guest: escape them
 * before printing. */
typedef struct {
    char *version;    /* of the agent */
    guint protocol;   /* VFG_PROTOCOL_VERSION of the sender */
    char *boot_id;    /* /proc/sys/kernel/random/boot_id; letters, digits and '-' */
    char *os_id;      /* ID of os-release(5), "" where there is none */
    char *os_name;    /* PRETTY_NAME */
    char *os_version; /* VERSION_ID */
    char *kernel;     /* uname -r */
    char *arch;       /* uname -m */
    char *firmware;   /* "uefi" or "bios" */
    guint64 acked;    /* last event sequence the host acknowledged */
} VfgHello;

/* Names the newest event that the host has stored. */
typedef struct {
    char *boot_id;
    guint64 sequence;
} VfgAck;

typedef struct {
    VfgMessageType type;
    guint64 id;              /* PING and PONG: the pong carries the id of its ping */
    VfgHello *hello;         /* HELLO */
    GPtrArray *gpus;         /* STATUS: of VfgPciFunction, guest addresses */
    VfgSoftware *software;   /* STATUS; NULL where nothing of it is to be sent */
    VfgEvent *event;         /* EVENT */
    VfgAck *ack;             /* ACK */
    VfgProgress *progress;   /* PROGRESS */
    VfgConfigure *configure; /* CONFIGURE, PROVISION */
} VfgMessage;

void vfg_hello_free(VfgHello *hello);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgHello, vfg_hello_free)

void vfg_ack_free(VfgAck *ack);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgAck, vfg_ack_free)

void vfg_message_free(VfgMessage *message);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgMessage, vfg_message_free)

/* Decodes one line of `len` bytes. VFG_ERROR_NOT_FOUND: a well-formed message of a type that this
 * version does not know; VFG_ERROR_PARSE: anything else that is no message. The error's text is
 * safe to print: what it quotes is escaped. */
VfgMessage *vfg_message_decode(const char *line, gsize len,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* One line with its newline, at most VFG_FRAME_MAX bytes, to be freed by the caller; NULL with the
 * error set where it would be longer, or where vfg_message_decode would refuse it. */
char *vfg_message_encode(const VfgMessage *message, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The GPUs of a STATUS message as JSON, as they stand in the message and in `status --json`; a new
 * reference. */
json_t *vfg_message_gpus_to_json(const GPtrArray *gpus);

/* The body of a HELLO message as JSON, without its type; a new reference. */
json_t *vfg_hello_to_json(const VfgHello *hello);
