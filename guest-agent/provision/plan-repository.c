/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Repositories, packages and commands of a plan. Keys and sources are our own files: NVIDIA's
 * keyring package and .repo files are downloads that nothing verifies before they are trusted. */

#include "plan-private.h"

#include <string.h>

#define MINUTE 60

static gboolean
is_apt(const VfgPlanning *planning)
{
    return g_str_equal(vfg_packager_name(planning->packager), "apt");
}

/* apt tells an armored key from a binary one by its name (sources.list(5), Signed-By). */
static char *
key_path(const VfgPlanning *planning, const VfgRepository *repository)
{
    if (!is_apt(planning))
        return g_strconcat("/etc/pki/rpm-gpg/RPM-GPG-KEY-vfiogpu-", repository->name, NULL);
    const char *from = repository->key_file ? repository->key_file : repository->key_url;
    return g_strconcat("/usr/share/keyrings/vfiogpu-", repository->name,
                       g_str_has_suffix(from, ".gpg") ? ".gpg" : ".asc", NULL);
}

/* apt-helper is part of apt, so that a bare image without curl or wget has it. */
static void
add_key(const VfgPlanning *planning, VfgProvisionStep *step, const VfgRepository *repository,
        const char *path)
{
    g_autofree char *fresh = g_strconcat(path, ".new", NULL);
    const char *helper[] = {"/usr/lib/apt/apt-helper", "download-file", repository->key_url, fresh,
                            NULL};
    const char *curl[] = {"curl", "-fsSL", "-o", fresh, repository->key_url, NULL};
    vfg_provision_step_key(step, path, repository->key_file, is_apt(planning) ? helper : curl,
                           (const char *const *)repository->fingerprints);
    const char *import[] = {"rpm", "--import", path, NULL};
    if (!is_apt(planning))
        vfg_provision_step_run(step, VFG_ACT_RUN, import);
}

static void
add_apt_source(VfgProvisionStep *step, const VfgRepository *repository, const char *key)
{
    g_autofree char *list =
        g_strdup_printf("/etc/apt/sources.list.d/vfiogpu-%s.list", repository->name);
    g_autofree char *line = g_strdup_printf("deb [signed-by=%s] %s %s\n", key, repository->url,
                                            repository->suite ? repository->suite : "/");
    vfg_provision_step_write(step, list, line);
    if (!repository->pin)
        return;
    g_autofree char *pin = g_strdup_printf("/etc/apt/preferences.d/vfiogpu-%s", repository->name);
    g_autofree char *text =
        g_strdup_printf("Package: *\nPin: %s\nPin-Priority: 600\n", repository->pin);
    vfg_provision_step_write(step, pin, text);
}

static void
add_rpm_source(const VfgPlanning *planning, VfgProvisionStep *step, const VfgRepository *repository,
               const char *key)
{
    gboolean zypper = g_str_equal(vfg_packager_name(planning->packager), "zypper");
    g_autofree char *path = g_strdup_printf(
        "%s/vfiogpu-%s.repo", zypper ? "/etc/zypp/repos.d" : "/etc/yum.repos.d", repository->name);
    g_autofree char *text = g_strdup_printf("[vfiogpu-%s]\nname=%s\nbaseurl=%s\nenabled=1\n%s"
                                            "gpgcheck=1\ngpgkey=file://%s\n",
                                            repository->name, repository->name, repository->url,
                                            zypper ? "autorefresh=1\n" : "", key);
    vfg_provision_step_write(step, path, text);
}

void
vfg_plan_repository(VfgPlanning *planning, VfgProvisionStep *step, const VfgRepository *repository)
{
    g_autofree char *key = key_path(planning, repository);
    add_key(planning, step, repository, key);
    if (is_apt(planning))
        add_apt_source(step, repository, key);
    else
        add_rpm_source(planning, step, repository, key);
}

static void
plan_refresh(VfgPlanning *planning, VfgProvisionStep *step)
{
    g_auto(GStrv) argv = vfg_packager_refresh(planning->packager);
    vfg_provision_step_run(step, VFG_ACT_PACKAGES, (const char *const *)argv);
}

void
vfg_plan_repositories(VfgPlanning *planning, const char *id, char *title,
                      const VfgRepository *repositories, gsize n)
{
    VfgProvisionStep *step = vfg_provision_plan_add(planning->plan, id, title, 10 * MINUTE);
    step->network = step->record = TRUE;
    vfg_test_set(&step->check, VFG_TEST_FILES, NULL);
    vfg_test_set(&step->verify, VFG_TEST_FILES, NULL);
    for (gsize i = 0; i < n; i++)
        vfg_plan_repository(planning, step, &repositories[i]);
    plan_refresh(planning, step);
}

static void
plan_install(VfgPlanning *planning, VfgProvisionStep *step, char **items)
{
    for (guint i = 0; items[i]; i++) {
        g_auto(GStrv) argv = vfg_packager_install(planning->packager, items[i]);
        vfg_provision_step_run(step, VFG_ACT_PACKAGES, (const char *const *)argv);
    }
}

/* "@nvidia-driver:580-dkms" → "nvidia-driver"; "x=1.2" → "x" */
static char **
package_names(char **items)
{
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();
    for (guint i = 0; items[i]; i++) {
        g_auto(GStrv) words = g_strsplit(items[i], " ", -1);
        for (guint j = 0; words[j]; j++) {
            char *name = *words[j] == '@' ? words[j] + 1 : words[j];
            name[strcspn(name, *words[j] == '@' ? ":" : "=")] = '\0';
            if (*name)
                g_strv_builder_add(names, name);
        }
    }
    return g_strv_builder_end(names);
}

void
vfg_plan_packages(VfgPlanning *planning, const char *id, const char *what, char **items,
                  guint minutes, gboolean refresh)
{
    if (!items[0])
        return;
    g_autofree char *all = g_strjoinv(" ", items);
    g_auto(GStrv) names = package_names(items);
    VfgProvisionStep *step = vfg_provision_plan_add(
        planning->plan, id, g_strdup_printf("%s: %s", what, all), minutes * MINUTE);
    step->network = TRUE;
    vfg_test_set(&step->check, VFG_TEST_PACKAGES, (const char *const *)names);
    vfg_test_set(&step->verify, VFG_TEST_PACKAGES, (const char *const *)names);
    if (refresh)
        plan_refresh(planning, step);
    plan_install(planning, step, items);
}

void
vfg_plan_verification(VfgPlanning *planning, const char *id, const char *title, VfgTestKind kind,
                      const char *const *args)
{
    VfgProvisionStep *step =
        vfg_provision_plan_add(planning->plan, id, g_strdup(title), 5 * MINUTE);
    vfg_test_set(&step->verify, kind, args);
}

/* A package manager's own command gets the care of one: locks, disk, retries. */
void
vfg_plan_command(VfgProvisionStep *step, const char *text)
{
    static const char *const managers[] = {"apt-get", "dnf", "tdnf", "zypper", "pkg", NULL};
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    if (words[0])
        vfg_provision_step_run(step,
                               g_strv_contains(managers, words[0]) ? VFG_ACT_PACKAGES : VFG_ACT_RUN,
                               (const char *const *)words);
}
