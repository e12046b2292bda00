#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later

# vfiogpu on an ordinary Debian that is the host itself: `bind --persistent` with its udev, initramfs and reboots, and the
# boot display that GRUB and UEFI have left to it. Run it with
# --device intel-iommu --gpu qemu:VGA --gpu qemu:bochs-display. Arguments: the agent, the installation's prefix; a folder
# with the packages dracut and dracut-core, which then take the place of initramfs-tools, and the boot display is left out.

# What is in single quotes is for the guest's shell.
# shellcheck disable=SC2016

set -uo pipefail
# shellcheck source=tests/lab/guest-jobs/provision.sh
source "$(dirname "$0")/provision.sh"
prefix=$2
dracut=${3:-}
vfiogpu=$prefix/bin/vfiogpu
display=0000:01:00.0
gpu=0000:02:00.0
rules=/etc/udev/rules.d/09-vfiogpu-0000-02-00.0.rules

# put_vfiogpu: the program, its data and its libraries, which are this machine's: it is the same Debian.
put_vfiogpu() {
    local files
    mapfile -t files < <(ldd "$vfiogpu" | awk '$3 ~ /^\// { print $3 }')
    tar -cf - -C / --dereference "${vfiogpu#/}" "${prefix#/}/share/vfiogpu" "${files[@]#/}" 2>/dev/null |
        guest exec --stdin -- sh -c 'mkdir -p /opt/lab && tar -xf - -C /opt/lab && mkdir -p "$0" && mv "/opt/lab$0/bin" "/opt/lab$0/share" "$0"' "$prefix"
}

# The libraries' folder is the caller's affair: nothing of it may get into an initramfs that vfiogpu has made.
vfiogpu() { in_guest env LD_LIBRARY_PATH=/opt/lab/lib/x86_64-linux-gnu:/opt/lab/usr/lib/x86_64-linux-gnu "$vfiogpu" "$@"; }
driver() { shell_in_guest "d=\$(readlink /sys/bus/pci/devices/$1/driver) && basename \$d || echo none"; }

# reboot_host: until udev has loaded what it loads, too.
reboot_host() { reboot_guest && in_guest udevadm settle; }

# use_dracut: its image lies where GRUB looks for the one of initramfs-tools.
use_dracut() {
    tar -cf - -C "$dracut" . | guest exec --stdin -- sh -c 'mkdir -p /root/dracut && tar -xf - -C /root/dracut'
    in_guest sh -c 'dpkg --force-depends --purge initramfs-tools initramfs-tools-core && dpkg --force-depends -i /root/dracut/*.deb'
}

# What `bind` takes and `unbind` gives back of the screen, and who has the cards.
screen() {
    shell_in_guest 'for f in /sys/class/vtconsole/*; do echo $(cat $f/name $f/bind); done; cat /proc/fb
        ls -d /sys/bus/platform/drivers/*/*framebuffer* 2>/dev/null; for d in 01 02; do readlink /sys/bus/pci/devices/0000:$d:00.0/driver; done'
}

in_initramfs() { shell_in_guest 'i=/boot/initrd.img-$(uname -r); if type lsinitrd >/dev/null 2>&1; then lsinitrd $i; else lsinitramfs $i; fi' | grep -qF "${1#/}"; }
not_in_initramfs() { ! in_initramfs "$1"; }

# settings: what --persistent may change, with their contents.
settings() { in_guest sh -c 'find /etc/udev/rules.d /etc/modprobe.d /etc/initramfs-tools /etc/dracut.conf.d -type f 2>/dev/null | sort | xargs sha256sum'; }

try_persistent() {
    local files
    files=$(settings)
    expect "bind --persistent" 0 'is with vfio-pci' vfiogpu bind $gpu --persistent
    expect "vfio-pci has it" 0 '^vfio-pci' driver $gpu
    expect "show lists the files" 0 "$rules" vfiogpu show $gpu
    expect "the rule is in the initramfs" 0 '' in_initramfs $rules
    expect "so is vfio-pci" 0 '' in_initramfs vfio-pci.ko
    note "bound persistently"
    reboot_host
    expect "after the reboot vfio-pci has it" 0 '^vfio-pci' driver $gpu
    expect "its driver never had it" 1 '' shell_in_guest "dmesg | grep -E 'bochs-drm ($gpu)|Initialized bochs-drm .* $gpu'"
    expect "the card of the same model is the host's" 0 '^bochs-drm' driver $display
    expect "unbind --persistent" 0 'was given back' vfiogpu unbind $gpu --persistent
    expect "its driver has it" 0 '^bochs-drm' driver $gpu
    expect "all settings are as they were" 0 '' diff <(echo "$files") <(settings)
    expect "the rule is not in the initramfs" 0 '' not_in_initramfs $rules
}

# With the driver that has had the display since the boot.
try_display() {
    local before
    before=$(screen)
    expect "the boot display: not without consent" 4 'is the boot display' vfiogpu bind $display
    expect "the boot display: with consent" 0 'is with vfio-pci' vfiogpu bind $display --force-boot-display
    expect "vfio-pci has it" 0 '^vfio-pci' driver $display
    expect "and back" 0 'was given back' vfiogpu unbind $display
    expect "the screen is as it was" 0 '' diff <(echo "$before") <(screen)
    note "the boot display, with a driver"
}

# Linux 6.1 removes the framebuffer's device once vfio-pci has the card, so that nothing can bring it back.
try_firmware_display() {
    expect "a host without the display's driver" 0 '' in_guest vfiogpu-agent kernel-args add modprobe.blacklist=bochs
    reboot_host
    expect "after the reboot nothing keeps the GPU" 0 '^none' driver $gpu
    expect "the firmware's framebuffer has the terminals" 0 'frame buffer device 1.*framebuffer' screen
    expect "it is taken" 0 'is with vfio-pci' vfiogpu bind $display --force-boot-display
    expect "the terminals are with the dummy" 0 'dummy device 1' screen
    expect "no firmware's framebuffer is bound" 1 '' shell_in_guest 'ls -d /sys/bus/platform/drivers/*/*framebuffer* 2>/dev/null | grep .'
    expect "given back, and what can't be is told" 0 'framebuffer .* is gone.*was given back' vfiogpu unbind $display
    expect "nothing is left to recover" 0 '' vfiogpu recover
}

put_agent "$1"
put_vfiogpu
[[ -z $dracut ]] || expect "dracut takes the place of initramfs-tools" 0 '' use_dracut
expect "kernel-args for the IOMMU" 0 '' in_guest vfiogpu-agent kernel-args add intel_iommu=on
reboot_host
expect "list" 0 "$display.*bochs-drm.*$gpu.*bochs-drm" vfiogpu list
[[ -n $dracut ]] || try_display
try_persistent
[[ -n $dracut ]] || try_firmware_display
conclude
