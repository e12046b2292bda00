#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later

# The profile cuda on a bare Debian with a driver that works: the lab's stand-in, which dkms builds in the guest for the
# kernel that it runs. Run it with --mirror standin. Argument: the agent.

set -uo pipefail
# shellcheck source=tests/lab/guest-jobs/provision.sh
source "$(dirname "$0")/provision.sh"

put_agent "$1"
await_network
note "the agent is there"
expect "the whole profile completes" 0 'verify-driver: (done|skipped).*verify-toolkit: done' in_guest "${PROVISION[@]}" --profile cuda
note "completed"
expect "dkms has built the driver" 0 'nvidia/535.0.1, 6\.1\.[^ ]+, x86_64: installed' in_guest dkms status
expect "it is done" 0 'done' state_value .phase
expect "the driver works" 0 'works' state_value .driver_state
expect "the GPU is the driver's" 0 'driver in use: nvidia' in_guest lspci -nnk -d 10de:
expect_order "the toolkit came strictly after the driver" cuda-drivers cuda-toolkit
expect "nvcc runs" 0 'release 12' in_guest /usr/local/cuda/bin/nvcc --version
expect "once more is nothing to do" 0 '' in_guest vfiogpu-agent provision --resume
conclude
