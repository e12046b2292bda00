#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later

# An emulated host whose IOMMU is off or missing. Arguments: the installation's prefix, what `check` must say.

set -uo pipefail
# shellcheck source=tests/lab/jobs/expect.sh
source "$(dirname "$0")/expect.sh"
vfiogpu=$1/bin/vfiogpu
before=$(host_state)

expect "check" 3 "FAIL +host: the IOMMU is off.*$2" "$vfiogpu" check
expect "start" 1 "the IOMMU is off.*fix: " "$vfiogpu" start d2l
expect "bind" 1 "the IOMMU is off.*fix: " "$vfiogpu" bind nvidia
expect "list" 0 "not viable" "$vfiogpu" list
expect_unchanged "nothing changed on the host" "$before"
conclude
