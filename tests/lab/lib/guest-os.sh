# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash

# Makes the Debian guest: an ordinary Debian 12 with systemd, apt, GRUB and cloud-init on a GPT disk with an EFI system
# partition, and from the same tree the .deb files that the guest's package repository offers and NVIDIA's driver.

GUEST_OS_FORMAT=1  # goes into the key: raise it when the way of making changes
GUEST_OS_FILES=$LAB_DIR/guest-os
GUEST_DISK_MIB=8192
GUEST_ESP_MIB=64

# With a compiler: unpacking one takes emulation minutes, and many an image has one. The kernel's headers it has not.
GUEST_PACKAGES=(linux-image-amd64 systemd-sysv dbus udev initramfs-tools grub-efi-amd64 cloud-init ca-certificates gpgv
    kmod iproute2 pciutils procps psmisc zstd e2fsprogs gcc make dkms)

# What the guest's own distribution offers it, by name; the rest is what these depend on and the image lacks.
GUEST_OFFER=(linux-headers-amd64 mokutil)

guest_os_entry() {
    printf '%s/guest-os-%s\n' "$LAB_CACHE" "$({
        printf '%s\n' "$GUEST_OS_FORMAT" "$(debian_mirror)"
        find "$GUEST_OS_FILES" -maxdepth 1 -type f ! -name mirror -print0 | sort -z | xargs -0 cat
        cat -- "$LAB_DIR/lib/guest-os.sh" "$LAB_DIR/lib/guest-driver.sh"
    } | key_of)"
}

guest_os_needs() {
    fetch_needs
    need mmdebstrap mmdebstrap
    need mke2fs e2fsprogs
    need sfdisk fdisk
    need mcopy mtools
    ((EUID == 0)) || die "the Debian guest can be made by root only" "run as root, or in a container where you are root"
}

# install_file FILE TREE PATH MODE
install_file() {
    install -D -m "$4" -- "$GUEST_OS_FILES/$1" "$2/$3"
}

bootstrap_tree() {
    local work=$1 include
    include=$(IFS=,; printf '%s' "${GUEST_PACKAGES[*]}")
    apt-config dump | grep -E '^Acquire::(http|https|Retries)' >"$work/apt.conf" || true
    # The initramfs is made when the kernel is installed, so that its settings must be there before.
    # shellcheck disable=SC2016 # $1 is the hook's
    DEBIAN_FRONTEND=noninteractive mmdebstrap --quiet --mode=root --variant=apt --format=directory --include="$include" \
        --components=main,contrib,non-free,non-free-firmware --aptopt="$work/apt.conf" --dpkgopt=force-unsafe-io \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
        --essential-hook="install -D -m 755 '$GUEST_OS_FILES/initramfs-hook' \"\$1/etc/initramfs-tools/hooks/lab\"" \
        --essential-hook='install -d "$1/etc/initramfs-tools/conf.d" && echo MODULES=list >"$1/etc/initramfs-tools/conf.d/lab"' \
        bookworm "$work/tree" "$(debian_mirror)"
}

# An address that no network has: what QEMU forwards to the lab's repository.
MIRROR_URL=http://10.0.2.100

configure_tree() {
    local tree=$1 root=$2 esp=$3
    install_file lab-exec "$tree" usr/local/sbin/lab-exec 755 || return
    install_file lab-exec.service "$tree" etc/systemd/system/lab-exec.service 644 || return
    install_file cloud.cfg "$tree" etc/cloud/cloud.cfg.d/90-lab.cfg 644 || return
    install_file network "$tree" etc/systemd/network/90-lab.network 644 || return
    chroot "$tree" systemctl --quiet enable lab-exec.service systemd-networkd.service || return
    # Half a boot's time under emulation, for LVM's snapshots.
    chroot "$tree" systemctl --quiet disable e2scrub_reap.service || return
    printf 'UUID=%s / ext4 errors=remount-ro 0 1\nUUID=%s /boot/efi vfat umask=0077,nofail 0 1\n' "$root" "$esp" >"$tree/etc/fstab"
    mkdir -p -- "$tree/boot/efi" "$tree/boot/grub"
    echo lab-guest >"$tree/etc/hostname"
    : >"$tree/etc/machine-id"
    # mmdebstrap's own settings, of which this one would make a power cut worse than it is.
    sed -i '/^force-unsafe-io/d' "$tree"/etc/dpkg/dpkg.cfg.d/99mmdebstrap || return
    rm -f -- "$tree/etc/resolv.conf" "$tree/var/lib/dbus/machine-id"
    echo "nameserver 10.0.2.3" >"$tree/etc/resolv.conf"
    sed -i 's/^GRUB_TIMEOUT=.*/GRUB_TIMEOUT=0/; s/^GRUB_CMDLINE_LINUX=.*/GRUB_CMDLINE_LINUX="console=ttyS0 mitigations=off nowatchdog"/' "$tree/etc/default/grub" || return
    grub_config "$tree" "$root" >"$tree/boot/grub/grub.cfg"
}

# The distribution's archive is the lab's, and so is the mirror of NVIDIA's repositories: an image of a site without
# internet says that to the agent.
configure_apt() {
    local tree=$1
    install -m 644 -- "$2/archive.gpg" "$tree/usr/share/keyrings/lab-archive.gpg" || return
    install -m 644 -- "$2/cuda.gpg" "$tree/usr/share/keyrings/lab-cuda.gpg" || return
    mkdir -p -- "$tree/etc/vfiogpu" || return
    printf '[provision]\nmirror=%s/compute/cuda/repos\nkey=%s\n' "$MIRROR_URL" /usr/share/keyrings/lab-cuda.gpg \
        >"$tree/etc/vfiogpu/agent.conf" || return
    rm -f -- "$tree/etc/apt/sources.list"
    printf 'Types: deb\nURIs: %s/debian\nSuites: bookworm\nComponents: main\nSigned-By: %s\n' "$MIRROR_URL" \
        /usr/share/keyrings/lab-archive.gpg >"$tree/etc/apt/sources.list.d/debian.sources"
}

# What the image boots with until update-grub runs in it for the first time.
grub_config() {
    local kernel
    kernel=$(basename -- "$1"/boot/vmlinuz-*)
    cat <<GRUB
serial --unit=0
terminal_output serial
search --no-floppy --fs-uuid --set=root $2
linux /boot/$kernel root=UUID=$2 ro console=ttyS0 mitigations=off nowatchdog quiet
initrd /boot/initrd.img-${kernel#vmlinuz-}
boot
GRUB
}

# The boot loader's own file is Debian's monolithic GRUB, whose first configuration is /EFI/debian/grub.cfg beside it.
make_esp() {
    local tree=$1 disk=$2 root=$3 esp=$4 at=$2@@1M grub=$1/usr/lib/grub/x86_64-efi/monolithic/grubx64.efi
    export MTOOLS_SKIP_CHECK=1
    mformat -i "$at" -F -T "$((GUEST_ESP_MIB * 2048))" -h 64 -s 32 -N "${esp/-/}" -v LABESP :: || return
    mmd -i "$at" ::/EFI ::/EFI/BOOT ::/EFI/debian || return
    mcopy -i "$at" "$grub" ::/EFI/BOOT/BOOTX64.EFI || return
    # shellcheck disable=SC2016 # $root is GRUB's
    printf 'search.fs_uuid %s root\nset prefix=($root)/boot/grub\nconfigfile $prefix/grub.cfg\n' "$root" |
        mcopy -i "$at" - ::/EFI/debian/grub.cfg
}

make_disk() {
    local work=$1 disk=$1/disk.raw root esp first=$((1 + GUEST_ESP_MIB)) size
    root=$(</proc/sys/kernel/random/uuid)
    esp=4C41-4245
    size=$((GUEST_DISK_MIB - first - 1))
    configure_tree "$work/tree" "$root" "$esp" || return
    configure_apt "$work/tree" "$work/out/keys" || return
    truncate -s "${GUEST_DISK_MIB}M" "$disk" || return
    printf 'label: gpt\nstart=2048, size=%d, type=uefi, name=esp\nstart=%d, size=%d, type=linux, name=root\n' \
        "$((GUEST_ESP_MIB * 2048))" "$((first * 2048))" "$((size * 2048))" |
        sfdisk -q --no-reread --no-tell-kernel "$disk" || return
    make_esp "$work/tree" "$disk" "$root" "$esp" || return
    mke2fs -q -t ext4 -U "$root" -L root -m 1 -E "offset=$((first * 1048576)),lazy_itable_init=1" -d "$work/tree" \
        "$disk" "${size}M"
}

make_guest_os() {
    local work=$1 target=$2
    mkdir -p -- "$work/out"
    make_keys "$work/out/keys" || return
    bootstrap_tree "$work" || return
    make_disk "$work" || return
    gather_offer "$work" || return
    ensure_driver "$work" || return
    mv -- "$work/disk.raw" "$work/out/disk.raw" && mv -T -- "$work/out" "$target"
}
