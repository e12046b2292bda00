#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later

# What check and start say of a GPU that the firmware keeps memory for. Argument: the installation's prefix. The
# host, with the DMAR table that faulty-host.sh left:
#   add-rmrr OUT/DMAR OUT/DMAR.rmrr 0xf0000 0xfffff 0x10.0 0.0
#   lab run --acpi-table OUT/DMAR.rmrr tests/lab/jobs/rmrr.sh PREFIX

set -uo pipefail
# shellcheck source=tests/lab/jobs/expect.sh
source "$(dirname "$0")/expect.sh"
vfiogpu=$1/bin/vfiogpu
gpu=$("$vfiogpu" list --json | jq -r '.gpus[0].address')
before=$(host_state)

expect "the kernel took the region" 0 "0x00000000000f0000 0x00000000000fffff direct" \
    cat "/sys/bus/pci/devices/$gpu/iommu_group/reserved_regions"
expect "the region is named" 3 "FAIL +$gpu: the firmware keeps memory for it.*0xf0000-0xfffff \(RMRR\)" "$vfiogpu" check "$gpu"
expect "start is refused" 1 "the firmware keeps memory for it" "$vfiogpu" start d2l
expect_unchanged "nothing changed on the host" "$before"
conclude
