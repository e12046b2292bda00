#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later

# The boot display on a real kernel: with the firmware's framebuffer (vesafb) and with a driver of its own (bochs). Run in
# an emulated host that has one beside a Tesla T10; `vga` is a mode of VESA that the kernel asks the firmware for:
#   lab run --no-libvirtd --no-image --gpu tesla-t10 --gpu qemu:VGA --kernel-arg vga=0x317 tests/lab/jobs/boot-display.sh PREFIX

set -uo pipefail
# shellcheck source=tests/lab/jobs/expect.sh
source "$(dirname "$0")/expect.sh"
vfiogpu=$1/bin/vfiogpu
display=$(lspci -Dn -d 1234:1111 | sed 's/ .*//')

# What is shown, and by what.
screen_state() {
    local file
    for file in /sys/class/vtconsole/*/bind /proc/fb; do
        echo "$file: $(<"$file")"
    done
    ls /sys/bus/platform/devices | grep -- '-framebuffer\.'
}

# fbcon: "bound" or not.
terminals() { grep -l 'frame buffer' /sys/class/vtconsole/*/name | sed 's/name$/bind/' | xargs -r cat; }

echo "at first:"
screen_state
modprobe vfio-pci
expect "it is the boot display" 0 '"boot_display": *true' "$vfiogpu" list --json
expect "not without consent" 4 'is the boot display.*--force-boot-display' "$vfiogpu" bind "$display"
expect "the plan names the terminals and the framebuffer" 0 \
    "take the terminals from $display \\(vtcon[0-9]\\).*take the firmware's framebuffer from $display \\(vesa-framebuffer.0\\)" \
    "$vfiogpu" plan bind "$display" --force-boot-display
before=$(host_state)
expect "with consent" 0 'is with vfio-pci' "$vfiogpu" bind "$display" --force-boot-display
echo "while it is handed over:"
screen_state
expect "nothing of the firmware's is in its BAR" 1 '^$' grep -i -e vesafb -e bootfb /proc/iomem
expect "given back, and it is said that the framebuffer is gone" 0 'framebuffer vesa-framebuffer.0 is gone' \
    "$vfiogpu" unbind "$display"
expect_unchanged "drivers and overrides are as they were" "$before"

# Its own driver shows the terminals; they are there again when it is back.
modprobe bochs
echo "with bochs:"
screen_state
before=$(host_state) shown=$(screen_state)
expect "the terminals are on bochs" 0 '^1$' terminals
expect "only the terminals need be taken" 0 'take the terminals' "$vfiogpu" plan bind "$display" --force-boot-display
expect "from its driver" 0 'is with vfio-pci' "$vfiogpu" bind "$display" --force-boot-display
screen_state
expect "to its driver" 0 'was given back' "$vfiogpu" unbind "$display"
expect_unchanged "drivers and overrides are as they were again" "$before"
if [[ $(screen_state) == "$shown" ]]; then pass "the terminals are shown again"; else
    fail "the terminals are shown again" "$(diff <(echo "$shown") <(screen_state))"
fi
"$vfiogpu" bind "$display" --force-boot-display >/run/log 2>&1 &
until grep -q 'take the terminals' /run/log || ! kill -0 $! 2>/dev/null; do :; done
kill -KILL $!
wait $! 2>/dev/null
expect "recover after a kill" 0 'given back|nothing' "$vfiogpu" recover
expect_unchanged "recovered" "$before"
expect "and the terminals" 0 '^1$' terminals
conclude
