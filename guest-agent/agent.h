/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The agent: looks for its port, keeps it open, says hello and status to each host that comes,
 * answers pings, sends the events of the spool. */

#pragma once

#include "log.h"
#include "root.h"
#include "spool.h"

typedef struct VfgAgent VfgAgent;

typedef struct {
    const char *version; /* of the agent */
    const char *channel; /* a device or socket to use, or NULL: look for the port */
    VfgRoot *facts;      /* what hello and status are read from */
    VfgRoot *ports;      /* where the port is looked for */
    VfgSpool *spool;     /* events to send; NULL: none are kept */
    const char
        *program; /* the agent's own, to provision with; NULL: what the host wants is ignored */
    const char *state_dir; /* where provisioning keeps its state; with `program` */
    gboolean begins;       /* provisions by the guest's own configuration when it starts */
    const char *reboot;    /* program that reboots; NULL: the host's wish is ignored */
    VfgLog *log;
    void (*gpus_changed)(gpointer data); /* a GPU or its driver came or went; may be NULL */
    gpointer gpus_data;
} VfgAgentConfig;

/* What came from the host and had no effect, and how often a host came. */
typedef struct {
    guint64 opened;
    guint64 malformed;
    guint64 unknown;
    guint64 dropped; /* too long */
} VfgAgentCounts;

/* Starts in the default main context. What `config` points to must outlive the agent; `config`
 * itself is copied. */
VfgAgent *vfg_agent_new(const VfgAgentConfig *config);
void vfg_agent_free(VfgAgent *agent);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgAgent, vfg_agent_free)

/* Takes an open descriptor as the channel, instead of what it has or looks for; for tests. It
 * becomes the agent's. */
gboolean vfg_agent_take_channel(VfgAgent *agent, int fd, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* There are new events in the spool. */
void vfg_agent_tell_news(VfgAgent *agent);

VfgAgentCounts vfg_agent_counts(const VfgAgent *agent);
