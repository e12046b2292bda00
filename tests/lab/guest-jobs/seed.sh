#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later

# Nothing is done by hand: a fresh guest finds the seed that `vfiogpu agent install` made for its VM, cloud-init installs
# the agent from it, and the agent carries out the VM's profile over its reboot until the driver can't start the card. Run
# with --no-boot. Argument: the installation's prefix.

# What is in single quotes is for the guest's shell.
# shellcheck disable=SC2016

set -uo pipefail
# shellcheck source=tests/lab/guest-jobs/provision.sh
source "$(dirname "$0")/provision.sh"
prefix=$1

# make_seed FOLDER: as an ordinary user has it, so that this machine's own definitions are left alone.
make_seed() {
    mkdir -p "$1"/{run,config/vfiogpu/vmdefs} || return
    cat >"$1/config/vfiogpu/vmdefs/lab.xml" <<'XML'
<vmdef name="lab">
  <memory>2048</memory>
  <vcpu>2</vcpu>
  <disk file="lab.raw" format="raw"/>
  <gpu select="10de:1e37"/>
  <guest profile="cuda">
    <kernel-arg policy="always">pci=realloc</kernel-arg>
  </guest>
</vmdef>
XML
    env HOME="$1" XDG_CONFIG_HOME="$1/config" XDG_DATA_HOME="$1/data" XDG_STATE_HOME="$1/state" XDG_RUNTIME_DIR="$1/run" \
        "$prefix/bin/vfiogpu" --connect qemu:///session agent install lab
}

phase_is() { [[ $(state_value .phase) == "$1" ]]; }

# KiB of the agent that the unit runs.
resident() { in_guest sh -c 'sed -n "s/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p" "/proc/$(systemctl show -P MainPID vfiogpu-agent)/status"'; }

expect "the seed is made" 0 'lab-seed\.iso' make_seed "$GUEST_DIR/home"
cp "$(find "$GUEST_DIR/home" -name lab-seed.iso)" "$GUEST_DIR/seed.iso"
guest boot -q
channel_open
note "booted"
expect "cloud-init has installed the agent" 0 '' await 300 in_guest test -x /usr/local/sbin/vfiogpu-agent
expect "it speaks to the host" 0 '' channel_says 120 '.type == "hello" and .os_id == "debian"'
note "the agent is there"
expect "it provisions, reboots and ends by itself" 0 '' await 1200 phase_is failed
note "ended"
expect "in a second boot" 0 '2' sh -c "jq -rR 'fromjson? | select(.type == \"hello\").boot_id' '$GUEST_DIR/channel.out' | sort -u | wc -l"
expect "with the kernel argument" 0 'pci=realloc' in_guest cat /proc/cmdline
expect "the driver has the card and can't start it" 0 'bound, GPU does not start' state_value .driver_state
expect "the host hears of RmInitAdapter" 0 '' channel_says 60 '.type == "event" and .id == "nvidia-rm-init"'
expect "the toolkit is held back" 1 '' installed cuda-toolkit
resident=$(resident)
note "at rest the agent holds $resident KiB"
expect "which are at most 4 MiB" 0 '' test "$resident" -le 4096
conclude
