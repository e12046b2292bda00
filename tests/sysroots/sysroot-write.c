/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A listed host as a /sys. Functions lie below their bridges where the listing tells the buses of
 * those, else below the root bus of their own number; links have the form that the kernel gives
 * them. What a listing does not tell is not there, but for vendor and device, which no function is
 * without: those are 0000. */

#include "sysroot-write.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* include/linux/ioport.h */
#define RESOURCE_IO 0x00000100
#define RESOURCE_MEM 0x00000200
#define RESOURCE_PREFETCH 0x00002000
#define RESOURCE_MEM_64 0x00100000
#define RESOURCE_UNSET 0x20000000

#define RESOURCES 13 /* six BARs, the ROM, six BARs of SR-IOV */

typedef struct {
    const Listing *listing;
    const char *path;
    const Listed *boot_display;
} Writer;

static char *
address_of(const Listed *f)
{
    return g_strdup_printf("%04x:%02x:%02x.%u", f->domain, f->bus, f->device, f->number);
}

static const Listed *
bridge_above(const Listing *listing, const Listed *f)
{
    for (guint i = 0; i < listing->functions->len; i++) {
        const Listed *other = listing->functions->pdata[i];
        if (other->shown && other->secondary > 0 && other->domain == f->domain &&
            (guint)other->secondary == f->bus && other->bus != f->bus)
            return other;
    }
    return NULL;
}

/* "pci0000:00/0000:00:01.0/0000:01:00.0" */
static char *
device_path(const Listing *listing, const Listed *f)
{
    g_autofree char *address = address_of(f);
    const Listed *above = bridge_above(listing, f);
    if (!above)
        return g_strdup_printf("pci%04x:%02x/%s", f->domain, f->bus, address);
    g_autofree char *parent = device_path(listing, above);
    return g_strdup_printf("%s/%s", parent, address);
}

/* "../" for every part of `path`. */
static char *
way_up(const char *path)
{
    GString *up = g_string_new("../");
    for (; *path; path++)
        if (*path == '/')
            g_string_append(up, "../");
    return g_string_free(up, FALSE);
}

static void
write_bytes(const char *folder, const char *name, const void *bytes, gsize len)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(folder, name, NULL);
    if (!g_file_set_contents_full(path, bytes, (gssize)len, G_FILE_SET_CONTENTS_NONE, 0644, &error))
        g_error("%s", error->message);
}

G_GNUC_PRINTF(3, 4)
static void
write_text(const char *folder, const char *name, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    write_bytes(folder, name, text, strlen(text));
}

static void
make_folder(const char *path)
{
    if (g_mkdir_with_parents(path, 0755) < 0)
        g_error("cannot make %s", path);
}

static void
make_link(const char *folder, const char *name, const char *target)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    unlink(path);
    if (symlink(target, path) < 0)
        g_error("cannot make the link %s", path);
}

static void
write_hex(const char *folder, const char *name, int value, int digits)
{
    if (value >= 0)
        write_text(folder, name, "0x%0*x\n", digits, (unsigned)value);
}

/* A short listing leaves the BARs' numbers out: the byte dump tells, else they are taken in turn.
 */
static guint
bar_place(const Listed *f, const ListedBar *bar, guint next)
{
    if (bar->index >= 0)
        return (guint)bar->index;
    for (guint i = next; i < 6 && f->config_len >= 64; i++) {
        const guint8 *at = f->config + 0x10 + 4 * i;
        guint32 low =
            (guint32)at[0] | (guint32)at[1] << 8 | (guint32)at[2] << 16 | (guint32)at[3] << 24;
        if ((low & ~(bar->io ? 3u : 15u)) == (guint32)bar->start)
            return i;
    }
    return next;
}

static void
write_resource(const Listed *f, const char *folder)
{
    guint64 lines[RESOURCES][3] = {{0}};
    guint next = 0;
    for (guint i = 0; i < f->bars->len; i++) {
        const ListedBar *bar = &g_array_index(f->bars, ListedBar, i);
        guint place = bar_place(f, bar, next);
        if (place > 6 || !bar->size)
            continue;
        if (place < 6)
            next = place + (bar->wide ? 2 : 1);
        lines[place][0] = bar->start;
        lines[place][1] = bar->start + bar->size - 1;
        lines[place][2] =
            (bar->io ? RESOURCE_IO : RESOURCE_MEM) | (bar->prefetchable ? RESOURCE_PREFETCH : 0) |
            (bar->wide ? RESOURCE_MEM_64 : 0) | (bar->unassigned ? RESOURCE_UNSET : 0);
    }
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < RESOURCES; i++)
        g_string_append_printf(text,
                               "0x%016" G_GINT64_MODIFIER "x 0x%016" G_GINT64_MODIFIER
                               "x 0x%016" G_GINT64_MODIFIER "x\n",
                               lines[i][0], lines[i][1], lines[i][2]);
    if (f->bars->len)
        write_text(folder, "resource", "%s", text->str);
}

static void
write_ids(const Writer *writer, const Listed *f, const char *folder)
{
    int class = f->class < 0 ? 0 : f->class << 8 | (f->prog_if < 0 ? 0 : f->prog_if);
    write_hex(folder, "class", class, 6);
    write_hex(folder, "vendor", MAX(f->vendor, 0), 4);
    write_hex(folder, "device", MAX(f->id, 0), 4);
    write_hex(folder, "subsystem_vendor", f->subvendor, 4);
    write_hex(folder, "subsystem_device", f->subdevice, 4);
    write_hex(folder, "revision", MAX(f->revision, 0), 2);
    write_text(folder, "driver_override", "(null)\n");
    write_text(folder, "numa_node", "%d\n", f->node);
    if (f->class == 0x0300)
        write_text(folder, "boot_vga", "%d\n", f == writer->boot_display);
}

static void
write_config(const Listed *f, const char *folder)
{
    guint8 ones[64];
    memset(ones, 0xff, sizeof ones);
    if (f->config_len)
        write_bytes(folder, "config", f->config, f->config_len);
    else if (f->dead)
        write_bytes(folder, "config", ones, sizeof ones);
}

/* Links from the device and back to it. `real` is its path below /sys/devices. */
static void
link_device(const Writer *writer, const Listed *f, const char *real)
{
    g_autofree char *address = address_of(f);
    g_autofree char *folder = g_build_filename(writer->path, "sys/devices", real, NULL);
    g_autofree char *up = way_up(real);
    g_autofree char *bus = g_build_filename(writer->path, "sys/bus/pci/devices", NULL);
    g_autofree char *from_bus = g_strconcat("../../../devices/", real, NULL);
    g_autofree char *subsystem = g_strconcat(up, "../bus/pci", NULL);
    make_folder(bus);
    make_link(bus, address, from_bus);
    make_link(folder, "subsystem", subsystem);
    if (f->driver) {
        g_autofree char *drivers =
            g_build_filename(writer->path, "sys/bus/pci/drivers", f->driver, NULL);
        g_autofree char *driver = g_strconcat(subsystem, "/drivers/", f->driver, NULL);
        g_autofree char *back = g_strconcat("../../../../devices/", real, NULL);
        make_folder(drivers);
        make_link(drivers, address, back);
        make_link(folder, "driver", driver);
    }
    if (f->group >= 0) {
        g_autofree char *group = g_strdup_printf("kernel/iommu_groups/%d", f->group);
        g_autofree char *members = g_build_filename(writer->path, "sys", group, "devices", NULL);
        g_autofree char *to_group = g_strconcat(up, "../", group, NULL);
        g_autofree char *back = g_strconcat("../../../../devices/", real, NULL);
        make_folder(members);
        make_link(members, address, back);
        make_link(folder, "iommu_group", to_group);
    }
}

/* The kernel takes the card that the bridges pass the old VGA addresses to (drivers/pci/vgaarb.c),
 * and the only one where there is one. Where a listing shows neither, none is marked. */
static const Listed *
find_boot_display(const Listing *listing)
{
    const Listed *only = NULL;
    guint n = 0;
    gboolean whole = FALSE;
    for (guint i = 0; i < listing->functions->len; i++) {
        const Listed *f = listing->functions->pdata[i];
        whole |= f->shown && f->bus == 0;
        if (!f->shown || f->class != 0x0300)
            continue;
        if (bridge_above(listing, f) && bridge_above(listing, f)->forwards_vga)
            return f;
        only = f;
        n++;
    }
    return n == 1 && whole ? only : NULL;
}

gboolean
sysroot_write(const Listing *listing, const char *path)
{
    Writer writer = {listing, path, find_boot_display(listing)};
    g_autofree char *devices = g_build_filename(path, "sys/bus/pci/devices", NULL);
    make_folder(devices);
    for (guint i = 0; i < listing->functions->len; i++) {
        const Listed *f = listing->functions->pdata[i];
        if (!f->shown)
            continue;
        g_autofree char *real = device_path(listing, f);
        g_autofree char *folder = g_build_filename(path, "sys/devices", real, NULL);
        make_folder(folder);
        write_ids(&writer, f, folder);
        write_resource(f, folder);
        write_config(f, folder);
        link_device(&writer, f, real);
    }
    return TRUE;
}
