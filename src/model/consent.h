/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What a user agrees to lose. */

#pragma once

#include <glib.h>

/* What a user agrees to. All zero: nothing. */
typedef struct {
    gboolean force_boot_display; /* lose the host's screen */
    gboolean force_in_use;       /* take a GPU that processes have open */
    const GPtrArray *allowed;    /* of char *, addresses: group peers that are handed over as well;
                                    NULL: none */
} VfgConsent;
