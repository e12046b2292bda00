#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later

# Host and agent together, in the emulated host with one Tesla T10: `start --wait=ready` has a bare guest set up and follows
# it through its reboot to the end; `agent provision` and `agent reboot` do as they say; vfiogpud tells a guest what its
# definition wants. The guest's package manager is a stand-in (tests/lab/guest/at-boot). Argument: the installation's prefix.

set -uo pipefail
# shellcheck source=tests/lab/jobs/expect.sh
source "$(dirname "$0")/expect.sh"
vfiogpu=$1/bin/vfiogpu
vfiogpud=$1/sbin/vfiogpud
lab=$(dirname "$0")/..
vm=d2l
gpu=0000:01:00.0
disk=/var/lib/libvirt/images/lab-guest.raw@@1M
out=${LAB_OUT:-/tmp}
export MTOOLS_SKIP_CHECK=1

say() { echo "# $SECONDS s: $*"; }

# on_disk FILE: what the guest keeps; read while it is off, or by who can bear a torn copy.
on_disk() { mtype -i "$disk" "::/$1" 2>/dev/null; }

# define PROFILE: with the kernel argument and a mirror, which nobody asks.
define() {
    sed -i "s#<guest .*#<guest profile=\"$1\"><repository mirror=\"http://mirror/\"/><kernel-arg policy=\"always\">pci=realloc</kernel-arg></guest>#" \
        "/etc/vfiogpu/vmdefs/$vm.xml"
}

install_stubs() {
    cat >"$out/recipe" <<'INI'
[lab]
name=the lab's guest
id=vfiogpu-lab
version=1
arch=x86_64
manager=apt
slug=lab
url=http://nowhere/{slug}/{arch}/
key-file=key.asc
headers=headers
driver-proprietary=cuda-drivers
toolkit=cuda-toolkit
initramfs=update-initramfs -u
source=tests/lab/jobs/ready.sh
INI
    mcopy -i "$disk" "$out/recipe" ::/recipe &&
        mcopy -i "$disk" "$lab/../unit/stub-program" ::/stub &&
        mcopy -i "$disk" "$lab/guest/at-boot" ::/at-boot
}

# The stand-ins' calls without those that only look.
calls() { on_disk calls | grep -Ev ' --assume-no |^dpkg-query |^dmesg' | tr '\n' ';'; }

container_is_done() { on_disk state.json | jq -e '.profile == "container" and .phase == "done"' >/dev/null 2>&1; }

# within SECONDS CMD...: until it succeeds.
within() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 1
    done
}

give_host_driver $gpu
define cuda
expect "the guest gets its stand-ins" 0 '' install_stubs
expect "start follows the guest through its reboot to the end" 0 'd2l: step [1-9] of [1-9].*d2l reboots and goes on.*d2l: runs and is set up' \
    "$vfiogpu" start $vm --wait=ready --timeout 900
say "set up"
expect "status says what it has" 0 'CUDA 99\.0|"toolkit_version": "99\.0"' "$vfiogpu" status $vm --json
expect "agent provision finds it done" 0 'd2l: set up' "$vfiogpu" agent provision $vm --timeout 300
expect "agent reboot comes back" 0 'd2l: rebooted' "$vfiogpu" agent reboot $vm --timeout 600
say "rebooted"

define container
"$vfiogpud" 2>"$out/vfiogpud.log" &
daemon=$!
expect "vfiogpud tells the guest that another profile is wanted" 0 '' within 120 container_is_done
say "told"
kill $daemon
wait $daemon
expect "stop" 0 '' "$vfiogpu" stop $vm --force
expect "in order: the driver, behind the reboot the toolkit, then the other profile" 0 \
    'install headers;.*;update-initramfs -u;update-grub ;[^;]*install cuda-drivers;.*install cuda-toolkit;.*install nvidia-container-toolkit=' \
    calls
calls | tr ';' '\n' | sed 's/^/# /'
conclude
