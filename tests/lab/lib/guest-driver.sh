# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash

# What is installed into the tree of the guest after its disk was made of it: the .deb files that the guest's repository
# offers, and NVIDIA's real driver, its kernel module built for the guest's kernel at this machine's own speed (in the
# guest it would take half an hour). NVIDIA's files are not free: they stay in the cache, nothing publishes them.

GUEST_DRIVER_FORMAT=1

# Of Debian's non-free part.
GUEST_NVIDIA=(nvidia-kernel-dkms firmware-nvidia-gsp nvidia-smi nvidia-modprobe libnvidia-ml1)

# guest_driver_entry RELEASE: of a driver for that kernel.
guest_driver_entry() {
    printf '%s/guest-driver-%s\n' "$LAB_CACHE" "$(printf '%s\n' "$GUEST_DRIVER_FORMAT" "$1" "$(debian_mirror)" \
        "${GUEST_NVIDIA[@]}" | key_of)"
}

# in_tree TREE COMMAND...: with /proc and /dev, in a mount namespace of its own that leaves nothing mounted behind.
in_tree() {
    local tree=$1
    shift
    # shellcheck disable=SC2016 # the inner shell's
    unshare -m --propagation private -- sh -c 'mount -t proc proc "$0/proc" && mount --bind /dev "$0/dev" &&
        exec chroot "$0" "$@"' "$tree" env DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8 "$@"
}

# The packages are the ones that the image lacks, so that installing them in the very tree of the image finds them all.
gather_offer() {
    local work=$1 tree=$1/tree deb
    cp -- /etc/resolv.conf "$tree/etc/resolv.conf"
    { cat -- "$work/apt.conf" && printf 'APT::Install-Recommends "false";\n'; } >"$tree/etc/apt/apt.conf.d/99lab"
    printf 'deb %s bookworm main contrib non-free non-free-firmware\n' "$(debian_mirror)" >"$tree/etc/apt/sources.list"
    rm -f -- "$tree/etc/apt/sources.list.d/debian.sources"
    printf '#!/bin/sh\nexit 101\n' >"$tree/usr/sbin/policy-rc.d"
    chmod 755 "$tree/usr/sbin/policy-rc.d"
    in_tree "$tree" apt-get -qq update || return
    in_tree "$tree" apt-get -qq -y -d install "${GUEST_OFFER[@]}" >/dev/null || return
    mkdir -p -- "$work/out/offer"
    for deb in "$tree"/var/cache/apt/archives/*.deb; do
        repack "$work" "$deb" "$work/out/offer" || return
    done
}

# repack WORK DEB INTO: the same package, not compressed. Emulation takes minutes for what xz has packed.
repack() {
    rm -rf -- "$1/repack"
    dpkg-deb -R "$2" "$1/repack" && dpkg-deb -Znone --build "$1/repack" "$3/${2##*/}" >/dev/null && rm -rf -- "$1/repack" "$2"
}

# ensure_driver WORK: its place is told by a link beside the disk.
ensure_driver() {
    local work=$1 release entry
    release=$(basename -- "$work"/tree/lib/modules/*)
    entry=$(guest_driver_entry "$release")
    if [[ ! -e $entry ]]; then
        build_driver "$work" "$release" || return
        mv -T -- "$work/driver" "$entry" || return
    fi
    ln -s -- "../${entry##*/}" "$work/out/driver"
}

build_driver() {
    local work=$1 tree=$1/tree release=$2
    cp -- "$work"/out/offer/*.deb "$tree/var/cache/apt/archives/"
    in_tree "$tree" apt-get -qq -y install "${GUEST_OFFER[@]}" >/dev/null || return
    in_tree "$tree" sh -c 'cd /var/cache/apt/archives && rm -f ./*.deb && apt-get -qq download "$@"' sh "${GUEST_NVIDIA[@]}" || return
    # Beside the tree: unpacked over it, their /lib would take the place of its link to /usr/lib.
    unpack_all "$work/nvidia" "$tree"/var/cache/apt/archives/*.deb || return
    cp -r -- "$work"/nvidia/usr/src/nvidia-current-* "$tree/usr/src/" || return
    build_module "$tree" "$release" || return
    keep_driver "$work" "$release" "$work/driver"
}

# As dkms would, with the package's own dkms.conf.
build_module() {
    local tree=$1 release=$2 source
    source=$(basename -- "$tree"/usr/src/nvidia-current-*)
    say "building NVIDIA's kernel module ${source##*-} for $release"
    in_tree "$tree" dkms build -m nvidia-current -v "${source##*-}" -k "$release" -j "$(nproc)"
}

keep_driver() {
    local nvidia=$1/nvidia release=$2 out=$3 version module
    version=$(basename -- "$nvidia"/usr/src/nvidia-current-*)
    version=${version##*-}
    mkdir -p -- "$out"/{modules,firmware,bin,lib}
    printf '%s\n' "$version" >"$out/version"
    printf '%s\n' "$release" >"$out/release"
    for module in nvidia nvidia-modeset nvidia-drm nvidia-uvm; do
        cp -- "$1/tree/var/lib/dkms/nvidia-current/$version/$release"/*/module/"${module/nvidia/nvidia-current}.ko" \
            "$out/modules/$module.ko" || return
    done
    find "$nvidia" -path "*/firmware/nvidia/$version/*" -type f -exec cp -- {} "$out/firmware/" \;
    find "$nvidia/usr" \( -name nvidia-smi -o -name nvidia-modprobe \) -type f -perm -1 -exec cp -- {} "$out/bin/" \;
    find "$nvidia/usr" -name 'libnvidia-ml.so.*' -type f -exec cp -- {} "$out/lib/" \;
    # What Debian makes of them is another thing's; what is wanted is whole or not at all.
    [[ -e $out/firmware/gsp_tu10x.bin && -e $out/bin/nvidia-smi ]] || { say "the driver's packages lack a file"; return 1; }
}

