/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The agent. Timers are one-shot and run only after something went wrong or changed: at rest it
 * waits for the port's and the kernel's events alone. */

#include "agent.h"

#include "channel.h"
#include "error.h"
#include "message.h"
#include "outbox.h"
#include "port.h"
#include "provisioner.h"
#include "uevents.h"

#define RETRY_S                                                                       \
    10 /* a port that can't be opened: another program has it, or its node comes late \
        */
#define RETRY_CHANNEL_S 1 /* a lost port, or one named on the command line */
#define SETTLE_MS 500 /* PCI events come in bursts: one report after the last of them is enough */

struct VfgAgent {
    VfgAgentConfig config;
    VfgOutbox *outbox;
    VfgUevents *uevents;
    VfgProvisioner *provisioner; /* NULL: none */
    VfgChannel *channel;         /* NULL: none found yet */
    char *said;                  /* what it waits for, said once */
    guint retry;                 /* timers, 0: not running */
    guint settle;
    VfgAgentCounts counts;
};

static void look_for_port(VfgAgent *agent);

static void
on_progress(gpointer data)
{
    VfgAgent *agent = data;
    g_autoptr(GError) error = NULL;
    VfgProgress *progress = (VfgProgress *)vfg_provisioner_progress(agent->provisioner);
    VfgMessage message = {.type = VFG_MESSAGE_PROGRESS, .progress = progress};
    g_autofree char *line = progress ? vfg_message_encode(&message, &error) : NULL;
    if (error)
        vfg_log_chat(agent->config.log, "cannot report progress: %s", error->message);
    if (!line)
        return;
    vfg_outbox_set_progress(agent->outbox, line);
    if (progress->phase != VFG_PHASE_RUNNING)
        vfg_outbox_want_status(agent->outbox); /* what it has now may be another driver */
    if (agent->channel)
        vfg_channel_kick(agent->channel);
}

/* A host that comes in the middle hears how far it is; of what is over it hears when it asks. */
static void
greet(VfgAgent *agent)
{
    const VfgProgress *progress =
        agent->provisioner ? vfg_provisioner_progress(agent->provisioner) : NULL;
    vfg_outbox_want_hello(agent->outbox);
    if (progress && progress->phase == VFG_PHASE_RUNNING)
        on_progress(agent);
}

/* Behind hello come the events from the first one on that the host has not acknowledged. */
static void
on_empty_line(gpointer data)
{
    VfgAgent *agent = data;
    if (agent->config.spool) {
        vfg_outbox_set_acked(agent->outbox, vfg_spool_acked(agent->config.spool));
        vfg_spool_rewind(agent->config.spool);
    }
    greet(agent);
}

static void
on_opened(gpointer data)
{
    VfgAgent *agent = data;
    agent->counts.opened++;
    vfg_log_chat(agent->config.log, "the host opened the channel");
    on_empty_line(agent);
}

static void
on_closed(gpointer data)
{
    VfgAgent *agent = data;
    vfg_outbox_clear(agent->outbox);
    vfg_log_chat(agent->config.log, "the host closed the channel");
}

/* FALSE: it names no event that was sent. */
static gboolean
take_ack(VfgAgent *agent, const VfgAck *ack)
{
    return agent->config.spool && vfg_spool_ack(agent->config.spool, ack->boot_id, ack->sequence);
}

/* What is being set up reboots by itself where it has to; the host hears that it is at work. */
static gboolean
take_reboot(VfgAgent *agent)
{
    const char *reboot = agent->config.reboot;
    char *command[] = {(char *)reboot, NULL};
    g_autoptr(GError) error = NULL;
    if (!reboot)
        return FALSE;
    if (agent->provisioner && vfg_provisioner_is_busy(agent->provisioner)) {
        on_progress(agent);
        return TRUE;
    }
    vfg_log_say(agent->config.log, "the host wants a reboot");
    if (!g_spawn_async(NULL, command, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, &error))
        vfg_log_say(agent->config.log, "cannot reboot: %s", error->message);
    return TRUE;
}

/* FALSE: it is not for this agent. */
static gboolean
take_message(VfgAgent *agent, const VfgMessage *message)
{
    switch (message->type) {
    case VFG_MESSAGE_PING:
        vfg_outbox_want_pong(agent->outbox, message->id);
        return TRUE;
    case VFG_MESSAGE_CONFIGURE:
        if (agent->provisioner)
            vfg_provisioner_configure(agent->provisioner, message->configure);
        return agent->provisioner != NULL;
    case VFG_MESSAGE_PROVISION:
        if (agent->provisioner)
            vfg_provisioner_provision(agent->provisioner, message->configure);
        return agent->provisioner != NULL;
    case VFG_MESSAGE_REBOOT:
        return take_reboot(agent);
    case VFG_MESSAGE_ACK:
        return take_ack(agent, message->ack);
    default:
        return FALSE;
    }
}

static void
on_line(const char *line, gsize len, gpointer data)
{
    VfgAgent *agent = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgMessage) message = vfg_message_decode(line, len, &error);
    if (message && take_message(agent, message))
        return;
    if (message || g_error_matches(error, VFG_ERROR, VFG_ERROR_NOT_FOUND))
        agent->counts.unknown++;
    else
        agent->counts.malformed++;
    vfg_log_chat(agent->config.log, "ignored a line from the host: %s",
                 error ? error->message : "not for an agent");
}

/* A report that can't be made must not keep the next one from going out. */
static char *
on_next(gpointer data)
{
    VfgAgent *agent = data;
    for (;;) {
        g_autoptr(GError) error = NULL;
        char *bytes = vfg_outbox_next(agent->outbox, &error);
        if (!bytes && !error && agent->config.spool)
            bytes = vfg_spool_next(agent->config.spool, &error);
        if (!error)
            return bytes;
        vfg_log_chat(agent->config.log, "cannot report: %s", error->message);
    }
}

static gboolean
on_retry(gpointer data)
{
    VfgAgent *agent = data;
    agent->retry = 0;
    look_for_port(agent);
    return G_SOURCE_REMOVE;
}

static void
retry_later(VfgAgent *agent, guint seconds)
{
    if (!agent->retry)
        agent->retry = g_timeout_add_seconds(seconds, on_retry, agent);
}

/* Not at once: a port that is lost as soon as it is opened would make a busy loop. */
static void
on_lost(gpointer data)
{
    VfgAgent *agent = data;
    vfg_log_say(agent->config.log, "lost the channel");
    agent->counts.dropped += vfg_channel_dropped(agent->channel);
    g_clear_pointer(&agent->channel, vfg_channel_free);
    retry_later(agent, RETRY_CHANNEL_S);
}

static const VfgChannelFuncs channel_funcs = {
    .opened = on_opened,
    .line = on_line,
    .empty_line = on_empty_line,
    .next = on_next,
    .closed = on_closed,
    .lost = on_lost,
};

static void
say_once(VfgAgent *agent, const char *text)
{
    if (g_strcmp0(agent->said, text) == 0)
        return;
    vfg_log_say(agent->config.log, "%s", text);
    g_free(agent->said);
    agent->said = g_strdup(text);
}

gboolean
vfg_agent_take_channel(VfgAgent *agent, int fd, GError **error)
{
    if (agent->channel)
        agent->counts.dropped += vfg_channel_dropped(agent->channel);
    g_clear_pointer(&agent->channel, vfg_channel_free);
    agent->channel = vfg_channel_new(fd, &channel_funcs, agent, error);
    return agent->channel != NULL;
}

static void
open_port(VfgAgent *agent, const char *path)
{
    g_autoptr(GError) error = NULL;
    int fd = vfg_port_open(path, &error);
    if (fd < 0 || !vfg_agent_take_channel(agent, fd, &error)) {
        say_once(agent, error->message);
        retry_later(agent, agent->config.channel ? RETRY_CHANNEL_S : RETRY_S);
        return;
    }
    g_clear_pointer(&agent->said, g_free);
    vfg_log_say(agent->config.log, "using the channel %s", path);
}

static void
look_for_port(VfgAgent *agent)
{
    if (agent->channel)
        return;
    g_autofree char *path = agent->config.channel ? g_strdup(agent->config.channel)
                                                  : vfg_port_find(agent->config.ports);
    if (path) {
        open_port(agent, path);
        return;
    }
    say_once(agent, "waiting for the virtio-serial port " VFG_AGENT_CHANNEL
                    " (the host's VM definition adds it, the kernel needs virtio_console)");
    if (!agent->uevents)
        retry_later(agent, RETRY_S);
}

static gboolean
on_settled(gpointer data)
{
    VfgAgent *agent = data;
    agent->settle = 0;
    if (agent->config.gpus_changed)
        agent->config.gpus_changed(agent->config.gpus_data);
    if (!agent->channel || !vfg_channel_is_open(agent->channel))
        return G_SOURCE_REMOVE;
    vfg_outbox_want_status(agent->outbox);
    vfg_channel_kick(agent->channel);
    return G_SOURCE_REMOVE;
}

/* A GPU that came, went or changed its driver is news for the host; a host that isn't there hears
 * it when it comes. */
static void
on_uevent(const char *subsystem, gpointer data)
{
    VfgAgent *agent = data;
    gboolean pci = !subsystem || g_str_equal(subsystem, "pci");
    if (!subsystem || g_str_equal(subsystem, "virtio-ports"))
        look_for_port(agent);
    if (pci && !agent->settle)
        agent->settle = g_timeout_add(SETTLE_MS, on_settled, agent);
}

/* It listens before it looks, so that a port that comes in between isn't missed. */
VfgAgent *
vfg_agent_new(const VfgAgentConfig *config)
{
    VfgAgent *agent = g_new0(VfgAgent, 1);
    g_autoptr(GError) error = NULL;
    agent->config = *config;
    agent->outbox = vfg_outbox_new(config->facts, config->state_dir, config->version);
    if (config->program)
        agent->provisioner = vfg_provisioner_new(config->program, config->state_dir, config->facts,
                                                 config->log, on_progress, agent);
    agent->uevents = vfg_uevents_new(on_uevent, agent, &error);
    if (error)
        vfg_log_say(config->log, "%s; looking again every %d s instead", error->message, RETRY_S);
    look_for_port(agent);
    if (agent->provisioner && config->begins)
        vfg_provisioner_begin(agent->provisioner);
    return agent;
}

void
vfg_agent_free(VfgAgent *agent)
{
    if (!agent)
        return;
    if (agent->retry)
        g_source_remove(agent->retry);
    if (agent->settle)
        g_source_remove(agent->settle);
    vfg_channel_free(agent->channel);
    vfg_uevents_free(agent->uevents);
    vfg_provisioner_free(agent->provisioner);
    vfg_outbox_free(agent->outbox);
    g_free(agent->said);
    g_free(agent);
}

void
vfg_agent_tell_news(VfgAgent *agent)
{
    if (agent->channel)
        vfg_channel_kick(agent->channel);
}

VfgAgentCounts
vfg_agent_counts(const VfgAgent *agent)
{
    VfgAgentCounts counts = agent->counts;
    if (agent->channel)
        counts.dropped += vfg_channel_dropped(agent->channel);
    return counts;
}
