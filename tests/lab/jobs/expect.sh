# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash

# Small helpers for the jobs that test vfiogpu in the emulated host. A job sources this, calls the helpers, and ends with
# `conclude`, which prints "N passed, N failed".

passed=0 failed=0

pass() {
    passed=$((passed + 1))
    echo "ok - $1"
}

fail() {
    failed=$((failed + 1))
    echo "not ok - $1"
    [[ -z ${2:-} ]] || sed 's/^/    /' <<<"$2"
}

# expect NAME STATUS REGEX CMD...: the exit status is STATUS, and what it prints (both streams) matches the extended
# regular expression.
expect() {
    local name=$1 status=$2 pattern=$3 output got=0
    shift 3
    output=$("$@" 2>&1 </dev/null) || got=$?
    if [[ $got == "$status" ]] && grep -Eqz -- "$pattern" <<<"$output"; then
        pass "$name"
    else
        fail "$name" "status $got, expected $status; output, expected to match '$pattern':
$output"
    fi
}

# What vfiogpu may change on a host: drivers, overrides, module, journals, domains.
host_state() {
    local device
    for device in /sys/bus/pci/devices/*; do
        echo "${device##*/} $(readlink "$device/driver" || true) $(<"$device/driver_override")"
    done
    find /var/lib/vfiogpu/journal /etc/libvirt/qemu /var/lib/libvirt/images -type f 2>/dev/null | sort
    [[ ! -d /sys/module/vfio_pci ]] || echo vfio_pci loaded
}

# expect_unchanged NAME BEFORE: the host is as it was.
expect_unchanged() {
    local now
    now=$(host_state)
    if [[ $now == "$2" ]]; then
        pass "$1"
    else
        fail "$1" "$(diff <(echo "$2") <(echo "$now"))"
    fi
}

# give_host_driver ADDRESS: pci-stub asks nothing of the device, which is only a picture of one; a sound driver would wait
# for answers.
give_host_driver() {
    modprobe pci-stub
    echo pci-stub >"/sys/bus/pci/devices/$1/driver_override"
    echo "$1" >/sys/bus/pci/drivers_probe
}

conclude() {
    echo "$passed passed, $failed failed"
    ((failed == 0 && passed > 0))
}
