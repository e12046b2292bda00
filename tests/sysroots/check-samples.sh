#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Makes a /sys of each recorded host and compares what `vfiogpu list` says of it with expected.tsv. The recordings are
# other people's, read in place: without them there is nothing to test.

set -u

source=${srcdir:-.}/tests/sysroots
samples=${VFG_SAMPLES:-${srcdir:-.}/../shared/samples/hosts}
tools=${VFG_TOOLS:-tests/sysroots}
vfiogpu=${VFG_VFIOGPU:-./vfiogpu}

[ -f "$samples/index.tsv" ] || { echo "the recorded hosts are not here"; exit 77; }

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 99' HUP INT TERM

# what NAME: the lines that list gives for a sample, NAME+NAME for one made of two.
what() {
    rm -rf "$work/root"
    mkdir "$work/root" || return
    # The names are split where the "+" is.
    (
        IFS=+
        set -f
        # shellcheck disable=SC2086 # to be split
        set -- $1
        unset IFS
        for name in "$@"; do
            shift
            set -- "$@" "$samples/$name"
        done
        "$tools/from-listing" "$work/root" "$@"
    ) && "$vfiogpu" --sysroot "$work/root" list --json | "$tools/list-facts"
}

# compare EXPECTED FOUND: prints what differs; "?" in an expectation fits everything.
compare() {
    awk -F '\t' '
        NR == FNR { expected[FNR] = $0; n = FNR; next }
        {
            if (FNR > n) { print "  too much: " $0; bad = 1; next }
            m = split(expected[FNR], e, "\t")
            for (i = 1; i <= m; i++)
                if (e[i] != "?" && e[i] != $i) {
                    print "  " $1 ": column " i + 1 " is " $i ", expected " e[i]; bad = 1
                }
        }
        END {
            for (i = FNR + 1; i <= n && NR > n; i++) { print "  missing: " expected[i]; bad = 1 }
            if (NR == n && n) { print "  nothing found"; bad = 1 }
            exit bad
        }' "$1" "$2"
}

bad=0
count=0
check() {
    count=$((count + 1))
    awk -F '\t' -v name="$1" '$1 == name && $2 != "-" { sub(/^[^\t]*\t/, ""); print }' "$source/expected.tsv" \
        >"$work/expected"
    what "$1" >"$work/found" || { echo "$1: cannot be read"; bad=1; return; }
    # awk would take the second file for the first where that is empty.
    [ -s "$work/expected" ] || echo "-" >"$work/expected"
    [ -s "$work/found" ] || echo "-" >"$work/found"
    if compare "$work/expected" "$work/found" >"$work/differ"; then
        echo "ok   $1"
    else
        echo "FAIL $1"
        cat "$work/differ"
        bad=1
    fi
}

# Every host of the index has its expectation, and every expectation is looked at.
cut -f 1 "$samples/index.tsv" | sed 1d >"$work/listed"
grep -v '^#' "$source/expected.tsv" | cut -f 1 | uniq >"$work/known"
while read -r name; do
    grep -qxF "$name" "$work/known" || echo "note $name: nothing is expected of it in expected.tsv"
done <"$work/listed"
while read -r name; do
    check "$name"
done <"$work/known"
echo "$count hosts"
[ "$bad" -eq 0 ]
