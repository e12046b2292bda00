/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Plans of provisioning for every system that there is a recipe for, against goldens that were
 * reviewed (tests/unit/golden/provision). VFG_UPDATE_GOLDENS=1 writes them anew: review the
 * difference. */

#include "provision.h"

#include "assert-error.h"
#include "io.h"
#include "os-release.h"
#include "plan-print.h"
#include "stride.h"
#include "temp-tree.h"

#define GOLDENS VFG_TOP_SRCDIR "/tests/unit/golden/provision/"
#define SAMPLES VFG_TOP_SRCDIR "/../shared/samples/os-release/"
#define KERNEL "6.1.0-28-generic"

typedef struct {
    const char *name; /* of the golden */
    const char *os_release;
    const char *marker; /* a file that is there, or NULL */
} System;

#define OS(id, version) \
    "ID=" id "\nVERSION_ID=\"" version "\"\nPRETTY_NAME=\"" id " " version "\"\n"

static const System systems[] = {
    {"almalinux-8.10", OS("almalinux", "8.10"), NULL},
    {"almalinux-9.6", OS("almalinux", "9.6"), NULL},
    {"almalinux-10.0", OS("almalinux", "10.0"), NULL},
    {"alpine-3.22", OS("alpine", "3.22"), NULL},
    {"amzn-2", OS("amzn", "2"), NULL},
    {"amzn-2023", OS("amzn", "2023"), NULL},
    {"arch-", "ID=arch\nPRETTY_NAME=arch\n", NULL},
    {"azurelinux-3.0", OS("azurelinux", "3.0"), NULL},
    {"centos-9", OS("centos", "9"), NULL},
    {"debian-11", OS("debian", "11") "VERSION_CODENAME=bullseye\n", NULL},
    {"debian-12", OS("debian", "12") "VERSION_CODENAME=bookworm\n", NULL},
    {"debian-12-rpi", OS("debian", "12") "VERSION_CODENAME=bookworm\n", "/etc/rpi-issue"},
    {"debian-13", OS("debian", "13") "VERSION_CODENAME=trixie\n", NULL},
    {"debian-13-rpi", OS("debian", "13") "VERSION_CODENAME=trixie\n", "/etc/rpi-issue"},
    {"fedora-39", OS("fedora", "39"), NULL},
    {"fedora-40", OS("fedora", "40"), NULL},
    {"fedora-40-silverblue", OS("fedora", "40") "VARIANT_ID=silverblue\n", NULL},
    {"fedora-41", OS("fedora", "41"), NULL},
    {"fedora-42", OS("fedora", "42"), NULL},
    {"fedora-42-coreos", OS("fedora", "42") "VARIANT_ID=coreos\n", NULL},
    {"fedora-42-ostree", OS("fedora", "42"), "/run/ostree-booted"},
    {"fedora-43", OS("fedora", "43"), NULL},
    {"freebsd-13.0", OS("freebsd", "13.0"), NULL},
    {"freebsd-13.2", OS("freebsd", "13.2"), NULL},
    {"freebsd-14.3", OS("freebsd", "14.3"), NULL},
    {"freebsd-15.0", OS("freebsd", "15.0"), NULL},
    {"kylin-V10", OS("kylin", "V10"), NULL},
    {"mariner-2.0", OS("mariner", "2.0"), NULL},
    {"ol-8.9", OS("ol", "8.9"), NULL},
    {"ol-9.6", OS("ol", "9.6"), NULL},
    {"opensuse-leap-15.6", OS("opensuse-leap", "15.6"), NULL},
    {"opensuse-leap-16.0", OS("opensuse-leap", "16.0"), NULL},
    {"opensuse-tumbleweed-20260101", OS("opensuse-tumbleweed", "20260101"), NULL},
    {"raspbian-12", OS("raspbian", "12") "ID_LIKE=debian\nVERSION_CODENAME=bookworm\n", NULL},
    {"rhel-8.10", OS("rhel", "8.10"), NULL},
    {"rhel-9.6", OS("rhel", "9.6"), NULL},
    {"rhel-10.0", OS("rhel", "10.0"), NULL},
    {"rocky-8.10", OS("rocky", "8.10"), NULL},
    {"rocky-9.5", OS("rocky", "9.5"), NULL},
    {"rocky-10.0", OS("rocky", "10.0"), NULL},
    {"sles-15.6", OS("sles", "15.6"), NULL},
    {"sles-15.7", OS("sles", "15.7"), NULL},
    {"sles-16.0", OS("sles", "16.0"), NULL},
    {"ubuntu-20.04", OS("ubuntu", "20.04") "VERSION_CODENAME=focal\n", NULL},
    {"ubuntu-22.04", OS("ubuntu", "22.04") "VERSION_CODENAME=jammy\n", NULL},
    {"ubuntu-24.04", OS("ubuntu", "24.04") "VERSION_CODENAME=noble\n", NULL},
    {"ubuntu-25.04", OS("ubuntu", "25.04") "VERSION_CODENAME=plucky\n", NULL},
    {"ubuntu-25.10", OS("ubuntu", "25.10") "VERSION_CODENAME=questing\n", NULL},
};

typedef struct {
    const char *profile;
    const char *arch;
    const char *gpu;
    const char *source;
} Wish;

static VfgProvisionPlan *
make_plan(VfgRoot *root, const char *os_release, const Wish *wish, GError **error)
{
    g_autoptr(VfgProvisionRequest) request = g_new0(VfgProvisionRequest, 1);
    const char *gpus[] = {wish->gpu, NULL};
    request->profile = g_strdup(wish->profile);
    request->source = g_strdup(wish->source);
    request->assume_gpu = TRUE;
    VfgProvisionTarget target = {
        .os_release = os_release, .arch = wish->arch, .kernel = KERNEL, .gpus = gpus};
    return vfg_provision_prepare(request, &target, root, error);
}

/* The plan without its first line, which has the system's own name; with `rest` only what is behind
 * the driver's verification, up to which the profiles of NVIDIA's cards are the same. */
static void
append_plan(GString *out, VfgRoot *root, const char *os_release, const Wish *wish, gboolean rest)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgProvisionPlan) plan = make_plan(root, os_release, wish, &error);
    g_string_append_printf(out, "== %s on %s\n", wish->profile, wish->arch);
    if (!plan) {
        const char *fix = vfg_error_get_fix(error);
        g_assert_nonnull(fix);
        g_string_append_printf(out, "refused: %s\nfix: %s\n", error->message, fix);
        return;
    }
    g_autofree char *text = vfg_provision_plan_text(plan);
    const char *verified = rest ? strstr(text, ". verify-driver: ") : NULL;
    const char *behind = verified ? strstr(verified, "\n\n") : NULL;
    g_string_append(out, behind ? behind + 2 : strchr(text, '\n') + 1);
}

/* What a GPU gets on this system, in a line: the packages of driver and toolkit, or why not. */
static void
append_line(GString *out, VfgRoot *root, const char *os_release, const Wish *wish)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgProvisionPlan) plan = make_plan(root, os_release, wish, &error);
    g_string_append_printf(out, "%s %s %s%s%s:", wish->profile, wish->arch, wish->gpu,
                           wish->source ? " " : "", wish->source ? wish->source : "");
    if (!plan) {
        g_string_append_printf(out, " refused: %s\n", error->message);
        return;
    }
    for (guint i = 0; i < plan->steps->len; i++) {
        const VfgProvisionStep *step = g_ptr_array_index(plan->steps, i);
        static const char *const shown[] = {"drivers", "toolkit", "container-toolkit", "apptainer",
                                            NULL};
        if (g_strv_contains(shown, step->id))
            g_string_append_printf(out, " [%s]", strchr(step->title, ':') + 2);
    }
    g_string_append_c(out, '\n');
}

static char *
describe(VfgRoot *root, const char *os_release)
{
    gboolean freebsd = os_release && strstr(os_release, "ID=freebsd");
    const char *main_profile = freebsd ? "linuxulator" : "cuda";
    const Wish whole = {main_profile, os_release ? "x86_64" : "aarch64", NULL, NULL};
    const Wish lines[] = {
        {main_profile, "aarch64", "10de:1bb3", NULL}, /* Tesla P4 */
        {main_profile, "x86_64", "10de:102d", NULL},  /* Tesla K80 */
        {main_profile, "x86_64", "10de:1bb3", NULL},
        {main_profile, "x86_64", "10de:1e37", NULL}, /* Tesla T10 */
        {main_profile, "x86_64", "10de:2901", NULL}, /* B200 */
        {main_profile, "x86_64", "10de:1e37", "distribution"},
        {"container", "x86_64", "10de:1e37", NULL},
        {"apptainer", "x86_64", "10de:1e37", NULL},
        {"rocm", "x86_64", "1002:74a1", NULL}, /* MI300X */
        {"rocm", "x86_64", "1002:67df", NULL}, /* RX 580 */
        {"linux-jail", "x86_64", "10de:1e37", NULL},
    };
    GString *out = g_string_new(NULL);
    const Wish rests[] = {{"container", "x86_64", "10de:1e37", NULL},
                          {"apptainer", "x86_64", "10de:1e37", NULL},
                          {"linux-jail", "x86_64", "10de:1e37", NULL}};
    const Wish rocm = {"rocm", "x86_64", "1002:74a1", NULL};
    append_plan(out, root, os_release, &whole, FALSE);
    if (strstr(out->str, "can't be provisioned"))
        return g_string_free(out, FALSE);
    for (gsize i = freebsd ? 2 : 0; i < (freebsd ? 3 : 2); i++)
        append_plan(out, root, os_release, &rests[i], TRUE);
    append_plan(out, root, os_release, &rocm, FALSE);
    g_string_append(out, "== cards\n");
    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++)
        append_line(out, root, os_release, &lines[i]);
    return g_string_free(out, FALSE);
}

static void
compare(const char *name, const char *text, gboolean update)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_strconcat(GOLDENS, name, ".txt", NULL);
    if (update && g_getenv("VFG_UPDATE_GOLDENS")) {
        g_assert_true(g_file_set_contents(path, text, -1, &error));
        return;
    }
    g_autofree char *golden = vfg_io_read_file(path, 1 << 20, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(text, ==, golden);
}

static void
test_system(gconstpointer data)
{
    const System *system = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(TempTree) tree = temp_tree_new();
    temp_tree_put(tree, "/etc/os-release", system->os_release);
    if (system->marker)
        temp_tree_put(tree, system->marker, "");
    g_autoptr(VfgRoot) root = vfg_root_new(tree->top, &error);
    /* With a marker the system is read from the root, else it is the file alone. */
    g_autofree char *text = describe(root, system->marker ? NULL : system->os_release);
    compare(system->name, text, TRUE);
}

/* The name of the golden that a sample must have. */
static char *
golden_of(const char *os_release)
{
    for (gsize i = 0; i < G_N_ELEMENTS(systems); i++) {
        static const char *const keys[] = {"ID", "VERSION_ID", "VARIANT_ID"};
        gboolean same = !systems[i].marker;
        for (gsize j = 0; same && j < G_N_ELEMENTS(keys); j++) {
            g_autofree char *ours = vfg_os_release_get(systems[i].os_release, keys[j]);
            g_autofree char *theirs = vfg_os_release_get(os_release, keys[j]);
            gboolean edition = j == 2 && (!theirs || g_strcmp0(theirs, "server") == 0 ||
                                          g_str_equal(theirs, "container"));
            same = edition ? !ours : g_strcmp0(ours, theirs) == 0;
        }
        if (same)
            return g_strdup(systems[i].name);
    }
    return NULL;
}

/* Each sample gives the plan of our own file of the same system, and the slug of the index. */
static void
test_samples(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *index = vfg_io_read_file(SAMPLES "index.tsv", 1 << 20, NULL, NULL);
    if (!index) {
        g_test_skip("no samples here");
        return;
    }
    g_autoptr(VfgRoot) root = vfg_root_new("/", &error);
    g_auto(GStrv) lines = g_strsplit(index, "\n", -1);
    guint n = 0;
    const guint size = g_strv_length(lines);
    for (guint i = 1; i < size && *lines[i]; i += test_stride()) {
        g_auto(GStrv) cells = g_strsplit(lines[i], "\t", -1);
        g_autofree char *path = g_strconcat(SAMPLES, cells[0], NULL);
        g_autofree char *os_release = vfg_io_read_file(path, 65536, NULL, &error);
        g_assert_no_error(error);
        g_autofree char *name = golden_of(os_release);
        if (!name)
            g_error("%s has no golden", cells[0]);
        g_autofree char *text = describe(root, os_release);
        g_autofree char *slug = g_strdup_printf("slug:       %s\n", cells[6]);
        compare(name, text, FALSE);
        gboolean served = g_str_has_prefix(text, "== cuda on x86_64\nrecipe:");
        gboolean image = strstr(cells[8], "image based") != NULL;
        g_assert_true(served == (!g_str_equal(cells[6], "-") && !image));
        if (served && !strstr(text, slug))
            g_error("%s: no %s", cells[0], slug);
        n++;
    }
    g_assert_cmpuint(n, >, 0);
}

/* A root with etc/os-release as a link, as systems have it. */
static void
test_root_with_link(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TempTree) tree = temp_tree_new();
    const Wish wish = {"cuda", "x86_64", NULL, NULL};
    temp_tree_put(tree, "/usr/lib/os-release", OS("rocky", "9.5"));
    temp_tree_link(tree, "/etc/os-release", "../usr/lib/os-release");
    g_autoptr(VfgRoot) root = vfg_root_new(tree->top, &error);
    g_autoptr(VfgProvisionPlan) plan = make_plan(root, NULL, &wish, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(plan->slug, ==, "rhel9");
}

static void
refuse(VfgRoot *root, const char *os_release, const Wish *wish, const char *part)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgProvisionPlan) plan = make_plan(root, os_release, wish, &error);
    g_assert_null(plan);
    if (!strstr(error->message, part))
        g_error("'%s' does not say '%s'", error->message, part);
}

static void
test_refused(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TempTree) tree = temp_tree_new();
    const Wish cuda = {"cuda", "x86_64", NULL, NULL}, games = {"games", "x86_64", NULL, NULL};
    const Wish i686 = {"cuda", "i686", NULL, NULL};
    const char debian[] = OS("debian", "12");
    temp_tree_put(tree, "/etc/os-release", debian);
    g_autoptr(VfgRoot) root = vfg_root_new(tree->top, &error);
    refuse(root, "", &cuda, "no recipe for the system 'linux'");
    refuse(root, "ID=derivative\nID_LIKE=debian\nVERSION_ID=12\n", &cuda, "'derivative'");
    refuse(root, debian, &games, "there is no profile 'games'");
    refuse(root, debian, &i686, "has no packages for i686");
    temp_tree_put(tree, "/.dockerenv", "");
    refuse(root, NULL, &cuda, "this is a container");
    temp_tree_remove(tree, "/.dockerenv");
    temp_tree_put(tree, "/proc/sys/kernel/osrelease", "6.6.87.2-microsoft-standard-WSL2\n");
    refuse(root, NULL, &cuda, "this is WSL");
}

/* Cards that no one driver fits. */
static void
test_mixed_cards(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgRoot) root = vfg_root_new("/", &error);
    g_autoptr(VfgProvisionRequest) request = g_new0(VfgProvisionRequest, 1);
    const char *gpus[] = {"10de:1bb3", "10de:2901", NULL};
    VfgProvisionTarget target = {
        .os_release = OS("debian", "12"), .arch = "x86_64", .kernel = KERNEL, .gpus = gpus};
    request->profile = g_strdup("cuda");
    g_assert_null(vfg_provision_prepare(request, &target, root, &error));
    assert_error(error, VFG_ERROR_REFUSED, "10de:1bb3 (Pascal), 10de:2901 (Blackwell)");
    g_clear_error(&error);
    gpus[1] = NULL;
    request->modules = g_strdup("open");
    g_assert_null(vfg_provision_prepare(request, &target, root, &error));
    assert_error(error, VFG_ERROR_REFUSED, "the open kernel modules begin with Turing");
}

static void
test_secure_boot(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TempTree) tree = temp_tree_new();
    const Wish wish = {"cuda", "x86_64", "10de:1e37", NULL};
    const char variable[] = "/sys/firmware/efi/efivars/"
                            "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
    temp_tree_put(tree, "/etc/os-release", OS("ubuntu", "24.04") "VERSION_CODENAME=noble\n");
    temp_tree_put_bytes(tree, variable, "\6\0\0\0\1", 5);
    g_autoptr(VfgRoot) root = vfg_root_new(tree->top, &error);
    g_autoptr(VfgProvisionPlan) ubuntu = make_plan(root, NULL, &wish, &error);
    g_assert_no_error(error);
    g_autofree char *text = vfg_provision_plan_text(ubuntu);
    g_assert_nonnull(strstr(text, "install linux-modules-nvidia-580-server-generic "
                                  "nvidia-headless-no-dkms-580-server"));
    temp_tree_put(tree, "/etc/os-release", OS("debian", "12") "VERSION_CODENAME=bookworm\n");
    g_autoptr(VfgProvisionPlan) debian = make_plan(root, NULL, &wish, &error);
    g_autofree char *other = vfg_provision_plan_text(debian);
    g_assert_nonnull(strstr(other, "mokutil --import /var/lib/dkms/mok.pub"));
    temp_tree_put_bytes(tree, variable, "\6\0\0\0\0", 5);
    g_autoptr(VfgProvisionPlan) off = make_plan(root, NULL, &wish, &error);
    g_autofree char *plain = vfg_provision_plan_text(off);
    g_assert_null(strstr(plain, "Secure Boot"));
}

/* In every plan of every system, the toolkit stands behind the verified driver. */
static void
test_order(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgRoot) root = vfg_root_new("/", &error);
    const Wish wishes[] = {{"cuda", "x86_64", "10de:1e37", NULL},
                           {"cuda", "aarch64", "10de:1e37", NULL},
                           {"container", "x86_64", "10de:1e37", NULL},
                           {"rocm", "x86_64", "1002:74a1", NULL}};
    guint seen = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(systems) * G_N_ELEMENTS(wishes); i += test_stride()) {
        const System *system = &systems[i / G_N_ELEMENTS(wishes)];
        g_autoptr(VfgProvisionPlan) plan =
            make_plan(root, system->os_release, &wishes[i % G_N_ELEMENTS(wishes)], NULL);
        gboolean verified = FALSE;
        for (guint j = 0; plan && j < plan->steps->len; j++) {
            const VfgProvisionStep *step = g_ptr_array_index(plan->steps, j);
            verified = verified || g_str_equal(step->id, "verify-driver");
            if (g_str_equal(step->id, "toolkit") || g_str_equal(step->id, "container-toolkit")) {
                g_assert_true(verified);
                seen++;
            }
        }
    }
    g_assert_cmpuint(seen * test_stride(), >, 50);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(systems); i += test_stride()) {
        g_autofree char *path = g_strconcat("/provision-plans/", systems[i].name, NULL);
        g_test_add_data_func(path, &systems[i], test_system);
    }
    g_test_add_func("/provision-plans/samples", test_samples);
    g_test_add_func("/provision-plans/root-with-link", test_root_with_link);
    g_test_add_func("/provision-plans/refused", test_refused);
    g_test_add_func("/provision-plans/mixed-cards", test_mixed_cards);
    g_test_add_func("/provision-plans/secure-boot", test_secure_boot);
    g_test_add_func("/provision-plans/order", test_order);
    return g_test_run();
}
