/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The use cases bind, unbind and recover on a fake kernel, as the commands run them: with claims,
 * journals and a fresh look at the host. */

#pragma once

#include "bind.h"
#include "fake-kernel.h"
#include "recover.h"

#define FIXTURE_GPU "0000:82:00.0"
#define FIXTURE_AUDIO "0000:82:00.1"
#define FIXTURE_OTHER "0000:83:00.0" /* another GPU of the same model, alone in its group */

typedef struct {
    FakeKernel *kernel;
    TempTree *state; /* the state directory */
    VfgApp *app;
    char *before;        /* fake_kernel_state at first */
    guint timeout;       /* s, of BindOptions */
    gboolean no_consent; /* bind does not say --force-boot-display */
} BindFixture;

/* A host with two alike cards; the first has an audio function and is the boot display. vfio-pci is
 * loaded. */
BindFixture *bind_fixture_new(void);
void bind_fixture_free(BindFixture *f);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BindFixture, bind_fixture_free)

/* Each a whole command; gives what the use case gives. */
gboolean bind_fixture_bind(BindFixture *f, const char *gpu, GError **error);
gboolean bind_fixture_unbind(BindFixture *f, const char *gpu, GError **error);

/* Lines of what was settled; NULL where it failed. */
char *bind_fixture_recover(BindFixture *f, GError **error);

/* The fake host is as it was and no journal is left. */
void bind_fixture_assert_back(const BindFixture *f);

/* Recovers and asserts that all is back, and that doing it again does nothing. */
void bind_fixture_assert_recovery(BindFixture *f);
