/* SPDX-License-Identifier: GPL-2.0-or-later */

/* An event: one line of a kernel log that the catalogue of errors knows, or one change of a GPU's
 * counters. What is one is decided where it happened; texts come from the guest: escape them before
 * printing. */

#pragma once

#include "message-field.h"
#include "severity.h"

#define VFG_EVENT_MAX_LINE 2048 /* bytes; a kernel record has at most 1024 (LOG_LINE_MAX) */
#define VFG_EVENT_MAX_CODE 64

/* Where an event comes from. Only the first two tell of hardware and drivers. */
typedef enum {
    VFG_EVENT_KERNEL,  /* a record that the kernel made itself */
    VFG_EVENT_COUNTER, /* a counter of the GPU's driver */
    VFG_EVENT_USER,    /* a record that a program wrote into the kernel's log */
    VFG_EVENT_AGENT,   /* the agent's own: records or events that were lost */
} VfgEventSource;

typedef struct {
    guint64 sequence; /* rises with each event of a guest, from 1, over its reboots too */
    char *boot_id;    /* the boot in which it happened */
    guint64 time;     /* ms since 1970 by the clock of the guest */
    char *id;         /* of the catalogue's entry */
    char *class_name; /* of the error: "ecc-uncorrectable" */
    VfgSeverity severity;
    VfgEventSource source;
    gboolean has_address;
    VfgPciAddress address; /* as the guest knows the GPU */
    char *code;            /* an Xid or the like, or NULL */
    char *line;            /* as it stands in the log, without the record's header */
    guint64 count;         /* how many such lines in a row this stands for, from 1 */
} VfgEvent;

void vfg_event_free(VfgEvent *event);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgEvent, vfg_event_free)

VfgEvent *vfg_event_copy(const VfgEvent *event);

/* "kernel", "counter", "user" or "agent"; static. */
const char *vfg_event_source_name(VfgEventSource source);

/* Whether both say the same, but for sequence, time and count. */
gboolean vfg_event_is_repeat(const VfgEvent *a, const VfgEvent *b);

/* Cuts a line down to what an event can hold and replaces what is not UTF-8, so that any bytes of a
 * log have an event. The caller frees it. */
char *vfg_event_make_line(const char *bytes, gsize len);

/* Reads the fields of an event from an object (docs/PROTOCOL.md); unknown fields are ignored. */
VfgEvent *vfg_event_from_fields(VfgFields fields, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Adds the fields to an object. */
void vfg_event_add_to_json(const VfgEvent *event, json_t *json);
