#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later

# A storm of 10,000 events, run in the emulated host with one Tesla T10: through a vfiogpud that is killed and missing for a
# minute, commands that take the channel, a restarted libvirtd, a reboot of the guest and a power cut, each event is stored
# once and in order. Arguments: the installation's prefix; "host" or "guest" for one half of it only.

set -uo pipefail
# shellcheck source=tests/lab/jobs/guest-events.sh
source "$(dirname "$0")/guest-events.sh"

step=${STORM_STEP:-2500} # of five

# numbers [OPTION...]: those of the storm's events, in the order of the store.
numbers() {
    "$vfiogpu" events $vm --json "$@" | jq -r '.events[] | .line | capture("storm (?<n>[0-9]+)$") | .n'
}

# Of those that are new; taking all of them apart would keep the host from its work.
last_number() { numbers --since 60s | tail -n 1; }
is_stored() { [[ $(last_number) == "$1" ]]; }
is_above() { [[ $(last_number) -gt $1 ]]; }

# records FROM TO: the guest writes these, one each.
records() {
    in_guest "i=$1; while [ \$i -le $2 ]; do echo \"<6>NVRM: Xid (PCI:0000:01:00): 31, pid=1, storm \$i\"; i=\$((i+1)); done >/dev/kmsg"
}

# storm: the next step of them; comes back when the first one is on the host. Sets $first and $last.
storm() {
    first=$((last + 1))
    last=$((last + step))
    records $first $last
    within 120 is_above $((first - 1))
}

# What of the step there is, is in the store once and in this order.
expect_step() { mapfile -t -O "${#expected[@]}" expected < <(seq "$first" "$last"); }

# arrives NAME: all of the step does.
arrives() {
    passes "$1" 300 is_stored $last
    say "$1"
    expect_step
}

agent_answers() { "$vfiogpu" status $vm | grep -q "agent: 0"; }

# resumes NAME: the guest is coming up again; what it had not handed to its disk is lost, so the storm ended earlier. An event
# after that shows that everything before it has come.
resumes() {
    marker=$((marker + 1))
    if ! within 400 agent_answers; then fail "$1: the agent is back"; fi
    records $marker $marker
    passes "$1" 120 is_stored $marker
    last=$(numbers --since 10m | tail -n 2 | head -n 1)
    say "$1: the storm ended with $last"
    expect_step
    expected+=("$marker")
}

host_troubles() {
    storm
    kill_daemon
    sleep 60
    start_daemon
    arrives "nobody listens for a minute"
    storm
    for ((i = 0; i < 3; i++)); do "$vfiogpu" status $vm >"$out/status.txt" || fail "status in the storm"; done
    arrives "commands take the channel"
    storm
    kill "$(pidof libvirtd)"
    while pidof libvirtd >/dev/null; do sleep 0.2; done
    libvirtd -d -p /run/libvirtd.pid
    arrives "libvirtd is restarted"
}

guest_troubles() {
    storm
    in_guest 'killall vfiogpu-agent; sync; reboot -f'
    sleep 10
    resumes "a reboot"
    storm
    virsh reset $vm >/dev/null
    sleep 10
    resumes "a power cut"
}

last=0 marker=90000 expected=()
give_host_driver $gpu
: >"$out/vfiogpud.log"
start_daemon
expect "the VM starts" 0 "" "$vfiogpu" start $vm --wait=agent --timeout 600
say "started"
read_console "$out/console.txt"
for part in ${2:-host guest}; do "${part}_troubles"; done

got=$(numbers)
if [[ $got == "$(printf '%s\n' "${expected[@]}")" ]]; then
    pass "${#expected[@]} events, each once, in order"
else
    fail "each event once, in order" "$(diff <(printf '%s\n' "${expected[@]}") <(echo "$got") | head -n 20)"
fi
end_daemon
say "done"
conclude
