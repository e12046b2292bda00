#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later

# Second stage of the emulated host, its process 1: sets up what jobs expect of a host, starts libvirtd, then runs the
# jobs that appear in the share until it is told to power off. It must never exit: the kernel would panic.

share=/run/lab
config=$share/config
jobs=$share/jobs
next_job=1
declare -A running=()

config_value() {
    local value=
    [[ ! -r $config/$1 ]] || IFS= read -r value <"$config/$1"
    printf '%s' "$value"
}

# What the host is busy with, for the one that waits for it.
stage() { echo "$1" >$share/stage; }

log() { printf 'lab-host: %s %s\n' "$(cut -d' ' -f1 /proc/uptime)" "$*"; }

set_environment() {
    export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    export HOME=/root LANG=C.UTF-8 TERM=dumb
    # No bus runs here; a path that does not exist spares libvirt the wait for one.
    export DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nonexistent
    LAB_OUT=$(config_value out)
    export LAB_OUT
    cd /
}

mount_shares() {
    mkdir -p "$LAB_OUT"
    mount -t 9p -o trans=virtio,version=9p2000.L,msize=524288,cache=none out "$LAB_OUT"
    mount --bind "$(config_value modules)" /lib/modules
}

# What is to outlive a power cut. Not libvirt's sockets, which 9p can't hold, nor what it keeps in /run.
mount_state() {
    local folder
    mkdir -p /run/state
    mount -t 9p -o trans=virtio,version=9p2000.L,msize=524288,cache=none state /run/state
    for folder in /var/lib/vfiogpu /etc/vfiogpu /etc/libvirt/qemu /var/lib/libvirt/qemu/nvram /var/lib/libvirt/images; do
        mkdir -p "/run/state$folder" "$folder"
        mount --bind "/run/state$folder" "$folder"
    done
}

# The nodes that make the kernel load a module when they are opened, /dev/vfio/vfio among them: systemd makes them on an
# ordinary host (kmod-static-nodes.service), and libvirt takes a host without them for one without VFIO.
make_static_nodes() {
    local module node major minor
    while read -r module node major minor; do
        [[ $module != \#* && ! -e /dev/$node ]] || continue
        [[ $node != */* ]] || mkdir -p "/dev/${node%/*}"
        mknod -m 600 "/dev/$node" "${major:0:1}" "${major:1}" "$minor"
    done < <(sed 's/:/ /' "/lib/modules/$(uname -r)/modules.devname")
}

set_up_system() {
    echo vfiogpu-lab >/proc/sys/kernel/hostname
    echo /sbin/modprobe >/proc/sys/kernel/modprobe
    busybox ifconfig lo 127.0.0.1 up
    mkdir -p /run/lock /run/user/0 /etc/vfiogpu
    # vfio-pci is left alone: loading it is the product's work.
    modprobe kvm_amd
    make_static_nodes
}

add_user() {
    grep -q "^$1:" /etc/passwd || echo "$1:x:$2:$3::/var/lib/libvirt:/usr/sbin/nologin" >>/etc/passwd
}

add_group() {
    grep -q "^$1:" /etc/group || echo "$1:x:$2:" >>/etc/group
}

configure_libvirt() {
    add_group libvirt-qemu 64056
    add_user libvirt-qemu 64055 64056
    mkdir -p /etc/libvirt /run/libvirt /var/{lib,cache,log}/libvirt
    cp "$(config_value lab)"/host/{libvirtd,qemu}.conf /etc/libvirt/
    [[ ! -d $share/libvirt-cache ]] || cp -a $share/libvirt-cache/. /var/cache/libvirt/
}

# Takes the place of the package's descriptor of the same name.
install_firmware() {
    mkdir -p /etc/qemu/firmware
    cat >/etc/qemu/firmware/60-edk2-x86_64.json <<JSON
{
  "description": "UEFI of the lab",
  "interface-types": ["uefi"],
  "mapping": {
    "device": "flash",
    "executable": {"filename": "$1/OVMF_CODE_4M.fd", "format": "raw"},
    "nvram-template": {"filename": "$1/OVMF_VARS_4M.fd", "format": "raw"}
  },
  "targets": [{"architecture": "x86_64", "machines": ["pc-i440fx-*", "pc-q35-*"]}],
  "features": ["acpi-s3", "amd-sev", "verbose-dynamic"],
  "tags": []
}
JSON
}

start_libvirtd() {
    local tries
    configure_libvirt
    install_firmware "$(config_value firmware)"
    libvirtd -d -p /run/libvirtd.pid || log "libvirtd does not start"
    for ((tries = 0; tries < 300; tries++)); do
        [[ ! -S /run/libvirt/libvirt-sock ]] || return 0
        pause 0.1
    done
    log "libvirtd has made no socket in 30 s"
}

# Waits without a process of its own, which costs too much under emulation.
pause() { read -rt "$1" -u "$quiet" || true; }

# The lab's VM definitions, with the guest's disk named by the path that it has here.
install_guest() {
    local image=/var/lib/libvirt/images/lab-guest.raw source file
    source=$(config_value guest)
    mkdir -p /etc/vfiogpu/vmdefs "${image%/*}"
    [[ -z $source ]] || cp --sparse=always "$source" "$image"
    for file in "$(config_value lab)"/vmdefs/*.xml; do
        sed "s#\"lab-guest.raw\"#\"$image\"#" "$file" >"/etc/vfiogpu/vmdefs/${file##*/}"
    done
}

# run_job DIR: the command's words come NUL-terminated, so that nothing needs quoting. The command leads a session, so
# that a signal reaches all of it.
run_job() {
    local job=$1 directory words
    mapfile -d '' -t words <"$job/command"
    IFS= read -rd '' directory <"$job/directory"
    (
        exec {quiet}<&- 0<"$job/stdin" 1>"$job/stdout" 2>"$job/stderr"
        cd -- "$directory" || exit 125
        exec setsid -- "${words[@]}"
    ) &
    echo "$!" >"$job/pid"
    wait "$!"
    echo "$?" >"$job/status"
}

# A job to be signalled has a file "signal" with the signal's name.
pass_signals() {
    local job pid signal
    for job in "${!running[@]}"; do
        if [[ -e $jobs/$job/status ]]; then
            unset "running[$job]"
        elif [[ -e $jobs/$job/signal && -e $jobs/$job/pid ]]; then
            read -r signal <"$jobs/$job/signal"
            read -r pid <"$jobs/$job/pid"
            rm -f "$jobs/$job/signal"
            kill -s "$signal" -- "-$pid" 2>/dev/null
        fi
    done
}

# The tree is kept as it was first read. Between jobs it may have been built anew, so that what was read is forgotten.
forget_tree() {
    ((next_job == 1 || ${#running[@]})) || echo 3 >/proc/sys/vm/drop_caches
}

serve_jobs() {
    while [[ ! -e $share/poweroff ]]; do
        if [[ -d $jobs/$next_job ]]; then
            forget_tree
            run_job "$jobs/$next_job" 2>/dev/null &
            running[$next_job]=$!
            next_job=$((next_job + 1))
        else
            pause 0.1
        fi
        pass_signals
    done
}

serve_console() {
    modprobe virtio_console || return
    while [[ ! -c /dev/hvc0 ]]; do pause 0.2; done
    while :; do
        # This machine's profiles would run for seconds.
        TERM=xterm PS1='\h:\w\$ ' setsid --ctty --wait bash --noprofile --norc -i <>/dev/hvc0 >&0 2>&0
        pause 0.5
    done
}

# What libvirt found out about its QEMU takes seconds to find out again.
save_libvirt_cache() {
    [[ ! -d /var/cache/libvirt/qemu/capabilities ]] || cp -a /var/cache/libvirt $share/libvirt-cache.new
}

main() {
    local name
    set_environment
    mkfifo /run/quiet
    exec {quiet}<>/run/quiet
    ln -s /proc/self/fd /dev/fd
    for name in stdin:0 stdout:1 stderr:2; do ln -s "fd/${name#*:}" "/dev/${name%:*}"; done
    mount_shares
    stage "its modules"
    set_up_system
    rm -rf /var/lib/libvirt/qemu /etc/libvirt/qemu
    [[ -z $(config_value state) ]] || mount_state
    install_guest
    [[ $(config_value libvirtd) != yes ]] || { stage "libvirtd" && start_libvirtd; }
    serve_console &
    log "ready"
    : >$share/ready
    serve_jobs
    save_libvirt_cache
    log "powering off"
}

main
busybox poweroff -f
while :; do sleep 60; done
