#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Each fixtures/NAME.txt as a /sys: `list --json` of it is fixtures/NAME.json; each of fixtures/forms is one host in another
# form, and gives forms.json. `list` is at most 100 columns wide. VFG_UPDATE_GOLDEN=1 writes those anew.

set -u

source=${srcdir:-.}/tests/sysroots
tools=${VFG_TOOLS:-tests/sysroots}
vfiogpu=${VFG_VFIOGPU:-./vfiogpu}
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 99' HUP INT TERM

bad=0
for listing in "$source"/fixtures/*.txt "$source"/fixtures/forms/*.txt; do
    name=$(basename "$listing" .txt)
    golden=$source/fixtures/$name.json
    case $listing in */forms/*) golden=$source/fixtures/forms.json ;; esac
    rm -rf "$work/root"
    # Names are the fixtures' own, not those of the machine's table.
    mkdir -p "$work/root/usr/share/misc"
    cp "$source/fixtures/pci.ids" "$work/root/usr/share/misc/pci.ids"
    if ! "$tools/from-listing" "$work/root" "$listing" ||
        ! "$vfiogpu" --sysroot "$work/root" list --json >"$work/found"; then
        echo "FAIL $name: cannot be read"
        bad=1
        continue
    fi
    if "$vfiogpu" --sysroot "$work/root" list | LC_ALL=C.UTF-8 grep -vE '^.{0,100}$' >"$work/wide"; then
        echo "FAIL $name: wider than 100 columns:"
        cat "$work/wide"
        bad=1
    fi
    if [ -n "${VFG_UPDATE_GOLDEN:-}" ]; then
        cp "$work/found" "$golden"
    elif ! diff -u "$golden" "$work/found"; then
        echo "FAIL $name"
        bad=1
    fi
done
exit "$bad"
