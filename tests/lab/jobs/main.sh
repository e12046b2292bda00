#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later

# The main job, run in the emulated host: a Tesla T10 is handed to vfio-pci, put into a UEFI VM with VNC, reported by the
# agent in the guest, and given back. Its driver says that its memory is defective: the host hears of it and starts nothing
# with this card any more. Leaves guest.png and summary.json in $LAB_OUT. Argument: the installation's prefix.

set -euo pipefail
# shellcheck source=tests/lab/jobs/guest-events.sh
source "$(dirname "$0")/guest-events.sh"

uptime_cs() {
    local up rest
    read -r up rest </proc/uptime
    echo "${up/./}"
}

# step NAME CMD...: says what runs and how long it took; the output goes through.
step() {
    local name=$1 start status=0
    shift
    printf '\n== %s\n' "$name"
    start=$(uptime_cs)
    "$@" || status=$?
    local took=$(($(uptime_cs) - start))
    printf '== %s: %s, %d.%02d s\n' "$name" "$([[ $status == 0 ]] && echo done || echo "status $status")" \
        $((took / 100)) $((took % 100))
    return "$status"
}

driver_of() {
    local link
    link=$(readlink "/sys/bus/pci/devices/$1/driver") || return 0
    echo "${link##*/}"
}

null_or_string() { [[ -z $1 ]] && echo null || echo "\"$1\""; }

# The command collects what the agent has for it.
has_come() {
    "$vfiogpu" status "$vm" >/dev/null
    "$vfiogpu" events "$vm" --json | jq '[.events[] | select(.code == "140")][0]' >"$out/event.json"
    [[ $(jq -r .class "$out/event.json") == ecc-uncorrectable ]]
}

write_summary() {
    jq --slurpfile status "$out/status.json" --slurpfile event "$out/event.json" --argjson refused "$refused" --argjson before "$(null_or_string "$before")" \
        --arg screenshot "$out/guest.png" --argjson during "$(null_or_string "$during")" --argjson after "$(null_or_string "$after")" \
        -n '$status[0] as $s | {
            gpu: {address: $s.gpus[0].address, driver_before: $before, driver_during: $during, driver_after: $after},
            guest: ($s.guest + {agent: $s.agent}),
            vnc: $s.vnc,
            event: $event[0],
            start_in_quarantine: $refused,
            screenshot: $screenshot
        }' >"$out/summary.json"
}

step "vfiogpu list" "$vfiogpu" list
gpu=$("$vfiogpu" list --json | jq -r '.gpus[0].address')
before=$(driver_of "$gpu")
step "vfiogpu check $vm" "$vfiogpu" check "$vm" -v
step "vfiogpu plan start $vm" "$vfiogpu" plan start "$vm"
step "vfiogpu start $vm --wait=agent" "$vfiogpu" start "$vm" --wait=agent --timeout 600
during=$(driver_of "$gpu")
step "vfiogpu status $vm" "$vfiogpu" status "$vm"
"$vfiogpu" status "$vm" --json >"$out/status.json"
step "vfiogpu screenshot $vm guest.png" "$vfiogpu" screenshot "$vm" "$out/guest.png"
read_console "$out/console.txt"
kernel_says "$xid_140"
step "an error of the guest's driver comes" within 120 has_come
kill "$reader"
step "vfiogpu stop $vm" "$vfiogpu" stop "$vm"
refused=0
step "vfiogpu start $vm, with the card in quarantine" "$vfiogpu" start "$vm" || refused=$?
step "vfiogpu health clear $gpu" "$vfiogpu" health clear "$gpu"
after=$(driver_of "$gpu")
step "vfiogpu list" "$vfiogpu" list
write_summary
