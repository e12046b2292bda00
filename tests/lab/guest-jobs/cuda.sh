#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later

# The profile cuda on a bare Debian with a card whose driver binds but can't start it: up to the driver, over its reboot,
# and no further; then all of it, because somebody says why. Argument: the agent.

set -uo pipefail
# shellcheck source=tests/lab/guest-jobs/provision.sh
source "$(dirname "$0")/provision.sh"

# The last event is known to be stored, and the agent knows that: it says so to the next host.
acknowledge_all() {
    local last
    last=$(channel_messages '.type == "event"' | tail -n 1)
    channel_write "$(jq -c '{type: "ack", boot_id, sequence}' <<<"$last")"
    await 30 in_guest true
    channel_write ''
    expect "what is acknowledged is over" 0 '' channel_says 30 ".type == \"hello\" and .acked == $(jq .sequence <<<"$last")"
}

cuda=("${PROVISION[@]}" --profile cuda --kernel-arg pci=realloc)
put_agent "$1"
await_network
note "the agent is there"
expect "the dry run shows the packages in order" 0 'linux-headers-6.*cuda-drivers.*cuda-toolkit' \
    in_guest "${cuda[@]}" --dry-run
expect "the driver is installed, and a reboot asked for, because of the kernel argument" 7 'a reboot is needed' \
    in_guest "${cuda[@]}"
note "installed"
expect "nothing is done before its time" 0 'reboot' state_value .phase
expect "no toolkit yet" 1 '' installed cuda-toolkit

reboot_guest
expect "GRUB was told of the kernel argument" 0 'pci=realloc' in_guest cat /proc/cmdline
expect "after the reboot it stops at the driver that can't start the card" 1 'bound, GPU does not start: .*RmInitAdapter failed' \
    in_guest vfiogpu-agent provision --resume
note "resumed"
# Only now: the agent would have gone on by itself.
run_agent
channel_open
expect "the driver's state says so" 0 'bound, GPU does not start' state_value '.driver_state // .driver.state'
expect "NvKms is there too" 0 'Failed to allocate NvKmsKapiDevice' in_guest dmesg
expect "the host hears of the GPU's driver" 0 '' \
    channel_says 60 '.type == "status" and (.gpus | any(.device_id == "1e37" and .driver == "nvidia"))'
expect "of RmInitAdapter" 0 '' channel_says 60 '.type == "event" and .id == "nvidia-rm-init" and .source == "kernel"'
expect "and of NvKms" 0 '' channel_says 60 '.type == "event" and (.line | contains("NvKmsKapiDevice"))'
acknowledge_all
expect "it has not become done" 0 'failed' state_value .phase
expect "the toolkit is held back" 1 '' installed cuda-toolkit
expect "again, it says the same" 1 'bound, GPU does not start' in_guest vfiogpu-agent provision --resume

expect "with a reason it goes on" 0 '' in_guest "${cuda[@]}" --without-gpu="the card is broken"
note "completed"
expect "now it is done" 0 'done' state_value .phase
expect_order "the toolkit came strictly after the driver" cuda-drivers cuda-toolkit
expect "nvcc runs" 0 'release 12' in_guest /usr/local/cuda/bin/nvcc --version
expect "a second run changes nothing" 0 '' in_guest "${cuda[@]}" --without-gpu="the card is broken"
conclude
