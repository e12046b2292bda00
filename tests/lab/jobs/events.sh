#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later

# Errors brought home, run in the emulated host with one Tesla T10: what the guest's kernel says is on the host; a card with
# unrecoverable memory errors is quarantined; the GPU of a guest that powers itself off goes back.
# Argument: the installation's prefix.

set -uo pipefail
# shellcheck source=tests/lab/jobs/guest-events.sh
source "$(dirname "$0")/guest-events.sh"

driver() { basename "$(readlink "/sys/bus/pci/devices/$gpu/driver")" 2>/dev/null; }
has_driver() { [[ $(driver) == "$1" ]]; }
followed() { grep -q "$1" "$out/followed"; }
heard() { "$vfiogpu" events $vm | grep -qF "$1"; }
in_quarantine() { "$vfiogpu" show $gpu | grep -q "in quarantine since"; }

# latency N: how long after the guest wrote a record the host shows it. The guest says on its serial line that it has.
latency() {
    local text="retry $1" written shown
    in_guest "echo '<6>NVRM: Xid (PCI:0000:01:00): 31, pid=1, $text' >/dev/kmsg; echo has written $1"
    seen_at "$out/followed" "$text" >"$out/shown" &
    written=$(seen_at "$out/console.txt" $'\n'"has written $1") && wait $! && shown=$(<"$out/shown") || return 1
    say "event $1 was shown $(((shown - written) / 1000)) ms after the guest had written it"
}

give_host_driver $gpu
: >"$out/vfiogpud.log"
start_daemon
expect "the VM starts" 0 "" "$vfiogpu" start $vm --wait=agent --timeout 600
say "started"
read_console "$out/console.txt"

"$vfiogpu" events $vm --follow --json >"$out/followed" 2>&1 &
follower=$!
in_guest 'echo "<6>NVRM: Xid (PCI:0000:01:00): 79, GPU has fallen off the bus." >/dev/kmsg'
passes "an event is followed" 60 followed "fallen off the bus"
for ((i = 1; i <= 5; i++)); do latency "$i" || fail "event $i is followed"; done
kill $follower
expect "a program's record is marked" 0 "$vm $gpu fatal gpu-fallen-off-bus 79 \(user\)" "$vfiogpu" events $vm
expect "events, as JSON" 0 '"source": "user"' "$vfiogpu" events $vm --json --since 1h

echo "<3>vfio-pci $gpu: vfio_bar_restore: reset recovery - restoring BARs" >/dev/kmsg
passes "the host's own log is heard" 60 heard "$gpu warn vfio-reset-recovery (host)"
kernel_says "$xid_140"
passes "the GPU is in quarantine" 60 in_quarantine
expect "status says the worst" 0 "ecc-uncorrectable" "$vfiogpu" status $vm
expect "show lists it" 0 "(fatal|error) ecc-uncorrectable 140 x1, guest $vm" "$vfiogpu" show $gpu
in_guest 'sync; poweroff -f'
passes "the GPU of a guest that powers itself off goes back" 60 has_driver pci-stub
expect "start refuses a GPU in quarantine" 4 "$gpu: it is in quarantine since 20.*fix: .*vfiogpu health clear $gpu" "$vfiogpu" start $vm
expect "check says so" 3 "FAIL.*quarantine" "$vfiogpu" check $vm
expect "health clear" 0 "no longer in quarantine" "$vfiogpu" health clear $gpu
expect "check is content" 0 "" "$vfiogpu" check $gpu
end_daemon
say "done"
conclude
