#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later

# An emulated host whose kernel has no vfio-pci module. Argument: the installation's prefix.

set -uo pipefail
# shellcheck source=tests/lab/jobs/expect.sh
source "$(dirname "$0")/expect.sh"
vfiogpu=$1/bin/vfiogpu
before=$(host_state)

expect "check" 3 "FAIL +host: the kernel has no vfio-pci" "$vfiogpu" check
expect "start" 1 "has no vfio-pci module.*fix: " "$vfiogpu" start d2l
expect "bind" 1 "has no vfio-pci module.*fix: " "$vfiogpu" bind nvidia
expect_unchanged "nothing changed on the host" "$before"
conclude
