#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later

# Real OVMF in a guest with 40 physical address bits gives every BAR an address, in the window that was computed: with a
# Tesla T10 (16G), a Tesla P10 (32G) and both. Needs --gpu tesla-t10 --gpu tesla-p10. Arguments: the installation's prefix,
# and which of t10, p10, both to start (all).

set -uo pipefail
# shellcheck source=tests/lab/jobs/expect.sh
source "$(dirname "$0")/expect.sh"
vfiogpu=$1/bin/vfiogpu
shift
(($#)) || set -- t10 p10 both
folder=$(mktemp -d)
monitor_port=4444
monitor_args="<qemu:arg value=\"-monitor\"/><qemu:arg value=\"tcp:127.0.0.1:$monitor_port,server,nowait\"/>"

# stored NAME GPU...: the lab's VM with those GPUs.
stored() {
    local name=$1 gpus='' gpu
    shift
    for gpu; do gpus+="<gpu select=\"$gpu\"/>"; done
    sed "s#name=\"d2l\"#name=\"$name\"#; s#<gpu select=[^/]*/>#$gpus#; s#</qemu:commandline>#$monitor_args&#" \
        /etc/vfiogpu/vmdefs/d2l.xml >"$folder/$name.xml"
    "$vfiogpu" define "$folder/$name.xml" >/dev/null || fail "define $name"
}

# monitor COMMAND: what QEMU's monitor says to it.
monitor() {
    local line
    exec {socket}<>/dev/tcp/127.0.0.1/$monitor_port
    printf '%s\nhelp quit\n' "$1" >&"$socket"
    while read -rt 10 -u "$socket" line && [[ $line != *"-- quit the emulator"* && $line != "quit "* ]]; do
        printf '%s\n' "${line%$'\r'}"
    done
    exec {socket}>&-
}

# The 64-bit BARs as OVMF and the guest's kernel left them, "FIRST LAST" in hexadecimal a line.
wide_bars() {
    monitor "info pci" | sed -n 's/.*BAR[0-9]*: 64 bit prefetchable memory at 0x\([0-9a-f]*\) \[0x\([0-9a-f]*\)\].*/\1 \2/p'
}

# started NAME COUNT LOW HIGH: the agent sees COUNT GPUs with all BARs assigned, and the large BARs lie in LOW to HIGH.
started() {
    local name=$1 count=$2 low=$3 high=$4 status bars first last inside=1
    expect "$name starts" 0 "" "$vfiogpu" start "$name" --wait=agent --timeout 800
    status=$("$vfiogpu" status "$name" --json)
    if jq -e --argjson n "$count" '[.guest.gpus[].bars[] | .assigned] | length >= 3 * $n and all' <<<"$status" >/dev/null &&
        jq -e --argjson n "$count" '.guest.gpus | length == $n' <<<"$status" >/dev/null; then
        pass "$name: every BAR is assigned"
    else
        fail "$name: every BAR is assigned" "$status"
    fi
    bars=$(wide_bars)
    printf "# %s: %s\n" "$name" "${bars//$'\n'/, }"
    while read -r first last; do
        ((0x$first >= low && 0x$last <= high)) || inside=0
    done <<<"$bars"
    if [[ -n $bars && $inside == 1 ]]; then
        pass "$name: the 64-bit BARs are in the window"
    else
        fail "$name: the 64-bit BARs are in the window" "$(monitor 'info pci')"
    fi
    expect "$name stops" 0 "" "$vfiogpu" stop "$name"
}

stored t10 10de:1e37
stored p10 10de:1b39
stored both 10de:1e37 10de:1b39
expect "the sum for 16G" 0 "16.03 GiB above 4 GiB, 16 MiB below" "$vfiogpu" check t10 -v
expect "the sum for 32G" 0 "set to 64 GiB.*32.03 GiB above 4 GiB" "$vfiogpu" check p10 -v
expect "the sum for both" 0 "set to 128 GiB.*64.03 GiB above 4 GiB" "$vfiogpu" check both -v
expect "no setting for 16G" 0 "<domain" bash -c "! '$vfiogpu' dumpxml t10 | grep -E 'pcihole64|X-PciMmio64Mb' && '$vfiogpu' dumpxml t10"
expect "settings for both" 0 "<pcihole64 unit=\"KiB\">134217728<.*X-PciMmio64Mb,string=131072" "$vfiogpu" dumpxml both

# An AMD CPU with 40 bits: untold, OVMF's window is 1/8 of them, moved below AMD's range under 1 TiB. Told a size, edk2
# 2025.02 makes it that large, at its first own multiple above the memory.
for vm; do
    case $vm in
        t10) started t10 1 0xc000000000 0xdfffffffff ;;
        p10) started p10 1 0x1000000000 0x1fffffffff ;;
        both) started both 2 0x2000000000 0x3fffffffff ;;
    esac
done
conclude
