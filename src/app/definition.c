/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What libvirt made of a domain XML. */

#include "definition.h"

#include "domain-xml.h"
#include "io.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX 128

static char *
file_of(const VfgApp *app, const char *name)
{
    return g_build_filename(app->state_dir, "defined", name, NULL);
}

/* Of both texts and of the boot; each with its end, so that none runs into the next. */
static char *
sum(const VfgApp *app, const char *xml, const char *definition)
{
    g_autofree char *boot_id =
        vfg_root_read_text(app->root, "/proc/sys/kernel/random/boot_id", NULL);
    const char *const texts[] = {boot_id ? boot_id : "", xml, definition};
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        g_checksum_update(sum, (const guchar *)texts[i], (gssize)strlen(texts[i]) + 1);
    return g_strdup(g_checksum_get_string(sum));
}

gboolean
vfg_definition_is_made(const VfgApp *app, const char *name, const char *xml, const char *definition)
{
    g_autofree char *file = file_of(app, name);
    g_autofree char *known = vfg_io_read_file(file, FILE_MAX, NULL, NULL);
    g_autofree char *wanted = sum(app, xml, definition);
    g_autofree char *loader = vfg_domain_xml_get_loader(definition);
    return g_strcmp0(known, wanted) == 0 && (!loader || g_file_test(loader, G_FILE_TEST_EXISTS));
}

static int
compare_lines(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static gboolean
has_same_lines(const char *a, const char *b)
{
    g_auto(GStrv) left = g_strsplit(a, "\n", -1);
    g_auto(GStrv) right = g_strsplit(b, "\n", -1);
    qsort(left, g_strv_length(left), sizeof *left, compare_lines);
    qsort(right, g_strv_length(right), sizeof *right, compare_lines);
    return g_strv_equal((const char *const *)left, (const char *const *)right);
}

void
vfg_definition_note(const VfgApp *app, const char *name, const char *xml, const char *made,
                    const char *definition)
{
    if (!has_same_lines(made, definition))
        return;
    g_autofree char *file = file_of(app, name);
    g_autofree char *folder = g_path_get_dirname(file);
    g_autofree char *text = sum(app, xml, definition);
    if (!vfg_io_make_dir(folder, NULL) || !g_file_set_contents(file, text, -1, NULL))
        vfg_definition_forget(app, name);
}

void
vfg_definition_forget(const VfgApp *app, const char *name)
{
    g_autofree char *file = file_of(app, name);
    (void)unlink(file);
}
