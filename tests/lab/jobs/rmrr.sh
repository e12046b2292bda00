#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later

# What check and start say of a GPU whose audio function the firmware keeps memory for. Memory for the display function itself is
# no obstacle: Linux calls it relaxable (drivers/iommu/intel/iommu.c, device_rmrr_is_relaxable), and such a VM was seen to start.
# Argument: the installation's prefix. The host, with the DMAR table that faulty-host.sh left, and another card as boot display:
#   add-rmrr OUT/DMAR OUT/DMAR.rmrr 0xf0000 0xfffff 0x10.0 0.1
#   lab run --gpu rtx-2080 --device VGA --acpi-table OUT/DMAR.rmrr tests/lab/jobs/rmrr.sh PREFIX

set -uo pipefail
# shellcheck source=tests/lab/jobs/expect.sh
source "$(dirname "$0")/expect.sh"
vfiogpu=$1/bin/vfiogpu
gpu=$("$vfiogpu" list --json | jq -r '.gpus[] | select(.device_id == "1e87").address')
sed 's/name="d2l"/name="rtx"/; s/10de:1e37/10de:1e87/' /etc/vfiogpu/vmdefs/d2l.xml >/tmp/rtx.xml
expect "define a VM with that GPU" 0 "" "$vfiogpu" define /tmp/rtx.xml
before=$(host_state)

expect "the kernel took the region" 0 "0x00000000000f0000 0x00000000000fffff direct[^-]" \
    cat "/sys/bus/pci/devices/$gpu/iommu_group/reserved_regions"
expect "the region is named" 3 "FAIL +$gpu: the firmware keeps memory for it.*0xf0000-0xfffff \(RMRR\)" "$vfiogpu" check "$gpu"
expect "start is refused" 1 "the firmware keeps memory for it" "$vfiogpu" start rtx
expect_unchanged "nothing changed on the host" "$before"
conclude
