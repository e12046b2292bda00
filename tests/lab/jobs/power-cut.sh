#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later

# Power cuts of the emulated host, in the middle of a start and while a VM runs, each followed by a boot and
# `vfiogpu recover`: the host is as after any boot, and the VM starts and stops. Runs on this machine, and itself in the
# host. What is on disk is what was written; a disk that loses what was not synced yet is not emulated. Argument: the
# installation's prefix.

set -uo pipefail
jobs=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/lab/jobs/expect.sh
source "$jobs/expect.sh"
# shellcheck source=tests/lab/jobs/vm-life.sh
source "$jobs/vm-life.sh"
lab=$jobs/../lab
name=power-cut-$$
prefix=$1
vfiogpu=$prefix/bin/vfiogpu
gpu=0000:01:00.0

# In the host, one of these.
in_host() {
    case $1 in
        prepare)
            prepare_vms
            vm_host_state >"$LAB_OUT/before"
            [[ -s $LAB_OUT/before ]]
            ;;
        start)
            "$vfiogpu" start box --wait=boot --timeout 600 >"$LAB_OUT/log" 2>&1
            ;;
        settle)
            expect "recover" 0 "$2" "$vfiogpu" recover
            expect "recover again" 0 'nothing to recover' "$vfiogpu" recover
            expect_vm_unchanged "$3" "$(<"$LAB_OUT/before")"
            ((failed == 0))
            ;;
        again)
            expect "start" 0 'runs' "$vfiogpu" start box
            expect "stop" 0 'is off' "$vfiogpu" stop --force box
            ((failed == 0))
            ;;
    esac
}

if [[ ${2:-} == --in-host ]]; then
    in_host "${@:3}"
    exit
fi

folder=$(mktemp -d)
trap '"$lab" cut --name "$name" -q >/dev/null 2>&1; rm -rf "$folder"' EXIT

boot() { "$lab" up -q --name "$name" --no-image --state "$folder/state" --out "$folder/out"; }
run() { "$lab" exec --name "$name" -- "$jobs/power-cut.sh" "$prefix" --in-host "$@"; }

# step NAME COMMAND...
step() {
    local title=$1 output
    shift
    if output=$("$@" 2>&1); then pass "$title"; else fail "$title" "$output"; fi
}

# cut_at PATTERN: starts the VM and pulls the host's plug when the progress says so.
cut_at() {
    rm -f "$folder/out/log"
    run start &
    until [[ -e $folder/out/log ]]; do sleep 0.1; done
    await_line "$folder/out/log" "$1"
    "$lab" cut --name "$name" -q
    wait
}

step "boot" boot
step "prepare" run prepare
cut_at 'boot box' >/dev/null 2>&1
step "boot after a power cut during a start" boot
step "recovered" run settle 'the reboot has given it back.*box: a start that was cut off was undone' "a power cut during a start"
cut_at 'wait for the firmware' >/dev/null 2>&1
step "boot after a power cut while the VM ran" boot
step "recovered" run settle 'the reboot has given it back' "a power cut while the VM ran"
step "start and stop" run again
conclude
