#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later

# What the agent of a guest of arm64 says, from outside: hello, the GPU it sees, pong; and that the guest ends in order.
# Usage: arm64.sh AGENT KERNEL QEMU_PID, from arm-guest.

set -uo pipefail
# shellcheck source=tests/lab/guest-jobs/guest.sh
source "$(dirname "$0")/guest.sh"
kernel=$2 qemu=$3
version=$(qemu-aarch64 "$1" --version)

# says NAME SECONDS FILTER
says() {
    if channel_says "$2" "$3"; then
        pass "$1"
    else
        fail "$1" "$(tail -n 5 "$CHANNEL.out" "$GUEST_DIR/console.log" "$GUEST_DIR/qemu.log" 2>&1 | tr -d '\r')"
    fi
}

await 20 test -S "$GUEST_DIR/agent.sock"
channel_open
says "hello comes from aarch64" 300 '.type == "hello" and .arch == "aarch64"'
note "$(grep -a 'lab guest' "$GUEST_DIR/console.log" | tr -d '\r')"
says "it is of the guest's kernel" 1 ".type == \"hello\" and .kernel == \"$kernel\""
says "AAVMF has booted it" 1 '.type == "hello" and .firmware == "uefi"'
says "the version is that of the source" 1 ".type == \"hello\" and .version == \"${version##* }\""
says "the virtual Tesla T10 is there, each BAR with an address" 20 '.type == "status" and (.gpus | length == 1 and all(
    .vendor_id == "10de" and .device_id == "1e37" and ([.bars[] | .size] == [16777216, 17179869184, 33554432])
    and all(.bars[]; .assigned)))'
channel_write '{"type":"ping","id":7}'
says "a ping is answered" 20 '.type == "pong" and .id == 7'

# A child that nobody has waited for yet is a zombie.
ended() { ! grep -qs '^State:[[:space:]]*[^ZX]' "/proc/$qemu/status"; }
(echo '{"execute":"qmp_capabilities"}{"execute":"system_powerdown"}' && sleep 1) | socat - "UNIX-CONNECT:$GUEST_DIR/qmp.sock" >/dev/null
if await 60 ended; then
    pass "the power button ends it"
else
    fail "the power button ends it" "$(tail -n 5 "$GUEST_DIR/console.log" | tr -d '\r')"
fi
conclude
