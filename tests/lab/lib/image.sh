# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash

# Builds the guest's disk: a GPT with an EFI system partition, and in it one EFI program, at the path that firmware
# starts without any boot entry, which is the kernel, its initramfs and its arguments in one file. Nothing is mounted
# and no boot loader is installed, so that it needs no privilege.

# What differs where the guest's processor does (lib/arm.sh).
EFI_STUB=/usr/lib/systemd/boot/efi/linuxx64.efi.stub
EFI_NAME=BOOTX64.EFI
BINUTILS=''  # what the names of objcopy and objdump begin with
GUEST_CONSOLE=ttyS0
image_kernel() { guest_kernel_entry; }
GUEST_DRIVER=''  # of NVIDIA's (lib/guest-nvidia.sh)

GUEST_MODULES=(virtio_pci virtio_blk virtio_net virtio_console button evdev efivarfs vfat nls_cp437 nls_ascii dummy)
GUEST_ARGUMENTS='loglevel=4 panic=5 mitigations=off nowatchdog random.trust_cpu=on log_buf_len=8M'

agent_file() {
    local file=${AGENT:-$(build_dir)/vfiogpu-agent}
    [[ -z $AGENT || -e $AGENT ]] || die "there is no agent $AGENT"
    [[ ! -x $file ]] || printf '%s\n' "$file"
}

image_needs() {
    need "${BINUTILS}objcopy" "binutils${BINUTILS:+-${BINUTILS%-}}"
    need mcopy mtools
    need sfdisk fdisk
    need cpio cpio
    need_file "$BUSYBOX" busybox-static
    need_file "$EFI_STUB" systemd-boot-efi
}

# image_path AGENT: named after its inputs.
image_path() {
    local kernel
    kernel=$(image_kernel)
    printf '%s/guest-%s.raw\n' "$LAB_CACHE" "$({
        cat -- "$LAB_DIR"/guest/* "$LAB_DIR/lib/image.sh" "$LAB_DIR/lib/initramfs.sh" "$BUSYBOX" "$EFI_STUB" "$kernel/release"
        stat -c %Y -- "$kernel"
        [[ -z $1 ]] || cat -- "$1"
        [[ -z $GUEST_DRIVER ]] || printf '%s\n' "$GUEST_DRIVER"
    } | key_of)"
}

check_static() {
    ! LC_ALL=C readelf -l -- "$1" 2>/dev/null | grep -q INTERP ||
        die "the agent $1 is linked dynamically, the guest has no libraries" "configure without --enable-sanitizers"
}

guest_initramfs() {
    local work=$1 agent=$2 kernel release
    kernel=$(image_kernel)
    release=$(<"$kernel/release")
    initramfs_tree "$work/root" "$kernel" "$release" "$LAB_DIR/guest/init" "${GUEST_MODULES[@]}" || return
    install -m 755 -- "$LAB_DIR/guest/udhcpc.sh" "$work/root/etc/udhcpc.sh" || return
    mkdir -p -- "$work/root/usr/sbin" || return
    [[ -z $agent ]] || install -m 755 -- "$agent" "$work/root/usr/sbin/vfiogpu-agent" || return
    printf 'ID=vfiogpu-lab\nNAME="vfiogpu lab guest"\nPRETTY_NAME="vfiogpu lab guest"\nVERSION_ID=1\n' \
        >"$work/root/etc/os-release" || return
    initramfs_pack "$work/root" "$work/initramfs"
}

# The first free address behind the stub's own sections.
stub_end() {
    local end=0 name size address
    while read -r name size address; do
        (((16#$size + 16#$address) <= end)) || end=$((16#$size + 16#$address))
    done < <(LC_ALL=C "${BINUTILS}objdump" -h -- "$EFI_STUB" | awk '$1 ~ /^[0-9]+$/ { print $2, $3, $4 }')
    printf '%s\n' "$end"
}

# efi_program WORK: sections as https://uapi-group.org/specifications/specs/unified_kernel_image/ has them.
efi_program() {
    local work=$1 name file address arguments=()
    printf '%s' "console=tty0 console=$GUEST_CONSOLE $GUEST_ARGUMENTS" >"$work/cmdline"
    printf 'ID=vfiogpu-lab\nNAME="vfiogpu lab guest"\nVERSION_ID=1\n' >"$work/osrel"
    cp -- "$(image_kernel)/vmlinuz" "$work/linux" || return
    mv -- "$work/initramfs" "$work/initrd" || return
    address=$(stub_end)
    for name in osrel cmdline linux initrd; do
        file=$work/$name
        address=$(((address + 0xffff) & ~0xffff))
        arguments+=(--add-section ".$name=$file" --set-section-flags ".$name=data,readonly"
            --change-section-vma ".$name=$(printf '0x%x' "$address")")
        address=$((address + $(stat -c %s -- "$file")))
    done
    "${BINUTILS}objcopy" "${arguments[@]}" "$EFI_STUB" "$work/program.efi"
}

# disk_image WORK: the partition begins at 1 MiB; the last is kept for the second table.
disk_image() {
    local work=$1 size
    [[ -z $GUEST_DRIVER ]] || driver_files "$work/nvidia" || return
    size=$(($(du -cbs -- "$work/program.efi" ${GUEST_DRIVER:+"$work/nvidia"} | awk 'END { print $1 }') / 1048576 + 18))
    truncate -s "$((size + 2))M" "$work/disk.raw" || return
    printf 'label: gpt\nstart=2048, size=%d, type=uefi, name=esp\n' "$((size * 2048))" |
        sfdisk -q --no-reread --no-tell-kernel "$work/disk.raw" || return
    export MTOOLS_SKIP_CHECK=1
    mformat -i "$work/disk.raw@@1M" -T "$((size * 2048))" -h 64 -s 32 -v LABESP :: || return
    mmd -i "$work/disk.raw@@1M" ::/EFI ::/EFI/BOOT || return
    mcopy -i "$work/disk.raw@@1M" "$work/program.efi" "::/EFI/BOOT/$EFI_NAME" || return
    [[ -z $GUEST_DRIVER ]] || mcopy -s -i "$work/disk.raw@@1M" "$work/nvidia" ::/
}

make_image() {
    local target=$1 agent=$2 work
    [[ ! -e $target ]] || return 0
    image_needs
    say "building the guest's image${agent:+ with $agent}"
    work=$(mktemp -d -- "$LAB_CACHE/.work.XXXXXX")
    if ! { guest_initramfs "$work" "$agent" && efi_program "$work" && disk_image "$work"; }; then
        rm -rf -- "$work"
        die "could not build the guest's image"
    fi
    # An image that nobody built lately is of another agent.
    find "$LAB_CACHE" -maxdepth 1 -name 'guest-*.raw' -mtime +1 -delete
    mv -- "$work/disk.raw" "$target"
    rm -rf -- "$work"
}

# build_image: sets GUEST_IMAGE.
build_image() {
    local agent
    need_file "$EFI_STUB" systemd-boot-efi
    agent=$(agent_file)
    [[ -z $agent ]] || check_static "$agent"
    GUEST_IMAGE=$(image_path "$agent")
    with_lock "$LAB_CACHE/.lock" make_image "$GUEST_IMAGE" "$agent"
}
