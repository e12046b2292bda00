#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later

# `capture` in the emulated host, and what the snapshot shows: list, show and check must be what they are on the live host,
# to the byte. Arguments: the installation's prefix; then, outside of the lab, the folder that the job left its files in
# ($LAB_OUT), to compare them once more on a machine that has none of that hardware.

set -uo pipefail
# shellcheck source=tests/lab/jobs/expect.sh
source "$(dirname "$0")/expect.sh"
vfiogpu=$1/bin/vfiogpu
out=${2:-${LAB_OUT:?}}

# facts NAME [--sysroot FILE]: one file for each command. The exit status of check is that of its worst finding.
facts() {
    local name=$1 gpu
    shift
    "$vfiogpu" "$@" list --json >"$name.list"
    "$vfiogpu" "$@" list >"$name.table"
    "$vfiogpu" "$@" check --json >"$name.check"
    : >"$name.show"
    "$vfiogpu" --help | grep -q '^  show ' || return 0
    for gpu in $(jq -r '.gpus[].address' "$name.list"); do
        "$vfiogpu" "$@" show "$gpu" --json >>"$name.show"
    done
}

# same NAME FILE FILE
same() {
    local difference
    if difference=$(diff "$2" "$3" 2>&1) && [[ -s $2 || $2 == *.show ]]; then
        pass "$1"
    else
        fail "$1" "$difference"
    fi
}

compare() {
    local part
    for part in list table check show; do
        same "$1: $part" "$out/live.$part" "$2.$part"
    done
}

inside() {
    give_host_driver "$(lspci -Dn -d ::0403 | sed -n '1s/ .*//p')"
    timeout 60 modprobe vfio-pci
    mkdir -p "$out"
    facts "$out/live"
    expect "there are GPUs to compare" 0 '0000:' jq -r '.gpus[].address' "$out/live.list"
    expect "capture" 0 "holds this host's facts" "$vfiogpu" capture "$out/host.tar"
    expect "capture, nothing redacted" 0 "addresses and names included" "$vfiogpu" capture --no-redact "$out/plain.tar.gz"
    expect "a file that is there is kept" 4 "is there already" "$vfiogpu" capture "$out/host.tar"
    expect "only its owner may read it" 0 '600' stat -c %a "$out/host.tar"
    expect "a snapshot is not changed" 4 "snapshot" "$vfiogpu" bind "$(jq -r '.gpus[0].address' "$out/live.list")" \
        --sysroot "$out/host.tar"
    expect "the kernel log is in it" 0 'Linux version' tar -xOf "$out/host.tar" kernel.log
    for snapshot in host.tar plain.tar.gz; do
        facts "/tmp/$snapshot" --sysroot "$out/$snapshot"
        compare "$snapshot" "/tmp/$snapshot"
    done
    mkdir /tmp/unpacked && tar -xf "$out/host.tar" -C /tmp/unpacked
    facts /tmp/unpacked.out --sysroot /tmp/unpacked
    compare "unpacked" /tmp/unpacked.out
}

outside() {
    local scratch
    scratch=$(mktemp -d)
    for snapshot in host.tar plain.tar.gz; do
        facts "$scratch/$snapshot" --sysroot "$out/$snapshot"
        compare "$snapshot, outside of the lab" "$scratch/$snapshot"
    done
    rm -rf "$scratch"
}

if [[ $# -gt 1 ]]; then outside; else inside; fi
conclude
