/* SPDX-License-Identifier: GPL-2.0-or-later */

/* An entry of the error catalogue: a form of line in a kernel log, in QEMU's or libvirt's words,
 * and what it means. docs/DIAGNOSE.md has the format of data/errors.d. */

#pragma once

#include "ini-group.h"
#include "severity.h"

typedef enum {
    VFG_ERROR_KIND_ERROR,   /* an error, or something that looks like one */
    VFG_ERROR_KIND_CONTEXT, /* a line whose address belongs to the lines after it */
    VFG_ERROR_KIND_GPU,     /* names the address of a GPU */
    VFG_ERROR_KIND_OTHER,   /* names the address of a device that is no GPU */
    VFG_ERROR_KIND_REMOVED, /* the device at the address was pulled out, or that of a port */
    VFG_ERROR_KIND_BRIDGE,  /* names a bridge (address) and the buses behind it (from, to) */
} VfgErrorKind;

/* Whose trouble a line is that does not name a GPU's driver. */
typedef enum {
    VFG_ERROR_DEVICE_GPU,   /* always a GPU's: its driver or QEMU's vfio says so */
    VFG_ERROR_DEVICE_ANY,   /* decided by the address; where nothing is known of it, another's */
    VFG_ERROR_DEVICE_OPEN,  /* the same, but then nobody knows whose */
    VFG_ERROR_DEVICE_GUESS, /* the same, but then it is taken for a GPU's */
    VFG_ERROR_DEVICE_ONLY,  /* by the address; of another device it is nothing worth a word */
} VfgErrorDevice;

typedef enum {
    VFG_ERROR_SCOPE_BOTH,
    VFG_ERROR_SCOPE_HOST,
    VFG_ERROR_SCOPE_GUEST,
} VfgErrorScope;

/* Another severity for lines that have this, too. */
typedef struct {
    VfgSeverity severity;
    GRegex *expression;
} VfgErrorCondition;

typedef struct {
    char *id;
    char *file; /* where it is from, with `line` */
    guint line;
    VfgErrorKind kind;
    VfgErrorDevice device;
    VfgErrorScope scope;
    char *class_name; /* "" for a kind that is no error */
    VfgSeverity severity;
    GArray *conditions;  /* of VfgErrorCondition; the first that fits counts */
    GPtrArray *literals; /* of char *: a line without one of them is not looked at */
    GRegex *expression;
    char *of;          /* id of the entry whose form this one refines, or NULL */
    GHashTable *codes; /* of char *: the codes of that form which are this entry, or NULL */
    char *context;     /* id of the entry that gives the address, or NULL */
    char *cause;
    char *fix;
    char *fix_host;
    char *fix_guest;
    char **symptom_of; /* classes or ids that explain this one, the deepest first */
    char **echo_of;    /* ids that say the same in other words; "*": any error of the device */
    char **settles;    /* classes of the same device that this line lowers to a warning */
    char **overlaps;   /* ids whose examples this entry may match */
    char *source;
    GPtrArray *examples; /* of char * */
} VfgErrorEntry;

/* Makes an entry of a group; the error says "FILE:LINE: [ID]: what". */
VfgErrorEntry *vfg_error_entry_parse(const VfgIniGroup *group, const char *file,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vfg_error_entry_free(VfgErrorEntry *entry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgErrorEntry, vfg_error_entry_free)
