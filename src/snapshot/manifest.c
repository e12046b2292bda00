/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The manifest of a snapshot. */

#include "manifest.h"

#include "bounds.h"
#include "error.h"

#include <jansson.h>

#define FORMAT 1

static json_t *
gaps_to_json(const VfgManifest *manifest)
{
    json_t *gaps = json_array();
    for (guint i = 0; i < manifest->gaps->len; i++) {
        const VfgRecordGap *gap = g_ptr_array_index(manifest->gaps, i);
        g_autofree char *path = vfg_redactor_text(manifest->redactor, gap->path);
        g_autofree char *why = vfg_redactor_text(manifest->redactor, gap->why);
        json_array_append_new(gaps, json_pack("{s:s, s:s}", "path", path, "why", why));
    }
    return gaps;
}

static json_t *
redactions_to_json(const VfgManifest *manifest)
{
    json_t *kinds = json_array();
    for (guint kind = 0; kind < VFG_REDACTED_KINDS; kind++) {
        const GPtrArray *paths = vfg_redactor_paths(manifest->redactor, kind);
        json_t *files = json_array();
        for (guint i = 0; i < paths->len; i++)
            json_array_append_new(files, json_string(g_ptr_array_index(paths, i)));
        if (paths->len)
            json_array_append_new(kinds, json_pack("{s:s, s:o}", "what",
                                                   vfg_redacted_kind_name(kind), "paths", files));
        else
            json_decref(files);
    }
    return kinds;
}

char *
vfg_manifest_format(const VfgManifest *manifest)
{
    json_t *log = manifest->kernel_log_gap
                      ? json_pack("{s:n, s:s}", "file", "why", manifest->kernel_log_gap)
                      : json_pack("{s:s}", "file", VFG_SNAPSHOT_KERNEL_LOG);
    json_t *document =
        json_pack("{s:i, s:s, s:s, s:s?, s:s?, s:i, s:o, s:o, s:o}", "format", FORMAT, "tool",
                  manifest->tool, "captured", manifest->captured, "kernel_release",
                  manifest->kernel_release, "arch", manifest->arch, "entries",
                  (int)manifest->entries, "kernel_log", log, "unreadable", gaps_to_json(manifest),
                  "redacted", manifest->redactor ? redactions_to_json(manifest) : json_null());
    char *text = json_dumps(document, JSON_INDENT(2));
    char *copy = g_strconcat(text ? text : "", "\n", NULL);
    free(text);
    json_decref(document);
    return copy;
}

gboolean
vfg_manifest_read_entries(const char *text, gsize len, guint *entries, GError **error)
{
    json_error_t where;
    json_t *document = json_loadb(text ? text : "", len, 0, &where);
    const json_t *format = json_object_get(document, "format");
    const json_t *count = json_object_get(document, "entries");
    gboolean known = json_is_integer(format) && json_integer_value(format) == FORMAT;
    gboolean good = known && json_is_integer(count) && json_integer_value(count) >= 0 &&
                    json_integer_value(count) <= VFG_SNAPSHOT_ENTRIES_MAX;
    if (good)
        *entries = (guint)json_integer_value(count);
    else if (json_is_integer(format) && !known)
        vfg_error_set(error, VFG_ERROR_PARSE, "use the version of vfiogpu that made the snapshot",
                      "its format is not known to this version");
    else
        vfg_error_set(error, VFG_ERROR_PARSE, NULL, "it is no manifest: %s",
                      document ? "fields are missing or wrong" : where.text);
    json_decref(document);
    return good;
}
