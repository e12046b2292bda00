/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Recorded logs, read where they lie: verdict and classes as in their index. Other people's, so
 * without them there is nothing to test. */

#include "diagnoser.h"
#include "load-errors.h"

#include <string.h>

#define FOLDER VFG_TOP_SRCDIR "/../shared/samples/kernel-logs"

enum { FILE_NAME, VERDICT = 3, SEVERITY, CLASSES, ADDRESS, COLUMNS };

static const VfgMatcher *matcher_of_all;

static VfgDiagnosis *
diagnose(const char *name, const char *device)
{
    g_autoptr(VfgDiagnoser) diagnoser = vfg_diagnoser_new(matcher_of_all, VFG_SIDE_BOTH);
    g_autofree char *path = g_build_filename(FOLDER, name, NULL);
    g_autofree char *bytes = NULL;
    gsize len = 0;
    VfgPciAddress address;
    if (device && vfg_pci_address_parse(device, &address, NULL))
        vfg_diagnoser_add_device(diagnoser, address);
    g_assert_true(g_file_get_contents(path, &bytes, &len, NULL));
    /* In odd portions, as a pipe gives them. */
    for (gsize at = 0; at < len; at += 997)
        vfg_diagnoser_feed(diagnoser, bytes + at, MIN(len - at, (gsize)997));
    return vfg_diagnoser_finish(diagnoser);
}

static void
check_classes(const char *name, const char *expected, const VfgDiagnosis *diagnosis)
{
    g_auto(GStrv) words = g_strsplit(expected, ";", -1);
    for (char **word = words; *word; word++)
        if (!g_ptr_array_find_with_equal_func(diagnosis->classes, *word, g_str_equal, NULL))
            g_error("%s: class %s was not found", name, *word);
    for (guint i = 0; i < diagnosis->classes->len; i++) {
        const char *class_name = g_ptr_array_index(diagnosis->classes, i);
        if (!g_strv_contains((const char *const *)words, class_name))
            g_error("%s: class %s was found, expected %s", name, class_name, expected);
    }
}

static void
check_verdict(const char *name, const char *expected, const VfgDiagnosis *diagnosis)
{
    const char *verdict = vfg_verdict_name(diagnosis->verdict);
    if (!g_str_equal(verdict, expected))
        g_error("%s: verdict %s, expected %s", name, verdict, expected);
}

static void
check_row(char **row)
{
    gboolean by_address = g_str_equal(row[VERDICT], "addr");
    g_autoptr(VfgDiagnosis) diagnosis = diagnose(row[FILE_NAME], NULL);
    check_verdict(row[FILE_NAME], by_address ? "ok" : row[VERDICT], diagnosis);
    check_classes(row[FILE_NAME], row[CLASSES], diagnosis);
    if (!by_address)
        return;
    g_autoptr(VfgDiagnosis) own = diagnose(row[FILE_NAME], row[ADDRESS]);
    check_verdict(row[FILE_NAME], g_str_equal(row[SEVERITY], "warn") ? "warn" : "fail", own);
    g_autoptr(VfgDiagnosis) foreign = diagnose(row[FILE_NAME], "0000:fe:1e.0");
    check_verdict(row[FILE_NAME], "ok", foreign);
}

static void
test_index(gconstpointer data)
{
    g_auto(GStrv) lines = g_strsplit(data, "\n", -1);
    guint n = 0;
    for (char **line = lines + 1; *lines && *line && **line; line++, n++) {
        g_auto(GStrv) row = g_strsplit(*line, "\t", -1);
        g_assert_cmpuint(g_strv_length(row), >=, COLUMNS);
        check_row(row);
    }
    g_assert_cmpuint(n, >, 50);
}

/* One bad card, one diagnosis: everything else is a symptom of the memory error. */
static void
test_chain(void)
{
    static const char *const names[] = {"001-nv-xid140-rminit-nvkms-guest.log",
                                        "002-nv-xid140-rminit-nvkms-guest2.log",
                                        "003-nv-xid140-host-with-edac-noise.log"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(VfgDiagnosis) diagnosis = diagnose(names[i], NULL);
        g_assert_cmpuint(diagnosis->incidents->len, ==, 1);
        const VfgIncident *incident = g_ptr_array_index(diagnosis->incidents, 0);
        g_assert_cmpstr(incident->id, ==, "nvidia-xid-140");
        g_assert_nonnull(strstr(incident->fix, "replace the card"));
        const VfgSymptom *init = g_ptr_array_index(incident->symptoms, 0);
        const VfgSymptom *nvkms = g_ptr_array_index(incident->symptoms, 1);
        g_assert_cmpstr(init->class_name, ==, "rm-init-failed");
        g_assert_cmpuint(init->count, ==, 3);
        g_assert_cmpstr(nvkms->class_name, ==, "nvkms-alloc-failed");
        g_assert_cmpuint(nvkms->count, ==, 1);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_autofree char *index = NULL;
    if (!g_file_get_contents(FOLDER "/index.tsv", &index, NULL, NULL)) {
        g_print("the recorded logs are not here\n");
        return 77;
    }
    g_autoptr(VfgErrorCatalogue) catalogue = vfg_test_load_errors();
    g_autoptr(VfgMatcher) matcher = vfg_matcher_new(catalogue);
    matcher_of_all = matcher;
    g_test_add_data_func("/diagnose-samples/index", index, test_index);
    g_test_add_func("/diagnose-samples/chain", test_chain);
    return g_test_run();
}
