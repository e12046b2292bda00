/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Stand-ins: for every secret value one harmless value of the same form, the same one each time. */

#pragma once

#include <glib.h>

typedef struct VfgStandIns VfgStandIns;

VfgStandIns *vfg_stand_ins_new(void);
void vfg_stand_ins_free(VfgStandIns *stand_ins);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgStandIns, vfg_stand_ins_free)

/* Each changes bytes in place and says whether there was something to change. What tells nothing of
 * a network stays: zeros, loopback, masks, multicast and broadcast. */

/* IPv4 in network order: 198.18.0.0/15 (RFC 2544). */
gboolean vfg_stand_in_ip4(VfgStandIns *stand_ins, guint8 address[4]);

/* IPv6: 2001:db8::/32 (RFC 3849); link-local addresses stay link-local. */
gboolean vfg_stand_in_ip6(VfgStandIns *stand_ins, guint8 address[16]);

/* A MAC or a longer hardware address: 02:00:00:00:00:01 and up, locally administered. */
gboolean vfg_stand_in_mac(VfgStandIns *stand_ins, guint8 *address, gsize len);

/* For a name: PREFIX1, PREFIX2, …; owned by the stand-ins. */
const char *vfg_stand_in_name(VfgStandIns *stand_ins, const char *prefix, const char *name);
