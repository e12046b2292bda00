#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later

# The start and the stop of a VM as one transaction, run in an emulated host with two Tesla T10s: whatever fails or dies
# in the middle, drivers, overrides, journals, domains and disks are afterwards what they were, at the latest after
# `vfiogpu recover`. The VMs' firmware finds no system, so that nothing waits for a guest to boot. Arguments: the
# installation's prefix, and how many round trips (3).

set -uo pipefail
# shellcheck source=tests/lab/jobs/expect.sh
source "$(dirname "$0")/expect.sh"
# shellcheck source=tests/lab/jobs/vm-life.sh
source "$(dirname "$0")/vm-life.sh"
vfiogpu=$1/bin/vfiogpu
rounds=${2:-3}
gpu=0000:01:00.0

prepare_vms
give_host_driver "$gpu"
before=$(vm_host_state)

expect "start" 0 'box: runs' "$vfiogpu" start box
expect "a second start is refused" 1 'box is running already' "$vfiogpu" start box
expect "the GPU of a VM that runs is its own" 1 'belongs to the VM box' "$vfiogpu" start rival
expect "recover leaves a VM that runs alone" 0 'nothing to recover' "$vfiogpu" recover
expect "stop" 0 'box: is off' "$vfiogpu" stop --force box
undefine_all
expect_vm_unchanged "start and stop" "$before"

# What fails on the way.
expect "firmware that loads nothing" 6 'loaded no system from its disks.*fix: ' \
    "$vfiogpu" start box --wait=boot --timeout 4
expect_vm_unchanged "the firmware loads nothing" "$before"
expect "an agent that never speaks" 6 'did not say hello.*fix: ' "$vfiogpu" start box --wait=agent --timeout 4
expect_vm_unchanged "the agent never speaks" "$before"
expect "a disk that QEMU can't use" 1 'cannot boot broken: .*ould not open|cannot boot broken' "$vfiogpu" start broken
expect_vm_unchanged "QEMU fails" "$before"
expect "a domain that libvirt refuses" 1 'cannot define the domain refused' "$vfiogpu" start refused
expect_vm_unchanged "libvirt refuses the domain" "$before"

# The definition that libvirt had before comes back.
"$vfiogpu" start box -q >/dev/null
"$vfiogpu" stop --force box -q >/dev/null
earlier=$(definition_of box)
sed -i 's/>256</>320</' /etc/vfiogpu/vmdefs/box.xml
expect "a failed start of a VM that was changed" 6 'loaded no system' "$vfiogpu" start box --wait=boot --timeout 3
if [[ $(definition_of box) == "$earlier" ]]; then pass "its earlier definition"; else
    fail "its earlier definition" "$(diff <(echo "$earlier") <(definition_of box))"
fi
sed -i 's/>320</>256</' /etc/vfiogpu/vmdefs/box.xml
undefine_all
expect_vm_unchanged "and nothing else" "$before"

# A disk that the start made goes with it.
expect "a disk made in vain" 1 'cannot boot made' "$vfiogpu" start made
expect_vm_unchanged "the disk is gone again" "$before"

# The user's Ctrl-C, and the emulator's death.
interrupt_start box --wait=agent --timeout 60
expect_vm_unchanged "interrupted" "$before"
during 'wait for the agent' kill_box start box --wait=agent --timeout 60
expect_vm_unchanged "the emulator was killed during a start" "$before"
"$vfiogpu" start box -q >/dev/null
kill_emulator box
expect "stop of a VM whose emulator died" 0 'box: is off' "$vfiogpu" stop box
undefine_all
expect_vm_unchanged "the emulator was killed" "$before"
"$vfiogpu" start box -q >/dev/null
kill_emulator box
expect "recover after the emulator died" 0 "$gpu was given back: box is off" "$vfiogpu" recover
expect "recover again" 0 'nothing to recover' "$vfiogpu" recover
undefine_all
expect_vm_unchanged "recovered" "$before"

# libvirtd: restarted in the middle, hung, gone.
during 'boot box' restart_libvirtd start box
end_start_of_two_daemons box
undefine_all
expect_vm_unchanged "libvirtd was restarted during a start" "$before"
if ((rounds > 1)); then # by hand: it is two minutes until it is given up
    during 'boot box' restart_libvirtd_early start box
    end_start_of_two_daemons box
    undefine_all
    expect_vm_unchanged "libvirtd was restarted before it had an emulator" "$before"
fi
"$vfiogpu" start box -q >/dev/null
during 'switch off box' restart_libvirtd stop --force box
expect "a stop goes on when libvirtd is there again" 0 'was off already and had no GPU' "$vfiogpu" stop box
undefine_all
expect_vm_unchanged "libvirtd was restarted during a stop" "$before"

# Killed at steps of start and of stop; all points of both are the unit tests' business. Among all tests it is the boot, which
# goes on without the command, and the giving back.
starts=(2 4 5 6) stops=(2 3)
((rounds > 1)) || starts=(6) stops=(3)
for step in "${starts[@]}"; do
    kill_at_step "$step" start box
    settle "start killed at step $step" "$before"
done
for step in "${stops[@]}"; do
    "$vfiogpu" start box -q >/dev/null
    kill_at_step "$step" stop --force box
    settle "stop killed at step $step" "$before"
done

round_trips "$rounds" "$before"
conclude
