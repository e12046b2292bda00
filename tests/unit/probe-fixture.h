/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A host of a test, laid out as sysfs and procfs do it, and what was probed of it. */

#pragma once

#include "host.h"
#include "root.h"
#include "temp-tree.h"

#define PROBE_PCI "/sys/devices/pci0000:00"

typedef struct {
    TempTree *tree;
    VfgHost *host;
} ProbeFixture;

/* For g_test_add. */
void probe_fixture_set_up(ProbeFixture *fixture, gconstpointer data);
void probe_fixture_tear_down(ProbeFixture *fixture, gconstpointer data);

/* A device's folder at its real path, and the link to it in /sys/class. */
void probe_fixture_put_class(const ProbeFixture *fixture, const char *class, const char *real);

/* Opens the tree as a snapshot; the caller frees it. */
VfgRoot *probe_fixture_open(const ProbeFixture *fixture);

/* Probes storage and network, and compares with lines "kind function what device". */
void probe_fixture_assert_usages(const ProbeFixture *fixture, const char *wanted);
