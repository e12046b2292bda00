/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The knowledge that is shipped. */

#include "shipped.h"

#include <string.h>

static char *
read_shipped(const char *name, gsize *len)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(VFG_TOP_SRCDIR, "data", name, NULL);
    char *bytes = NULL;
    g_file_get_contents(path, &bytes, len, &error);
    g_assert_no_error(error);
    return bytes;
}

VfgCatalogue *
shipped_catalogue(void)
{
    static const char *const files[] = {"findings.d/gpu.ini", "findings.d/host.ini",
                                        "findings.d/vm.ini"};
    VfgCatalogue *catalogue = vfg_catalogue_new();
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        gsize len = 0;
        g_autoptr(GError) error = NULL;
        g_autofree char *bytes = read_shipped(files[i], &len);
        g_assert_true(vfg_catalogue_add(catalogue, files[i], bytes, len, &error));
    }
    return catalogue;
}

VfgGpuGenerations *
shipped_generations(void)
{
    static const char *const files[] = {"gpus.d/amd.ini", "gpus.d/nvidia.ini"};
    VfgGpuGenerations *generations = vfg_gpu_generations_new();
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        gsize len = 0;
        g_autoptr(GError) error = NULL;
        g_autofree char *bytes = read_shipped(files[i], &len);
        g_assert_true(vfg_gpu_generations_add(generations, files[i], bytes, len, &error));
    }
    return generations;
}

char *
describe_findings(const GPtrArray *findings)
{
    GString *lines = g_string_new(NULL);
    for (guint i = 0; i < findings->len; i++) {
        const VfgFinding *finding = g_ptr_array_index(findings, i);
        g_string_append_printf(lines, "%s: %s\n", finding->id, finding->title);
        g_assert_null(strchr(finding->title, '{'));
        g_assert_null(strchr(finding->cause, '{'));
        g_assert_null(strchr(finding->fix, '{'));
    }
    return g_string_free(lines, FALSE);
}
