#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later

# The boot display on a real kernel, text mode first and then with a driver of its own (bochs). Run in an emulated host that
# has one beside a Tesla T10:
#   lab run --no-libvirtd --no-image --gpu tesla-t10 --gpu qemu:VGA tests/lab/jobs/boot-display.sh PREFIX
#
# A host that booted in text mode has no built-in driver left for its terminals once vgacon is gone, so that they are the
# kernel's to move; taking them by hand is tested with the fake kernel only (tests/unit/test-bind-screen).

set -uo pipefail
# shellcheck source=tests/lab/jobs/expect.sh
source "$(dirname "$0")/expect.sh"
vfiogpu=$1/bin/vfiogpu
display=$(lspci -Dn -d 1234:1111 | sed 's/ .*//')

# What is shown, and by what.
screen_state() {
    local folder
    for folder in /sys/class/vtconsole/*; do
        echo "$(<"$folder/name"): $(<"$folder/bind")"
    done | sort
    cat /proc/fb
}

# expect_screen NAME BEFORE
expect_screen() {
    if [[ $(screen_state) == "$2" ]]; then pass "$1"; else fail "$1" "$(diff <(echo "$2") <(screen_state))"; fi
}

screen_state
modprobe vfio-pci
before=$(host_state)
expect "it is the boot display" 0 '"boot_display": *true' "$vfiogpu" list --json
expect "not without consent" 4 'is the boot display.*--force-boot-display' "$vfiogpu" bind "$display"
expect_unchanged "nothing was done" "$before"
expect "with consent" 0 'is with vfio-pci' "$vfiogpu" bind "$display" --force-boot-display
expect "given back" 0 'was given back' "$vfiogpu" unbind "$display"
expect_unchanged "drivers and overrides are as they were" "$before"

# Its own driver shows the terminals; they are there again when it is back.
modprobe bochs
before=$(host_state) shown=$(screen_state)
echo "$shown"
expect "the terminals are on bochs" 0 'frame buffer device: 1.*bochs' screen_state
expect "the framebuffer goes with its driver" 0 'is with vfio-pci' "$vfiogpu" bind "$display" --force-boot-display
expect "to its driver" 0 'was given back' "$vfiogpu" unbind "$display"
expect_unchanged "drivers and overrides are as they were again" "$before"
expect_screen "the terminals are shown again" "$shown"
"$vfiogpu" bind "$display" --force-boot-display >/run/log 2>&1 &
until grep -q unbind /run/log || ! kill -0 $! 2>/dev/null; do :; done
kill -KILL $!
wait $! 2>/dev/null
"$vfiogpu" recover
"$vfiogpu" unbind "$display" 2>/dev/null
expect "recovered after a kill" 0 'nothing to recover' "$vfiogpu" recover
expect_unchanged "drivers and overrides once more" "$before"
expect_screen "and the terminals" "$shown"
conclude
