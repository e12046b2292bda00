# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash

# What the jobs of the guest lab use. A job sources this; `guest-lab run` has made it a guest.

# shellcheck source=tests/lab/jobs/expect.sh
source "$(dirname "${BASH_SOURCE[0]}")/../jobs/expect.sh"
GUEST_LAB=$(dirname "${BASH_SOURCE[0]}")/../guest-lab
GUEST_DIR=${GUEST_DIR:-$("$GUEST_LAB" dir)}
MIRROR=http://10.0.2.100
CUDA_URL=$MIRROR/compute/cuda/repos/debian12/x86_64

# guest COMMAND...: of guest-lab.
guest() { "$GUEST_LAB" "$@"; }

# in_guest COMMAND...: as root, in the guest.
in_guest() { "$GUEST_LAB" exec --timeout "${LIMIT:-1500}" -- "$@"; }

# shell_in_guest SCRIPT
shell_in_guest() { in_guest bash -c "$1"; }

# note TEXT: how long the job has run, for who reads its log.
note() { printf '# %4d s  %s\n' "$SECONDS" "$1"; }

# reboot_guest: in order, and until it is up again.
reboot_guest() {
    LIMIT=60 in_guest systemctl reboot || true
    guest wait -q
    note "rebooted"
}

# await SECONDS COMMAND...: until the command succeeds.
await() {
    local limit=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < limit)) || return 1
        sleep 1
    done
}

await_network() { await 60 in_guest sh -c 'ip -4 route | grep -q ^default'; }

# channel_open: the host's end of the agent's channel; what the agent says is kept, a line a message.
channel_open() {
    CHANNEL=$GUEST_DIR/channel
    [[ -p $CHANNEL.in ]] || mkfifo "$CHANNEL.in"
    # Opened for both, so that it never ends.
    setpriv --pdeathsig KILL socat - "UNIX-CONNECT:$GUEST_DIR/agent.sock" <>"$CHANNEL.in" >>"$CHANNEL.out" &
    printf '\n\n' >"$CHANNEL.in"
}

# channel_write LINE
channel_write() { printf '%s\n' "$1" >"$CHANNEL.in"; }

# channel_messages FILTER: those that came so far and that the filter of jq selects.
channel_messages() { jq -cR "fromjson? | select($1)" "$CHANNEL.out"; }

# channel_says SECONDS FILTER: such a message comes before the time is over.
channel_says() { await "$1" message_came "$2"; }

message_came() { channel_messages "$1" | grep -q .; }
