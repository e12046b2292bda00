#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later

# Handing over on a real kernel: a driver whose unbind hangs, what the host needs, two identical GPUs. Run in an emulated
# host with four Tesla T10s: one alone, and one each in a group with a sound card, a network card and a drive:
#   lab run --no-libvirtd --no-image --disk 64 --gpu tesla-t10 --gpu tesla-t10+qemu:ES1370,audiodev=silent \
#       --gpu tesla-t10+qemu:e1000e --gpu tesla-t10+qemu:nvme,drive=disk1,serial=lab tests/lab/jobs/binding.sh PREFIX
#
# The driver that hangs is a sound card's: it waits in its remove function until all have closed its control file
# (snd_card_free), in uninterruptible sleep.

set -uo pipefail
# shellcheck source=tests/lab/jobs/expect.sh
source "$(dirname "$0")/expect.sh"
vfiogpu=$1/bin/vfiogpu
deadline=5

# peer_of CLASS: the function with that class.
peer_of() { lspci -Dn -d "::$1" | sed -n '1s/ .*//p'; }

# gpu_beside ADDRESS: the GPU that shares its group.
gpu_beside() {
    "$vfiogpu" list --json | jq -r --arg at "$1" '.gpus[] | select(.group_peers | index($at)).address'
}

# await CMD...: until it succeeds, half a minute at most.
await() {
    local tries
    for ((tries = 0; tries < 150; tries++)); do
        ! "$@" 2>/dev/null || return 0
        sleep 0.2
    done
    fail "waited in vain: $*"
}

centiseconds() {
    local up
    read -r up _ </proc/uptime
    echo "${up/./}"
}

sound=$(peer_of 0401) nic=$(peer_of 0200) disk=$(peer_of 0108)
with_sound=$(gpu_beside "$sound") with_nic=$(gpu_beside "$nic") with_disk=$(gpu_beside "$disk")
alone=$("$vfiogpu" list --json | jq -r '[.gpus[] | select(.isolated)][0].address')

modprobe -a snd-ens1370 e1000e nvme ext4
await test -e /dev/snd/controlC0
await test -b /dev/nvme0n1
give_host_driver "$alone"
modprobe vfio-pci
before=$(host_state)

# What the host needs.
mkfs.ext4 -q /dev/nvme0n1 && mkdir -p /srv/data && mount /dev/nvme0n1 /srv/data
interface=$(ls "/sys/bus/pci/devices/$nic/net")
busybox ifconfig "$interface" 10.9.9.2 netmask 255.255.255.0 up
busybox route add default gw 10.9.9.1
all=(--force-boot-display --force-in-use)
expect "a mounted disk in the group, named" 4 "$disk, which its driver nvme uses: /srv/data is mounted from it" \
    "$vfiogpu" bind "$with_disk"
expect "whatever is said" 4 "the host needs $disk \(nvme\): /srv/data is mounted.*no option" \
    "$vfiogpu" bind "$with_disk" --allow "$disk" "${all[@]}"
expect "in the plan, too" 4 "/srv/data is mounted" "$vfiogpu" plan bind "$with_disk" --allow "$disk"
expect "the default route's card" 4 "the host needs $nic \(e1000e\): the default route goes through it \($interface\)" \
    "$vfiogpu" bind "$with_nic" --allow "$nic" "${all[@]}"
umount /srv/data
expect "once unmounted it may go along" 0 "is with vfio-pci" "$vfiogpu" bind "$with_disk" --allow "$disk"
expect "and the disk is with vfio-pci" 0 "vfio-pci" readlink "/sys/bus/pci/devices/$disk/driver"
expect "and back" 0 "was given back" "$vfiogpu" unbind "$with_disk"
await test -b /dev/nvme0n1
expect "an address of another group is a mistake" 2 "does not share an IOMMU group" \
    "$vfiogpu" bind "$alone" --allow "$disk"
expect_unchanged "all is as it was" "$before"

# A driver that hangs.
sleep 1000 </dev/snd/controlC0 &
holder=$!
start=$(centiseconds)
expect "a driver that hangs: task, place and holder are named" 5 \
    "cannot unbind $sound from snd_ens1370.*did not return within $deadline s; process [0-9]+ hangs in the kernel \(state D, in [a-z_]+ < .*; process $holder \(sleep, user 0\) has /dev/snd/controlC0 open.*fix:.*vfiogpu recover" \
    "$vfiogpu" bind "$with_sound" --allow "$sound" --timeout "$deadline"
echo "bind returned $(($(centiseconds) - start)) cs after its start; its deadline is $deadline s"
expect "list does not hang" 0 "$with_sound" "$vfiogpu" list
expect "show does not hang" 0 "$sound" "$vfiogpu" show "$with_sound"
expect "the hung GPU must be recovered" 5 "was cut off.*fix: .*vfiogpu recover" "$vfiogpu" bind "$with_sound"
expect "recover says what still hangs" 5 "a driver still hangs in $sound in process [0-9]+ \(state D" "$vfiogpu" recover
others=$(host_state | grep -v "^$alone")
expect "another GPU can be bound meanwhile" 0 "$alone: is with vfio-pci" "$vfiogpu" bind "$alone"
if [[ $(host_state | grep -v -e "^$alone" -e "/$alone$") == "$others" ]]; then
    pass "of identical GPUs only the named one moves"
else
    fail "of identical GPUs only the named one moves" "$(diff <(host_state) <(echo "$others"))"
fi
expect "and given back" 0 "was given back" "$vfiogpu" unbind "$alone"
kill "$holder"
await test ! -e "/sys/bus/pci/devices/$sound/driver"
expect "then recover gives it back" 0 "$with_sound was given back" "$vfiogpu" recover
await test -e /dev/snd/controlC0
expect "and once more does nothing" 0 "nothing to recover" "$vfiogpu" recover
expect_unchanged "all is as it was again" "$before"
conclude
