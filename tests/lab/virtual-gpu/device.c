/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A virtual PCI function. */

#include "device.h"

#include "config-space.h"
#include "vgpu-error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A client maps whole pages, so that smaller BARs are reached by messages alone. */
#define MIN_MAPPED 4096

enum { IRQ_INTX, IRQ_MSI, IRQ_MSIX, IRQ_ERROR };

struct VfgVgpuDevice {
    const VfgVgpuFunction *function;
    const VfgVgpuFaults *faults;
    VfgVgpuConfigSpace config;
    /* A file in memory for each BAR, sparse: a BAR of 16 GiB takes what was written to it. */
    int memory[VFG_VGPU_N_BARS];
    gint64 started; /* monotonic time in µs of the client's first reset; 0: not yet */
    gboolean gone;  /* a reset didn't end: config space reads as ones */
};

static gboolean
write_registers(const VfgVgpuDevice *device, GError **error)
{
    const GArray *registers = device->function->registers;
    for (guint i = 0; i < registers->len; i++) {
        const VfgVgpuRegister *entry = &g_array_index(registers, VfgVgpuRegister, i);
        guint32 value = GUINT32_TO_LE(entry->value);
        if (pwrite(device->memory[0], &value, sizeof value, (off_t)entry->offset) != sizeof value) {
            vfg_vgpu_error_set_errno(error, errno, "cannot set a register of BAR 0");
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
make_memory(VfgVgpuDevice *device, GError **error)
{
    for (guint i = 0; i < VFG_VGPU_N_BARS; i++) {
        guint64 size = device->function->bars[i].size;
        if (size == 0)
            continue;
        g_autofree char *name = g_strdup_printf("vgpu-bar%u", i);
        device->memory[i] = memfd_create(name, MFD_CLOEXEC);
        if (device->memory[i] < 0 || ftruncate(device->memory[i], (off_t)size) < 0) {
            vfg_vgpu_error_set_errno(
                error, errno, "cannot make the %" G_GUINT64_FORMAT " bytes of BAR %u", size, i);
            return FALSE;
        }
    }
    return write_registers(device, error);
}

VfgVgpuDevice *
vfg_vgpu_device_new(const VfgVgpuProfile *profile, guint number, const VfgVgpuFaults *faults,
                    GError **error)
{
    const VfgVgpuFunction *function = vfg_vgpu_profile_function(profile, number, error);
    if (!function)
        return NULL;
    g_autoptr(VfgVgpuDevice) device = g_new0(VfgVgpuDevice, 1);
    device->function = function;
    device->faults = faults;
    for (guint i = 0; i < VFG_VGPU_N_BARS; i++)
        device->memory[i] = -1;
    vfg_vgpu_config_space_init(&device->config, function, profile->n_functions > 1);
    if (!make_memory(device, error))
        return NULL;
    return g_steal_pointer(&device);
}

void
vfg_vgpu_device_connect(VfgVgpuDevice *device)
{
    device->started = 0;
}

static gboolean
is_mappable(const VfgVgpuDevice *device, guint bar)
{
    return device->function->bars[bar].kind != VFG_VGPU_BAR_IO &&
           device->function->bars[bar].size >= MIN_MAPPED &&
           !vfg_vgpu_faults_match(device->faults, VFG_VGPU_FAULT_BAR_NO_MAP, bar);
}

gboolean
vfg_vgpu_device_region(const VfgVgpuDevice *device, guint index, VfgVgpuRegionInfo *ret,
                       GError **error)
{
    VfgVgpuRegionInfo info = {.fd = -1};
    if (index >= VFG_VGPU_N_REGIONS) {
        vfg_vgpu_error_set(error, EINVAL, "there is no region %u", index);
        return FALSE;
    }
    if (index == VFG_VGPU_CONFIG_REGION)
        info.size = VFG_VGPU_CONFIG_SIZE;
    if (index < VFG_VGPU_N_BARS) {
        info.size = device->function->bars[index].size;
        info.fd = is_mappable(device, index) ? device->memory[index] : -1;
    }
    info.readable = info.size > 0;
    *ret = info;
    return TRUE;
}

gboolean
vfg_vgpu_device_irq(const VfgVgpuDevice *device, guint index, VfgVgpuIrqInfo *ret, GError **error)
{
    if (index >= VFG_VGPU_N_IRQS) {
        vfg_vgpu_error_set(error, EINVAL, "there are no interrupts of kind %u", index);
        return FALSE;
    }
    *ret = (VfgVgpuIrqInfo){0};
    if (index == IRQ_INTX) {
        ret->count = device->function->interrupt_pin ? 1 : 0;
        ret->maskable = TRUE;
    }
    if (index == IRQ_MSI)
        ret->count = device->function->msi_vectors;
    if (index == IRQ_MSIX)
        ret->count = device->function->msix.vectors;
    /* QEMU warns of every PCIe device that can't report errors. */
    if (index == IRQ_ERROR)
        ret->count = device->function->has_pcie ? 1 : 0;
    return TRUE;
}

gboolean
vfg_vgpu_device_check_irqs(const VfgVgpuDevice *device, guint index, guint start, guint count,
                           GError **error)
{
    VfgVgpuIrqInfo info;
    if (!vfg_vgpu_device_irq(device, index, &info, error))
        return FALSE;
    if (start > info.count || count > info.count - start) {
        vfg_vgpu_error_set(error, EINVAL, "interrupts %u and %u on of kind %u: there are %u", start,
                           count, index, info.count);
        return FALSE;
    }
    return TRUE;
}

/* Ones are what a bus returns for a device that doesn't answer. QEMU resets a device when its
 * machine starts; before, it walks the lists of capabilities itself, and would for ever in ones. */
static gboolean
reads_as_ones(const VfgVgpuDevice *device)
{
    guint seconds = 0;
    if (device->gone)
        return TRUE;
    if (!device->started)
        return FALSE;
    if (vfg_vgpu_faults_has(device->faults, VFG_VGPU_FAULT_CONFIG_ONES))
        return TRUE;
    return vfg_vgpu_faults_get(device->faults, VFG_VGPU_FAULT_CONFIG_ONES_AFTER, &seconds) &&
           g_get_monotonic_time() - device->started >= (gint64)seconds * G_USEC_PER_SEC;
}

/* Of what is asked for, all must be in the region. */
static gboolean
check_access(const VfgVgpuDevice *device, guint region, guint64 offset, guint count, GError **error)
{
    VfgVgpuRegionInfo info;
    if (!vfg_vgpu_device_region(device, region, &info, error))
        return FALSE;
    if (offset > info.size || count > info.size - offset) {
        vfg_vgpu_error_set(error, EINVAL,
                           "%u bytes at 0x%" G_GINT64_MODIFIER "x of region %u, which has "
                           "0x%" G_GINT64_MODIFIER "x",
                           count, offset, region, info.size);
        return FALSE;
    }
    if (region < VFG_VGPU_N_BARS &&
        vfg_vgpu_faults_match(device->faults, VFG_VGPU_FAULT_BAR_NO_MAP, region)) {
        vfg_vgpu_error_set(error, EIO, "BAR %u has the fault bar-no-map", region);
        return FALSE;
    }
    return TRUE;
}

gboolean
vfg_vgpu_device_read(VfgVgpuDevice *device, guint region, guint64 offset, guint8 *data, guint count,
                     GError **error)
{
    if (!check_access(device, region, offset, count, error))
        return FALSE;
    if (region == VFG_VGPU_CONFIG_REGION) {
        if (reads_as_ones(device))
            memset(data, 0xff, count);
        else
            vfg_vgpu_config_space_read(&device->config, (guint)offset, data, count);
        return TRUE;
    }
    if (count && pread(device->memory[region], data, count, (off_t)offset) != (gssize)count) {
        vfg_vgpu_error_set(error, EIO, "cannot read the memory of BAR %u", region);
        return FALSE;
    }
    return TRUE;
}

static void
reset_all(VfgVgpuDevice *device)
{
    vfg_vgpu_config_space_reset(&device->config);
    for (guint i = 0; i < VFG_VGPU_N_BARS; i++) {
        if (device->memory[i] >= 0)
            (void)fallocate(device->memory[i], FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
                            (off_t)device->function->bars[i].size);
    }
    (void)write_registers(device, NULL);
}

static void
write_config(VfgVgpuDevice *device, guint offset, const guint8 *data, guint count)
{
    if (!vfg_vgpu_config_space_write(&device->config, offset, data, count))
        return;
    reset_all(device);
    device->gone = vfg_vgpu_faults_has(device->faults, VFG_VGPU_FAULT_FLR_HANGS);
}

gboolean
vfg_vgpu_device_write(VfgVgpuDevice *device, guint region, guint64 offset, const guint8 *data,
                      guint count, GError **error)
{
    if (!check_access(device, region, offset, count, error))
        return FALSE;
    if (region == VFG_VGPU_CONFIG_REGION) {
        write_config(device, (guint)offset, data, count);
        return TRUE;
    }
    if (count && pwrite(device->memory[region], data, count, (off_t)offset) != (gssize)count) {
        vfg_vgpu_error_set(error, EIO, "cannot write the memory of BAR %u", region);
        return FALSE;
    }
    return TRUE;
}

gboolean
vfg_vgpu_device_reset(VfgVgpuDevice *device)
{
    if (!device->started)
        device->started = g_get_monotonic_time();
    if (vfg_vgpu_faults_has(device->faults, VFG_VGPU_FAULT_RESET_HANGS))
        return FALSE;
    reset_all(device);
    device->gone = FALSE;
    return TRUE;
}

void
vfg_vgpu_device_free(VfgVgpuDevice *device)
{
    if (!device)
        return;
    for (guint i = 0; i < VFG_VGPU_N_BARS; i++) {
        if (device->memory[i] >= 0)
            close(device->memory[i]);
    }
    g_free(device);
}
