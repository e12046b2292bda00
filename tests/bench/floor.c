/* SPDX-License-Identifier: GPL-2.0-or-later */

/* floor DIR: opens, reads and lists what `vfiogpu list` reads of DIR's PCI functions and of the
 * IOMMU groups of its GPUs, and does nothing with it: the least that a program could take that
 * reads the same. */

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const card_files[] = {"revision", "resource", "numa_node", "boot_vga"};
static const char *const display_files[] = {"driver_override",    "power/runtime_status",
                                            "power_state",        "reset_method",
                                            "sriov_totalvfs",     "current_link_speed",
                                            "current_link_width", "max_link_speed",
                                            "max_link_width",     "config"};

static const char *const group_files[] = {"type", "reserved_regions"};

static char buffer[4097];

static size_t
read_one(int device, const char *name)
{
    int fd = openat(device, name, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, buffer, sizeof buffer - 1);
    if (fd >= 0)
        close(fd);
    buffer[n > 0 ? n : 0] = '\0';
    return n > 0 ? (size_t)n : 0;
}

static size_t
read_all(int device, const char *const *names, size_t n)
{
    size_t total = 0;
    for (size_t i = 0; i < n; i++)
        total += read_one(device, names[i]);
    return total;
}

#define READ_ALL(device, names) read_all(device, names, sizeof(names) / sizeof *(names))

static size_t
list_all(int device)
{
    size_t total = 0;
    DIR *dir = fdopendir(openat(device, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    while (dir && readdir(dir))
        total++;
    if (dir)
        closedir(dir);
    return total;
}

static size_t
read_display(int device)
{
    size_t total = READ_ALL(device, display_files);
    int group = openat(device, "iommu_group", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ssize_t n = readlinkat(device, "physfn", buffer, sizeof buffer);
    if (group >= 0) {
        total += READ_ALL(group, group_files);
        close(group);
    }
    return total + (n > 0 ? (size_t)n : 0);
}

static size_t
read_function(int devices, const char *name)
{
    unsigned class = 0;
    int device = openat(devices, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (device < 0)
        return 0;
    size_t total = read_one(device, "uevent");
    const char *at = strstr(buffer, "PCI_CLASS=");
    if (at && sscanf(at, "PCI_CLASS=%6x", &class) != 1)
        class = 0;
    ssize_t n = readlinkat(device, "iommu_group", buffer, sizeof buffer);
    total += n > 0 ? (size_t)n : 0;
    if (class >> 16 == 0x03 || class >> 16 == 0x06)
        total += READ_ALL(device, card_files);
    if (class >> 16 == 0x06)
        total += list_all(device);
    if (class >> 16 == 0x03)
        total += read_display(device);
    close(device);
    return total;
}

int
main(int argc, char **argv)
{
    char path[4096];
    size_t total = 0;
    snprintf(path, sizeof path, "%s/sys/bus/pci/devices", argc == 2 ? argv[1] : "");
    DIR *dir = opendir(path);
    if (!dir) {
        perror(path);
        return 1;
    }
    const struct dirent *entry;
    while ((entry = readdir(dir)))
        if (*entry->d_name != '.')
            total += read_function(dirfd(dir), entry->d_name);
    closedir(dir);
    printf("%zu bytes\n", total);
    return 0;
}
