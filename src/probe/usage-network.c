/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The functions behind the default routes. */

#include "usage-network.h"

#include "route.h"
#include "sysfs-path.h"

#include <string.h>

#define NET "/sys/class/net"
#define ROUTES_MAX (64 << 20)

/* No real stack of interfaces comes near; they end hostile ones. */
#define DEPTH_MAX 16
#define STEPS_MAX 512

/* The way from an interface down to devices. */
typedef struct {
    VfgRoot *root;
    VfgHost *host;
    const char *what;
    GHashTable *seen; /* names of interfaces, as a set */
    GPtrArray *found; /* of the host's usages */
    guint depth;
    gboolean incomplete;
} Way;

static void follow_interface(Way *way, const char *name);

static void
add_function(Way *way, VfgPciAddress function, const char *interface)
{
    for (guint i = 0; i < way->found->len; i++) {
        const VfgUsage *known = g_ptr_array_index(way->found, i);
        if (vfg_pci_address_compare(known->function, function) == 0)
            return;
    }
    VfgUsage *usage = vfg_usage_new(VFG_USAGE_DEFAULT_ROUTE, &function, way->what, interface);
    g_ptr_array_add(way->host->usages, usage);
    g_ptr_array_add(way->found, usage);
}

/* The interfaces that one lies on: links "lower_NAME" (netdev_adjacent_sysfs_add() in
 * net/core/dev.c) of bonds, teams, bridges, VLANs, macvlan and others. */
static guint
follow_lower(Way *way, const char *real)
{
    guint count = 0;
    g_autoptr(GPtrArray) names = vfg_root_list(way->root, real, NULL);
    for (guint i = 0; names && i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        if (!g_str_has_prefix(name, "lower_"))
            continue;
        follow_interface(way, name + strlen("lower_"));
        count++;
    }
    return count;
}

/* Ports of a bridge and slaves of a bond by their own files, for records without the links. */
static guint
follow_members(Way *way, const char *real)
{
    guint count = 0;
    g_autofree char *ports = g_strconcat(real, "/brif", NULL);
    g_autoptr(GPtrArray) names = vfg_root_list(way->root, ports, NULL);
    for (guint i = 0; names && i < names->len; i++, count++)
        follow_interface(way, g_ptr_array_index(names, i));
    g_autofree char *path = g_strconcat(real, "/bonding/slaves", NULL);
    g_autofree char *slaves = vfg_root_read_text(way->root, path, NULL);
    g_auto(GStrv) words = g_strsplit(slaves ? slaves : "", " ", -1);
    for (char **word = words; *word; word++) {
        if (**word) {
            follow_interface(way, *word);
            count++;
        }
    }
    return count;
}

/* A port that Open vSwitch made itself has no lower interface; its switch, "ovs-system", has all
 * ports of all bridges below it, and which of them is behind this one only ovs-vswitchd knows. */
static guint
follow_switch(Way *way, const char *real)
{
    g_autofree char *path = g_strconcat(real, "/master", NULL);
    g_autofree char *master = vfg_root_link_name(way->root, path);
    if (g_strcmp0(master, "ovs-system") != 0)
        return 0;
    follow_interface(way, master);
    return 1;
}

static void
follow_interface(Way *way, const char *name)
{
    g_autofree char *path = g_strconcat(NET "/", name, NULL);
    g_autofree char *real = strchr(name, '/') ? NULL : vfg_sysfs_real_path(way->root, path);
    if (!real || way->depth >= DEPTH_MAX || g_hash_table_size(way->seen) >= STEPS_MAX) {
        way->incomplete = TRUE;
        return;
    }
    if (!g_hash_table_add(way->seen, g_strdup(name)))
        return;
    VfgPciAddress function;
    gboolean found = vfg_sysfs_find_function(real, &function);
    if (found)
        add_function(way, function, name);
    way->depth++;
    if (!follow_lower(way, real) && !found && !follow_members(way, real))
        follow_switch(way, real);
    way->depth--;
}

static void
add_route(VfgRoot *root, VfgHost *host, const char *name)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GPtrArray) found = g_ptr_array_new();
    Way way = {.root = root, .host = host, .what = name, .seen = seen, .found = found};
    follow_interface(&way, name);
    if (!found->len || way.incomplete)
        g_ptr_array_add(host->usages, vfg_usage_new(VFG_USAGE_DEFAULT_ROUTE, NULL, name, name));
}

/* A file of the network namespace of process 1, else of this one. */
static char *
read_net(VfgRoot *root, const char *name)
{
    g_autofree char *first = g_strconcat("/proc/1/net/", name, NULL);
    g_autofree char *second = g_strconcat("/proc/net/", name, NULL);
    char *text = vfg_root_read(root, first, ROUTES_MAX, NULL, NULL);
    return text ? text : vfg_root_read(root, second, ROUTES_MAX, NULL, NULL);
}

/* A host without IPv6 has no ipv6_route. */
void
vfg_probe_usage_network(VfgRoot *root, VfgHost *host)
{
    g_autofree char *v4 = read_net(root, "route");
    g_autofree char *v6 = read_net(root, "ipv6_route");
    host->routes_known = v4 || v6;
    g_autoptr(GPtrArray) names = vfg_routes_parse_ipv4(v4 ? v4 : "");
    g_autoptr(GPtrArray) more = vfg_routes_parse_ipv6(v6 ? v6 : "");
    for (guint i = 0; i < names->len; i++)
        add_route(root, host, g_ptr_array_index(names, i));
    for (guint i = 0; i < more->len; i++) {
        const char *name = g_ptr_array_index(more, i);
        if (!g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
            add_route(root, host, name);
    }
}
