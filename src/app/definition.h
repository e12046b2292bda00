/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which definition libvirt made of which domain XML: a VM that is started again as it was is not
 * defined again, which takes libvirt longer than everything else of a start but the boot. Kept as a
 * checksum in STATE_DIR/defined/VM, for the time until the next boot: a new firmware may be
 * chosen then. */

#pragma once

#include "app.h"

/* Whether `definition`, as libvirt has it now, to the byte, is what it made of this XML, and the
 * firmware that it chose then is there yet. */
gboolean vfg_definition_is_made(const VfgApp *app, const char *name, const char *xml,
                                const char *definition) G_GNUC_WARN_UNUSED_RESULT;

/* Remembers it. `made` is what libvirt gave right after it was told, `definition` what it has once
 * the domain has run: the same lines in another order, or somebody changed it in between. Then, and
 * where this fails, the VM is defined again the next time. */
void vfg_definition_note(const VfgApp *app, const char *name, const char *xml, const char *made,
                         const char *definition);

/* Forgets a VM. */
void vfg_definition_forget(const VfgApp *app, const char *name);
