#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later

# `list --json` against lspci -nnk and sysfs, for every virtual GPU of the emulated host, one of whose functions has a host
# driver, by an override of its own; then its slot of four functions handed over and given back. Argument: the
# installation's prefix.

set -uo pipefail
# shellcheck source=tests/lab/jobs/expect.sh
source "$(dirname "$0")/expect.sh"
vfiogpu=$1/bin/vfiogpu
devices=/sys/bus/pci/devices

same() { # same NAME OURS THEIRS
    if [[ $2 == "$3" ]]; then pass "$1"; else fail "$1" "vfiogpu: $2; the host: $3"; fi
}

link_name() { [[ -e $1 ]] && basename "$(readlink "$1")" || echo null; }

# The BARs as "index size" lines from sysfs's resource file.
bars_of() {
    local index=0 start end flags
    while read -r start end flags && ((index < 6)); do
        ((flags == 0)) || echo "$index $((end - start + 1))"
        index=$((index + 1))
    done <"$1/resource"
}

check_gpu() {
    local at=$1 json ids pci
    json=$(jq --arg at "$at" '.gpus[] | select(.address == $at)' <<<"$list")
    pci=$(lspci -Dnnk -s "$at")
    ids=$(jq -r '"[\(.vendor_id):\(.device_id)]"' <<<"$json")
    same "$at: ids" "$ids" "$(head -1 <<<"$pci" | grep -o '\[[0-9a-f]\{4\}:[0-9a-f]\{4\}\]')"
    same "$at: class" "$(jq -r '"[\(.class)]"' <<<"$json")" "$(head -1 <<<"$pci" | grep -o '\[[0-9a-f]\{4\}\]' | head -1)"
    same "$at: subsystem" "$(jq -r '"[\(.subsystem_vendor_id):\(.subsystem_id)]"' <<<"$json")" \
        "$(sed -n 2p <<<"$pci" | grep -o '\[[0-9a-f:]\{9\}\]')"
    same "$at: driver" "$(jq -r '.driver' <<<"$json")" "$(link_name "$devices/$at/driver")"
    same "$at: driver as lspci says" "$(jq -r '.driver // ""' <<<"$json")" \
        "$(sed -n 's/.*Kernel driver in use: //p' <<<"$pci")"
    same "$at: group" "$(jq -r '.iommu_group' <<<"$json")" "$(link_name "$devices/$at/iommu_group")"
    same "$at: BARs" "$(jq -r '.bars[] | "\(.index) \(.size)"' <<<"$json")" "$(bars_of "$devices/$at")"
    same "$at: functions" "$(jq -r '.functions[]' <<<"$json")" "$(cd $devices && ls -d "${at%.*}".*)"
    if grep -qF -- "$(jq -r '.name' <<<"$json")" <<<"$pci"; then
        pass "$at: the name is lspci's"
    else
        fail "$at: the name is lspci's" "$pci"
    fi
}

slot=$("$vfiogpu" list --json | jq -r '[.gpus[] | select(.functions | length == 4)][0].address')
audio=${slot%.*}.1
give_host_driver "$audio"
list=$("$vfiogpu" list --json)
same "every display function is listed" "$(jq -r '.gpus[].address' <<<"$list")" \
    "$(lspci -Dn | awk '$2 ~ /^(03|1200)/ { print $1 }')"
for at in $(jq -r '.gpus[].address' <<<"$list"); do
    check_gpu "$at"
done

before=$(host_state | grep -v 'vfio_pci loaded')
same "the audio function has its host driver" "$(link_name "$devices/$audio/driver")" pci-stub
expect "the boot display is refused" 4 "is the boot display.*--force-boot-display" "$vfiogpu" bind "$slot"
expect "bind takes the whole slot" 0 "unbind $audio from pci-stub.*bind $audio to vfio-pci" \
    "$vfiogpu" bind --force-boot-display "$slot"
for function in 0 1 2 3; do
    same "function $function is on vfio-pci" "$(link_name "$devices/${slot%.*}.$function/driver")" vfio-pci
done
same "only that slot moved" "$(ls -d /sys/bus/pci/drivers/vfio-pci/0000:* | wc -l)" 4
expect "unbind gives it back" 0 "was given back" "$vfiogpu" unbind "$slot"
now=$(host_state | grep -v 'vfio_pci loaded')
same "everything is as it was" "$now" "$before"

peer=$(jq -r '[.gpus[] | select(.isolated | not)][0].address' <<<"$list")
expect "a group shared with a NIC is shown" 0 "group_peers" "$vfiogpu" list --json
expect "a peer without a driver does no harm" 0 "is with vfio-pci" "$vfiogpu" bind "$peer"
expect "and back" 0 "was given back" "$vfiogpu" unbind "$peer"
conclude
