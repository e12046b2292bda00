/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Reading journals back. */

#include "journal.h"

#include "error.h"
#include "io.h"
#include "journal-line.h"
#include "parse.h"

#include <string.h>

static void
hang_free(VfgJournalHang *hang)
{
    g_free(hang->subject);
    g_free(hang);
}

void
vfg_journal_state_free(VfgJournalState *state)
{
    if (!state)
        return;
    g_free(state->gpu);
    g_free(state->owner);
    g_free(state->boot_id);
    g_ptr_array_unref(state->priors);
    g_ptr_array_unref(state->hangs);
    g_ptr_array_unref(state->files);
    g_ptr_array_unref(state->taken);
    g_free(state);
}

static gboolean
take_function(VfgJournalState *state, GHashTable *pairs)
{
    const char *text = g_hash_table_lookup(pairs, "address");
    VfgPciAddress address;
    if (!text || !vfg_pci_address_parse(text, &address, NULL))
        return FALSE;
    g_ptr_array_add(state->priors,
                    vfg_prior_state_new(address, g_hash_table_lookup(pairs, "driver"),
                                        g_hash_table_lookup(pairs, "override")));
    return TRUE;
}

static gboolean
take_begin(VfgJournalState *state, GHashTable *pairs)
{
    const char *owner = g_hash_table_lookup(pairs, "owner");
    const char *boot_id = g_hash_table_lookup(pairs, "boot");
    if (!owner || !boot_id || state->boot_id)
        return FALSE;
    state->owner = g_strdup(owner);
    state->boot_id = g_strdup(boot_id);
    return TRUE;
}

static gboolean
take_hang(VfgJournalState *state, GHashTable *pairs)
{
    const char *subject = g_hash_table_lookup(pairs, "subject");
    const char *process = g_hash_table_lookup(pairs, "pid");
    const char *since = g_hash_table_lookup(pairs, "start");
    guint64 pid = 0, start = 0;
    if (!subject || !process || !since || !vfg_parse_uint(process, 10, G_MAXINT, &pid, NULL) ||
        !vfg_parse_uint(since, 10, G_MAXUINT64, &start, NULL))
        return FALSE;
    VfgJournalHang *hang = g_new0(VfgJournalHang, 1);
    *hang = (VfgJournalHang){g_strdup(subject), (int)pid, start};
    g_ptr_array_add(state->hangs, hang);
    return TRUE;
}

static gboolean
has_step(const GPtrArray *steps, const VfgStep *wanted)
{
    for (guint i = 0; i < steps->len; i++) {
        const VfgStep *step = g_ptr_array_index(steps, i);
        if (step->kind == wanted->kind && g_str_equal(step->subject, wanted->subject) &&
            g_strcmp0(step->from, wanted->from) == 0)
            return TRUE;
    }
    return FALSE;
}

/* Keeps, once each, the intents that say what must be undone: files written, the screen taken. */
static void
take_intent(VfgJournalState *state, GHashTable *pairs)
{
    const char *name = g_hash_table_lookup(pairs, "step");
    const char *subject = g_hash_table_lookup(pairs, "subject");
    const char *from = g_hash_table_lookup(pairs, "from"), *to = g_hash_table_lookup(pairs, "to");
    state->complete = FALSE;
    g_autoptr(VfgStep) file = vfg_step_new(VFG_STEP_WRITE_FILE, subject, NULL, to);
    if (!subject)
        return;
    if (to && g_strcmp0(name, vfg_step_kind_name(VFG_STEP_WRITE_FILE)) == 0 &&
        !has_step(state->files, file))
        g_ptr_array_add(state->files, g_steal_pointer(&file));
    for (VfgStepKind kind = VFG_STEP_SET_CONSOLE; kind <= VFG_STEP_SET_FRAMEBUFFER; kind++) {
        g_autoptr(VfgStep) step = vfg_step_new(kind, subject, from, NULL);
        if (from && g_strcmp0(name, vfg_step_kind_name(kind)) == 0 && !has_step(state->taken, step))
            g_ptr_array_add(state->taken, g_steal_pointer(&step));
    }
}

static gboolean
take_line(VfgJournalState *state, const char *line)
{
    g_autofree char *kind = NULL;
    g_autoptr(GHashTable) pairs = NULL;
    if (!vfg_journal_line_parse(line, &kind, &pairs))
        return FALSE;
    if (g_str_equal(kind, "begin"))
        return take_begin(state, pairs);
    if (g_str_equal(kind, "function"))
        return take_function(state, pairs);
    if (g_str_equal(kind, "hang"))
        return take_hang(state, pairs);
    if (g_str_equal(kind, "complete"))
        state->complete = TRUE;
    if (g_str_equal(kind, "intent")) /* something is done, be it giving back */
        take_intent(state, pairs);
    return TRUE; /* outcomes are for people; kinds of a newer version may follow */
}

/* A NUL byte, which a damaged file may have, must not end the text: it becomes another byte that no
 * record has. */
static char *
read_text(const char *path, GError **error)
{
    gsize len = 0;
    char *text = vfg_io_read_file(path, VFG_JOURNAL_MAX, &len, error);
    for (gsize i = 0; text && i < len; i++)
        if (!text[i])
            text[i] = '\1';
    return text;
}

VfgJournalState *
vfg_journal_read(const char *state_dir, const char *gpu, GError **error)
{
    g_autofree char *path = vfg_journal_path(state_dir, gpu);
    g_autofree char *text = read_text(path, error);
    if (!text)
        return NULL;
    g_autoptr(VfgJournalState) state = g_new0(VfgJournalState, 1);
    state->gpu = g_strdup(gpu);
    state->priors = vfg_prior_states_new();
    state->files = g_ptr_array_new_with_free_func((GDestroyNotify)vfg_step_free);
    state->taken = g_ptr_array_new_with_free_func((GDestroyNotify)vfg_step_free);
    state->hangs = g_ptr_array_new_with_free_func((GDestroyNotify)hang_free);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    guint n_lines = g_strv_length(lines); /* the text behind the last newline included */
    for (guint i = 0; i < n_lines; i++) {
        gboolean last = i + 1 == n_lines || (i + 2 == n_lines && !*lines[i + 1]);
        if (!*lines[i] || (i + 1 < n_lines && take_line(state, lines[i])))
            continue;
        if (last) {
            state->n_torn = 1;
            break;
        }
        vfg_error_set(
            error, VFG_ERROR_RECOVER,
            "set driver_override of the GPU's functions back by hand, then remove the file",
            "%s:%u: the record is damaged", path, i + 1);
        return NULL;
    }
    /* A power cut before the first record leaves an empty file: nothing was done yet. */
    if (!state->owner)
        state->owner = g_strdup("");
    if (!state->boot_id)
        state->boot_id = g_strdup("");
    return g_steal_pointer(&state);
}

GPtrArray *
vfg_journal_list(const char *state_dir, GError **error)
{
    g_autofree char *folder = vfg_journal_folder(state_dir);
    g_autoptr(GPtrArray) gpus = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) local = NULL;
    g_autoptr(GDir) dir = g_dir_open(folder, 0, &local);
    if (!dir && !g_error_matches(local, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
        g_propagate_error(error, g_steal_pointer(&local));
        return NULL;
    }
    const char *name;
    while (dir && (name = g_dir_read_name(dir))) {
        VfgPciAddress address;
        if (vfg_pci_address_parse(name, &address, NULL))
            g_ptr_array_add(gpus, g_strdup(name));
    }
    vfg_io_sort_names(gpus);
    return g_steal_pointer(&gpus);
}
