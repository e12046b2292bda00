# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash

# Messages, paths and small helpers that every part of the lab uses.

LAB_FAILED=125   # exit status for a failure of the lab itself, so that it is no job's own status
LAB_TIMEOUT=124  # exit status of a job that ran past its --timeout, as timeout(1) has it

LAB_CACHE=${VFIOGPU_LAB_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/vfiogpu-lab}
LAB_RUN=${VFIOGPU_LAB_RUN:-/tmp/vfiogpu-lab-$UID}
LAB_TREE=$(cd -- "$LAB_DIR/../.." && pwd -P)

say() { printf 'lab: %s\n' "$*" >&2; }

# die MESSAGE [FIX]
die() {
    printf 'lab: %s\n' "$1" >&2
    [[ $# -lt 2 ]] || printf '  fix: %s\n' "$2" >&2
    exit "$LAB_FAILED"
}

usage_error() {
    printf 'lab: %s\n  fix: see lab --help\n' "$1" >&2
    exit 2
}

# need COMMAND PACKAGE: a tool that must be there, and where it comes from.
need() {
    type -P "$1" >/dev/null || die "$1 is missing" "apt-get install $2"
}

# need_file FILE PACKAGE
need_file() {
    [[ -e $1 ]] || die "$1 is missing" "apt-get install $2"
}

# A short key for what its standard input holds: names of cache entries are made with it.
key_of() { sha256sum | cut -c1-16; }

# QEMU reads a comma in an option's value as the end of that value unless it is doubled.
qemu_escape() { printf '%s' "${1//,/,,}"; }

now_ms() { printf '%s' "$((${EPOCHREALTIME/[.,]/} / 1000))"; }

# with_lock [-q] FILE COMMAND...: one at a time, and in the caller's own shell; -q waits in silence.
with_lock() {
    local quiet=
    [[ $1 != -q ]] || { quiet=1; shift; }
    local lock=$1 fd status=0
    shift
    mkdir -p -- "${lock%/*}" || die "cannot create ${lock%/*}" "set VFIOGPU_LAB_CACHE to a folder you can write"
    exec {fd}>"$lock" || die "cannot write $lock" "set VFIOGPU_LAB_CACHE to a folder you can write"
    if ! flock -n "$fd"; then
        [[ -n $quiet ]] || say "waiting for another lab that holds $lock"
        flock "$fd"
    fi
    "$@" || status=$?
    exec {fd}>&-
    return "$status"
}

# The build directory: where the configured tree's Makefile is.
build_dir() {
    local dir
    for dir in "${VFIOGPU_BUILD:-}" "$LAB_TREE/build" "$LAB_TREE"; do
        [[ -z $dir || ! -e $dir/config.status ]] || { printf '%s\n' "$dir"; return; }
    done
    printf '%s\n' "${VFIOGPU_BUILD:-$LAB_TREE/build}"
}

# A signal ends the lab by way of its EXIT trap.
trap_signals() {
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

check_paths() {
    local path
    for path in "$LAB_TREE" "$LAB_CACHE" "$LAB_RUN"; do
        [[ $path != *$'\n'* && $path == /* ]] || die "cannot work with the path '$path'" "use an absolute path in one line"
    done
    # sun_path holds 108 bytes, and a socket's own name needs some of them.
    ((${#LAB_RUN} <= 60)) || die "$LAB_RUN is too long for a socket's path" "set VFIOGPU_LAB_RUN to a shorter one"
}
