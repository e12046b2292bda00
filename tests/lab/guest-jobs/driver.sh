#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later

# By hand what the agent does: the driver from a repository of NVIDIA's shape into a fresh Debian. The real kernel module
# binds to the virtual Tesla T10, loads its firmware and fails to start the card, in the words that the agent and diagnose
# have to understand.

set -uo pipefail
# shellcheck source=tests/lab/guest-jobs/guest.sh
source "$(dirname "$0")/guest.sh"

await_network
note "the guest has a network"
expect "the distribution's archive is verified" 0 'Reading package lists' in_guest apt-get update
expect "nouveau or nothing has the card" 0 'Tesla T10|1e37' in_guest lspci -nnk -d 10de:
expect "the keyring is fetched" 0 '' in_guest /usr/lib/apt/apt-helper download-file "$CUDA_URL/cuda-keyring_1.1-1_all.deb" /root/cuda-keyring.deb
expect "and installed" 0 'Setting up cuda-keyring' in_guest dpkg -i /root/cuda-keyring.deb

guest mirror stranger
expect "a repository signed by somebody else is refused" 0 'NO_PUBKEY|signatures couldn.t be verified|not signed' \
    shell_in_guest 'apt-get update 2>&1; apt-get -y install cuda-drivers 2>&1; ! dpkg -s cuda-drivers 2>/dev/null'
guest mirror down
expect "one that is not there is an error" 0 'Failed to fetch|Connection failed|Could not' shell_in_guest 'apt-get -o Acquire::Retries=0 update 2>&1'
guest mirror real
expect "the right one is taken" 0 'InRelease' in_guest apt-get update
expect "cuda-drivers is installed" 0 'Setting up cuda-drivers' in_guest env DEBIAN_FRONTEND=noninteractive apt-get -y install cuda-drivers
note "installed"

in_guest modprobe -a nvidia nvidia-modeset nvidia-drm
kernel_log=$(in_guest dmesg | grep -E 'NVRM|nvidia')
# said NAME REGEX: the kernel did.
said() { expect "$1" 0 "$2" echo "$kernel_log"; }
said "the real module is loaded" 'NVRM: loading NVIDIA UNIX x86_64 Kernel Module +[0-9.]+'
said "it loads the GPU's firmware" 'nvidia 0000:[0-9a-f:.]+: firmware: direct-loading firmware nvidia/[0-9.]+/gsp_tu10x.bin'
said "RmInitAdapter fails" 'NVRM: GPU 0000:[0-9a-f:.]+: RmInitAdapter failed! \(0x'
said "rm_init_adapter failed" 'NVRM: GPU 0000:[0-9a-f:.]+: rm_init_adapter failed, device minor number 0'
said "and NvKms with it" 'nvidia-drm\] \[GPU ID 0x[0-9a-f]+\] Failed to allocate NvKmsKapiDevice'
expect "the driver has the card all the same" 0 'driver in use: nvidia' in_guest lspci -nnk -d 10de:
expect "nvidia-smi finds none" 6 'No devices were found' in_guest nvidia-smi
note "the driver has failed as it should"
conclude
