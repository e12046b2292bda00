# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash

# Gets what this machine's own packages don't give: a QEMU with a vfio-user client, a kernel for the host, and a kernel
# and firmware for the guest. Packages are unpacked into the cache and never installed; this machine's apt is left as it is.
#
# An entry of the cache is named after a key of what it was made from and appears by a rename, so an entry that is there
# is whole, and a changed wish has another name.

FETCH_FORMAT=1  # goes into every key: raise it when the way of unpacking changes
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

entry_path() {
    printf '%s/%s-%s\n' "$LAB_CACHE" "$1" "$(printf '%s\n' "$FETCH_FORMAT" "${@:2}" | key_of)"
}

# trixie-backports: vfio-user-pci came with QEMU 10.1.
qemu_entry() { entry_path qemu trixie-backports qemu-system-x86; }
# trixie's, not a newer one: since 6.14 KVM ends a guest that exits for MMIO while an interrupt is under way
# (svm_check_emulate_instruction), which the outer QEMU's SVM claims now and then of a guest that did no such thing.
host_kernel_entry() { entry_path host-kernel trixie linux-image-amd64; }
# bookworm's OVMF polls for 25000 rounds for a TPM that isn't there, a minute in a nested guest; trixie's does not.
firmware_entry() { entry_path firmware trixie ovmf; }
guest_kernel_entry() { entry_path guest-kernel bookworm linux-image-cloud-amd64; }

# The archive this machine uses for Debian itself, so that a configured mirror is used here too.
debian_mirror() {
    local uri
    uri=$(machine_sources | awk '$2 ~ /^[a-z]+$/ && !seen { print $1; seen = 1 }')
    printf '%s\n' "${uri:-http://deb.debian.org/debian}"
}

# Lines "URI SUITE" of this machine's sources whose URI ends in /debian.
machine_sources() {
    local etc=/etc/apt file
    for file in "$etc"/sources.list.d/*.sources; do
        [[ -r $file ]] || continue
        awk 'function flush(i, j) { if (deb && on) for (i in u) for (j in s) print u[i], s[j]; split("", u); split("", s); deb = 0; on = 1 }
             BEGIN { on = 1 } /^[[:space:]]*$/ { flush() } /^#/ { next }
             tolower($1) == "types:" { deb = / deb( |$)/ } tolower($1) == "enabled:" { on = tolower($2) != "no" }
             tolower($1) == "uris:" { for (k = 2; k <= NF; k++) u[k] = $k }
             tolower($1) == "suites:" { for (k = 2; k <= NF; k++) s[k] = $k } END { flush() }' "$file"
    done | grep -E '/debian/? ' || true
    for file in "$etc"/sources.list "$etc"/sources.list.d/*.list; do
        [[ -r $file ]] || continue
        sed -nE 's/^deb[[:space:]]+(\[[^]]*\][[:space:]]+)?([^[:space:]]+)[[:space:]]+([^[:space:]]+).*/\2 \3/p' "$file"
    done | grep -E '/debian/? ' || true
}

# apt_root DIR SUITE...: an apt of our own. What this machine says on how to reach mirrors (proxies, retries, logins)
# is kept; nothing else of its configuration is. APT_ARCH: another architecture than this machine's.
apt_root() {
    local root=$1
    shift
    mkdir -p -- "$root"/{state/lists/partial,cache/archives/partial,empty} || return
    : >"$root/status"
    {
        apt-config dump | grep -E '^(Acquire|APT::Architecture)(::| )' || true
        printf 'Dir::Etc::%s "%s";\n' sourcelist "$root/debian.sources" sourceparts "$root/empty" parts "$root/empty" \
            preferencesparts "$root/empty" preferences "$root/empty/none" main "$root/empty/none"
        printf 'Dir::State "%s";\nDir::State::status "%s";\nDir::Cache "%s";\n' \
            "$root/state" "$root/status" "$root/cache"
        [[ -z ${APT_ARCH:-} ]] || printf 'APT::Architecture "%s";\n' "$APT_ARCH"
        printf 'APT::Install-Recommends "false";\nAPT::Sandbox::User "";\nAcquire::Languages "none";\n'
        printf 'Acquire::Retries "3";\nDebug::NoLocking "true";\n'
    } >"$root/apt.conf"
    printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' \
        "$(debian_mirror)" "$*" "$KEYRING" >"$root/debian.sources"
    apt_in "$root" apt-get update -qq
}

apt_in() {
    local root=$1
    shift
    APT_CONFIG=$root/apt.conf "$@"
}

# The kernel's packages, without what its postinst would want: from what installing it would bring.
kernel_packages() {
    apt_in "$1" apt-get -s -qq -t "$2" install "$3" |
        sed -nE 's/^Inst (linux-(image|modules|binary|base)-[0-9][^ ]*) \(([^ ]+) .*/\1=\3/p'
}

unpack_all() {
    local into=$1 deb
    shift
    mkdir -p -- "$into"
    for deb in "$@"; do
        dpkg-deb -x "$deb" "$into" || return
    done
}

# make_unpacked WORK TARGET SUITES PACKAGE...: the packages alone, of the last of the suites where it has them.
make_unpacked() {
    local work=$1 target=$2 suites
    read -ra suites <<<"$3"
    shift 3
    apt_root "$work/apt" "${suites[@]}" || return
    (cd -- "$work" && apt_in "$work/apt" apt-get -qq -t "${suites[-1]}" download "$@") || return
    unpack_all "$target" "$work"/*.deb || return
    rm -rf -- "${target:?}"/usr/share/{doc,man}
}

# make_qemu WORK TARGET
make_qemu() {
    apt_root "$1/apt" trixie trixie-backports || return
    apt_in "$1/apt" apt-get -qq -y -d -t trixie-backports install qemu-system-x86 >/dev/null || return
    unpack_all "$2" "$1"/apt/cache/archives/*.deb || return
    # Of the closure only libraries, firmware and the program are of use.
    (cd -- "$2" && rm -rf etc var boot usr/{sbin,include,src,bin/[!q]*} usr/share/{doc,man,locale,i18n,perl*} usr/lib/{systemd,udev}) || return
    [[ -x $2/usr/bin/qemu-system-x86_64 ]]
}

# make_kernel WORK TARGET RELEASE PACKAGE SUITE...
make_kernel() {
    local work=$1 target=$2 release=$3 package=$4 packages version file
    shift 4
    apt_root "$work/apt" "$@" || return
    mapfile -t packages < <(kernel_packages "$work/apt" "$release" "$package")
    ((${#packages[@]})) || { say "apt offers no kernel for $package in $release"; return 1; }
    (cd -- "$work" && apt_in "$work/apt" apt-get -qq download "${packages[@]}") || return
    unpack_all "$target" "$work"/*.deb || return
    # Newer packages hold /usr/lib/modules, with the kernel itself beside the modules.
    if [[ -d $target/usr/lib/modules ]]; then
        mkdir -p -- "$target/lib" && mv -- "$target/usr/lib/modules" "$target/lib/modules" || return
    fi
    version=$(ls -- "$target/lib/modules") || return
    printf '%s\n' "$version" >"$target/release"
    (
        cd -- "$target" || exit
        for file in boot/vmlinuz-* "lib/modules/$version/vmlinuz"; do
            [[ ! -e $file ]] || mv -- "$file" vmlinuz || exit
        done
        rm -rf usr boot etc
    ) || return
    depmod -b "$target" "$version"
}

make_firmware() {
    make_unpacked "$1" "$1/ovmf" trixie ovmf || return
    mkdir -p -- "$2" && cp -- "$1"/ovmf/usr/share/OVMF/OVMF_{CODE,VARS}_4M.fd "$2/"
}

make_host_kernel() { make_kernel "$1" "$2" trixie linux-image-amd64 trixie; }
make_guest_kernel() { make_kernel "$1" "$2" bookworm linux-image-cloud-amd64 bookworm; }

# fetch_entry NAME TARGET MAKER: the maker's result appears under its name only when it is whole.
fetch_entry() {
    local name=$1 target=$2 maker=$3 work free
    [[ ! -e $target || -n $REFRESH ]] || return 0
    work=$(mktemp -d -- "$LAB_CACHE/.work.XXXXXX") || die "cannot write $LAB_CACHE" "set VFIOGPU_LAB_CACHE to a folder you can write"
    FETCH_WORK=$work
    say "fetching $name from $(debian_mirror)"
    if ! "$maker" "$work" "$work/tree"; then
        free=$(df -Pm -- "$LAB_CACHE" | awk 'NR == 2 { print $4 }')
        rm -rf -- "$work"
        ((free >= 1500)) || die "could not fetch $name: only $free MiB are free in $LAB_CACHE" "free 1500 MiB, or set VFIOGPU_LAB_CACHE to another disk"
        die "could not fetch $name (apt's own words are above)" "check that the mirror $(debian_mirror) can be reached; a proxy is taken from apt's configuration"
    fi
    [[ ! -e $target ]] || mv -- "$target" "$work/old"
    mv -T -- "$work/tree" "$target"
    rm -rf -- "$work"
}

fetch_needs() {
    need apt-get "apt (the lab takes its parts from Debian's archive)"
    need dpkg-deb dpkg
    need depmod kmod
    need_file "$KEYRING" debian-archive-keyring
}

fetch_all() {
    fetch_entry "QEMU" "$(qemu_entry)" make_qemu
    fetch_entry "the host's kernel" "$(host_kernel_entry)" make_host_kernel
    fetch_entry "the guest's firmware" "$(firmware_entry)" make_firmware
    fetch_entry "the guest's kernel" "$(guest_kernel_entry)" make_guest_kernel
}

# fetching COMMAND...: it alone writes to the cache, and leaves nothing half made.
fetching() {
    fetch_needs
    trap '[[ -z ${FETCH_WORK:-} ]] || rm -rf -- "$FETCH_WORK"' EXIT
    with_lock "$LAB_CACHE/.lock" "$@"
    trap - EXIT
}

fetched() {
    [[ -e $(qemu_entry) && -e $(host_kernel_entry) && -e $(firmware_entry) && -e $(guest_kernel_entry) ]]
}

ensure_fetched() {
    REFRESH=${REFRESH:-}
    [[ -n $REFRESH ]] || ! fetched || return 0
    fetching fetch_all
}
