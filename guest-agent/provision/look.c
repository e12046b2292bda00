/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Looking whether a step is done: files, packages, programs. */

#include "engine-private.h"

#include "error.h"
#include "escape.h"
#include "io.h"
#include "openpgp.h"

#include <string.h>

#define MAX_FILE (1024 * 1024)

static gboolean
fail(GError **error, const char *what, const char *why)
{
    vfg_error_set(error, VFG_ERROR_FAILED, NULL, "%s: %s", what, why);
    return FALSE;
}

static gboolean
look_at_key(const VfgEngine *engine, const VfgAct *act, GError **error)
{
    g_autofree char *path = vfg_engine_path(engine, act->path);
    gsize len = 0;
    g_autofree char *bytes = vfg_io_read_file(path, MAX_FILE, &len, error);
    return bytes && (!act->fingerprints ||
                     vfg_openpgp_check(bytes, len, (const char *const *)act->fingerprints,
                                       act->path, error));
}

static gboolean
look_at_text(const VfgEngine *engine, const VfgAct *act, GError **error)
{
    g_autofree char *path = vfg_engine_path(engine, act->path);
    g_autofree char *text = vfg_io_read_file(path, MAX_FILE, NULL, error);
    if (!text)
        return FALSE;
    return g_str_equal(text, act->text) || fail(error, act->path, "it holds something else");
}

static gboolean
look_at_files(const VfgEngine *engine, GError **error)
{
    for (guint i = 0; i < engine->step->acts->len; i++) {
        const VfgAct *act = g_ptr_array_index(engine->step->acts, i);
        if (act->kind == VFG_ACT_KEY && !look_at_key(engine, act, error))
            return FALSE;
        if (act->kind == VFG_ACT_WRITE && !look_at_text(engine, act, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
look_at_packages(const VfgEngine *engine, char **packages, GError **error)
{
    for (guint i = 0; packages[i]; i++) {
        g_auto(VfgProgramResult) result = {0};
        g_auto(GStrv) argv = vfg_packager_query(engine->packager, packages[i]);
        if (!vfg_engine_program(engine, (const char *const *)argv, FALSE, &result, error))
            return FALSE;
        if (result.status != 0 || !vfg_packager_says_installed(engine->packager, result.output))
            return fail(error, packages[i], "the package is not installed");
    }
    return TRUE;
}

/* "Cuda compilation tools, release 12.9, V12.9.41" */
static void
note_toolkit(VfgEngine *engine, const char *output)
{
    const char *at = strstr(output, "release ");
    if (!at || !g_str_equal(engine->step->id, "verify-toolkit"))
        return;
    at += strlen("release ");
    g_free(engine->state->toolkit_version);
    engine->state->toolkit_version = g_strndup(at, strspn(at, "0123456789."));
}

/* `says` is what it must say, or NULL. */
static gboolean
look_at_program(VfgEngine *engine, const char *says, char **argv, GError **error)
{
    g_auto(VfgProgramResult) result = {0};
    if (!vfg_engine_program(engine, (const char *const *)argv, FALSE, &result, error))
        return FALSE;
    g_autofree char *shown = vfg_program_show((const char *const *)argv);
    if (result.status == 0 && (!says || strstr(result.output, says))) {
        note_toolkit(engine, result.output);
        return TRUE;
    }
    g_autofree char *line = NULL;
    (void)vfg_packager_failure(result.output, &line);
    g_autofree char *escaped = vfg_escape_text(line, -1, 300);
    g_autofree char *why = result.status == 0
                               ? g_strdup_printf("it does not say '%s'", says)
                               : g_strdup_printf("status %d: %s", result.status, escaped);
    return fail(error, shown, why);
}

/* The cache as `ldconfig -p` prints it: "\tlibcuda.so.1 (libc6,x86-64) => /usr/lib/…". */
static gboolean
look_at_libraries(VfgEngine *engine, char **names, GError **error)
{
    static const char *const argv[] = {"ldconfig", "-p", NULL};
    g_auto(VfgProgramResult) result = {0};
    if (!vfg_engine_program(engine, argv, FALSE, &result, error))
        return FALSE;
    for (guint i = 0; names[i]; i++) {
        g_autofree char *entry = g_strconcat("\t", names[i], NULL);
        if (!strstr(result.output, entry))
            return fail(error, names[i], "the linker's cache does not have it (ldconfig -p)");
    }
    return TRUE;
}

static gboolean
look_at_contents(const VfgEngine *engine, char **args, GError **error)
{
    g_autofree char *path = vfg_engine_path(engine, args[0]);
    g_autofree char *text = vfg_io_read_file(path, MAX_FILE, NULL, error);
    if (!text)
        return FALSE;
    g_autofree char *why = g_strdup_printf("there is no '%s' in it", args[1]);
    return strstr(text, args[1]) != NULL || fail(error, args[0], why);
}

gboolean
vfg_engine_look(VfgEngine *engine, const VfgTest *test, GError **error)
{
    switch (test->kind) {
    case VFG_TEST_FILES:
        return look_at_files(engine, error);
    case VFG_TEST_PACKAGES:
        return look_at_packages(engine, test->args, error);
    case VFG_TEST_PROGRAM:
        return look_at_program(engine, NULL, test->args, error);
    case VFG_TEST_OUTPUT:
        return look_at_program(engine, test->args[0], test->args + 1, error);
    case VFG_TEST_LIBRARIES:
        return look_at_libraries(engine, test->args, error);
    case VFG_TEST_CONTAINS:
        return look_at_contents(engine, test->args, error);
    case VFG_TEST_DRIVER:
        return vfg_engine_look_driver(engine, error);
    case VFG_TEST_RUNNING:
        return vfg_engine_look_running(engine, test->args, error);
    case VFG_TEST_CLEAN:
        return vfg_engine_look_clean(engine, error);
    case VFG_TEST_NONE:
        break;
    }
    return TRUE;
}
