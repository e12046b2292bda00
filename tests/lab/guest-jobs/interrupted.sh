#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later

# Provisioning that is killed at every step and inside dpkg, that loses its power while packages are unpacked, and that finds
# the mirror gone, a lock held, a wrong signature and a full disk: it says what is wrong, goes on from where it was, and is
# never done before it is. Argument: the agent.

# What is in single quotes is for the guest's shell.
# shellcheck disable=SC2016

set -uo pipefail
# shellcheck source=tests/lab/guest-jobs/provision.sh
source "$(dirname "$0")/provision.sh"

profile=(--profile cuda --without-gpu="interrupted on purpose")

not_done() { expect "$1: not called done" 0 'running|failed' state_value .phase; }

# says NAME SECONDS REGEX: the run in the background does.
says() {
    if provision_says "$2" "$3"; then pass "$1"; else fail "$1" "$(provision_output)"; fi
}

# killed NAME SECONDS CONDITION
killed() {
    expect "killed $1" 0 '' provision_killed_when "$2" "$3" "${profile[@]}"
    not_done "killed $1"
}

killed_at() { killed "at $1" 300 "grep -q '$1: running' /root/provision.out"; }

# unpacked COUNT: so many packages are known to dpkg that were not there before.
unpacked() { in_guest sh -c "[ \$(dpkg-query -W | wc -l) -gt $(($1 + packages)) ]"; }

lose_power() {
    provision_begin "${profile[@]}"
    await 200 unpacked 2
    guest cut
    guest boot -q
    note "booted after a power cut"
    not_done "power cut while packages were unpacked"
    expect "what was cut off is known to dpkg" 0 '' in_guest dpkg --audit
}

hold_lock() {
    in_guest systemd-run -q --unit=holder python3 -c 'import fcntl, time
lock = open("/var/lib/dpkg/lock-frontend", "w")
fcntl.lockf(lock, fcntl.LOCK_EX)
time.sleep(3600)'
}

put_agent "$1"
await_network
packages=$(in_guest sh -c 'dpkg-query -W | wc -l')
note "the agent is there"

guest mirror down
provision_begin "${profile[@]}"
says "without its mirror it waits and says so" 120 'waiting: the network; trying again'
not_done "the mirror is down"
in_guest systemctl kill --signal=KILL provision
guest mirror real

killed_at headers
killed "inside dpkg" 300 "pgrep -x dpkg-deb"
note "killed inside dpkg"
lose_power

hold_lock
provision_begin "${profile[@]}"
says "a held lock is waited for, its holder named" 120 'waiting: python3 \(process [0-9]+\) has the lock /var/lib/dpkg/lock-frontend'
in_guest systemctl stop holder
guest mirror stranger
says "what was broken is repaired, and it goes on" 400 'headers: done'
expect "a wrong signature ends it" 0 '' await 120 provision_ended
says "and is named" 1 'repository: failed: .*(NO_PUBKEY|signature|not signed)'
not_done "a wrong signature"
expect "nothing of it is trusted" 100 'No packages found' in_guest apt-cache show cuda-drivers
guest mirror real
note "the signature"

for step in repository nouveau drivers toolkit; do killed_at "$step"; done
note "killed at every step"

in_guest sh -c 'apt-get -y remove cuda-toolkit >/dev/null 2>&1; fallocate -l $(($(df -B1 --output=avail / | tail -n 1) - 20000000)) /fill'
expect "a full disk is named, with what is needed" 1 'the disk is full: toolkit needs .* in /, and .* is free' \
    in_guest "${PROVISION[@]}" "${profile[@]}"
not_done "a full disk"
in_guest rm /fill

expect "it completes" 0 'verify-toolkit: (done|running)' in_guest "${PROVISION[@]}" "${profile[@]}"
expect "and is done" 0 'done' state_value .phase
expect "nothing is half installed" 0 '' in_guest sh -c '[ -z "$(dpkg --audit)" ]'
expect_order "the toolkit came strictly after the driver" cuda-drivers cuda-toolkit
conclude
