/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Redaction: which file holds what. */

#include "redact.h"

#include "redact-text.h"

#include <string.h>

struct VfgRedactor {
    VfgStandIns *stand_ins;
    VfgRedactText *text;
    GPtrArray *globs;                     /* of GPatternSpec, one for each place */
    GPtrArray *nodes[VFG_REDACTED_KINDS]; /* of VfgTree, until the run is over */
    GPtrArray *paths[VFG_REDACTED_KINDS]; /* of char * */
};

/* How the contents of a file are treated; below these are the rules of redact-text.h. */
#define WHOLE (1u << 16)   /* the whole file is a serial number */
#define CONFIG (1u << 17)  /* config space: the Device Serial Number capability */
#define ROUTES (1u << 18)  /* /proc/net/route */
#define HOST (1u << 19)    /* the whole file is a host name */
#define UNKNOWN (1u << 20) /* binary with serial numbers: the contents are left out */

typedef struct {
    const char *glob; /* of the path; '*' matches slashes, too */
    guint treatment;
} Place;

/* The first that matches counts; a file that none matches is kept as it is. Only free text is
 * searched for names: in a list of modules or drivers a word is a fact, even where a host is called
 * "nvidia". Serial numbers: Documentation/ABI (sysfs-firmware-dmi-tables, sysfs-class-net,
 * sysfs-nvme), the Device Serial Number capability: PCI Express Base 5.0, 7.9.3. */
static const Place places[] = {
    {"/sys/*/config", CONFIG},
    {"/sys/*/vpd", UNKNOWN},
    {"/sys/*/edid", UNKNOWN},
    {"/sys/firmware/dmi/tables/*", UNKNOWN},
    {"/sys/*/net/*/phys_port_id", WHOLE},
    {"/sys/*/net/*/phys_switch_id", WHOLE},
    {"/sys/*/net/*", VFG_TEXT_MACS | VFG_TEXT_MAC_NAMES},
    {"/sys/*/dm/name", VFG_TEXT_NAMES},
    {"/sys/*/dm/uuid", VFG_TEXT_NAMES},
    {"/sys/*/uevent", VFG_TEXT_MACS | VFG_TEXT_MAC_NAMES | VFG_TEXT_NAMES},
    {"/sys/*serial", WHOLE},
    {"/sys/*serial_number", WHOLE},
    {"/sys/*product_uuid", WHOLE},
    {"/sys/*asset_tag", WHOLE},
    {"/sys/*unique_id", WHOLE},
    {"/sys/*/wwid", WHOLE},
    {"/sys/*/uuid", WHOLE},
    {"/sys/*/nguid", WHOLE},
    {"/sys/*/eui", WHOLE},
    {"/sys/*/subsysnqn", WHOLE},
    {"/sys/*", 0},
    {"/proc/*net/route", ROUTES | VFG_TEXT_MAC_NAMES},
    {"/proc/*net/ipv6_route", VFG_TEXT_HEX_IP6 | VFG_TEXT_MAC_NAMES},
    {"/proc/*net/if_inet6", VFG_TEXT_HEX_IP6 | VFG_TEXT_MAC_NAMES},
    {"/proc/*net/*", VFG_TEXT_ALL & ~(guint)VFG_TEXT_NAMES},
    {"/proc/*/mountinfo", VFG_TEXT_ALL | VFG_TEXT_SERVERS},
    {"/proc/*mounts", VFG_TEXT_ALL | VFG_TEXT_SERVERS},
    {"/proc/swaps", VFG_TEXT_ALL},
    {"/proc/cmdline", VFG_TEXT_ALL},
    {"/proc/*/cmdline", VFG_TEXT_ALL},
    {"/proc/*/cgroup", VFG_TEXT_ALL},
    {"/proc/*/environ", UNKNOWN},
    {"/proc/sys/kernel/hostname", HOST},
    {"/proc/sys/kernel/domainname", HOST},
    {"/proc/driver/*", VFG_TEXT_SERIALS},
    {"/proc/*", 0},
    {"/lib/*", 0},
    {"/usr/*", 0},
    {"/boot/*", 0},
    {"/etc/hostname", HOST},
    {"/etc/machine-id", WHOLE},
    {"/etc/modprobe.d/*", VFG_TEXT_ALL & ~(guint)VFG_TEXT_NAMES},
    {"*", VFG_TEXT_ALL},
};

static const char *const kind_names[] = {"serial-number", "mac-address", "ip-address",
                                         "host-name",     "user-name",   "open-file"};

G_STATIC_ASSERT(G_N_ELEMENTS(kind_names) == VFG_REDACTED_KINDS);

const char *
vfg_redacted_kind_name(VfgRedactedKind kind)
{
    return kind_names[kind];
}

VfgRedactor *
vfg_redactor_new(void)
{
    VfgRedactor *redactor = g_new0(VfgRedactor, 1);
    redactor->stand_ins = vfg_stand_ins_new();
    redactor->text = vfg_redact_text_new(redactor->stand_ins);
    redactor->globs = g_ptr_array_new_with_free_func((GDestroyNotify)g_pattern_spec_free);
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++)
        g_ptr_array_add(redactor->globs, g_pattern_spec_new(places[i].glob));
    for (guint kind = 0; kind < VFG_REDACTED_KINDS; kind++) {
        redactor->nodes[kind] = g_ptr_array_new();
        redactor->paths[kind] = g_ptr_array_new_with_free_func(g_free);
    }
    return redactor;
}

void
vfg_redactor_free(VfgRedactor *redactor)
{
    if (!redactor)
        return;
    for (guint kind = 0; kind < VFG_REDACTED_KINDS; kind++) {
        g_ptr_array_unref(redactor->nodes[kind]);
        g_ptr_array_unref(redactor->paths[kind]);
    }
    g_ptr_array_unref(redactor->globs);
    vfg_redact_text_free(redactor->text);
    vfg_stand_ins_free(redactor->stand_ins);
    g_free(redactor);
}

static gboolean
is_common(const char *name)
{
    static const char *const common[] = {
        "localhost", "localhost.localdomain", "(none)", "root", "nobody", NULL};
    return strlen(name) < 2 || g_strv_contains(common, name);
}

void
vfg_redactor_add_host(VfgRedactor *redactor, const char *name)
{
    const char *dot = strchr(name, '.');
    if (is_common(name))
        return;
    vfg_redact_text_add_name(redactor->text, VFG_REDACTED_HOST, name);
    g_autofree char *label = dot ? g_strndup(name, (gsize)(dot - name)) : NULL;
    if (label && !is_common(label))
        vfg_redact_text_add_name(redactor->text, VFG_REDACTED_HOST, label);
}

void
vfg_redactor_add_user(VfgRedactor *redactor, const char *name)
{
    if (!is_common(name))
        vfg_redact_text_add_name(redactor->text, VFG_REDACTED_USER, name);
}

static void
note(VfgRedactor *redactor, VfgTree *node, guint kinds)
{
    for (guint kind = 0; kind < VFG_REDACTED_KINDS; kind++)
        if (kinds & 1u << kind)
            g_ptr_array_add(redactor->nodes[kind], node);
}

static guint32
get_u32(const char *bytes)
{
    guint32 value = 0;
    memcpy(&value, bytes, sizeof value);
    return GUINT32_FROM_LE(value);
}

/* Extended capabilities begin at 0x100; each has its id in bits 0 to 15 and the offset of the next
 * in bits 20 to 31 (PCI Express Base 5.0, 7.6.3). A list has at most 960 / 4 members. */
static guint
redact_config(VfgTree *file)
{
    static const char zeros[8];
    gsize at = 0x100;
    for (guint steps = 0; steps < 240 && at >= 0x100 && at + 12 <= file->len; steps++) {
        guint32 header = get_u32(file->bytes + at);
        if (header == 0 || header == G_MAXUINT32)
            return 0;
        if ((header & 0xffff) == 3 && memcmp(file->bytes + at + 4, zeros, 8) != 0) {
            memset(file->bytes + at + 4, 0, 8);
            return 1u << VFG_REDACTED_SERIAL;
        }
        at = header >> 20 & 0xffc;
    }
    return 0;
}

/* A column of /proc/net/route: eight hexadecimal digits, the address in the host's order, which on
 * all hosts with a GPU is the little-endian one. */
static gboolean
redact_route_column(VfgRedactor *redactor, char *column)
{
    guint8 bytes[4];
    for (guint i = 0; i < 8; i++)
        if (!g_ascii_isxdigit(column[i]))
            return FALSE;
    if (column[8])
        return FALSE;
    for (guint i = 0; i < 4; i++)
        bytes[3 - i] = (guint8)(g_ascii_xdigit_value(column[2 * i]) << 4 |
                                g_ascii_xdigit_value(column[2 * i + 1]));
    if (!vfg_stand_in_ip4(redactor->stand_ins, bytes))
        return FALSE;
    g_snprintf(column, 9, "%02X%02X%02X%02X", bytes[3], bytes[2], bytes[1], bytes[0]);
    return TRUE;
}

/* Destination and gateway are the columns 1 and 2 (net/ipv4/fib_trie.c, fib_route_seq_show). */
static guint
redact_routes(VfgRedactor *redactor, GString *text)
{
    g_auto(GStrv) lines = g_strsplit(text->str, "\n", -1);
    guint found = 0;
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) columns = g_strsplit(*line, "\t", -1);
        guint n = g_strv_length(columns);
        for (guint i = 1; i < 3 && i < n; i++)
            if (redact_route_column(redactor, columns[i]))
                found = 1u << VFG_REDACTED_IP;
        g_free(*line);
        *line = g_strjoinv("\t", columns);
    }
    g_autofree char *joined = g_strjoinv("\n", lines);
    g_string_assign(text, joined);
    return found;
}

/* The whole contents, but for the newline, become a stand-in; equal contents equal ones. */
static void
replace_whole(VfgRedactor *redactor, GString *text, const char *prefix)
{
    g_autofree char *value = g_ascii_strdown(text->str, -1);
    g_strstrip(value);
    gboolean newline = text->len && text->str[text->len - 1] == '\n';
    if (*value && !is_common(value))
        g_string_printf(text, "%s%s", vfg_stand_in_name(redactor->stand_ins, prefix, value),
                        newline ? "\n" : "");
}

static guint
redact_text(VfgRedactor *redactor, GString *text, guint treatment)
{
    g_autofree char *before = g_strdup(text->str);
    guint found = vfg_redact_text_run(redactor->text, text, treatment & 0xffff);
    if (treatment & ROUTES)
        found |= redact_routes(redactor, text);
    if (treatment & WHOLE)
        replace_whole(redactor, text, "redacted-");
    if (treatment & HOST)
        replace_whole(redactor, text, "host");
    if (treatment & (WHOLE | HOST) && !g_str_equal(before, text->str))
        found |= 1u << (treatment & HOST ? VFG_REDACTED_HOST : VFG_REDACTED_SERIAL);
    return found;
}

static guint
treatment_of(const VfgRedactor *redactor, const char *path)
{
    g_autofree char *reversed = g_utf8_strreverse(path, -1);
    gsize len = strlen(path);
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++)
        if (g_pattern_spec_match(redactor->globs->pdata[i], len, path, reversed))
            return places[i].treatment;
    return 0;
}

static void
redact_file(VfgRedactor *redactor, VfgTree *file, const char *path)
{
    guint treatment = treatment_of(redactor, path);
    if (!file->len || !treatment)
        return;
    if (treatment & CONFIG) {
        note(redactor, file, redact_config(file));
        return;
    }
    if (treatment & UNKNOWN) {
        g_clear_pointer(&file->bytes, g_free);
        file->len = 0;
        file->denied = TRUE;
        note(redactor, file, 1u << VFG_REDACTED_SERIAL);
        return;
    }
    g_autoptr(GString) text = g_string_new_len(file->bytes, (gssize)file->len);
    guint found = redact_text(redactor, text, treatment);
    if (!found)
        return;
    vfg_tree_set_bytes(file, text->str, text->len);
    note(redactor, file, found);
}

/* Names of devices and drivers are facts; names of files, volumes and interfaces may be secrets. */
static guint
name_rules(const char *path)
{
    static const char *const fixed[] = {"/sys/", "/lib/", "/usr/", "/boot/"};
    for (gsize i = 0; i < G_N_ELEMENTS(fixed); i++)
        if (g_str_has_prefix(path, fixed[i]))
            return VFG_TEXT_MAC_NAMES;
    return VFG_TEXT_ALL;
}

static void
redact_link(VfgRedactor *redactor, VfgTree *link, const char *path)
{
    guint rules = name_rules(path) & (*link->bytes == '/' ? name_rules(link->bytes) : ~0u);
    g_autoptr(GString) text = g_string_new(link->bytes);
    guint found = vfg_redact_text_run(redactor->text, text, rules);
    if (!found)
        return;
    vfg_tree_set_bytes(link, text->str, text->len);
    note(redactor, link, found);
}

/* The name is looked at with what is above it, for /home/NAME. */
static void
redact_name(VfgRedactor *redactor, VfgTree *node, const char *path)
{
    g_autofree char *ended = g_strconcat(path, "/", NULL);
    g_autoptr(GString) text = g_string_new(ended);
    guint found = vfg_redact_text_run(redactor->text, text, name_rules(path));
    if (!found)
        return;
    g_string_truncate(text, text->len - 1);
    g_autofree char *name = g_path_get_basename(text->str);
    if (g_str_equal(name, node->name))
        return;
    while (vfg_tree_child(node->parent, name)) {
        char *longer = g_strconcat(name, "x", NULL);
        g_free(name);
        name = longer;
    }
    vfg_tree_rename(node, name);
    note(redactor, node, found);
}

/* Only open devices are facts; the rest is nobody's business. */
static gboolean
is_open_file(const VfgTree *node, const char *path)
{
    return node->kind == VFG_TREE_LINK && g_str_has_prefix(path, "/proc/") &&
           strstr(path, "/fd/") && !g_str_has_prefix(node->bytes, "/dev/");
}

static void
redact_node(VfgRedactor *redactor, VfgTree *node, const char *path)
{
    if (node->kind == VFG_TREE_FILE)
        redact_file(redactor, node, path);
    else if (node->kind == VFG_TREE_LINK)
        redact_link(redactor, node, path);
    gboolean left_out = FALSE;
    g_autoptr(GPtrArray) children = vfg_tree_children(node);
    for (guint i = 0; i < children->len; i++) {
        VfgTree *child = g_ptr_array_index(children, i);
        g_autofree char *below = g_strconcat(path, "/", child->name, NULL);
        if (is_open_file(child, below)) {
            vfg_tree_remove(child);
            left_out = TRUE;
            continue;
        }
        redact_node(redactor, child, below);
        redact_name(redactor, child, below);
    }
    if (left_out)
        note(redactor, node, 1u << VFG_REDACTED_OPEN_FILE);
}

void
vfg_redactor_run(VfgRedactor *redactor, VfgTree *tree)
{
    redact_node(redactor, tree, "");
    for (guint kind = 0; kind < VFG_REDACTED_KINDS; kind++) {
        GPtrArray *nodes = redactor->nodes[kind];
        for (guint i = 0; i < nodes->len; i++)
            g_ptr_array_add(redactor->paths[kind], vfg_tree_path(nodes->pdata[i]));
        g_ptr_array_set_size(nodes, 0);
    }
}

const GPtrArray *
vfg_redactor_paths(const VfgRedactor *redactor, VfgRedactedKind kind)
{
    return redactor->paths[kind];
}

char *
vfg_redactor_text(const VfgRedactor *redactor, const char *text)
{
    if (!redactor)
        return g_strdup(text);
    g_autoptr(GString) copy = g_string_new(text);
    vfg_redact_text_run(redactor->text, copy, VFG_TEXT_ALL);
    return g_string_free(g_steal_pointer(&copy), FALSE);
}
