#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later

# What `start` and its kin must refuse, run in an emulated host with two equal Tesla T10s: each refusal names cause and
# fix, has the right exit status, and leaves the host as it was. Argument: the installation's prefix.

set -uo pipefail
# shellcheck source=tests/lab/jobs/expect.sh
source "$(dirname "$0")/expect.sh"
vfiogpu=$1/bin/vfiogpu
folder=$(mktemp -d)

# vmdef NAME GPU DISK [EXTRA]: a definition on standard output.
vmdef() {
    printf '<vmdef name="%s">\n  <memory>512</memory>\n  <disk file="%s" format="raw"/>\n  %s\n  %s\n</vmdef>\n' \
        "$1" "$3" "$2" "${4:-}"
}

# stored NAME GPU DISK: the same, defined.
stored() {
    vmdef "$@" >"$folder/$1.xml"
    "$vfiogpu" define "$folder/$1.xml" >/dev/null || fail "define $1"
}

image=/var/lib/libvirt/images/lab-guest.raw
stored twins '<gpu select="10de:1e37"/>' "$image"
stored nocard '<gpu select="10de:2330"/>' "$image"
stored nodisk '<gpu select="10de:1e37[0]"/>' /nowhere/disk.raw
stored firstonly '<gpu select="10de:1e37[0]"/>' "$image"
stored same '<gpu select="01:00.0"/><gpu select="10de:1e37[0]"/>' "$image"
vmdef wrong '<gpu select="01:00.0"/>' "$image" '<grafics/>' >"$folder/wrong.xml"
cp "$folder/wrong.xml" /etc/vfiogpu/vmdefs/wrong.xml
before=$(host_state)

expect "unknown VM" 1 "no VM 'nosuch'.*fix:.*twins" "$vfiogpu" start nosuch
expect "unknown GPU" 1 "no GPU of this host matches '10de:2330'.*fix: this host has: 0000:01:00.0" "$vfiogpu" start nocard
expect "ambiguous selector" 1 "matches 2 GPUs: 0000:01:00.0.*0000:02:00.0.*fix:.*address" "$vfiogpu" start twins
expect "one GPU twice" 1 'two <gpu> elements.*0000:01:00.0' "$vfiogpu" start same
expect "wrong element" 1 "wrong.xml:[0-9]+: .*grafics.*fix: docs/VMDEF.md" "$vfiogpu" start wrong
expect "wrong element is not defined" 1 "grafics" "$vfiogpu" define "$folder/wrong.xml"
expect "missing disk" 1 "/nowhere/disk.raw does not exist.*fix: " "$vfiogpu" start nodisk
expect "missing disk in check" 3 "FAIL.*/nowhere/disk.raw" "$vfiogpu" check nodisk
expect "no libvirtd" 1 "cannot connect to libvirt.*fix: .*libvirtd" \
    "$vfiogpu" --connect qemu+unix:///system?socket=/nowhere start firstonly
expect "bind of an ambiguous selector" 1 "matches 2 GPUs" "$vfiogpu" bind nvidia
expect "bind of garbage" 1 "is not a GPU selector" "$vfiogpu" bind ';rm -rf'
expect "bind on a snapshot" 4 "snapshot" "$vfiogpu" --sysroot "$folder" bind 01:00.0
expect "unbind of a GPU that is not ours" 1 "was not bound by vfiogpu" "$vfiogpu" unbind 01:00.0
expect "wrong usage" 2 "there is no command" "$vfiogpu" frobnicate
expect "missing argument" 2 "an argument is missing" "$vfiogpu" start
expect "status of an unknown VM" 1 "no VM" "$vfiogpu" status nosuch
expect "stop of an unknown VM" 1 "no VM" "$vfiogpu" stop nosuch
expect_unchanged "nothing changed on the host" "$before"

conclude
