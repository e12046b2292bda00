/* SPDX-License-Identifier: GPL-2.0-or-later */

/* make-tree DIR N: a /sys with N PCI functions under DIR, as of a host with SR-IOV cards. A block
 * is a root port, a physical function and 126 virtual functions, each of those in a group of its
 * own; every sixteenth block's card is a GPU, the others are network cards. Files that are the same
 * for many functions are links to one, so that a large tree needs little memory. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK 128

typedef struct {
    const char *kind; /* names the files shared by functions of this kind */
    unsigned vendor, device, class;
    const char *driver;
} Kind;

static const Kind kinds[] = {
    {"port", 0x8086, 0x352a, 0x060400, "pcieport"}, {"nic", 0x15b3, 0x1021, 0x020000, "mlx5_core"},
    {"nic-vf", 0x15b3, 0x101e, 0x020000, NULL},     {"gpu", 0x10de, 0x2330, 0x030200, "nvidia"},
    {"gpu-vf", 0x10de, 0x2330, 0x030200, NULL},
};

static void
die(const char *what)
{
    fprintf(stderr, "make-tree: %s: %s\n", what, strerror(errno));
    exit(1);
}

__attribute__((format(printf, 1, 2))) static void
folder(const char *format, ...)
{
    char path[512];
    va_list args;
    va_start(args, format);
    vsnprintf(path, sizeof path, format, args);
    va_end(args);
    if (mkdir(path, 0755) < 0 && errno != EEXIST)
        die(path);
}

static void
write_shared(const Kind *kind, const char *name, const void *bytes, size_t len)
{
    char path[512];
    snprintf(path, sizeof path, "shared/%s/%s", kind->kind, name);
    FILE *file = fopen(path, "w");
    if (!file || fwrite(bytes, 1, len, file) != len || fclose(file) != 0)
        die(path);
}

__attribute__((format(printf, 3, 4))) static void
write_text(const Kind *kind, const char *name, const char *format, ...)
{
    char text[4096];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    write_shared(kind, name, text, (size_t)len);
}

static const char *const names[] = {
    "vendor",           "device",           "class",         "revision",
    "subsystem_vendor", "subsystem_device", "resource",      "config",
    "driver_override",  "numa_node",        "irq",           "uevent",
    "power_state",      "enable",           "local_cpulist", "modalias"};

static void
write_config(const Kind *kind)
{
    unsigned char bytes[256] = {0};
    bytes[0] = kind->vendor & 0xff;
    bytes[1] = (unsigned char)(kind->vendor >> 8);
    bytes[2] = kind->device & 0xff;
    bytes[3] = (unsigned char)(kind->device >> 8);
    bytes[8] = 0xa1;
    bytes[10] = kind->class >> 8 & 0xff;
    bytes[11] = (unsigned char)(kind->class >> 16);
    bytes[14] = kind->class >> 8 == 0x0604;
    write_shared(kind, "config", bytes, sizeof bytes);
}

static void
write_resource(const Kind *kind)
{
    char text[2048] = "0x00000000d0000000 0x00000000d0ffffff 0x0000000000040200\n"
                      "0x0000020000000000 0x00000207ffffffff 0x000000000014220c\n";
    for (int i = 2; i < 13; i++)
        strcat(text, "0x0000000000000000 0x0000000000000000 0x0000000000000000\n");
    write_text(kind, "resource", "%s", text);
}

static void
write_kind(const Kind *kind)
{
    folder("shared/%s", kind->kind);
    write_text(kind, "vendor", "0x%04x\n", kind->vendor);
    write_text(kind, "device", "0x%04x\n", kind->device);
    write_text(kind, "class", "0x%06x\n", kind->class);
    write_text(kind, "revision", "0xa1\n");
    write_text(kind, "subsystem_vendor", "0x%04x\n", kind->vendor);
    write_text(kind, "subsystem_device", "0x0001\n");
    write_text(kind, "driver_override", "(null)\n");
    write_text(kind, "numa_node", "0\n");
    write_text(kind, "irq", "16\n");
    write_text(kind, "enable", "1\n");
    write_text(kind, "power_state", "D0\n");
    write_text(kind, "local_cpulist", "0-63\n");
    write_text(kind, "uevent", "%s%s%sPCI_CLASS=%04X\nPCI_ID=%04X:%04X\nPCI_SUBSYS_ID=%04X:0001\n",
               kind->driver ? "DRIVER=" : "", kind->driver ? kind->driver : "",
               kind->driver ? "\n" : "", kind->class, kind->vendor, kind->device, kind->vendor);
    write_text(kind, "modalias", "pci:v%08Xd%08X\n", kind->vendor, kind->device);
    write_config(kind);
    write_resource(kind);
}

static void
make_link(const char *target, const char *path)
{
    if (symlink(target, path) < 0)
        die(path);
}

static void
link_group(const char *real, const char *address, unsigned group, unsigned depth)
{
    char path[600], target[600];
    folder("sys/kernel/iommu_groups/%u", group);
    folder("sys/kernel/iommu_groups/%u/devices", group);
    snprintf(path, sizeof path, "sys/kernel/iommu_groups/%u/devices/%s", group, address);
    snprintf(target, sizeof target, "../../../../devices/%s", real);
    make_link(target, path);
    snprintf(path, sizeof path, "sys/devices/%s/iommu_group", real);
    snprintf(target, sizeof target, "%.*skernel/iommu_groups/%u", (int)(3 * depth),
             "../../../../../", group);
    make_link(target, path);
}

/* `depth`: how many folders `real` has above it, to sys. */
static void
make_function(const Kind *kind, const char *real, unsigned group, unsigned depth)
{
    char path[600], target[600];
    const char *address = strrchr(real, '/') + 1;
    folder("sys/devices/%s", real);
    folder("sys/devices/%s/power", real);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "sys/devices/%s/%s", real, names[i]);
        snprintf(target, sizeof target, "shared/%s/%s", kind->kind, names[i]);
        if (link(target, path) < 0)
            die(path);
    }
    snprintf(path, sizeof path, "sys/bus/pci/devices/%s", address);
    snprintf(target, sizeof target, "../../../devices/%s", real);
    make_link(target, path);
    if (kind->driver) {
        snprintf(path, sizeof path, "sys/devices/%s/driver", real);
        snprintf(target, sizeof target, "%.*sbus/pci/drivers/%s", (int)(3 * depth),
                 "../../../../../", kind->driver);
        make_link(target, path);
    }
    link_group(real, address, group, depth);
}

static void
make_block(unsigned block, unsigned n, unsigned first_group)
{
    const Kind *card = block % 16 == 0 ? &kinds[3] : &kinds[1];
    char port[128], real[256];
    snprintf(port, sizeof port, "pci0000:00/0000:00:%02x.%u", 1 + block / 8, block % 8);
    make_function(&kinds[0], port, first_group, 3);
    for (unsigned i = 0; i + 1 < n; i++) {
        snprintf(real, sizeof real, "%s/0000:%02x:%02x.%u", port, block + 1, i / 8, i % 8);
        make_function(i ? card + 1 : card, real, first_group + 1 + i, 4);
    }
}

int
main(int argc, char **argv)
{
    unsigned n = argc == 3 ? (unsigned)atoi(argv[2]) : 0;
    if (!n || n > BLOCK * 240 || chdir(argv[1]) < 0) {
        fprintf(stderr, "usage: make-tree DIR N\n");
        return 2;
    }
    static const char *const folders[] = {"shared",
                                          "sys",
                                          "sys/bus",
                                          "sys/bus/pci",
                                          "sys/bus/pci/devices",
                                          "sys/bus/pci/drivers",
                                          "sys/devices",
                                          "sys/devices/pci0000:00",
                                          "sys/kernel",
                                          "sys/kernel/iommu_groups"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        folder("%s", folders[i]);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        write_kind(&kinds[i]);
        if (kinds[i].driver)
            folder("sys/bus/pci/drivers/%s", kinds[i].driver);
    }
    for (unsigned block = 0; block * BLOCK < n; block++) {
        unsigned left = n - block * BLOCK;
        make_block(block, left < BLOCK ? left : BLOCK, block * BLOCK);
    }
    return 0;
}
