/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The steps of a start that are not the kernel's. */

#include "start-steps.h"

#include "agent.h"
#include "boot-failure.h"
#include "definition.h"
#include "disk.h"
#include "domain-xml.h"
#include "error.h"
#include "seed.h"
#include "undo-start.h"
#include "vmdefs.h"

#define BOOT_TIMEOUT 120 /* s until the emulator runs */
#define WAIT_KVM 180     /* s until an agent must have spoken */
#define WAIT_TCG 900     /* s, emulated */
#define WAIT_PER_GIB 2   /* s: older kernels map big BARs page by page */
#define SAY_EVERY 15     /* s: long waits show that they go on */
#define BOOTED_BYTES                                                             \
    (1 << 20) /* firmware reads a partition table; who reads more loads a system \
               */
#define POLL_INTERVAL (G_USEC_PER_SEC / 2)

static guint64
total_bar_bytes(const GPtrArray *gpus)
{
    guint64 total = 0;
    for (guint i = 0; i < gpus->len; i++) {
        const VfgGpu *gpu = g_ptr_array_index(gpus, i);
        for (guint k = 0; k < gpu->function->n_bars; k++)
            total += gpu->function->bars[k].size;
    }
    return total;
}

static guint
guest_timeout(const VfgStart *start)
{
    if (start->options->timeout)
        return start->options->timeout;
    guint base = start->settled->kvm ? WAIT_KVM : WAIT_TCG;
    return base + WAIT_PER_GIB * (guint)(total_bar_bytes(start->settled->gpus) >> 30);
}

/* An emulator that has memory to clear and BARs to map answers nobody. */
static guint
boot_timeout(const VfgStart *start)
{
    guint64 bytes = start->vmdef->memory + total_bar_bytes(start->settled->gpus);
    return BOOT_TIMEOUT + WAIT_PER_GIB * (guint)(bytes >> 30);
}

static void
set_unknown_error(const GError *failure, const GError *trouble, GError **error)
{
    const char *fix = vfg_error_get_fix(trouble);
    vfg_error_set(error, VFG_ERROR_RECOVER,
                  fix ? fix
                      : "once libvirtd answers, run 'vfiogpu recover'; until then the GPUs stay "
                        "with vfio-pci",
                  "%s; what came of it is not known: %s", failure->message, trouble->message);
}

static gboolean
define(VfgStart *start, VfgVirt *virt, GError **error)
{
    const char *name = start->vmdef->name;
    g_autofree char *xml =
        vfg_settled_to_xml(start->settled, start->vmdef, start->definition, error);
    g_autoptr(VfgStartState) state = NULL;
    g_autoptr(GError) failure = NULL;
    g_autoptr(GError) trouble = NULL;
    if (!xml)
        return FALSE;
    if (start->definition && vfg_definition_is_made(start->app, name, xml, start->definition))
        return TRUE;
    g_clear_pointer(&start->definition, g_free);
    if (vfg_virt_define(virt, name, xml, &start->definition, &failure)) {
        start->defined = g_steal_pointer(&xml);
        return TRUE;
    }
    /* A libvirtd that did not answer in time may have done it. */
    if (g_error_matches(failure, VFG_ERROR, VFG_ERROR_TIMEOUT) &&
        (!vfg_start_record_read(start->app->state_dir, name, &state, &trouble) ||
         !vfg_undo_definition(start->app, state, FALSE, &trouble))) {
        set_unknown_error(failure, trouble, error);
        return FALSE;
    }
    g_propagate_error(error, g_steal_pointer(&failure));
    return FALSE;
}

static gboolean
make_disk(const VfgStart *start, const VfgVmdefDisk *disk, GError **error)
{
    const VfgApp *app = start->app;
    const char *name = start->vmdef->name;
    g_autofree char *file = vfg_vmdefs_image_path(app, disk->file);
    return vfg_start_record_making(app->state_dir, name, file, error) &&
           vfg_app_create_disk(app, disk, error) &&
           vfg_start_record_made(app->state_dir, name, file, error);
}

/* A fresh system has no agent yet. Without one the VM is as good, so that its lack is only told. */
static void
make_seed(const VfgStart *start)
{
    g_autoptr(GError) error = NULL;
    const char *name = start->vmdef->name;
    g_autofree char *path = vfg_app_seed_path(start->app, name);
    if (g_str_equal(start->vmdef->guest->profile, "none"))
        return;
    gboolean is_new = !g_file_test(path, G_FILE_TEST_EXISTS);
    if (vfg_app_seed_make(start->app, start->vmdef, &error) &&
        (!is_new || vfg_start_record_made(start->app->state_dir, name, path, &error)))
        vfg_app_say(start->app, "a CD-ROM brings the agent into %s", name);
    else
        vfg_app_say(start->app, "note: %s gets no agent: %s", name, error->message);
}

static gboolean
create_disk(const VfgStart *start, const char *file, GError **error)
{
    for (guint i = 0; i < start->vmdef->disks->len; i++) {
        const VfgVmdefDisk *disk = g_ptr_array_index(start->vmdef->disks, i);
        if (!g_str_equal(disk->file, file))
            continue;
        if (!make_disk(start, disk, error))
            return FALSE;
        if (i == 0)
            make_seed(start);
        return TRUE;
    }
    g_return_val_if_reached(FALSE);
}

/* A file that nobody has named yet is one that libvirt will have made: which one is not known, so
 * that it counts as an old one, which stays. */
static gboolean
record_booting(const VfgStart *start, GError **error)
{
    g_autofree char *nvram = start->definition ? vfg_domain_xml_get_nvram(start->definition) : NULL;
    gboolean is_new = nvram && !g_file_test(nvram, G_FILE_TEST_EXISTS);
    return vfg_start_record_booting(start->app->state_dir, start->vmdef->name, is_new, error);
}

/* As the next start will find it. */
static void
note_definition(const VfgStart *start, VfgVirt *virt)
{
    const char *name = start->vmdef->name;
    g_autofree char *now = NULL;
    if (start->defined && start->definition &&
        vfg_virt_get_definition(virt, name, NULL, &now, NULL) && now)
        vfg_definition_note(start->app, name, start->defined, start->definition, now);
}

/* A boot that failed may have an effect later (libvirtd was slow) or have had one (it died after
 * it), so the domain is switched off in any case. */
static gboolean
boot(VfgStart *start, VfgVirt *virt, GError **error)
{
    const char *name = start->vmdef->name;
    g_autoptr(GError) failure = NULL;
    g_autoptr(GError) trouble = NULL;
    g_autoptr(VfgKmsg) mark = vfg_boot_failure_mark(start->app);
    if (!record_booting(start, error))
        return FALSE;
    if (vfg_virt_boot(virt, name, boot_timeout(start), &failure)) {
        start->ran = TRUE;
        note_definition(start, virt);
        return TRUE;
    }
    vfg_boot_failure_explain(start->app, mark, start->settled->gpus, failure);
    if (vfg_virt_destroy(virt, name, &trouble)) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    set_unknown_error(failure, trouble, error);
    return FALSE;
}

/* Until the firmware has found what to boot: it reads a kernel from a disk. */
static gboolean
wait_boot(const VfgStart *start, VfgVirt *virt, GError **error)
{
    const char *name = start->vmdef->name;
    guint timeout = guest_timeout(start), said = 0;
    gint64 begin = g_get_monotonic_time();
    for (;;) {
        guint64 bytes = 0;
        if (!vfg_app_go_on(start->app, error) || !vfg_virt_require_running(virt, name, error) ||
            !vfg_virt_get_disk_reads(virt, name, &bytes, error))
            return FALSE;
        if (bytes >= BOOTED_BYTES)
            return TRUE;
        guint gone = (guint)((g_get_monotonic_time() - begin) / G_USEC_PER_SEC);
        if (gone >= timeout)
            break;
        if (gone / SAY_EVERY > said) {
            said = gone / SAY_EVERY;
            vfg_app_say(start->app, "still waiting for the firmware of %s: %u of %u s", name, gone,
                        timeout);
        }
        g_usleep(POLL_INTERVAL);
    }
    vfg_error_set(
        error, VFG_ERROR_TIMEOUT,
        "look at the VM's screen with 'vfiogpu start' without --wait and 'vfiogpu "
        "screenshot'; is there a system on its disk that boots by UEFI? --timeout SECONDS "
        "waits longer",
        "the firmware of %s loaded no system from its disks within %u s", name, timeout);
    return FALSE;
}

static gboolean
wait_agent(const VfgStart *start, GError **error)
{
    g_autoptr(VfgSession) session =
        vfg_app_await_agent(start->app, start->vmdef->name, guest_timeout(start), error);
    return session != NULL;
}

/* What undoing goes by is what is on disk: the same that `recover` would go by. */
static gboolean
undo(VfgStart *start, const VfgStep *step, GError **error)
{
    const char *name = start->vmdef->name;
    g_autoptr(VfgStartState) state = NULL;
    if (!vfg_start_record_read(start->app->state_dir, name, &state, error))
        return FALSE;
    if (!state)
        return TRUE;
    if (step->kind == VFG_STEP_UNDEFINE)
        return vfg_undo_definition(start->app, state, start->ran, error);
    return vfg_undo_disks(state, start->kept, error);
}

gboolean
vfg_start_step(const VfgStep *step, gpointer data, GError **error)
{
    VfgStart *start = data;
    const char *name = start->vmdef->name;
    VfgVirt *virt = vfg_app_virt(start->app, error);
    if (!virt)
        return FALSE;
    switch (step->kind) {
    case VFG_STEP_CREATE_DISK:
        return create_disk(start, step->subject, error);
    case VFG_STEP_DEFINE:
        return define(start, virt, error);
    case VFG_STEP_BOOT:
        return boot(start, virt, error);
    case VFG_STEP_WAIT_BOOT:
        return wait_boot(start, virt, error);
    case VFG_STEP_WAIT_AGENT:
        return wait_agent(start, error);
    case VFG_STEP_POWER_OFF:
        return vfg_virt_destroy(virt, name, error);
    case VFG_STEP_UNDEFINE:
    case VFG_STEP_REMOVE_DISK:
        return undo(start, step, error);
    default:
        g_return_val_if_reached(FALSE);
    }
}
