#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later

# An emulated host with AMD's IOMMU (--iommu amd): check has nothing to say against it, and a GPU goes to
# vfio-pci and back. Argument: the installation's prefix.

set -uo pipefail
# shellcheck source=tests/lab/jobs/expect.sh
source "$(dirname "$0")/expect.sh"
vfiogpu=$1/bin/vfiogpu
gpu=$("$vfiogpu" list --json | jq -r '.gpus[0].address')
modprobe vfio-pci # so that it is loaded before and after
before=$(host_state)

expect "the IOMMU is AMD's" 0 "AMD-Vi" dmesg
expect "check is content" 0 "PASS +host: the IOMMU is on" "$vfiogpu" check -v "$gpu"
expect "the group is viable" 0 "PASS +$gpu: its IOMMU group" "$vfiogpu" check -v "$gpu"
expect "bind" 0 "is with vfio-pci" "$vfiogpu" bind "$gpu"
expect "unbind" 0 "was given back" "$vfiogpu" unbind "$gpu"
expect_unchanged "the host is as it was" "$before"
conclude
