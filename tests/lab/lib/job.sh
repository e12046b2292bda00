# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash

# Jobs: a command for the host is a folder in the share that appears by a rename; the host writes its output and status
# into it.

require_alive() {
    instance_alive || die "the lab '$INSTANCE' is not running" "lab up --name $INSTANCE"
}

number_job() {
    local number=1
    while [[ -e $SHARE/jobs/$number ]]; do number=$((number + 1)); done
    mv -T -- "$JOB" "$SHARE/jobs/$number"
    JOB=$SHARE/jobs/$number
}

# submit_job COMMAND...: sets JOB.
submit_job() {
    JOB=$(mktemp -d -- "$SHARE/job.XXXXXX")
    printf '%s\0' "$@" >"$JOB/command"
    printf '%s\0' "$PWD" >"$JOB/directory"
    : >"$JOB/stdout"
    : >"$JOB/stderr"
    if [[ -n $STDIN ]]; then cat >"$JOB/stdin"; else : >"$JOB/stdin"; fi
    with_lock -q "$INST/jobs.lock" number_job
}

signal_job() {
    echo "$1" >"$JOB/signal.new" && mv -- "$JOB/signal.new" "$JOB/signal"
}

job_finished() {
    [[ -s $JOB/status ]]
}

# Streams until the process that it is given is gone.
follow() {
    tail -q -c +1 -s 0.05 --pid="$1" -f -- "$2"
}

# await_job SECONDS: returns when it is finished, 1 when the time is over; 0 seconds is no limit.
await_job() {
    local start ticks=0
    start=$(now_ms)
    until job_finished; do
        sleep 0.05
        (($1 == 0 || $(now_ms) - start < $1 * 1000)) || return 1
        ((++ticks % 20 != 0)) || instance_alive || job_finished || host_gone
    done
}

host_gone() {
    show_console
    die "the host went away under the job"
}

interrupt_job() {
    trap '' INT TERM
    signal_job "$1"
    await_job 5 || { signal_job KILL; await_job 5 || true; }
    end_streams
    exit "$2"
}

# The streams end with the process that they follow.
end_streams() {
    [[ -n ${MARKER:-} ]] || return 0
    kill "$MARKER" 2>/dev/null || true
    wait "$MARKER" "${STREAMS[@]}" 2>/dev/null || true
    MARKER=
}

stop_job() {
    signal_job TERM
    await_job 3 || { signal_job KILL; await_job 5 || true; }
}

# run_job COMMAND...: in the host; the status is the command's.
run_job() {
    local status timed_out=
    submit_job "$@"
    # The streams follow until this process is gone.
    sleep infinity >/dev/null 2>&1 &
    MARKER=$!
    STREAMS=()
    follow "$MARKER" "$JOB/stdout" &
    STREAMS+=("$!")
    follow "$MARKER" "$JOB/stderr" >&2 &
    STREAMS+=("$!")
    trap 'interrupt_job INT 130' INT
    trap 'interrupt_job TERM 143' TERM
    await_job "$TIMEOUT" || { timed_out=1; stop_job; }
    trap_signals
    end_streams
    [[ -z $timed_out ]] || { say "the job ran past its $TIMEOUT s"; return "$LAB_TIMEOUT"; }
    read -r status <"$JOB/status"
    return "$status"
}
