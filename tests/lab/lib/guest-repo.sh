# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash

# The package repositories that the Debian guest finds at MIRROR_URL, as signed folders in the cache: the distribution's
# (headers, compiler, dkms) and one under NVIDIA's names, at the path that NVIDIA's network repository has.
#
# There are three of them: "real" has the real kernel module, which binds to a virtual GPU and then fails to start it;
# "standin" has a small module that works and that dkms builds in the guest; "stranger" is "real", signed by somebody else.

GUEST_REPO_FORMAT=1
GUEST_REPO_KINDS=(real standin stranger)
CUDA_PATH=compute/cuda/repos/debian12/x86_64
CUDA_KEYRING=/usr/share/keyrings/cuda-archive-keyring.gpg
TOOLKIT_VERSION=12.2
STANDIN_VERSION=535.0.1

guest_repo_entry() {
    printf '%s/guest-repo-%s\n' "$LAB_CACHE" "$({
        printf '%s\n' "$GUEST_REPO_FORMAT" "$(guest_os_entry)"
        cat -- "$GUEST_OS_FILES"/standin/* "$LAB_DIR/lib/guest-repo.sh"
    } | key_of)"
}

guest_repo_needs() {
    need apt-ftparchive apt-utils
    need gpg gnupg
}

# make_keys HOME: three keys that sign, and the public half of each as NAME.gpg.
make_keys() {
    local name
    (umask 077 && mkdir -p -- "$1") || return
    for name in archive cuda stranger; do
        gpg --homedir "$1" --batch --quiet --pinentry-mode loopback --passphrase '' \
            --quick-generate-key "vfiogpu lab $name <lab@localhost>" rsa3072 sign never || return
        gpg --homedir "$1" --batch --quiet --export "vfiogpu lab $name" >"$1/$name.gpg" || return
    done
    end_gpg "$1"
}

# gpg leaves an agent behind for every home.
end_gpg() { gpgconf --homedir "$1" --kill all; }

# make_deb OUT NAME VERSION ARCH DEPENDS TREE: what the package installs is in TREE, its postinst in TREE.postinst.
make_deb() {
    local out=$1 name=$2 version=$3 arch=$4 depends=$5 tree=$6
    mkdir -p -- "$tree/DEBIAN"
    {
        printf 'Package: %s\nVersion: %s\nArchitecture: %s\nMaintainer: vfiogpu lab <lab@localhost>\n' "$name" "$version" "$arch"
        [[ -z $depends ]] || printf 'Depends: %s\n' "$depends"
        printf 'Description: %s as the lab has it\n' "$name"
    } >"$tree/DEBIAN/control"
    [[ ! -e $tree.postinst ]] || install -m 755 -- "$tree.postinst" "$tree/DEBIAN/postinst"
    dpkg-deb --root-owner-group -Znone --build "$tree" "$out/${name}_${version}_$arch.deb" >/dev/null
}

# What udev and modprobe are told by every package of the driver.
driver_settings() {
    local tree=$1
    mkdir -p -- "$tree"/{etc/modprobe.d,usr/lib/udev/rules.d}
    printf 'blacklist nouveau\n' >"$tree/etc/modprobe.d/nvidia-blacklists-nouveau.conf"
    printf 'options nvidia-drm modeset=1\n' >"$tree/etc/modprobe.d/nvidia-drm.conf"
}

# The real driver: modules, firmware and tools, built and gathered when the guest was made.
real_driver() {
    local work=$1 out=$2 driver=$3 version release tree=$1/real
    version=$(<"$driver/version")
    release=$(<"$driver/release")
    mkdir -p -- "$tree/lib/modules/$release/updates/dkms" "$tree/lib/firmware/nvidia" "$tree/usr/bin" "$tree/usr/lib/x86_64-linux-gnu"
    cp -- "$driver"/modules/*.ko "$tree/lib/modules/$release/updates/dkms/" || return
    cp -r -- "$driver/firmware" "$tree/lib/firmware/nvidia/$version" || return
    cp -- "$driver"/bin/* "$tree/usr/bin/" || return
    cp -- "$driver"/lib/* "$tree/usr/lib/x86_64-linux-gnu/" || return
    ln -s "libnvidia-ml.so.$version" "$tree/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1"
    driver_settings "$tree"
    printf '%s\n' 'ACTION=="add|bind", SUBSYSTEM=="pci", ATTR{vendor}=="0x10de", DRIVER=="nvidia", RUN+="/sbin/modprobe -a nvidia-modeset nvidia-drm"' \
        >"$tree/usr/lib/udev/rules.d/60-nvidia.rules"
    printf '#!/bin/sh\nset -e\ndepmod %s\nldconfig\n' "$release" >"$tree.postinst"
    make_deb "$out" nvidia-driver "$version-1" amd64 "kmod, linux-image-$release" "$tree" || return
    make_deb "$out" cuda-drivers "$version-1" amd64 "nvidia-driver (= $version-1)" "$work/real-drivers"
}

# A small module that starts every GPU there is, made by dkms in the guest for the kernel that the guest runs.
standin_driver() {
    local work=$1 out=$2 tree=$1/standin source
    source=$tree/usr/src/nvidia-$STANDIN_VERSION
    mkdir -p -- "$source" "$tree/usr/bin"
    cp -- "$GUEST_OS_FILES"/standin/{nvidia.c,Kbuild} "$source/" || return
    sed "s/@VERSION@/$STANDIN_VERSION/" "$GUEST_OS_FILES/standin/dkms.conf" >"$source/dkms.conf"
    install -m 755 -- "$GUEST_OS_FILES/standin/nvidia-smi" "$tree/usr/bin/nvidia-smi"
    driver_settings "$tree"
    cat >"$tree.postinst" <<POSTINST
#!/bin/sh
set -e
dkms add -m nvidia -v $STANDIN_VERSION || true
dkms autoinstall
POSTINST
    make_deb "$out" nvidia-driver "$STANDIN_VERSION-1" amd64 dkms "$tree" || return
    make_deb "$out" cuda-drivers "$STANDIN_VERSION-1" amd64 "nvidia-driver (= $STANDIN_VERSION-1)" "$work/standin-drivers"
}

# A toolkit is a compiler that can say its version.
toolkit() {
    local work=$1 out=$2 tree=$1/toolkit version=$TOOLKIT_VERSION
    mkdir -p -- "$tree/usr/local/cuda-$version/bin"
    cat >"$tree/usr/local/cuda-$version/bin/nvcc" <<NVCC
#!/bin/sh
echo "nvcc: NVIDIA (R) Cuda compiler driver"
echo "Cuda compilation tools, release $version, V$version.0"
NVCC
    chmod 755 "$tree/usr/local/cuda-$version/bin/nvcc"
    ln -s "cuda-$version" "$tree/usr/local/cuda"
    make_deb "$out" "cuda-toolkit-${version/./-}" "$version.0-1" amd64 "" "$tree" || return
    make_deb "$out" cuda-toolkit "$version.0-1" amd64 "cuda-toolkit-${version/./-}" "$work/toolkit-meta"
}

# keyring WORK OUT KEY: the package that brings the source, the key and the preference.
keyring() {
    local tree=$1/keyring
    mkdir -p -- "$tree"/{etc/apt/sources.list.d,etc/apt/preferences.d,usr/share/keyrings}
    cp -- "$3" "$tree$CUDA_KEYRING" || return
    printf 'deb [signed-by=%s] %s/%s/ /\n' "$CUDA_KEYRING" "$MIRROR_URL" "$CUDA_PATH" \
        >"$tree/etc/apt/sources.list.d/cuda-debian12-x86_64.list"
    printf 'Package: *\nPin: release l=NVIDIA CUDA\nPin-Priority: 600\n' \
        >"$tree/etc/apt/preferences.d/cuda-repository-pin-600"
    make_deb "$2" cuda-keyring 1.1-1 all "" "$tree"
}

# sign HOME KEY DIR
sign() {
    gpg --homedir "$1" --batch --quiet --yes -u "vfiogpu lab $2" --clearsign -o "$3/InRelease" "$3/Release" &&
        gpg --homedir "$1" --batch --quiet --yes -u "vfiogpu lab $2" -abs -o "$3/Release.gpg" "$3/Release"
}

release_options=(-o APT::FTPArchive::AlwaysStat=true -o APT::FTPArchive::Contents=false)

# cuda_repository DIR HOME KEY: flat, as NVIDIA's is.
cuda_repository() {
    local dir=$1
    (cd -- "$dir" && apt-ftparchive "${release_options[@]}" packages . >Packages && gzip -9nk Packages) || return
    (cd -- "$dir" && apt-ftparchive "${release_options[@]}" -o APT::FTPArchive::Release::Origin=NVIDIA \
        -o APT::FTPArchive::Release::Label="NVIDIA CUDA" release . >../Release.new && mv ../Release.new Release) || return
    sign "$2" "$3" "$dir"
}

# distribution_repository DIR OFFER HOME: the packages under Debian's layout, in a suite of Debian's name.
distribution_repository() {
    local dir=$1 binary=dists/bookworm/main/binary-amd64 component
    mkdir -p -- "$dir/pool/main"
    ln -- "$2"/*.deb "$dir/pool/main/" 2>/dev/null || cp -- "$2"/*.deb "$dir/pool/main/" || return
    for component in main contrib non-free non-free-firmware; do
        mkdir -p -- "$dir/dists/bookworm/$component/binary-amd64"
        : >"$dir/dists/bookworm/$component/binary-amd64/Packages"
    done
    (cd -- "$dir" && apt-ftparchive "${release_options[@]}" packages pool/main >"$binary/Packages" && gzip -9nk "$binary/Packages") || return
    (cd -- "$dir/dists/bookworm" && apt-ftparchive "${release_options[@]}" -o APT::FTPArchive::Release::Origin=Debian \
        -o APT::FTPArchive::Release::Label=Debian -o APT::FTPArchive::Release::Suite=oldstable \
        -o APT::FTPArchive::Release::Codename=bookworm -o APT::FTPArchive::Release::Architectures=amd64 \
        -o APT::FTPArchive::Release::Components="main contrib non-free non-free-firmware" release . >../Release.new &&
        mv ../Release.new Release) || return
    sign "$3" archive "$dir/dists/bookworm"
}

# make_repositories WORK TARGET: one folder a kind; what they share is linked.
make_repositories() {
    local work=$1 out=$1/out os keys kind dir
    os=$(guest_os_entry)
    keys=$os/keys
    mkdir -p -- "$work"/{drivers-real,drivers-standin,common}
    real_driver "$work" "$work/drivers-real" "$os/driver" || return
    standin_driver "$work" "$work/drivers-standin" || return
    toolkit "$work" "$work/common" || return
    keyring "$work" "$work/common" "$keys/cuda.gpg" || return
    for kind in "${GUEST_REPO_KINDS[@]}"; do
        dir=$out/$kind/$CUDA_PATH
        mkdir -p -- "$dir"
        ln -- "$work"/common/*.deb "$work/drivers-${kind/stranger/real}"/*.deb "$dir/" || return
        cp -- "$keys/cuda.gpg" "$dir/cuda-archive-keyring.gpg" || return
        if [[ $kind == stranger ]]; then
            cuda_repository "$dir" "$keys" stranger || return
        else
            cuda_repository "$dir" "$keys" cuda || return
        fi
        [[ $kind != real ]] || { distribution_repository "$out/debian" "$os/offer" "$keys" || return; }
        ln -s ../debian "$out/$kind/debian"
    done
    end_gpg "$keys"
    mv -T -- "$out" "$2"
}
