#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later

# Errors brought home, run in the emulated host with one Tesla T10: a line of the guest's kernel is on the host within a
# second; a storm of events through a cut channel, a killed vfiogpud, a restarted libvirtd, a reboot and a power cut is stored
# once and in order; the GPU of a guest that powers itself off goes back. Argument: the installation's prefix.

set -uo pipefail
# shellcheck source=tests/lab/jobs/expect.sh
source "$(dirname "$0")/expect.sh"
vfiogpu=$1/bin/vfiogpu
vfiogpud=$1/sbin/vfiogpud
vm=d2l
out=${LAB_OUT:-/tmp}

# in_guest COMMAND: run by the guest's shell on the serial line.
in_guest() {
    echo "$1" >"$(virsh ttyconsole $vm)"
}

# within SECONDS CMD...: until it succeeds.
within() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 0.2
    done
}

start_daemon() {
    "$vfiogpud" 2>>"$out/vfiogpud.log" &
    daemon=$!
}

# The numbers of the storm's events, in the order of the store.
numbers() {
    "$vfiogpu" events $vm --json | jq -r '.events[] | select(.line | test("storm")) | .line | capture("storm (?<n>[0-9]+)").n'
}

# is_stored N: the last event of the store is of number N.
is_stored() { [[ $(numbers | tail -n 1) == "$1" ]]; }

# storm FROM TO: the guest writes these, a record each.
storm() {
    in_guest "i=$1; while [ \$i -le $2 ]; do echo \"<3>NVRM: Xid (PCI:0000:01:00): 31, pid=1, storm \$i\"; i=\$((i+1)); done >/dev/kmsg"
}

check_order() {
    local name=$1 last=$2 got
    got=$(numbers)
    if [[ $got == "$(seq 1 "$last")" ]]; then
        pass "$name"
    else
        fail "$name" "$(diff <(seq 1 "$last") <(echo "$got") | head -n 20)"
    fi
}

start_daemon
expect "the VM starts" 0 "" "$vfiogpu" start $vm --wait=agent --timeout 600
"$vfiogpu" events $vm --follow --json >"$out/followed" 2>"$out/follow.log" &
follower=$!
sleep 1
in_guest 'echo "<3>NVRM: Xid (PCI:0000:01:00): 79, GPU has fallen off the bus. said by $(date +%s)" >/dev/kmsg'
within 20 grep -q "fallen off" "$out/followed" && pass "an event is followed" || fail "an event is followed" "$(cat "$out/follow.log" "$out/vfiogpud.log")"
head -n 3 "$out/followed"
kill $follower
expect "events, as text" 0 "$vm 0000:01:00.0 fatal gpu-fallen-off-bus 79 \(user\)" "$vfiogpu" events $vm
time storm 1 300
within 100 is_stored 300
date
check_order "storm" 300
conclude
