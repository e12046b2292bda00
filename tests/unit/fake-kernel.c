/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A fake kernel. */

#include "fake-kernel.h"

#include "error.h"
#include "fake-screen.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEVICES "sys/bus/pci/devices"
#define DRIVERS "sys/bus/pci/drivers"
#define SOUND "sys/class/sound"
#define GATHERED "fake/gathered"
#define LATE 7 /* s: longer than the deadlines of tests */

static const char *const fault_names[] = {"EBUSY", "EINVAL",  "ENODEV",     "ENOMEM",
                                          "EIO",   "nothing", "half",       "hang",
                                          "slow",  "late",    "die-before", "die-after"};

/* What every process of the test may append to. */
static void
log_operation(const FakeKernel *kernel, const char *operation)
{
    g_autofree char *path = temp_tree_path(kernel->tree, "fake/log");
    g_autofree char *line = g_strconcat(operation, "\n", NULL);
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    g_assert_cmpint(write(fd, line, strlen(line)), ==, (gssize)strlen(line));
    close(fd);
}

/* The fault that an operation meets now, or -1. One that is for once is used up by it. */
static int
take_fault(const FakeKernel *kernel, const char *operation)
{
    static const char *const kinds[] = {"fake/once/", "fake/always/"};
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autofree char *path = g_strconcat(kinds[i], operation, NULL);
        if (!temp_tree_has(kernel->tree, path))
            continue;
        g_autofree char *name = temp_tree_get(kernel->tree, path);
        if (i == 0)
            temp_tree_remove(kernel->tree, path);
        for (int fault = 0; fault < (int)G_N_ELEMENTS(fault_names); fault++)
            if (g_str_equal(name, fault_names[fault]))
                return fault;
        g_assert_not_reached();
    }
    return -1;
}

/* The program under test is the writer, or the writer's parent where that is a child of it. */
static void G_GNUC_NORETURN
kill_program(const FakeKernel *kernel)
{
    g_autofree char *text = temp_tree_get(kernel->tree, "fake/program");
    pid_t program = (pid_t)g_ascii_strtoll(text, NULL, 10);
    kill(program, SIGKILL);
    _exit(0);
}

typedef gboolean (*Effect)(const FakeKernel *kernel, const char *first, const char *second,
                           GError **error);

/* The effect comes from a process that no deadline of the writer reaches. */
static void
happen_late(const FakeKernel *kernel, Effect effect, const char *first, const char *second)
{
    if (fork() == 0) {
        sleep(LATE);
        g_autoptr(GError) error = NULL;
        _exit(effect(kernel, first, second, &error) ? 0 : 1);
    }
    sleep(60);
}

static gboolean
operate(const FakeKernel *kernel, const char *operation, Effect effect, const char *first,
        const char *second, GError **error)
{
    static const int numbers[] = {EBUSY, EINVAL, ENODEV, ENOMEM, EIO};
    int fault = take_fault(kernel, operation);
    log_operation(kernel, operation);
    if (fault == FAKE_NOTHING)
        return TRUE;
    if (fault == FAKE_HANG) {
        if (temp_tree_has(kernel->tree, SOUND)) /* as snd_card_free does before it waits */
            temp_tree_remove(kernel->tree, SOUND);
        sleep(60);
    }
    if (fault == FAKE_SLOW)
        sleep(1);
    if (fault == FAKE_LATE)
        happen_late(kernel, effect, first, second);
    if (fault == FAKE_DIE_BEFORE)
        kill_program(kernel);
    if (fault >= FAKE_EBUSY && fault <= FAKE_EIO) {
        vfg_error_set_errno(error, numbers[fault], "cannot write");
        return FALSE;
    }
    gboolean done = effect(kernel, first, second, error);
    if (fault == FAKE_DIE_AFTER)
        kill_program(kernel);
    if (fault == FAKE_HALF && done) {
        vfg_error_set_errno(error, EIO, "cannot write");
        return FALSE;
    }
    return done;
}

static char *
bound_driver(const FakeKernel *kernel, const char *address)
{
    g_autofree char *path = g_strdup_printf("/" DEVICES "/%s/driver", address);
    return vfg_root_link_name(kernel->root, path);
}

static char *
read_override(const FakeKernel *kernel, const char *address)
{
    g_autofree char *path = g_strdup_printf("/" DEVICES "/%s/driver_override", address);
    char *text = vfg_root_read_text(kernel->root, path, NULL);
    if (text && g_str_equal(text, "(null)"))
        g_clear_pointer(&text, g_free);
    return text;
}

/* pci_match_device: an override matches the driver of that name and no other. */
static gboolean
driver_matches(const FakeKernel *kernel, const char *address, const char *driver)
{
    g_autofree char *override = read_override(kernel, address);
    if (override)
        return g_str_equal(override, driver);
    g_autofree char *path = g_strdup_printf("fake/matches/%s", address);
    g_autofree char *text = temp_tree_get(kernel->tree, path);
    g_auto(GStrv) drivers = g_strsplit(text, " ", -1);
    return g_strv_contains((const char *const *)drivers, driver);
}

static void
set_links(const FakeKernel *kernel, const char *address, const char *driver)
{
    g_autofree char *of_device = g_strdup_printf("sys/devices/pci0000:00/%s/driver", address);
    g_autofree char *to_driver = g_strdup_printf("../../../bus/pci/drivers/%s", driver);
    g_autofree char *of_driver = g_strdup_printf(DRIVERS "/%s/%s", driver, address);
    g_autofree char *to_device = g_strdup_printf("../../../../devices/pci0000:00/%s", address);
    temp_tree_link(kernel->tree, of_device, to_driver);
    temp_tree_link(kernel->tree, of_driver, to_device);
}

static gboolean
fail(int errnum, GError **error)
{
    vfg_error_set_errno(error, errnum, "cannot write");
    return FALSE;
}

static gboolean
effect_bind(const FakeKernel *kernel, const char *address, const char *driver, GError **error)
{
    g_autofree char *device = g_strdup_printf("sys/devices/pci0000:00/%s", address);
    g_autofree char *folder = g_strdup_printf(DRIVERS "/%s", driver);
    g_autofree char *bound = bound_driver(kernel, address);
    if (!temp_tree_has(kernel->tree, device) || !temp_tree_has(kernel->tree, folder) ||
        !driver_matches(kernel, address, driver))
        return fail(ENODEV, error);
    if (bound)
        return fail(EBUSY, error);
    set_links(kernel, address, driver);
    return TRUE;
}

/* Waits until as many are here as were asked for. */
static gboolean
gather(const FakeKernel *kernel, const char *address)
{
    g_autofree char *mark = g_strconcat(GATHERED "/", address, NULL);
    g_autofree char *wanted = temp_tree_get(kernel->tree, "fake/gather");
    guint64 n = g_ascii_strtoull(wanted, NULL, 10);
    temp_tree_put(kernel->tree, mark, "");
    for (guint tries = 0; tries < 600; tries++) {
        g_autoptr(GPtrArray) here = vfg_root_list(kernel->root, "/" GATHERED, NULL);
        if (here && here->len >= n)
            return TRUE;
        g_usleep(G_USEC_PER_SEC / 20);
    }
    return FALSE;
}

static gboolean
effect_unbind(const FakeKernel *kernel, const char *address, const char *driver, GError **error)
{
    if (temp_tree_has(kernel->tree, "fake/gather") && !gather(kernel, address))
        return fail(EBUSY, error);
    g_autofree char *bound = bound_driver(kernel, address);
    if (g_strcmp0(bound, driver) != 0)
        return fail(ENODEV, error);
    g_autofree char *of_device = g_strdup_printf("sys/devices/pci0000:00/%s/driver", address);
    g_autofree char *of_driver = g_strdup_printf(DRIVERS "/%s/%s", driver, address);
    temp_tree_remove(kernel->tree, of_device);
    temp_tree_remove(kernel->tree, of_driver);
    return TRUE;
}

/* An empty line clears it; then sysfs shows "(null)". */
static gboolean
effect_override(const FakeKernel *kernel, const char *address, const char *value, GError **error)
{
    g_autofree char *device = g_strdup_printf("sys/devices/pci0000:00/%s", address);
    g_autofree char *path = g_strdup_printf("%s/driver_override", device);
    g_autofree char *line = g_strchomp(g_strdup(value));
    g_autofree char *shown = g_strconcat(*line ? line : "(null)", "\n", NULL);
    if (!temp_tree_has(kernel->tree, device))
        return fail(ENODEV, error);
    temp_tree_put(kernel->tree, path, shown);
    return TRUE;
}

/* The VfgRootWriteFunc. */
static gboolean
on_write(const char *path, const char *text, gpointer data, GError **error)
{
    const FakeKernel *kernel = data;
    g_autofree char *attribute = g_path_get_basename(path);
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *owner = g_path_get_basename(folder);
    g_autofree char *screen = fake_screen_name_write(path, text);
    if (screen)
        return operate(kernel, screen, fake_screen_write, path, text, error);
    gboolean bind = g_str_equal(attribute, "bind");
    if (bind || g_str_equal(attribute, "unbind")) {
        g_autofree char *operation =
            bind ? g_strdup_printf("bind %s %s", text, owner) : g_strdup_printf("unbind %s", text);
        return operate(kernel, operation, bind ? effect_bind : effect_unbind, text, owner, error);
    }
    g_assert_cmpstr(attribute, ==, "driver_override");
    if (!*text) /* write(2) of no bytes does not reach the attribute */
        return TRUE;
    g_autofree char *operation = g_strdup_printf("override %s", owner);
    return operate(kernel, operation, effect_override, owner, text, error);
}

/* modprobe as a script: it makes what loading vfio-pci makes. */
static void
put_modprobe(const FakeKernel *kernel)
{
    g_autofree char *text = g_strdup_printf(
        "#!/bin/sh\n"
        "cd '%s' || exit 9\n"
        "echo modprobe >> fake/log\n"
        "case $(cat fake/once/modprobe fake/always/modprobe 2>/dev/null) in\n"
        "EINVAL*) rm -f fake/once/modprobe; echo 'modprobe: ERROR: Invalid argument' >&2; exit "
        "1;;\n"
        "nothing*) rm -f fake/once/modprobe; exit 0;;\n"
        "hang*) rm -f fake/once/modprobe; exec sleep 60;;\n"
        "esac\n"
        "[ \"$1 $2\" = '-- vfio-pci' ] || { echo \"modprobe: FATAL: Module $2 not found.\" >&2; "
        "exit 1; }\n"
        "mkdir -p sys/module/vfio_pci " DRIVERS "/vfio-pci\n",
        kernel->tree->top);
    g_autofree char *path = temp_tree_path(kernel->tree, "fake/bin/modprobe");
    temp_tree_put(kernel->tree, "fake/bin/modprobe", text);
    g_assert_cmpint(g_chmod(path, 0755), ==, 0);
    g_autofree char *folder = temp_tree_path(kernel->tree, "fake/bin");
    g_autofree char *search = g_strdup_printf("%s:/usr/bin:/bin", folder);
    g_setenv("PATH", search, TRUE);
}

FakeKernel *
fake_kernel_new(void)
{
    g_autoptr(GError) error = NULL;
    FakeKernel *kernel = g_new0(FakeKernel, 1);
    kernel->tree = temp_tree_new();
    temp_tree_make_dir(kernel->tree, DEVICES);
    temp_tree_make_dir(kernel->tree, DRIVERS);
    temp_tree_make_dir(kernel->tree, "sys/module");
    temp_tree_put(kernel->tree, "fake/log", "");
    temp_tree_put(kernel->tree, "proc/sys/kernel/osrelease", "6.1.0-31-amd64\n");
    temp_tree_put(kernel->tree, "lib/modules/6.1.0-31-amd64/modules.dep",
                  "kernel/drivers/vfio/pci/vfio-pci.ko: kernel/drivers/vfio/vfio.ko\n");
    put_modprobe(kernel);
    kernel->root = vfg_root_new_fake(kernel->tree->top, on_write, kernel, &error);
    g_assert_no_error(error);
    return kernel;
}

void
fake_kernel_free(FakeKernel *kernel)
{
    if (!kernel)
        return;
    vfg_root_free(kernel->root);
    temp_tree_free(kernel->tree);
    g_free(kernel);
}

void
fake_kernel_add_driver(const FakeKernel *kernel, const char *driver)
{
    g_autofree char *folder = g_strdup_printf(DRIVERS "/%s", driver);
    g_autofree char *name = g_strdelimit(g_strdup(driver), "-", '_');
    g_autofree char *module = g_strdup_printf("sys/module/%s", name);
    temp_tree_make_dir(kernel->tree, folder);
    temp_tree_make_dir(kernel->tree, module);
}

static void
put_hex(const FakeKernel *kernel, const char *address, const char *name, guint64 value)
{
    g_autofree char *path = g_strdup_printf("sys/devices/pci0000:00/%s/%s", address, name);
    g_autofree char *text = g_strdup_printf("0x%04" G_GINT64_MODIFIER "x\n", value);
    temp_tree_put(kernel->tree, path, text);
}

void
fake_kernel_add_function(const FakeKernel *kernel, const char *address, const char *ids,
                         guint class, const char *drivers, int group)
{
    g_autofree char *link = g_strdup_printf(DEVICES "/%s", address);
    g_autofree char *to_device = g_strdup_printf("../../../devices/pci0000:00/%s", address);
    g_autofree char *matches = g_strdup_printf("fake/matches/%s", address);
    g_autofree char *of_group = g_strdup_printf("sys/devices/pci0000:00/%s/iommu_group", address);
    g_autofree char *to_group = g_strdup_printf("../../../kernel/iommu_groups/%d", group);
    g_autofree char *folder = g_strdup_printf("sys/kernel/iommu_groups/%d", group);
    g_autoptr(GError) error = NULL;
    put_hex(kernel, address, "vendor", g_ascii_strtoull(ids, NULL, 16));
    put_hex(kernel, address, "device", g_ascii_strtoull(ids + 5, NULL, 16));
    put_hex(kernel, address, "class", class << 8);
    temp_tree_link(kernel->tree, link, to_device);
    temp_tree_put(kernel->tree, matches, drivers);
    temp_tree_make_dir(kernel->tree, folder);
    temp_tree_link(kernel->tree, of_group, to_group);
    effect_override(kernel, address, "\n", &error);
    g_assert_no_error(error);
    if (!*drivers)
        return;
    g_autofree char *driver = g_strndup(drivers, strcspn(drivers, " "));
    fake_kernel_add_driver(kernel, driver);
    effect_bind(kernel, address, driver, &error);
    g_assert_no_error(error);
}

void
fake_kernel_fail(const FakeKernel *kernel, const char *operation, FakeFault fault, gboolean once)
{
    g_autofree char *path = g_strdup_printf("fake/%s/%s", once ? "once" : "always", operation);
    g_autofree char *pid = g_strdup_printf("%d", (int)getpid());
    temp_tree_put(kernel->tree, path, fault_names[fault]);
    temp_tree_put(kernel->tree, "fake/program", pid);
}

void
fake_kernel_gather_unbinds(const FakeKernel *kernel, guint n)
{
    g_autofree char *text = g_strdup_printf("%u", n);
    temp_tree_put(kernel->tree, "fake/gather", text);
}

void
fake_kernel_heal(const FakeKernel *kernel)
{
    if (temp_tree_has(kernel->tree, "fake/once"))
        temp_tree_remove(kernel->tree, "fake/once");
    if (temp_tree_has(kernel->tree, "fake/always"))
        temp_tree_remove(kernel->tree, "fake/always");
}

void
fake_kernel_unplug(const FakeKernel *kernel, const char *address)
{
    g_autofree char *link = g_strdup_printf(DEVICES "/%s", address);
    g_autofree char *device = g_strdup_printf("sys/devices/pci0000:00/%s", address);
    temp_tree_remove(kernel->tree, link);
    temp_tree_remove(kernel->tree, device);
}

void
fake_kernel_hold_sound(const FakeKernel *kernel, const char *address, int pid)
{
    g_autofree char *device =
        g_strdup_printf("sys/devices/pci0000:00/%s/sound/card0/controlC0", address);
    g_autofree char *target = g_strconcat("../../../", device, NULL);
    g_autofree char *status = g_strdup_printf("proc/%d/status", pid);
    g_autofree char *file = g_strdup_printf("proc/%d/fd/3", pid);
    temp_tree_make_dir(kernel->tree, device);
    temp_tree_link(kernel->tree, SOUND "/controlC0", target);
    temp_tree_put(kernel->tree, status, "Name:\tpipewire\nUid:\t1000\t1000\t1000\t1000\n");
    temp_tree_link(kernel->tree, file, "/dev/snd/controlC0");
}

void
fake_kernel_jam(const FakeKernel *kernel, const char *address)
{
    g_autofree char *attribute =
        g_strdup_printf("sys/devices/pci0000:00/%s/driver_override", address);
    g_autofree char *path = temp_tree_path(kernel->tree, attribute);
    temp_tree_remove(kernel->tree, attribute);
    g_assert_cmpint(mkfifo(path, 0600), ==, 0);
}

void
fake_kernel_unjam(const FakeKernel *kernel, const char *address, const char *override)
{
    g_autofree char *attribute =
        g_strdup_printf("sys/devices/pci0000:00/%s/driver_override", address);
    temp_tree_remove(kernel->tree, attribute);
    temp_tree_put(kernel->tree, attribute, override);
}

char *
fake_kernel_state(const FakeKernel *kernel)
{
    GString *out = g_string_new(NULL);
    g_autoptr(GPtrArray) names = vfg_root_list(kernel->root, "/" DEVICES, NULL);
    for (guint i = 0; i < names->len; i++) {
        const char *address = names->pdata[i];
        g_autofree char *driver = bound_driver(kernel, address);
        g_autofree char *override = read_override(kernel, address);
        g_string_append_printf(out, "%s %s %s\n", address, driver ? driver : "-",
                               override ? override : "-");
    }
    fake_screen_append_state(kernel, out);
    return g_string_free(out, FALSE);
}

char *
fake_kernel_log(const FakeKernel *kernel)
{
    return temp_tree_get(kernel->tree, "fake/log");
}
