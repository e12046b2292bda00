#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later

# What check, bind and start say of a GPU whose group holds a network card that the host uses, and of the boot display. Run
# in an emulated host with tesla-t10 and qemu:e1000e behind one conventional PCI bridge, and an rtx-2080. Argument: the
# installation's prefix.

set -uo pipefail
# shellcheck source=tests/lab/jobs/expect.sh
source "$(dirname "$0")/expect.sh"
vfiogpu=$1/bin/vfiogpu

gpu=$("$vfiogpu" list --json | jq -r '.gpus[] | select(.device_id == "1e37").address')
nic=$("$vfiogpu" list --json | jq -r --arg at "$gpu" '.gpus[] | select(.address == $at).group_peers[0]')
screen=$("$vfiogpu" list --json | jq -r '.gpus[] | select(.boot_display).address')

modprobe e1000e
for ((tries = 0; tries < 50; tries++)); do
    interface=$(ls "/sys/bus/pci/devices/$nic/net" 2>/dev/null) && break
    sleep 0.2
done
busybox ifconfig "$interface" 10.9.9.2 netmask 255.255.255.0 up
busybox route add default gw 10.9.9.1
before=$(host_state)

expect "the peer and its use are named" 3 "FAIL +$gpu: its IOMMU group.*$nic \(e1000e, the default route goes through it \($interface\)\)" \
    "$vfiogpu" check "$gpu"
expect "and the bridge that can't tell them apart" 3 "the conventional PCI bridge .* above it can't tell them apart" \
    "$vfiogpu" check "$gpu"
expect "bind is refused" 4 "shares IOMMU group .* with $nic" "$vfiogpu" bind "$gpu"
expect "start is refused" 4 "shares IOMMU group .* with $nic" "$vfiogpu" start d2l
expect "the boot display is named" 0 "WARN +$screen: it is the host's boot display" "$vfiogpu" check "$screen"
expect "and refused" 4 "is the boot display" "$vfiogpu" bind "$screen"
expect "show names the peer" 0 "shares its group with $nic" "$vfiogpu" show "$gpu"
expect_unchanged "nothing changed on the host" "$before"

rmmod e1000e
expect "without its driver the card does no harm" 0 "is with vfio-pci" "$vfiogpu" bind "$gpu"
expect "and back" 0 "was given back" "$vfiogpu" unbind "$gpu"
conclude
