/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The records of the spool's file: a line each, "SUM KIND NUMBER TEXT". The sum finds a line that
 * was torn by a power cut or damaged on the disk; each line stands for itself. */

#pragma once

#include <glib.h>

typedef enum {
    VFG_SPOOL_EVENT = 'E',    /* number: of the kernel's record, or 0; text: the message */
    VFG_SPOOL_ACKED = 'A',    /* number: events up to this sequence are acknowledged; no text */
    VFG_SPOOL_NEXT = 'N',     /* number: the next event has at least this sequence; no text */
    VFG_SPOOL_POSITION = 'K', /* number: of a kernel's record that was dealt with; text: the boot */
} VfgSpoolKind;

typedef struct {
    VfgSpoolKind kind;
    guint64 number;
    const char *text; /* within the line, ended by its NUL */
} VfgSpoolRecord;

/* The line with its newline; `text` has none in it. The caller frees it. */
char *vfg_spool_record_make(VfgSpoolKind kind, guint64 number, const char *text);

/* Takes a line without its newline apart; FALSE: it is not whole. */
gboolean vfg_spool_record_parse(const char *line, VfgSpoolRecord *ret) G_GNUC_WARN_UNUSED_RESULT;
