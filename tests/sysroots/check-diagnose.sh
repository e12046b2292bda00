#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vfiogpu diagnose as a command: where the log may come from, what it prints, its exit status.

set -u

source=${srcdir:-.}
vfiogpu=${VFG_VFIOGPU:-./vfiogpu}
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
mkdir "$work/data" "$work/root" "$work/bad" "$work/bad/errors.d"
cp -r "$source/data/errors.d" "$work/data/errors.d" && chmod -R u+w "$work/data" || exit 99
bad=0

cat >"$work/log" <<'END'
[    6.1] NVRM: Xid (PCI:0000:01:00): 140, pid=1, An uncorrectable ECC error detected DRAM:1
[    6.2] NVRM: GPU 0000:01:00.0: RmInitAdapter failed! (0x62:0x40:1)
[    6.3] DMAR: [DMA Read] Request device [03:00.0] fault addr fffd3000
END
printf '[    1.0] usb 1-1: new high-speed USB device\n' >"$work/healthy"
printf 'DMAR: [DMA Read] Request device [03:00.0] fault addr fffd3000\n' >"$work/fault"
printf 'NVRM: Xid (PCI:0000:01:00): 13, pid=1, name=\033[2Jx, Graphics Exception\n' >"$work/hostile"

# run STATUS ARGUMENT…: the output is in $work/out, both streams.
run() {
    wanted=$1
    shift
    "$vfiogpu" --data-dir "$work/data" "$@" >"$work/out" 2>&1
    status=$?
    [ "$status" = "$wanted" ] || { echo "$*: status $status, expected $wanted"; cat "$work/out"; bad=1; }
}

# says TEXT…
says() {
    for text in "$@"; do
        grep -qF -e "$text" "$work/out" || { echo "'$text' is missing in:"; cat "$work/out"; bad=1; }
    done
}

run 3 diagnose "$work/log"
says 'error  0000:01:00.0: ecc-uncorrectable 140' 'fix: ' 'replace the card' 'line 1 (6.1)' 'symptoms: rm-init-failed ×1' \
    'fail: 1 found, 1 notes (-v shows them), 3 lines read'
run 3 diagnose -v "$work/log"
says 'iommu-fault (not a GPU, as far as this log tells)'
run 0 diagnose "$work/healthy"
says 'ok: 0 found'
run 0 diagnose "$work/fault"
run 3 diagnose --device 03:00.0 "$work/fault"
run 3 diagnose --device 0000:09:00.0 --device 0000:03:00.0 --host "$work/fault"
run 0 diagnose "$work/hostile"
says 'warn  0000:01:00.0: xid-app 13' 'name=\x1b[2Jx'
run 3 diagnose --json - <"$work/log"
says '"verdict": "fail"' '"code": "140"' '"first_line": 1' '"other_device": true'
run 3 diagnose <"$work/log"
run 2 diagnose --device 1 "$work/log"
says 'is not a PCI address'
run 2 diagnose a b
run 1 diagnose "$work/nothing"
says 'cannot open'
run 1 diagnose "$work"
says 'cannot read'

# The log that a snapshot holds, and one that holds none.
run 1 --sysroot "$work/root" diagnose
says "the kernel's log can't be read" 'fix: '
cp "$work/log" "$work/root/kernel.log"
run 3 --sysroot "$work/root" diagnose
says '3 lines read'

# A site's entry, and a bad one.
cat >"$work/data/errors.d/zz-own.ini" <<'END'
[own]
class=thermal
severity=warn
literal=high-speed USB
expression=new high-speed USB
cause=an entry of the site
source=here
END
run 0 diagnose "$work/healthy"
says 'warn  thermal' 'an entry of the site'
printf '[own]\nclass=x\nliteral=short\n' >"$work/data/errors.d/zz-own.ini"
run 1 diagnose "$work/healthy"
says 'zz-own.ini:3: [own]: a literal has at least 8 characters'
"$vfiogpu" --data-dir "$work/bad/errors.d" diagnose "$work/log" >"$work/out" 2>&1 && bad=1
says "name their folder with --data-dir"

[ "$bad" = 0 ]
