#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later

# The seed's install.sh in made-up systems: systemd, OpenRC, rc.d, and none; a second time; a program that does not run.

set -euo pipefail

source=$(cd "${srcdir:-.}/data/agent" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

fail() { echo "test-install.sh: $*" >&2; exit 1; }

make_seed() {
    mkdir -p "$tree/seed"
    cp "$source"/* "$tree/seed"
    printf '#!/bin/sh\necho "vfiogpu-agent %s"\n' "$1" >"$tree/seed/vfiogpu-agent"
    printf '[provision]\nprofile=cuda\n' >"$tree/seed/agent.conf"
}

# install NAME: into the root of that name.
install() { sh "$tree/seed/install.sh" --root "$tree/$1"; }

# holds FILE TEXT
holds() { grep -qF -- "$2" "$1" || fail "no '$2' in $1"; }

make_seed 1
mkdir -p "$tree/systemd/usr/lib/systemd/system" "$tree/openrc/sbin" "$tree/rc_d/etc" "$tree/none"
touch "$tree/openrc/sbin/openrc-run" "$tree/rc_d/etc/rc.subr"

install systemd >/dev/null
[[ $("$tree/systemd/usr/local/sbin/vfiogpu-agent") == "vfiogpu-agent 1" ]] || fail "another program"
holds "$tree/systemd/etc/systemd/system/vfiogpu-agent.service" "ExecStart=/usr/local/sbin/vfiogpu-agent run"
[[ $(readlink "$tree/systemd/etc/systemd/system/multi-user.target.wants/vfiogpu-agent.service") == \
    /etc/systemd/system/vfiogpu-agent.service ]] || fail "the unit is not wanted"
holds "$tree/systemd/etc/vfiogpu/agent.conf" "profile=cuda"

install openrc >/dev/null
[[ -x $tree/openrc/etc/init.d/vfiogpu-agent ]] || fail "no OpenRC script"
holds "$tree/openrc/etc/init.d/vfiogpu-agent" 'command="/usr/local/sbin/vfiogpu-agent"'
[[ -L $tree/openrc/etc/runlevels/default/vfiogpu-agent ]] || fail "not in the runlevel"

install rc_d >/dev/null
holds "$tree/rc_d/usr/local/etc/rc.d/vfiogpu_agent" "/usr/local/sbin/vfiogpu-agent run"
holds "$tree/rc_d/etc/rc.conf" 'vfiogpu_agent_enable="YES"'

if install none >"$tree/out" 2>&1; then fail "installed where there is no init system"; fi
holds "$tree/out" "no systemd, OpenRC or rc.d here"

# A newer one replaces the program, and keeps what was configured.
make_seed 2
echo "profile=container" >"$tree/systemd/etc/vfiogpu/agent.conf"
install systemd >/dev/null
[[ $("$tree/systemd/usr/local/sbin/vfiogpu-agent") == "vfiogpu-agent 2" ]] || fail "the old program stayed"
holds "$tree/systemd/etc/vfiogpu/agent.conf" "profile=container"

[[ $(wc -l <"$tree/systemd/etc/vfiogpu/agent.conf") == 1 ]] || fail "what was configured was changed"

# What an image has configured stays, and what it leaves open is added, once.
mkdir -p "$tree/site/usr/lib/systemd/system" "$tree/site/etc/vfiogpu"
printf '[provision]\nmirror=http://m\n' >"$tree/site/etc/vfiogpu/agent.conf"
install site >/dev/null
install site >/dev/null
[[ $(cat "$tree/site/etc/vfiogpu/agent.conf") == $'[provision]\nmirror=http://m\n\n[provision]\nprofile=cuda' ]] ||
    fail "the settings were not put together"

# A program for another processor leaves the old one in place.
printf '\177ELF for another processor' >"$tree/seed/vfiogpu-agent"
if install systemd >"$tree/out" 2>&1; then fail "installed a program that does not run"; fi
holds "$tree/out" "does not run here"
[[ $("$tree/systemd/usr/local/sbin/vfiogpu-agent") == "vfiogpu-agent 2" ]] || fail "the working program is gone"
if [[ -n $(find "$tree" -name '*.new') ]]; then fail "left a temporary file"; fi

for file in install.sh vfiogpu-agent.openrc vfiogpu-agent.rc; do
    sh -n "$source/$file" || fail "$file is no shell script"
done
