/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Stand-ins for secret values. */

#include "stand-in.h"

#include <string.h>

struct VfgStandIns {
    GHashTable *numbers; /* "4c0a80001" and the like to their number, from 1 */
    GHashTable *names;   /* PREFIX/NAME to stand-in */
    GHashTable *counts;  /* by class of value */
};

VfgStandIns *
vfg_stand_ins_new(void)
{
    VfgStandIns *stand_ins = g_new0(VfgStandIns, 1);
    stand_ins->numbers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    stand_ins->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    stand_ins->counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return stand_ins;
}

void
vfg_stand_ins_free(VfgStandIns *stand_ins)
{
    if (!stand_ins)
        return;
    g_hash_table_unref(stand_ins->numbers);
    g_hash_table_unref(stand_ins->names);
    g_hash_table_unref(stand_ins->counts);
    g_free(stand_ins);
}

static guint
next_number(VfgStandIns *stand_ins, const char *class)
{
    guint number = GPOINTER_TO_UINT(g_hash_table_lookup(stand_ins->counts, class)) + 1;
    g_hash_table_replace(stand_ins->counts, g_strdup(class), GUINT_TO_POINTER(number));
    return number;
}

/* The number of a value among those of its class. */
static guint
number_of(VfgStandIns *stand_ins, const char *class, const guint8 *value, gsize len)
{
    GString *key = g_string_new(class);
    for (gsize i = 0; i < len; i++)
        g_string_append_printf(key, "%02x", value[i]);
    g_autofree char *text = g_string_free(key, FALSE);
    guint number = GPOINTER_TO_UINT(g_hash_table_lookup(stand_ins->numbers, text));
    if (number)
        return number;
    number = next_number(stand_ins, class);
    g_hash_table_insert(stand_ins->numbers, g_steal_pointer(&text), GUINT_TO_POINTER(number));
    return number;
}

gboolean
vfg_stand_in_ip4(VfgStandIns *stand_ins, guint8 address[4])
{
    if (address[0] == 0 || address[0] == 127 || address[0] >= 224)
        return FALSE;
    guint number = number_of(stand_ins, "4", address, 4);
    address[0] = 198;
    address[1] = (guint8)(18 + (number >> 16 & 1));
    address[2] = (guint8)(number >> 8);
    address[3] = (guint8)number;
    return TRUE;
}

gboolean
vfg_stand_in_ip6(VfgStandIns *stand_ins, guint8 address[16])
{
    static const guint8 zeros[15];
    gboolean link_local = address[0] == 0xfe && (address[1] & 0xc0) == 0x80;
    if (address[0] == 0xff || memcmp(address, zeros, 15) == 0 ||
        (link_local && memcmp(address + 2, zeros, 14) == 0))
        return FALSE;
    guint number = number_of(stand_ins, "6", address, 16);
    memset(address + 2, 0, 14);
    if (!link_local)
        memcpy(address, "\x20\x01\x0d\xb8", 4);
    for (guint i = 0; i < 4; i++)
        address[15 - i] = (guint8)(number >> 8 * i);
    return TRUE;
}

gboolean
vfg_stand_in_mac(VfgStandIns *stand_ins, guint8 *address, gsize len)
{
    gboolean plain = len < 6 || (address[0] & 1 && len == 6);
    gboolean zero = TRUE;
    for (gsize i = 0; i < len; i++)
        zero = zero && address[i] == 0;
    if (plain || zero)
        return FALSE;
    guint number = number_of(stand_ins, "mac", address, len);
    memset(address, 0, len);
    address[0] = 2;
    for (guint i = 0; i < 4; i++)
        address[len - 1 - i] = (guint8)(number >> 8 * i);
    return TRUE;
}

const char *
vfg_stand_in_name(VfgStandIns *stand_ins, const char *prefix, const char *name)
{
    g_autofree char *key = g_strconcat(prefix, "/", name, NULL);
    const char *known = g_hash_table_lookup(stand_ins->names, key);
    if (known)
        return known;
    char *made = g_strdup_printf("%s%u", prefix, next_number(stand_ins, prefix));
    g_hash_table_insert(stand_ins->names, g_steal_pointer(&key), made);
    return made;
}
