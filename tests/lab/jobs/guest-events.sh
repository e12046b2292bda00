# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash

# Helpers for the jobs that have the lab's guest say something to its kernel's log. A job, whose first argument is the
# installation's prefix, sources this.

# shellcheck source=tests/lab/jobs/expect.sh
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
vfiogpu=$1/bin/vfiogpu
vfiogpud=$1/sbin/vfiogpud
vm=d2l
gpu=0000:01:00.0
out=${LAB_OUT:-/tmp}

# in_guest COMMAND: run by the guest's shell on the serial line.
in_guest() { echo "$1" >"$(virsh ttyconsole "$vm")"; }

# read_console FILE: the guest waits for its serial line to be read. Sets $reader, to be killed at the end.
read_console() {
    until cat "$(virsh ttyconsole "$vm")"; do sleep 1; done >"$1" 2>/dev/null &
    reader=$!
}

# kernel_says TEXT: a record that is the kernel's own: it quotes what a module is given.
kernel_says() { in_guest "rmmod dummy; insmod /modules/*-dummy.ko '\"$1\"'"; }

# What the driver says of a card whose memory is defective.
xid_140='NVRM: Xid (PCI:0000:01:00): 140, pid=0, An uncorrectable ECC error detected (possible firmware handling failure) DRAM:4, LTC:0'

# within SECONDS CMD...: until it succeeds.
within() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 2
    done
}

# passes NAME SECONDS CMD...: it succeeds within that time, which is there to end a failed run.
passes() {
    local name=$1
    shift
    if within "$@"; then pass "$name"; else fail "$name" "$(tail -n 20 "$out/vfiogpud.log")"; fi
}

# seen_at FILE PATTERN [SECONDS]: microseconds since 1970 when the file has it; nothing is forked while it is waited for.
seen_at() {
    local end=$((SECONDS + ${3:-60}))
    until [[ $(<"$1") == *$2* ]]; do
        ((SECONDS < end)) || return 1
        read -rt 0.01 <> <(:)
    done
    echo "${EPOCHREALTIME/./}"
}

# Sets $daemon.
start_daemon() {
    "$vfiogpud" 2>>"$out/vfiogpud.log" &
    daemon=$!
}

kill_daemon() {
    kill -9 "$daemon"
    wait "$daemon" 2>/dev/null
}

end_daemon() {
    kill "$daemon" "$reader"
    wait "$daemon"
    tail -n 15 "$out/vfiogpud.log" | sed 's/^/# /'
}

say() { echo "# $SECONDS s: $*"; }
