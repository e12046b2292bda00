#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs each fuzz target over its corpus: fuzz-NAME over corpus/NAME. A crash or a failed assertion fails the test. VFG_RUN
# is a program that runs them.

set -eu

source=${srcdir:-.}/tests/fuzz
ran=0
for target in tests/fuzz/fuzz-*; do
    name=${target#tests/fuzz/fuzz-}
    case $name in
        *.*) continue ;;
    esac
    [ -x "$target" ] || continue
    ${VFG_RUN:-} "$target" "$source/corpus/$name"/*
    ran=$((ran + 1))
done
[ "$ran" -gt 0 ] || { echo "no fuzz target was built" >&2; exit 1; }
