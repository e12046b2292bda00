/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The journal of one GPU: writing, listing, removing. Reading it back is in journal-read.c. */

#include "journal.h"

#include "error.h"
#include "io.h"
#include "journal-line.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct VfgJournal {
    VfgFd fd;
    char *path;
};

void
vfg_journal_free(VfgJournal *journal)
{
    if (!journal)
        return;
    vfg_io_close(&journal->fd);
    g_free(journal->path);
    g_free(journal);
}

static gboolean append(VfgJournal *journal, GError **error, const char *kind,
                       ...) G_GNUC_NULL_TERMINATED;

static gboolean
append(VfgJournal *journal, GError **error, const char *kind, ...)
{
    va_list args;
    va_start(args, kind);
    g_autofree char *line = vfg_journal_line_make(kind, args);
    va_end(args);
    return vfg_io_write_all(journal->fd, line, strlen(line), journal->path, error) &&
           vfg_io_sync(journal->fd, journal->path, error);
}

static VfgJournal *
journal_open(const char *state_dir, const char *gpu, int flags, GError **error)
{
    g_autofree char *path = vfg_journal_path(state_dir, gpu);
    g_auto(VfgFd) fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
    if (fd < 0 && errno == EEXIST) {
        vfg_error_set(error, VFG_ERROR_RECOVER, "run 'vfiogpu recover' first",
                      "the GPU %s has a journal already: %s", gpu, path);
        return NULL;
    }
    if (fd < 0) {
        vfg_error_set_errno(error, errno, "cannot open the journal %s", path);
        return NULL;
    }
    VfgJournal *journal = g_new0(VfgJournal, 1);
    journal->path = g_steal_pointer(&path);
    journal->fd = fd;
    fd = -1;
    return journal;
}

static gboolean
write_prior_states(VfgJournal *journal, const GPtrArray *priors, GError **error)
{
    for (guint i = 0; i < priors->len; i++) {
        const VfgPriorState *prior = g_ptr_array_index(priors, i);
        char address[VFG_PCI_ADDRESS_SIZE];
        if (!append(journal, error, "function", "address",
                    vfg_pci_address_format(prior->address, address), "driver", prior->driver,
                    "override", prior->driver_override, NULL))
            return FALSE;
    }
    return TRUE;
}

VfgJournal *
vfg_journal_create(const char *state_dir, const char *gpu, const char *owner, const char *boot_id,
                   const GPtrArray *priors, GError **error)
{
    g_autofree char *folder = vfg_journal_folder(state_dir);
    if (!vfg_io_make_dir(folder, error))
        return NULL;
    g_autoptr(VfgJournal) journal = journal_open(state_dir, gpu, O_CREAT | O_EXCL, error);
    if (!journal || !append(journal, error, "begin", "owner", owner, "boot", boot_id, NULL) ||
        !write_prior_states(journal, priors, error) || !vfg_io_sync_dir(folder, error))
        return NULL;
    return g_steal_pointer(&journal);
}

/* Where the records end that a reader takes: before a torn line, be it without its newline or with
 * one. */
static gsize
end_of_records(const char *text, gsize len)
{
    const char *newline = g_strrstr_len(text, (gssize)len, "\n");
    if (!newline)
        return 0;
    const char *before = g_strrstr_len(text, newline - text, "\n");
    const char *start = before ? before + 1 : text;
    g_autofree char *line = g_strndup(start, (gsize)(newline - start));
    g_autofree char *kind = NULL;
    g_autoptr(GHashTable) pairs = NULL;
    gboolean whole = !*line || vfg_journal_line_parse(line, &kind, &pairs);
    return (gsize)((whole ? newline + 1 : start) - text);
}

/* Cuts a torn line off, lest the next record be glued to it. */
static gboolean
cut_torn_line(const VfgJournal *journal, GError **error)
{
    gsize len = 0;
    g_autofree char *text = vfg_io_read_file(journal->path, VFG_JOURNAL_MAX, &len, error);
    if (!text)
        return FALSE;
    gsize end = end_of_records(text, len);
    if (end == len)
        return TRUE;
    if (ftruncate(journal->fd, (off_t)end) < 0) {
        vfg_error_set_errno(error, errno, "cannot cut the torn line off %s", journal->path);
        return FALSE;
    }
    return vfg_io_sync(journal->fd, journal->path, error);
}

VfgJournal *
vfg_journal_open(const char *state_dir, const char *gpu, GError **error)
{
    g_autoptr(VfgJournal) journal = journal_open(state_dir, gpu, 0, error);
    if (!journal || !cut_torn_line(journal, error))
        return NULL;
    return g_steal_pointer(&journal);
}

static gboolean
append_step(VfgJournal *journal, const char *kind, const VfgStep *step, GError **error)
{
    return append(journal, error, kind, "step", vfg_step_kind_name(step->kind), "subject",
                  step->subject, "from", step->from, "to", step->to, NULL);
}

gboolean
vfg_journal_intent(VfgJournal *journal, const VfgStep *step, GError **error)
{
    return append_step(journal, "intent", step, error);
}

gboolean
vfg_journal_done(VfgJournal *journal, const VfgStep *step, GError **error)
{
    return append_step(journal, "done", step, error);
}

gboolean
vfg_journal_hang(VfgJournal *journal, const VfgStep *step, int pid, guint64 start, GError **error)
{
    g_autofree char *process = g_strdup_printf("%d", pid);
    g_autofree char *since = g_strdup_printf("%" G_GUINT64_FORMAT, start);
    return append(journal, error, "hang", "step", vfg_step_kind_name(step->kind), "subject",
                  step->subject, "pid", process, "start", since, NULL);
}

gboolean
vfg_journal_complete(VfgJournal *journal, GError **error)
{
    return append(journal, error, "complete", NULL);
}

gboolean
vfg_journal_remove(const char *state_dir, const char *gpu, GError **error)
{
    g_autofree char *folder = vfg_journal_folder(state_dir);
    g_autofree char *path = vfg_journal_path(state_dir, gpu);
    if (unlink(path) < 0 && errno != ENOENT) {
        vfg_error_set_errno(error, errno, "cannot remove the journal %s", path);
        return FALSE;
    }
    return vfg_io_sync_dir(folder, error);
}
