/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Events on their way to the host. */

#include "spool.h"

#include "error.h"
#include "message.h"
#include "spool-file.h"

#include <string.h>

#define OVERFLOW_ID "agent-spool-overflow"
#define OVERHEAD 64 /* bytes of a record beside its text, about */

/* An event in the file. */
typedef struct {
    guint64 sequence;
    guint32 at; /* of its message in the file */
    guint32 len;
    guint32 boot; /* index of its boot id */
    guint16 severity;
    guint16 source;
} Entry;

struct VfgSpool {
    VfgSpoolFile *file;
    gsize limit;
    GPtrArray *boots; /* of char *: the boot ids of the entries */
    guint this_boot;  /* index of the running system's */
    GArray *entries;  /* of Entry, in the order of their sequences; not acknowledged */
    guint cursor;     /* the first entry not sent since the last rewind */
    guint64 next;     /* sequence of the next event */
    guint64 acked;
    guint64 sent;     /* highest sequence that may ever have been sent */
    guint64 record;   /* highest number of a kernel's record of this boot */
    gsize live;       /* bytes of the entries */
    guint64 lost;     /* events that were dropped and not reported yet */
    VfgEvent *newest; /* the last one added, or NULL */
};

static Entry *
entry_at(const VfgSpool *spool, guint i)
{
    return &g_array_index(spool->entries, Entry, i);
}

static guint
boot_index(VfgSpool *spool, const char *boot_id)
{
    guint i = 0;
    if (g_ptr_array_find_with_equal_func(spool->boots, boot_id, g_str_equal, &i))
        return i;
    g_ptr_array_add(spool->boots, g_strdup(boot_id));
    return spool->boots->len - 1;
}

/* Puts an event behind the others, or in the place of its older self. */
static void
push_entry(VfgSpool *spool, const VfgEvent *event, gsize at, gsize len)
{
    guint n = spool->entries->len;
    Entry entry = {
        .sequence = event->sequence,
        .at = (guint32)at,
        .len = (guint32)len,
        .boot = boot_index(spool, event->boot_id),
        .severity = (guint16)event->severity,
        .source = (guint16)event->source,
    };
    spool->live += len + OVERHEAD;
    if (n && entry_at(spool, n - 1)->sequence == event->sequence) {
        spool->live -= entry_at(spool, n - 1)->len + OVERHEAD;
        *entry_at(spool, n - 1) = entry;
    } else {
        g_array_append_val(spool->entries, entry);
    }
    spool->next = MAX(spool->next, event->sequence + 1);
}

static void
load_event(VfgSpool *spool, const VfgSpoolRecord *record, gsize at, gsize len)
{
    g_autoptr(VfgMessage) message = vfg_message_decode(record->text, len, NULL);
    guint n = spool->entries->len;
    if (!message || !message->event ||
        (n && message->event->sequence < entry_at(spool, n - 1)->sequence))
        return;
    push_entry(spool, message->event, at, len);
    if (g_str_equal(message->event->boot_id, g_ptr_array_index(spool->boots, spool->this_boot)))
        spool->record = MAX(spool->record, record->number);
}

static void
drop_acked(VfgSpool *spool)
{
    guint n = 0;
    while (n < spool->entries->len && entry_at(spool, n)->sequence <= spool->acked)
        spool->live -= entry_at(spool, n++)->len + OVERHEAD;
    g_array_remove_range(spool->entries, 0, n);
    spool->cursor -= MIN(n, spool->cursor);
}

static void
on_record(const VfgSpoolRecord *record, gsize at, gsize len, gpointer data)
{
    VfgSpool *spool = data;
    switch (record->kind) {
    case VFG_SPOOL_EVENT:
        load_event(spool, record, at, len);
        break;
    case VFG_SPOOL_ACKED:
        spool->acked = MAX(spool->acked, record->number);
        spool->next = MAX(spool->next, spool->acked + 1);
        break;
    case VFG_SPOOL_NEXT:
        spool->next = MAX(spool->next, record->number);
        break;
    case VFG_SPOOL_POSITION:
        if (g_str_equal(record->text, g_ptr_array_index(spool->boots, spool->this_boot)))
            spool->record = MAX(spool->record, record->number);
        break;
    }
}

VfgSpool *
vfg_spool_open(const char *folder, const char *boot_id, gsize limit, GError **error)
{
    g_autoptr(VfgSpool) spool = g_new0(VfgSpool, 1);
    spool->limit = limit;
    spool->next = 1;
    spool->boots = g_ptr_array_new_with_free_func(g_free);
    spool->this_boot = boot_index(spool, boot_id);
    spool->entries = g_array_new(FALSE, FALSE, sizeof(Entry));
    spool->file = vfg_spool_file_open(folder, on_record, spool, error);
    if (!spool->file)
        return NULL;
    drop_acked(spool);
    spool->sent = spool->next - 1;
    return g_steal_pointer(&spool);
}

void
vfg_spool_free(VfgSpool *spool)
{
    if (!spool)
        return;
    vfg_spool_file_free(spool->file);
    g_ptr_array_unref(spool->boots);
    g_array_unref(spool->entries);
    vfg_event_free(spool->newest);
    g_free(spool);
}

/* Copies what is to stay into a new file. The entries then hold their new places, and where it
 * fails their old ones. */
static gboolean
fill(VfgSpool *spool, VfgSpoolFile *fresh, GArray *entries, GError **error)
{
    const char *boot = g_ptr_array_index(spool->boots, spool->this_boot);
    if (!vfg_spool_file_append(fresh, VFG_SPOOL_NEXT, spool->next, "", NULL, error) ||
        !vfg_spool_file_append(fresh, VFG_SPOOL_ACKED, spool->acked, "", NULL, error) ||
        !vfg_spool_file_append(fresh, VFG_SPOOL_POSITION, spool->record, boot, NULL, error))
        return FALSE;
    for (guint i = 0; i < entries->len; i++) {
        Entry *entry = &g_array_index(entries, Entry, i);
        gsize at = 0;
        g_autofree char *text = vfg_spool_file_read(spool->file, entry->at, entry->len, error);
        if (!text || !vfg_spool_file_append(fresh, VFG_SPOOL_EVENT, 0, text, &at, error))
            return FALSE;
        entry->at = (guint32)at;
    }
    return TRUE;
}

static gboolean
rewrite(VfgSpool *spool, GError **error)
{
    g_autoptr(GArray) entries = g_array_copy(spool->entries);
    g_autoptr(VfgSpoolFile) fresh = vfg_spool_file_new_beside(spool->file, error);
    if (!fresh || !fill(spool, fresh, entries, error) ||
        !vfg_spool_file_replace(&spool->file, fresh, error))
        return FALSE;
    fresh = NULL;
    g_array_unref(spool->entries);
    spool->entries = g_steal_pointer(&entries);
    return TRUE;
}

/* What goes first: what a program wrote, then by severity. The agent's own says that something went
 * and stays. */
static guint
worth(const Entry *entry)
{
    switch ((VfgEventSource)entry->source) {
    case VFG_EVENT_USER:
        return entry->severity;
    case VFG_EVENT_AGENT:
        return 2 * (VFG_SEVERITY_FATAL + 1);
    default:
        return VFG_SEVERITY_FATAL + 1 + entry->severity;
    }
}

/* Drops entries of this worth, the newest first, until `live` is down to `goal`. */
static void
drop_worth(VfgSpool *spool, guint wanted, gsize goal)
{
    for (guint i = spool->entries->len; i > 0 && spool->live > goal; i--) {
        Entry *entry = entry_at(spool, i - 1);
        if (worth(entry) != wanted)
            continue;
        spool->live -= entry->len + OVERHEAD;
        spool->lost++;
        entry->len = 0;
    }
    guint keep = 0, cursor = 0;
    for (guint i = 0; i < spool->entries->len; i++) {
        if (!entry_at(spool, i)->len)
            continue;
        cursor += i < spool->cursor;
        *entry_at(spool, keep++) = *entry_at(spool, i);
    }
    spool->cursor = cursor;
    g_array_set_size(spool->entries, keep);
}

/* A quarter goes at once: the file is not rewritten for every event of a flood. */
static void
drop_least(VfgSpool *spool)
{
    gsize goal = spool->limit - spool->limit / 4;
    for (guint i = 0; i <= 2 * (VFG_SEVERITY_FATAL + 1) && spool->live > goal; i++)
        drop_worth(spool, i, goal);
    g_clear_pointer(&spool->newest, vfg_event_free);
}

static gboolean
append(VfgSpool *spool, const VfgEvent *event, guint64 record, GError **error)
{
    VfgMessage message = {.type = VFG_MESSAGE_EVENT, .event = (VfgEvent *)event};
    g_autofree char *line = vfg_message_encode(&message, error);
    gsize at = 0;
    if (!line)
        return FALSE;
    line[strlen(line) - 1] = '\0';
    if (!vfg_spool_file_append(spool->file, VFG_SPOOL_EVENT, record, line, &at, error))
        return FALSE;
    push_entry(spool, event, at, strlen(line));
    spool->record = MAX(spool->record, record);
    return TRUE;
}

/* Says how many events went. */
static gboolean
report_loss(VfgSpool *spool, const VfgEvent *after, GError **error)
{
    g_autoptr(VfgEvent) event = vfg_event_copy(after);
    g_free(event->id);
    g_free(event->class_name);
    g_free(event->line);
    g_clear_pointer(&event->code, g_free);
    event->id = g_strdup(OVERFLOW_ID);
    event->class_name = g_strdup("events-lost");
    event->line = g_strdup_printf("the spool was full: %" G_GUINT64_FORMAT
                                  " events, the least severe ones, were dropped",
                                  spool->lost);
    event->severity = VFG_SEVERITY_WARN;
    event->source = VFG_EVENT_AGENT;
    event->has_address = FALSE;
    event->sequence = spool->next;
    event->count = spool->lost;
    if (!append(spool, event, 0, error))
        return FALSE;
    spool->lost = 0;
    return TRUE;
}

static gboolean
make_room(VfgSpool *spool, GError **error)
{
    if (vfg_spool_file_size(spool->file) < spool->limit)
        return TRUE;
    if (spool->live > spool->limit - spool->limit / 4)
        drop_least(spool);
    return rewrite(spool, error);
}

static gboolean
add_repeat(VfgSpool *spool, guint64 record, GError **error)
{
    spool->newest->count++;
    return append(spool, spool->newest, record, error);
}

gboolean
vfg_spool_add(VfgSpool *spool, const VfgEvent *event, guint64 record, GError **error)
{
    if (!make_room(spool, error))
        return FALSE;
    g_autoptr(VfgEvent) own = vfg_event_copy(event);
    g_free(own->boot_id);
    own->boot_id = g_strdup(g_ptr_array_index(spool->boots, spool->this_boot));
    own->count = 1;
    if (spool->lost && !report_loss(spool, own, error))
        return FALSE;
    if (spool->newest && spool->newest->sequence == spool->next - 1 &&
        spool->newest->sequence > spool->sent && vfg_event_is_repeat(spool->newest, own))
        return add_repeat(spool, record, error);
    own->sequence = spool->next;
    if (!append(spool, own, record, error))
        return FALSE;
    vfg_event_free(spool->newest);
    spool->newest = g_steal_pointer(&own);
    return TRUE;
}

gboolean
vfg_spool_sync(VfgSpool *spool, GError **error)
{
    return vfg_spool_file_sync(spool->file, error);
}

guint64
vfg_spool_record(const VfgSpool *spool)
{
    return spool->record;
}

char *
vfg_spool_next(VfgSpool *spool, GError **error)
{
    if (spool->cursor >= spool->entries->len)
        return NULL;
    const Entry *entry = entry_at(spool, spool->cursor++);
    spool->sent = MAX(spool->sent, entry->sequence);
    g_autofree char *text = vfg_spool_file_read(spool->file, entry->at, entry->len, error);
    return text ? g_strconcat(text, "\n", NULL) : NULL;
}

void
vfg_spool_rewind(VfgSpool *spool)
{
    spool->cursor = 0;
}

static gboolean
was_sent(const VfgSpool *spool, const char *boot_id, guint64 sequence)
{
    for (guint i = 0; i < spool->cursor; i++) {
        const Entry *entry = entry_at(spool, i);
        if (entry->sequence == sequence)
            return g_str_equal(g_ptr_array_index(spool->boots, entry->boot), boot_id);
    }
    return FALSE;
}

/* A record of the ack that is lost has the events sent again, which the host knows then. */
gboolean
vfg_spool_ack(VfgSpool *spool, const char *boot_id, guint64 sequence)
{
    if (!was_sent(spool, boot_id, sequence))
        return FALSE;
    spool->acked = sequence;
    drop_acked(spool);
    gboolean done = FALSE;
    if (!spool->entries->len && vfg_spool_file_size(spool->file) > spool->limit / 8)
        done = rewrite(spool, NULL);
    if (!done)
        done = vfg_spool_file_append(spool->file, VFG_SPOOL_ACKED, sequence, "", NULL, NULL);
    return TRUE;
}

guint64
vfg_spool_acked(const VfgSpool *spool)
{
    return spool->acked;
}

guint
vfg_spool_length(const VfgSpool *spool)
{
    return spool->entries->len;
}
