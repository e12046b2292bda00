/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A system to provision, in a temporary directory: files in /root, stub programs in /bin. */

#pragma once

#include "engine.h"
#include "provision.h"
#include "temp-tree.h"

typedef struct {
    TempTree *tree;
    char *prefix;
    char *search;
    char *state_dir;
    VfgRoot *root;
    GString *progress; /* a line for each piece of news */
} ProvisionFixture;

/* A Debian 12 with a Tesla T10 that no driver has, and stubs of all programs. */
ProvisionFixture *provision_fixture_new(void);
void provision_fixture_free(ProvisionFixture *fixture);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ProvisionFixture, provision_fixture_free)

/* Makes it another system. */
void provision_fixture_set_os(ProvisionFixture *fixture, const char *os_release);

/* The plan of a profile, with the mirror http://mirror and a key of the fixture. */
VfgProvisionPlan *provision_fixture_plan(ProvisionFixture *fixture, const char *profile,
                                         const char *without_gpu);

/* Runs it as far as it goes; `patience` in seconds. */
VfgOutcome provision_fixture_run(ProvisionFixture *fixture, const VfgProvisionPlan *plan,
                                 guint patience, GError **error);

/* The calls of programs so far, a line each, without those that only look. The caller frees it. */
char *provision_fixture_calls(ProvisionFixture *fixture);

/* The state as it is on disk. */
VfgProvisionState *provision_fixture_state(ProvisionFixture *fixture);

/* Makes calls that hold `words` fail. */
void provision_fixture_fail(ProvisionFixture *fixture, const char *words, guint times, int status,
                            const char *says);
