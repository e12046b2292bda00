/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The file of the spool: appended to, read at places, replaced as a whole. It knows nothing of what
 * the records mean. */

#pragma once

#include "spool-record.h"

typedef struct VfgSpoolFile VfgSpoolFile;

/* Called for each whole record when the file is opened: where its text starts in the file, and that
 * text's length. */
typedef void (*VfgSpoolFileFunc)(const VfgSpoolRecord *record, gsize at, gsize len, gpointer data);

/* Opens or makes the file "events" in `folder`. A torn line at its end is cut off, damaged ones are
 * passed over. VFG_ERROR_FAILED where another process has it. */
VfgSpoolFile *vfg_spool_file_open(const char *folder, VfgSpoolFileFunc func, gpointer data,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vfg_spool_file_free(VfgSpoolFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgSpoolFile, vfg_spool_file_free)

/* Appends a record, whole or not at all; *at (may be NULL) is where its text starts. */
gboolean vfg_spool_file_append(VfgSpoolFile *file, VfgSpoolKind kind, guint64 number,
                               const char *text, gsize *at,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* `len` bytes of the file, ended by a NUL; the caller frees them. */
char *vfg_spool_file_read(const VfgSpoolFile *file, gsize at, gsize len,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* fdatasync(2), where something was written since. */
gboolean vfg_spool_file_sync(VfgSpoolFile *file, GError **error) G_GNUC_WARN_UNUSED_RESULT;

gsize vfg_spool_file_size(const VfgSpoolFile *file);

/* Starts a new file beside this one, to be filled by vfg_spool_file_append and to take this one's
 * place with vfg_spool_file_replace. */
VfgSpoolFile *vfg_spool_file_new_beside(const VfgSpoolFile *file,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Puts the new file into the place of the old one, durably: after a power cut there is the one or
 * the other. `*file` is then the new one; on failure both are as before. */
gboolean vfg_spool_file_replace(VfgSpoolFile **file, VfgSpoolFile *fresh,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
