# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash

# The emulated host's guest with NVIDIA's real driver: the one that the guest lab has built (lib/guest-driver.sh), in a
# folder of the guest's disk, and the kernel that it was built for.

driver_kernel_entry() { entry_path guest-kernel bookworm linux-image-amd64; }
make_driver_kernel() { make_kernel "$1" "$2" bookworm linux-image-amd64 bookworm; }
fetch_driver_kernel() { fetch_entry "the driver's kernel" "$(driver_kernel_entry)" make_driver_kernel; }

# use_guest_driver: sets what lib/image.sh takes.
use_guest_driver() {
    local kernel
    GUEST_DRIVER=$(readlink -e -- "$(guest_os_entry)/driver") || die "the driver is not built" "tests/lab/guest-lab build"
    kernel=$(driver_kernel_entry)
    [[ -e $kernel ]] || fetching fetch_driver_kernel
    [[ $(<"$kernel/release") == "$(<"$GUEST_DRIVER/release")" ]] ||
        die "the driver is for the kernel $(<"$GUEST_DRIVER/release"), Debian has $(<"$kernel/release")" \
            "remove $(guest_os_entry) and $GUEST_DRIVER, then tests/lab/guest-lab build"
    need strip binutils
    image_kernel() { driver_kernel_entry; }
    GUEST_MODULES+=(drm_kms_helper video)
}

# driver_files FOLDER: what goes onto the disk. Symbols for debugging are most of a module.
driver_files() {
    local module
    mkdir -p -- "$1" || return
    for module in nvidia nvidia-modeset nvidia-drm; do
        strip --strip-debug -o "$1/$module.ko" -- "$GUEST_DRIVER/modules/$module.ko" || return
    done
    cp -- "$GUEST_DRIVER/firmware/gsp_tu10x.bin" "$GUEST_DRIVER/version" "$1/"
}
