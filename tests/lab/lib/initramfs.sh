# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash

# Makes the small initramfs images: busybox, an init and the modules that it needs, in the order of loading.

BUSYBOX=/bin/busybox  # of the processor that runs the image

# module_files KERNEL RELEASE MODULE...: the files, dependencies first, each once; builtin modules have none.
module_files() {
    local kernel=$1 release=$2 module
    shift 2
    for module in "$@"; do
        modprobe -d "$kernel" -S "$release" --show-depends "$module" || return
    done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}

# unpack_module FILE INTO: the kernel of the guest may have no decompressor, and busybox has none.
unpack_module() {
    local name=${1##*/}
    case $name in
        *.ko.xz) xz -dc -- "$1" >"$2-${name%.xz}" ;;
        *.ko.zst) zstd -dcq -- "$1" >"$2-${name%.zst}" ;;
        *.ko) cp -- "$1" "$2-$name" ;;
        *) return 1 ;;
    esac
}

# initramfs_tree DIR KERNEL RELEASE INIT MODULE...
initramfs_tree() {
    local dir=$1 kernel=$2 release=$3 init=$4 files file number=100
    shift 4
    mkdir -p -- "$dir"/{bin,dev,etc,modules,proc,run,sys,tmp} || return
    cp -- "$BUSYBOX" "$dir/bin/busybox" || return
    ln -s busybox "$dir/bin/sh"
    install -m 755 -- "$init" "$dir/init" || return
    files=$(module_files "$kernel" "$release" "$@") || return
    while IFS= read -r file; do
        unpack_module "$file" "$dir/modules/$((number++))" || return
    done <<<"$files"
}

# initramfs_pack DIR FILE
initramfs_pack() {
    (cd -- "$1" && find . -print0 | LC_ALL=C sort -z | cpio --null --quiet -o -H newc -R 0:0) | gzip -1n >"$2"
}

# host_initramfs: prints the path of the host's, made when its inputs changed.
host_initramfs() {
    local kernel release target work
    kernel=$(host_kernel_entry)
    release=$(<"$kernel/release")
    target=$LAB_CACHE/host-initramfs-$(cat -- "$LAB_DIR/host/initramfs-init" "$LAB_DIR/lib/initramfs.sh" \
        /bin/busybox "$kernel/lib/modules/$release/modules.dep" | key_of).gz
    if [[ ! -e $target ]]; then
        need cpio cpio
        need_file /bin/busybox busybox-static
        work=$(mktemp -d -- "$LAB_CACHE/.work.XXXXXX")
        initramfs_tree "$work/tree" "$kernel" "$release" "$LAB_DIR/host/initramfs-init" \
            virtio_pci 9pnet_virtio 9p overlay || die "cannot make the host's initramfs"
        mkdir -p "$work/tree"/{lower,writable,newroot}
        initramfs_pack "$work/tree" "$work/initramfs" || die "cannot make the host's initramfs"
        mv -- "$work/initramfs" "$target"
        rm -rf -- "$work"
    fi
    printf '%s\n' "$target"
}
