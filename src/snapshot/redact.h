/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Redaction: takes out of a recording what names a machine, a network or a person, so that it can
 * be sent to strangers. The same value becomes the same stand-in everywhere, of the same form, so
 * that every parser still finds the same facts. docs/SNAPSHOT.md says what is and what is not
 * redacted.
 */

#pragma once

#include "tree.h"

typedef enum {
    VFG_REDACTED_SERIAL,
    VFG_REDACTED_MAC,
    VFG_REDACTED_IP,
    VFG_REDACTED_HOST,
    VFG_REDACTED_USER,
    VFG_REDACTED_OPEN_FILE, /* what processes have open, devices aside: left out */
    VFG_REDACTED_KINDS,     /* how many there are */
} VfgRedactedKind;

/* "serial-number", "mac-address", "ip-address", "host-name", "user-name",
 * "open-file". */
const char *vfg_redacted_kind_name(VfgRedactedKind kind);

typedef struct VfgRedactor VfgRedactor;

VfgRedactor *vfg_redactor_new(void);
void vfg_redactor_free(VfgRedactor *redactor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgRedactor, vfg_redactor_free)

/* Names to take out: the host's own (with and without its domain) and those of its users. Names
 * that every host has ("localhost", "root") are ignored. */
void vfg_redactor_add_host(VfgRedactor *redactor, const char *name);
void vfg_redactor_add_user(VfgRedactor *redactor, const char *name);

/* Redacts a tree in place. */
void vfg_redactor_run(VfgRedactor *redactor, VfgTree *tree);

/* Paths (of char *, as they are in the redacted tree) from which something of that kind was taken;
 * owned by the redactor. */
const GPtrArray *vfg_redactor_paths(const VfgRedactor *redactor, VfgRedactedKind kind);

/* A text of the manifest, redacted like a kernel log; a copy where `redactor` is NULL. */
char *vfg_redactor_text(const VfgRedactor *redactor, const char *text);
