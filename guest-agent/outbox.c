/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the agent owes the host. */

#include "outbox.h"

#include "facts.h"
#include "prior-work.h"

#define MAX_PONGS                                                                               \
    256 /* more pings than a read of the channel can hold, so only a host that won't read loses \
           any */

struct VfgOutbox {
    VfgRoot *root;
    const char *state_dir;
    char *version;
    guint64 acked;
    gboolean hello;
    gboolean status;
    gboolean progress;
    char *progress_line;      /* or NULL */
    guint64 pongs[MAX_PONGS]; /* a ring */
    guint first_pong;
    guint n_pongs;
};

VfgOutbox *
vfg_outbox_new(VfgRoot *root, const char *state_dir, const char *version)
{
    VfgOutbox *outbox = g_new0(VfgOutbox, 1);
    outbox->root = root;
    outbox->state_dir = state_dir;
    outbox->version = g_strdup(version);
    return outbox;
}

void
vfg_outbox_free(VfgOutbox *outbox)
{
    if (!outbox)
        return;
    g_free(outbox->version);
    g_free(outbox->progress_line);
    g_free(outbox);
}

void
vfg_outbox_want_hello(VfgOutbox *outbox)
{
    outbox->hello = TRUE;
    outbox->status = TRUE;
}

void
vfg_outbox_set_acked(VfgOutbox *outbox, guint64 acked)
{
    outbox->acked = acked;
}

void
vfg_outbox_want_status(VfgOutbox *outbox)
{
    outbox->status = TRUE;
}

void
vfg_outbox_set_progress(VfgOutbox *outbox, const char *line)
{
    g_free(outbox->progress_line);
    outbox->progress_line = g_strdup(line);
    outbox->progress = TRUE;
}

static guint64
take_pong(VfgOutbox *outbox)
{
    guint64 id = outbox->pongs[outbox->first_pong];
    outbox->first_pong = (outbox->first_pong + 1) % MAX_PONGS;
    outbox->n_pongs--;
    return id;
}

void
vfg_outbox_want_pong(VfgOutbox *outbox, guint64 id)
{
    if (outbox->n_pongs == MAX_PONGS)
        take_pong(outbox);
    outbox->pongs[(outbox->first_pong + outbox->n_pongs) % MAX_PONGS] = id;
    outbox->n_pongs++;
}

void
vfg_outbox_clear(VfgOutbox *outbox)
{
    outbox->hello = FALSE;
    outbox->status = FALSE;
    outbox->progress = FALSE;
    outbox->n_pongs = 0;
}

static char *
make_hello(const VfgOutbox *outbox, GError **error)
{
    g_autoptr(VfgHello) hello = vfg_facts_hello(outbox->root, outbox->version);
    hello->acked = outbox->acked;
    VfgMessage message = {.type = VFG_MESSAGE_HELLO, .hello = hello};
    g_autofree char *line = vfg_message_encode(&message, error);
    return line ? g_strconcat(VFG_CHANNEL_AGENT_OPENING, line, NULL) : NULL;
}

static char *
make_status(const VfgOutbox *outbox, GError **error)
{
    g_autoptr(GPtrArray) gpus = vfg_facts_gpus(outbox->root);
    g_autoptr(VfgSoftware) software = vfg_prior_work_software(outbox->root, outbox->state_dir);
    VfgMessage message = {.type = VFG_MESSAGE_STATUS, .gpus = gpus, .software = software};
    return vfg_message_encode(&message, error);
}

static char *
make_pong(VfgOutbox *outbox, GError **error)
{
    VfgMessage message = {.type = VFG_MESSAGE_PONG, .id = take_pong(outbox)};
    return vfg_message_encode(&message, error);
}

char *
vfg_outbox_next(VfgOutbox *outbox, GError **error)
{
    if (outbox->hello) {
        outbox->hello = FALSE;
        return make_hello(outbox, error);
    }
    if (outbox->n_pongs)
        return make_pong(outbox, error);
    if (outbox->status) {
        outbox->status = FALSE;
        return make_status(outbox, error);
    }
    if (outbox->progress) {
        outbox->progress = FALSE;
        return g_strdup(outbox->progress_line);
    }
    return NULL;
}
