# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash

# What the jobs that provision the guest use: the agent is put there by hand.

# What is in single quotes is for the guest's shell.
# shellcheck disable=SC2016
# shellcheck source=tests/lab/guest-jobs/guest.sh
source "$(dirname "${BASH_SOURCE[0]}")/guest.sh"
PROVISION=(vfiogpu-agent provision)

# put_file FILE PATH MODE: a file of this machine.
put_file() {
    guest exec --stdin -- sh -c 'cat >"$0" && chmod "$1" "$0"' "$2" "$3" <"$1"
}

# put_agent FILE: the image's /etc/vfiogpu/agent.conf names the lab's mirror to it.
put_agent() { put_file "$1" /usr/local/sbin/vfiogpu-agent 755; }

# run_agent: as the unit does, until the next boot.
run_agent() { in_guest systemd-run -q --unit=lab-agent -p Restart=always vfiogpu-agent; }

# provision_begin ARG...: in the background, as a unit of its own that nothing but a kill ends.
provision_begin() {
    await 20 provision_ended || return
    in_guest sh -c 'systemctl reset-failed provision 2>/dev/null; rm -f /root/provision.out; exec systemd-run -q --unit=provision \
        -p StandardOutput=append:/root/provision.out -p StandardError=append:/root/provision.out "$@"' sh "${PROVISION[@]}" "$@"
}

# provision_killed_when SECONDS CONDITION ARG...: begins, and as soon as the condition, a command in the guest that looks
# every few milliseconds, holds, the agent and all that it started, apt and dpkg among them, is killed at once.
provision_killed_when() {
    local limit=$1 condition=$2
    shift 2
    provision_begin "$@" && in_guest sh -c 'end=$(($(date +%s) + $0))
        until sh -c "$1" >/dev/null 2>&1; do
            [ "$(date +%s)" -lt "$end" ] && systemctl -q is-active provision || exit 1
            sleep 0.05
        done
        systemctl kill --signal=KILL provision' "$limit" "$condition" && await 20 provision_ended
}

provision_runs() { in_guest systemctl is-active -q provision; }
provision_ended() { ! provision_runs; }
provision_output() { in_guest cat /root/provision.out; }

# provision_says SECONDS REGEX: what it has printed matches before the time is over.
provision_says() {
    await "$1" in_guest grep -Eq -- "$2" /root/provision.out
}

state_value() { in_guest vfiogpu-agent status --json | jq -r "$1"; }
installed() { in_guest dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed; }

# expect_order NAME FIRST SECOND: in dpkg's log the one was configured before the other was even unpacked.
expect_order() {
    expect "$1" 0 "$2 $3" shell_in_guest "awk -v first=$2 -v second=$3 '\$3 == \"status\" && \$4 == \"installed\" && \$5 ~ \"^\" first \":\" { seen = 1 }
        \$3 == \"install\" && \$4 ~ \"^\" second \":\" { print (seen ? first \" \" second : second \" came first\"); exit }' /var/log/dpkg.log"
}
