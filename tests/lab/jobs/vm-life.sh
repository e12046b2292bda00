# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash

# Helpers for the jobs about the life of VMs; a job sources expect.sh first and sets $vfiogpu.

# vm_definition NAME GPU DISK: without a system to boot, and with what a nested guest needs (tests/lab/vmdefs/d2l.xml).
vm_definition() {
    cat <<XML
<vmdef name="$1" accel="kvm">
  <memory unit="MiB">256</memory>
  <vcpu>1</vcpu>
  $3
  <gpu select="$2"/>
  <display type="vnc" listen="127.0.0.1"/>
  <guest profile="none"/>
  <libvirt>
    ${4:-}
    <qemu:commandline xmlns:qemu="http://libvirt.org/schemas/domain/qemu/1.0">
      <qemu:arg value="-machine"/>
      <qemu:arg value="kernel_irqchip=off"/>
      <qemu:arg value="-cpu"/>
      <qemu:arg value="host,-tsc-deadline,-kvm-asyncpf-int,-kvm-asyncpf,-kvm-steal-time,-kvm-pv-eoi,-kvm-pv-ipi,-kvm-pv-unhalt,-kvm-msi-ext-dest-id"/>
      <qemu:arg value="-global"/>
      <qemu:arg value="vfio-pci.x-no-mmap=on"/>
      ${5:-}
    </qemu:commandline>
  </libvirt>
</vmdef>
XML
}

# stored NAME GPU DISK [LIBVIRT [ARGUMENTS]]
stored() {
    vm_definition "$@" >"/etc/vfiogpu/vmdefs/$1.xml"
}

# No qemu-img is needed to see what becomes of a disk.
fake_qemu_img() {
    local folder=/run/fake
    mkdir -p "$folder"
    printf '#!/bin/sh\nwhile [ $# -gt 2 ]; do shift; done\ncp "$1" "$2"\n' >"$folder/qemu-img"
    chmod +x "$folder/qemu-img"
    PATH=$folder:$PATH
}

# box, and what goes wrong with it: rival wants its GPU; broken has a disk that is none; refused is no domain; made has its
# disk made and an emulator that dies.
prepare_vms() {
    local images=/var/lib/libvirt/images empty
    type -P qemu-img >/dev/null || fake_qemu_img
    truncate -s 64M "$images/empty.raw"
    echo 'no image' >"$images/broken.qcow2"
    empty="<disk file=\"$images/empty.raw\" format=\"raw\"/>"
    stored box "$gpu" "$empty"
    stored rival "$gpu" "$empty"
    stored broken "$gpu" "<disk file=\"$images/broken.qcow2\" format=\"qcow2\"/>"
    stored refused "$gpu" "$empty" '<on_poweroff>explode</on_poweroff>'
    stored made "$gpu" "<disk file=\"made.qcow2\" format=\"qcow2\" from=\"$images/empty.raw\"/>" '' \
        '<qemu:arg value="-no-such-option"/>'
}

# What expect.sh knows of the host, the records of starts and the NVRAM files.
vm_host_state() {
    # The module vfio-pci stays once it was needed.
    host_state | sed '/^vfio_pci loaded$/d'
    find /var/lib/vfiogpu/starts /var/lib/libvirt/qemu/nvram -type f ! -name '*_VARS.fd' 2>/dev/null | sort
}

# expect_vm_unchanged NAME BEFORE
expect_vm_unchanged() {
    local now
    now=$(vm_host_state)
    if [[ $now == "$2" ]]; then
        pass "$1: the host is as it was"
    else
        fail "$1: the host is as it was" "$(diff <(echo "$2") <(echo "$now"))"
    fi
}

# libvirt writes the controllers in another order when it reads its own XML.
definition_of() { sort "/etc/libvirt/qemu/$1.xml"; }

# A stop leaves the domain defined; it is no part of what is compared.
undefine_all() {
    local file
    for file in /etc/libvirt/qemu/*.xml; do
        [[ ! -e $file ]] || undefine "$(basename "$file" .xml)"
    done
}

# undefine VM: the domain only, the stored definition comes back.
undefine() {
    cp "/etc/vfiogpu/vmdefs/$1.xml" "/run/$1.xml"
    "$vfiogpu" undefine "$1" >/dev/null || fail "undefine $1"
    cp "/run/$1.xml" "/etc/vfiogpu/vmdefs/$1.xml"
}

emulator_of() { pgrep -f "guest=$1," | head -n 1; }

# kill_emulator VM: and waits until libvirtd has noticed.
kill_emulator() {
    local pid tries
    pid=$(emulator_of "$1")
    [[ -n $pid ]] || return
    kill -KILL "$pid"
    for ((tries = 0; tries < 50; tries++)); do
        [[ $("$vfiogpu" status "$1" 2>/dev/null) == *"shut off"* ]] && return
        sleep 0.2
    done
}

# start_libvirtd and restart_libvirtd
start_libvirtd() {
    local tries
    libvirtd -d -p /run/libvirtd.pid
    for ((tries = 0; tries < 100; tries++)); do
        [[ ! -S /run/libvirt/libvirt-sock ]] || return 0
        sleep 0.1
    done
}

kill_libvirtd() {
    kill -KILL "$(</run/libvirtd.pid)"
    sleep 0.5
    rm -f /run/libvirt/libvirt-sock /run/libvirtd.pid
}

restart_libvirtd() {
    kill_libvirtd
    sleep 1
    start_libvirtd
}

# restart_libvirtd_early: before it has an emulator's process, unless that is faster.
restart_libvirtd_early() {
    local tries status=/run/libvirt/qemu/box.xml
    for ((tries = 0; tries < 2000; tries++)); do
        [[ ! -e $status || $(<"$status") != *"reason='starting up' pid='0'"* ]] || break
        read -rt 0.005 <> <(:)
    done
    restart_libvirtd
}

# end_endless_start NAME: libvirtd was killed before it had an emulator, and the next one neither starts the domain nor ends
# it. That is said, and doing what is said helps.
end_endless_start() {
    expect "a start that libvirt never ends is named" 5 "fix: .*remove /run/libvirt/qemu/$1.xml, restart libvirtd" \
        "$vfiogpu" stop --force "$1"
    rm "/run/libvirt/qemu/$1.xml"
    restart_libvirtd
    expect "recover after it" 0 "$gpu was given back" "$vfiogpu" recover
}

# end_start_of_two_daemons NAME: libvirtd died during the start; the next one has the domain, or one that it never ends, by
# whether the first had an emulator by then.
end_start_of_two_daemons() {
    if "$vfiogpu" status "$1" 2>/dev/null | grep -q "$1: starting"; then
        end_endless_start "$1"
    else
        expect "a start goes on when libvirtd is there again" 0 "$1: running" "$vfiogpu" status "$1"
        expect "a VM whose libvirtd died during its start" 0 "$1: is off" "$vfiogpu" stop --force "$1"
    fi
}

# await_line FILE PATTERN: until a line of the output matches, at most 60 s.
await_line() {
    local tries
    for ((tries = 0; tries < 600; tries++)); do
        ! grep -Eq -- "$2" "$1" || return 0
        sleep 0.1
    done
    fail "no line '$2'" "$(<"$1")"
    return 1
}

kill_box() { kill_emulator box; }

# during PATTERN ACTION ARGUMENT...: runs vfiogpu with the arguments, and the action when a line of its progress matches;
# returns when it ended.
during() {
    local pattern=$1 action=$2 log=/run/during.log pid
    shift 2
    "$vfiogpu" "$@" >"$log" 2>&1 &
    pid=$!
    await_line "$log" "$pattern" && "$action"
    wait "$pid"
}

interrupt_start() {
    local log=/run/start.log vm=$1 pid status=0
    shift
    "$vfiogpu" start "$vm" "$@" >"$log" 2>&1 &
    pid=$!
    await_line "$log" 'wait for the agent'
    sleep 0.5
    kill -INT "$pid"
    wait "$pid" || status=$?
    if [[ $status == 130 ]]; then pass "an interrupted start says so"; else
        fail "an interrupted start says so" "status $status: $(<"$log")"; fi
}

# kill_at_step N VERB ARGUMENT...: SIGKILL when the progress says that step N begins.
kill_at_step() {
    local step=$1 log=/run/kill.log pid
    shift
    "$vfiogpu" "$@" >"$log" 2>&1 &
    pid=$!
    while kill -0 "$pid" 2>/dev/null; do
        if grep -q "^\[$step/" "$log"; then
            kill -KILL "$pid"
            break
        fi
    done
    wait "$pid" 2>/dev/null
}

# settle NAME BEFORE: recover, then stop what runs; the host is as it was, and recovering again does nothing.
settle() {
    local out
    out=$("$vfiogpu" recover 2>&1) || fail "$1: recover" "$out"
    [[ $("$vfiogpu" recover 2>&1) == 'nothing to recover' ]] || fail "$1: recover again"
    [[ $("$vfiogpu" status box 2>/dev/null) != *running* ]] || "$vfiogpu" stop --force box -q >/dev/null
    undefine_all
    expect_vm_unchanged "$1" "$2"
}

# round_trips N BEFORE: start and stop, the same state after each.
round_trips() {
    local i good=0
    for ((i = 0; i < $1; i++)); do
        "$vfiogpu" start box -q >/dev/null && "$vfiogpu" stop --force box -q >/dev/null || break
        undefine_all
        [[ $(vm_host_state) == "$2" ]] || break
        good=$((good + 1))
    done
    echo "$1 round trips, $good left the host as it was"
    if ((good == $1)); then pass "round trips"; else fail "round trips" "$(diff <(echo "$2") <(vm_host_state))"; fi
}
