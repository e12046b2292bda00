/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Planners for what keeps a GPU with vfio-pci over reboots. */

#include "plan-persist.h"

#define VFIO_PCI "vfio-pci"

const char *
vfg_initramfs_program(VfgInitramfs initramfs)
{
    static const char *const programs[] = {NULL, "update-initramfs", "dracut", "mkinitcpio"};
    return programs[initramfs];
}

/* Names of files have no colons: hooks of initramfs-tools must not (scripts/functions there,
 * set_initlist). */
static char *
name_file(const char *folder, const char *before, const char *gpu, const char *after)
{
    g_autofree char *name = g_strdelimit(g_strdup(gpu), ":", '-');
    return g_strconcat(folder, "/", before, "vfiogpu-", name, after, NULL);
}

static void
append_header(GString *out, const char *gpu)
{
    g_string_append_printf(out,
                           "# Written by 'vfiogpu bind %s --persistent'. Do not edit: 'vfiogpu "
                           "unbind %s --persistent' removes it.\n",
                           gpu, gpu);
}

/* udev(7). The first line acts on the event of any PCI function, before modules are loaded for it
 * (a RUN is done when all rules were), so that no other card's driver gets hold of this one.
 * Setting driver_override makes nobody probe: hence the second. */
static char *
make_rules(const VfgHost *host, const char *gpu, const GPtrArray *priors)
{
    GString *out = g_string_new(NULL);
    append_header(out, gpu);
    for (guint i = 0; i < priors->len; i++) {
        const VfgPriorState *prior = g_ptr_array_index(priors, i);
        const VfgPciFunction *f = vfg_host_find_function(host, prior->address);
        char at[VFG_PCI_ADDRESS_SIZE];
        vfg_pci_address_format(prior->address, at);
        if (!f)
            continue;
        g_string_append_printf(
            out,
            "ACTION==\"add\", SUBSYSTEM==\"pci\", ATTR{[pci/%s]vendor}==\"0x%04x\", "
            "ATTR{[pci/%s]device}==\"0x%04x\", ATTR{[pci/%s]driver_override}=\"" VFIO_PCI "\"\n",
            at, f->vendor, at, f->device, at);
        g_string_append_printf(
            out,
            "ACTION==\"add\", SUBSYSTEM==\"pci\", KERNEL==\"%s\", ATTR{vendor}==\"0x%04x\", "
            "ATTR{device}==\"0x%04x\", RUN{builtin}+=\"kmod load " VFIO_PCI "\", "
            "RUN+=\"/bin/sh -c 'echo %s > /sys/bus/pci/drivers_probe'\"\n",
            at, f->vendor, f->device, at);
    }
    return g_string_free(out, FALSE);
}

/* modprobe.d(5): vfio-pci is there before the host's drivers are. */
static char *
make_softdeps(const char *gpu, const GPtrArray *modules)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    GString *out = g_string_new(NULL);
    append_header(out, gpu);
    for (guint i = 0; i < modules->len; i++) {
        char *module = g_ptr_array_index(modules, i);
        if (g_hash_table_add(seen, module))
            g_string_append_printf(out, "softdep %s pre: " VFIO_PCI "\n", module);
    }
    return g_string_free(out, FALSE);
}

/* initramfs-tools(7): a hook; files of modprobe.d are taken along without being asked for.
 * dracut.conf(5), mkinitcpio.conf(5). */
static void
add_initramfs_file(VfgPlan *plan, const char *gpu, const char *rules, const char *softdeps,
                   VfgInitramfs initramfs)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *path = NULL;
    if (initramfs == VFG_INITRAMFS_TOOLS) {
        path = name_file("/etc/initramfs-tools/hooks", "", gpu, "");
        g_string_append(text, "#!/bin/sh\n");
        append_header(text, gpu);
        g_string_append_printf(text,
                               "[ \"$1\" != prereqs ] || { echo udev; exit 0; }\n"
                               ". /usr/share/initramfs-tools/hook-functions\n"
                               "manual_add_modules " VFIO_PCI "\n"
                               "mkdir -p \"$DESTDIR/etc/udev/rules.d\"\n"
                               "cp %s \"$DESTDIR/etc/udev/rules.d/\"\n",
                               rules);
    } else if (initramfs == VFG_INITRAMFS_DRACUT) {
        path = name_file("/etc/dracut.conf.d", "90-", gpu, ".conf");
        append_header(text, gpu);
        g_string_append_printf(
            text, "add_drivers+=\" " VFIO_PCI " \"\ninstall_items+=\" %s %s \"\n", rules, softdeps);
    } else {
        path = name_file("/etc/mkinitcpio.conf.d", "", gpu, ".conf");
        append_header(text, gpu);
        g_string_append_printf(text, "MODULES+=(" VFIO_PCI ")\nFILES+=(%s %s)\n", rules, softdeps);
    }
    vfg_plan_add(plan, VFG_STEP_WRITE_FILE, path, NULL, text->str);
}

static void
add_rebuild(VfgPlan *plan, const char *gpu, VfgInitramfs initramfs)
{
    const char *program = vfg_initramfs_program(initramfs);
    if (program)
        vfg_plan_add(plan, VFG_STEP_MAKE_INITRAMFS, program, NULL, gpu);
    else
        g_ptr_array_add(
            plan->notes,
            g_strdup_printf("%s: neither initramfs-tools, dracut nor mkinitcpio is here; "
                            "where an initramfs loads the host's driver, take the udev "
                            "rule into it",
                            gpu));
}

VfgPlan *
vfg_plan_persist(const VfgHost *host, const char *gpu, const GPtrArray *priors,
                 const GPtrArray *modules, VfgInitramfs initramfs)
{
    VfgPlan *plan = vfg_plan_new("bind", gpu);
    g_autofree char *rules = name_file("/etc/udev/rules.d", "09-", gpu, ".rules");
    g_autofree char *softdeps = name_file("/etc/modprobe.d", "", gpu, ".conf");
    g_autofree char *rules_text = make_rules(host, gpu, priors);
    g_autofree char *softdeps_text = make_softdeps(gpu, modules);
    vfg_plan_add(plan, VFG_STEP_WRITE_FILE, rules, NULL, rules_text);
    vfg_plan_add(plan, VFG_STEP_WRITE_FILE, softdeps, NULL, softdeps_text);
    if (initramfs != VFG_INITRAMFS_NONE)
        add_initramfs_file(plan, gpu, rules, softdeps, initramfs);
    add_rebuild(plan, gpu, initramfs);
    return plan;
}

VfgPlan *
vfg_plan_unpersist(const char *gpu, const GPtrArray *written, VfgInitramfs initramfs)
{
    VfgPlan *plan = vfg_plan_new("unbind", gpu);
    for (guint i = written->len; i-- > 0;)
        g_ptr_array_add(plan->steps, vfg_step_inverse(g_ptr_array_index(written, i)));
    add_rebuild(plan, gpu, initramfs);
    return plan;
}
