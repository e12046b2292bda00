/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Finds addresses, serial numbers and names in text and puts stand-ins in their place. */

#pragma once

#include "redact.h"
#include "stand-in.h"

/* What to look for. */
typedef enum {
    VFG_TEXT_MACS = 1 << 0,      /* 52:54:00:12:34:56, 01-52-54-00-12-34-56 */
    VFG_TEXT_IPS = 1 << 1,       /* IPv4 and IPv6 as they are written */
    VFG_TEXT_NAMES = 1 << 2,     /* the names that were added, as whole words */
    VFG_TEXT_HOMES = 1 << 3,     /* /home/NAME, /run/media/NAME, /media/NAME/ */
    VFG_TEXT_SERIALS = 1 << 4,   /* "serial number: X", GPU-UUIDs */
    VFG_TEXT_MAC_NAMES = 1 << 5, /* interfaces named after a MAC: enx525400123456 */
    VFG_TEXT_HEX_IP6 = 1 << 6,   /* 32 hexadecimal digits, as in /proc/net/ipv6_route */
    VFG_TEXT_SERVERS = 1 << 7,   /* what network file systems are mounted from: server:/export */
} VfgTextRule;

/* All that prose may hold. */
#define VFG_TEXT_ALL                                                                     \
    (VFG_TEXT_MACS | VFG_TEXT_IPS | VFG_TEXT_NAMES | VFG_TEXT_HOMES | VFG_TEXT_SERIALS | \
     VFG_TEXT_MAC_NAMES)

typedef struct VfgRedactText VfgRedactText;

/* The stand-ins must outlive it. */
VfgRedactText *vfg_redact_text_new(VfgStandIns *stand_ins);
void vfg_redact_text_free(VfgRedactText *redact);

/* A host's or a user's name to look for. */
void vfg_redact_text_add_name(VfgRedactText *redact, VfgRedactedKind kind, const char *name);

/* Redacts `text` by the rules; gives the kinds of what was found, as bits 1 << VfgRedactedKind. */
guint vfg_redact_text_run(VfgRedactText *redact, GString *text, guint rules);
