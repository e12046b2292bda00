#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later

# NVIDIA's real driver fails on the virtual Tesla T10 of a guest in the emulated host: `events --follow` on the host shows
# it within a second. Run it with --guest-driver, beside one Tesla T10. Argument: the installation's prefix.

set -uo pipefail
# shellcheck source=tests/lab/jobs/guest-events.sh
source "$(dirname "$0")/guest-events.sh"

followed() { grep -qE "$1" "$out/followed"; }

# load_driver: the failed start comes with the last module. All that the kernel says goes to the serial line.
load_driver() {
    in_guest 'echo 8 >/proc/sys/kernel/printk; cd /var/lib/vfiogpu-agent/nvidia; mkdir -p /lib/firmware/nvidia; ln -s $PWD /lib/firmware/nvidia/$(cat version); insmod nvidia.ko; insmod nvidia-modeset.ko; insmod nvidia-drm.ko modeset=1; echo tried'
}

# shown_within_second TEXT: from the driver's line on the serial line to the event on the host.
shown_within_second() {
    local written shown
    seen_at "$out/followed" "$1" 400 >"$out/shown" &
    written=$(seen_at "$out/console.txt" "$1" 400) && wait $! && shown=$(<"$out/shown") || return 1
    delay=$((shown - written))
    ((delay < 1000000))
}

give_host_driver $gpu
sed -i 's#<memory unit="MiB">512<#<memory unit="MiB">1024<#' "/etc/vfiogpu/vmdefs/$vm.xml"
: >"$out/vfiogpud.log"
start_daemon
expect "the VM starts" 0 "" "$vfiogpu" start $vm --wait=agent --timeout 900
say "started"
read_console "$out/console.txt"
"$vfiogpu" events $vm --follow --json >"$out/followed" 2>&1 &
follower=$!
load_driver
if shown_within_second 'RmInitAdapter failed'; then pass "the driver's failure is shown within a second"; else
    fail "the driver's failure is shown within a second" "$(tail -n 20 "$out/console.txt")"
fi
say "it was shown ${delay:-?} us after the driver had said it"
passes "and NvKms' after it" 120 followed 'NvKmsKapiDevice'
kill $follower
expect "as the kernel's own words, with the host's address" 0 "$vm $gpu (error|fatal) rm-init-failed" \
    "$vfiogpu" events $vm
expect "status says the worst" 0 'rm-init-failed' "$vfiogpu" status $vm
"$vfiogpu" events $vm | sed 's/^/# /'
"$vfiogpu" status $vm | sed 's/^/# /'
end_daemon
say "done"
conclude
