#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later

# Installs vfiogpu-agent from the folder (the seed's CD-ROM) that this script is in and starts it: for a guest without
# cloud-init, and what cloud-init runs in others. Run again it replaces the program and keeps what is configured.
#
#   mount -o ro /dev/disk/by-label/CIDATA /mnt && sh /mnt/install.sh
#
# --root DIR installs into a system that is not running (an image); nothing is started then.

set -eu

sbindir=/usr/local/sbin

say() { echo "vfiogpu-agent: $*"; }
die() { echo "vfiogpu-agent: $*" >&2; exit 1; }

# put FILE TO MODE: a copy with the place of the program filled in, whole or not at all.
put() {
    mkdir -p "$(dirname "$2")"
    sed "s|@sbindir@|$sbindir|g" "$1" >"$2.new"
    chmod "$3" "$2.new"
    mv -f "$2.new" "$2"
}

# The program is tried before it takes the place of one that works: it may be for another processor.
put_program() {
    to=$root$sbindir/vfiogpu-agent
    mkdir -p "$root$sbindir"
    cp "$here/vfiogpu-agent" "$to.new"
    chmod 755 "$to.new"
    if ! version=$("$to.new" --version 2>&1); then
        rm -f "$to.new"
        die "the program on this CD-ROM does not run here ($(uname -s) $(uname -m)): $version"
    fi
    mv -f "$to.new" "$to"
    say "installed $version as $sbindir/vfiogpu-agent"
}

# The settings of the seed whose keys FILE has not.
missing_settings() {
    while IFS= read -r line; do
        case $line in
        [a-z]*=*) grep -q "^[[:space:]]*${line%%=*}[[:space:]]*=" "$1" || printf '%s\n' "$line" ;;
        esac
    done <"$here/agent.conf"
}

# What the image or somebody has configured (a mirror, say) stays; what it leaves open is the VM definition's. A second group
# of the same name goes on with the first.
put_configuration() {
    conf=$root/etc/vfiogpu/agent.conf
    [ -f "$here/agent.conf" ] || return 0
    if [ ! -f "$conf" ]; then
        put "$here/agent.conf" "$conf" 644
        return 0
    fi
    say "kept /etc/vfiogpu/agent.conf"
    added=$(missing_settings "$conf")
    [ -n "$added" ] || return 0
    { cat "$conf" && printf '\n[provision]\n%s\n' "$added"; } >"$conf.new"
    chmod 644 "$conf.new"
    mv -f "$conf.new" "$conf"
    say "added to it: $(printf %s "$added" | tr "\n" " ")"
}

# Labels of a system with SELinux; nothing elsewhere.
label() {
    if [ -z "$root" ] && command -v restorecon >/dev/null 2>&1; then
        restorecon "$@" || true
    fi
}

use_systemd() {
    unit=/etc/systemd/system/vfiogpu-agent.service
    put "$here/vfiogpu-agent.service" "$root$unit" 644
    label "$unit" "$sbindir/vfiogpu-agent"
    if [ -n "$root" ]; then
        mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
        ln -sf "$unit" "$root/etc/systemd/system/multi-user.target.wants/vfiogpu-agent.service"
    else
        systemctl daemon-reload
        systemctl --no-block enable vfiogpu-agent.service
        systemctl --no-block restart vfiogpu-agent.service
    fi
}

use_openrc() {
    put "$here/vfiogpu-agent.openrc" "$root/etc/init.d/vfiogpu-agent" 755
    if [ -n "$root" ]; then
        mkdir -p "$root/etc/runlevels/default"
        ln -sf /etc/init.d/vfiogpu-agent "$root/etc/runlevels/default/vfiogpu-agent"
    else
        rc-update add vfiogpu-agent default
        rc-service vfiogpu-agent restart
    fi
}

use_rc_d() {
    put "$here/vfiogpu-agent.rc" "$root/usr/local/etc/rc.d/vfiogpu_agent" 755
    if [ -z "$root" ]; then
        sysrc vfiogpu_agent_enable=YES
        service vfiogpu_agent restart
    else
        echo 'vfiogpu_agent_enable="YES"' >>"$root/etc/rc.conf"
    fi
}

# The init system of a tree is told by its files, that of the running system by what runs.
init_system() {
    if [ -z "$root" ] && [ -d /run/systemd/system ]; then
        echo systemd
    elif [ -f "$root/etc/rc.subr" ]; then
        echo rc_d
    elif [ -e "$root/sbin/openrc-run" ] || [ -e "$root/usr/sbin/openrc-run" ]; then
        echo openrc
    elif [ -n "$root" ] && { [ -d "$root/usr/lib/systemd/system" ] || [ -d "$root/lib/systemd/system" ]; }; then
        echo systemd
    else
        echo none
    fi
}

root=
case ${1-} in
    '') ;;
    --root)
        root=${2-}
        [ -d "$root" ] || die "--root wants a folder"
        ;;
    *) die "usage: install.sh [--root DIR]" ;;
esac
[ -n "$root" ] || [ "$(id -u)" = 0 ] || die "must run as root"
here=$(cd "$(dirname "$0")" && pwd)

put_program
put_configuration
init=$(init_system)
case $init in
    none) die "no systemd, OpenRC or rc.d here; start '$sbindir/vfiogpu-agent run' at boot by other means" ;;
    *) "use_$init" ;;
esac
say "set up with $init"
