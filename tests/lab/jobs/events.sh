#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later

# Errors brought home, run in the emulated host with one Tesla T10: what the guest's kernel says is on the host; a storm of
# events through a killed vfiogpud, a restarted libvirtd, commands that take the channel, and a power cut is stored once and
# in order; a card with unrecoverable memory errors is quarantined; the GPU of a guest that powers itself off goes back.
# Argument: the installation's prefix.

set -uo pipefail
# shellcheck source=tests/lab/jobs/expect.sh
source "$(dirname "$0")/expect.sh"
vfiogpu=$1/bin/vfiogpu
vfiogpud=$1/sbin/vfiogpud
vm=d2l
gpu=0000:01:00.0
out=${LAB_OUT:-/tmp}
step=${STORM_STEP:-250} # 2500 makes it the storm of 10,000

say() { echo "# $SECONDS s: $*"; }

# in_guest COMMAND: run by the guest's shell on the serial line.
in_guest() { echo "$1" >"$(virsh ttyconsole $vm)"; }

# within SECONDS CMD...: until it succeeds.
within() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 1
    done
}

# passes NAME SECONDS CMD...: it succeeds within that time, which is there to end a failed run.
passes() {
    local name=$1
    shift
    if within "$@"; then pass "$name"; else fail "$name" "$(tail -n 20 "$out/vfiogpud.log")"; fi
}

start_daemon() {
    "$vfiogpud" 2>>"$out/vfiogpud.log" &
    daemon=$!
}

# The numbers of the storm's events, in the order of the store.
numbers() {
    "$vfiogpu" events $vm --json | jq -r '.events[] | .line | capture("storm (?<n>[0-9]+)$") | .n'
}

last_number() { numbers | tail -n 1; }
is_stored() { [[ $(last_number) == "$1" ]]; }
is_above() { [[ $(last_number) -gt $1 ]]; }

# storm FROM TO: the guest writes these, a record each.
storm() {
    in_guest "i=$1; while [ \$i -le $2 ]; do echo \"<6>NVRM: Xid (PCI:0000:01:00): 31, pid=1, storm \$i\"; i=\$((i+1)); done >/dev/kmsg"
}

# The guest waits for its serial line to be read.
read_console() {
    until cat "$(virsh ttyconsole $vm)"; do sleep 1; done >"$out/console.txt" 2>/dev/null &
    reader=$!
}

driver() { basename "$(readlink "/sys/bus/pci/devices/$gpu/driver")" 2>/dev/null; }
has_# The guest waits for its serial line to be read.
read_console() {
    until cat "$(virsh ttyconsole $vm)"; do sleep 1; done >"$out/console.txt" 2>/dev/null &
    reader=$!
}

driver() { [[ $(driver) == "$1" ]]; }
followed() { grep -q "$1" "$out/followed"; }

give_host_driver $gpu
: >"$out/vfiogpud.log"
start_daemon
expect "the VM starts" 0 "" "$vfiogpu" start $vm --wait=agent --timeout 600
say "started"
read_console

"$vfiogpu" events $vm --follow --json >"$out/followed" 2>&1 &
follower=$!
sleep 0.5
begun=${EPOCHREALTIME/./}
in_guest 'echo "<6>NVRM: Xid (PCI:0000:01:00): 79, GPU has fallen off the bus." >/dev/kmsg'
passes "an event is followed" 60 followed "fallen off the bus"
say "followed after $(((${EPOCHREALTIME/./} - begun) / 1000)) ms"
kill $follower
expect "a program's record is marked" 0 "$vm $gpu fatal gpu-fallen-off-bus 79 \(user\)" "$vfiogpu" events $vm
expect "events, as JSON" 0 '"source": "user"' "$vfiogpu" events $vm --json --since 1h

storm 1 "$step"
within 60 is_above 1
kill -9 $daemon
wait $daemon 2>/dev/null
sleep 2
start_daemon
passes "a killed vfiogpud" 180 is_stored "$step"
say "vfiogpud was killed"

storm $((step + 1)) $((2 * step))
within 60 is_above "$step"
for ((i = 0; i < 3; i++)); do "$vfiogpu" status $vm >"$out/status.txt" || fail "status in the storm"; done
passes "commands that take the channel" 180 is_stored $((2 * step))
say "commands took the channel"

storm $((2 * step + 1)) $((3 * step))
within 60 is_above $((2 * step))
kill "$(pidof libvirtd)"
within 20 eval '! pidof libvirtd >/dev/null'
libvirtd -d -p /run/libvirtd.pid
passes "a restarted libvirtd" 180 is_stored $((3 * step))
say "libvirtd was restarted"

storm $((3 * step + 1)) $((4 * step))
within 60 is_above $((3 * step))
virsh reset $vm >/dev/null
sleep 5
within 300 eval '"$vfiogpu" status $vm | grep -q "agent: 0"'
storm_end=$(last_number)
in_guest 'echo "<6>NVRM: Xid (PCI:0000:01:00): 31, pid=1, storm 99999" >/dev/kmsg'
passes "a power cut" 60 is_stored 99999
say "the power was cut after $storm_end"
got=$(numbers)
if [[ $got == "$(seq 1 "$storm_end"; echo 99999)" ]]; then
    pass "$storm_end events, each once, in order"
else
    fail "each event once, in order" "$(diff <(seq 1 "$storm_end"; echo 99999) <(echo "$got") | head -n 20)"
fi

# The kernel's own record: it quotes what a module is given.
in_guest 'rmmod dummy; insmod /modules/*-dummy.ko "\"NVRM: Xid (PCI:0000:01:00): 140, pid=0, An uncorrectable ECC error detected (possible firmware handling failure) DRAM:4, LTC:0\""'
passes "the GPU is in quarantine" 60 eval '"$vfiogpu" show $gpu | grep -q "in quarantine since"'
expect "status says the worst" 0 "ecc-uncorrectable" "$vfiogpu" status $vm
expect "show lists it" 0 "fatal|error ecc-uncorrectable 140 x1, guest $vm" "$vfiogpu" show $gpu
in_guest 'sync; poweroff -f'
passes "the GPU of a guest that powers itself off goes back" 60 has_driver pci-stub
expect "start refuses a GPU in quarantine" 4 "$gpu: it is in quarantine since 20.*fix: .*vfiogpu health clear $gpu" "$vfiogpu" start $vm
expect "check says so" 3 "FAIL.*quarantine" "$vfiogpu" check $vm
expect "health clear" 0 "no longer in quarantine" "$vfiogpu" health clear $gpu
expect "check is content" 0 "" "$vfiogpu" check $gpu
kill $daemon $reader
wait $daemon
tail -n 15 "$out/vfiogpud.log" | sed 's/^/# /'
say "done"
conclude
