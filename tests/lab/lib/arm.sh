# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash

# A guest of arm64: QEMU's machine virt with AAVMF, and the image of lib/image.sh with arm64's kernel, busybox and agent.
# All of it runs in emulation, right on this machine.

# The program alone: its libraries are those of the other QEMU.
arm_qemu_entry() { entry_path arm-qemu trixie-backports qemu-system-arm; }
arm_firmware_entry() { entry_path arm-firmware trixie qemu-efi-aarch64; }
arm_kernel_entry() { entry_path arm-kernel bookworm linux-image-cloud-arm64; }
arm_tools_entry() { entry_path arm-tools bookworm busybox-static systemd-boot-efi; }

make_arm_qemu() { make_unpacked "$1" "$2" 'trixie trixie-backports' qemu-system-arm; }
make_arm_firmware() { make_unpacked "$1" "$2" trixie qemu-efi-aarch64; }
make_arm_kernel() { APT_ARCH=arm64 make_kernel "$1" "$2" bookworm linux-image-cloud-arm64 bookworm; }
make_arm_tools() { APT_ARCH=arm64 make_unpacked "$1" "$2" bookworm busybox-static systemd-boot-efi; }

fetch_arm() {
    fetch_entry "QEMU" "$(qemu_entry)" make_qemu
    fetch_entry "QEMU for arm64" "$(arm_qemu_entry)" make_arm_qemu
    fetch_entry "arm64's firmware" "$(arm_firmware_entry)" make_arm_firmware
    fetch_entry "arm64's kernel" "$(arm_kernel_entry)" make_arm_kernel
    fetch_entry "arm64's busybox and EFI stub" "$(arm_tools_entry)" make_arm_tools
}

# use_arm: fetches what is missing, and sets what image.sh, initramfs.sh and host.sh take.
use_arm() {
    REFRESH='' fetching fetch_arm
    QEMU_PROGRAM=$(arm_qemu_entry)/usr/bin/qemu-system-aarch64
    BUSYBOX=$(arm_tools_entry)/bin/busybox
    EFI_STUB=$(arm_tools_entry)/usr/lib/systemd/boot/efi/linuxaa64.efi.stub
    EFI_NAME=BOOTAA64.EFI
    BINUTILS=aarch64-linux-gnu-
    GUEST_CONSOLE=ttyAMA0
    image_kernel() { arm_kernel_entry; }
}

# arm_arguments DIR: of QEMU; the disk, the firmware's variables and the sockets are in the folder.
arm_arguments() {
    local dir
    dir=$(qemu_escape "$1")
    printf '%s\n' -nodefaults -no-user-config -display none -no-reboot -machine virt -accel tcg,thread=multi \
        -cpu cortex-a72 -smp 2 -m 768 \
        -drive "if=pflash,unit=0,format=raw,readonly=on,file=$(qemu_escape "$(arm_firmware_entry)")/usr/share/AAVMF/AAVMF_CODE.no-secboot.fd" \
        -drive "if=pflash,unit=1,format=raw,file=$dir/vars.fd" \
        -drive "if=virtio,format=raw,file=$dir/disk.raw,cache=unsafe" \
        -serial "file:$dir/console.log" -qmp "unix:$dir/qmp.sock,server=on,wait=off"
    guest_channel_arguments "$dir"
}
