# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash

# A VM of the Debian guest, right on this machine's QEMU: nothing is emulated in between. The supervisor, the virtual GPUs
# and the jobs are those of the emulated host. What outlives a power cut, the disk and the share, is in a folder beside
# the instance.

GUEST_MEMORY=2048
GUEST_CPUS=2
BOOT_TIMEOUT=${VFIOGPU_LAB_BOOT_TIMEOUT:-600}

use_guest() {
    use_instance "$1"
    GUEST=$LAB_RUN/$1.guest
    SHARE=$GUEST/share
}

# Of the three parts the disk takes the longest to copy, and is a sparse file.
create_guest() {
    local entry
    ! instance_alive || die "the guest '$INSTANCE' runs already" "guest-lab down --name $INSTANCE, or another --name"
    rm -rf -- "$GUEST"
    if ! (umask 077 && mkdir -p -- "$GUEST") || ! mkdir -p -- "$SHARE/jobs"; then
        die "cannot create $GUEST"
    fi
    entry=$(guest_os_entry)
    cp --reflink=auto --sparse=always -- "$entry/disk.raw" "$GUEST/disk.raw" || die "cannot copy the guest's disk"
    cp -- "$(firmware_entry)/OVMF_VARS_4M.fd" "$GUEST/vars.fd" || die "cannot copy the guest's firmware"
    [[ -z $SEED ]] || cp -- "$SEED" "$GUEST/seed.iso" || die "cannot copy the seed $SEED"
    set_mirror "$MIRROR"
}

# set_mirror KIND|down
set_mirror() {
    rm -f -- "$GUEST/mirror"
    [[ $1 == down ]] || ln -s -- "$(guest_repo_entry)/$1" "$GUEST/mirror"
}

guest_firmware_arguments() {
    printf '%s\n' -drive "if=pflash,unit=0,format=raw,readonly=on,file=$(qemu_escape "$(firmware_entry)/OVMF_CODE_4M.fd")" \
        -drive "if=pflash,unit=1,format=raw,file=$1/vars.fd"
}

# The guest reaches nothing but the repository.
guest_network_arguments() {
    printf '%s\n' -netdev "user,id=net,restrict=on,guestfwd=tcp:${MIRROR_URL#http://}:80-cmd:$(qemu_escape "$GUEST_OS_FILES/mirror") $1/mirror" \
        -device virtio-net-pci,netdev=net,romfile=
}

guest_channel_arguments() {
    printf '%s\n' -device virtio-serial-pci -chardev "socket,id=agent,path=$1/agent.sock,server=on,wait=off" \
        -device virtserialport,chardev=agent,name=org.vfiogpu.agent.0
}

# The disk's flushes are not passed on: what the guest has written survives the end of QEMU in this machine's own cache.
guest_arguments() {
    local guest inst
    guest=$(qemu_escape "$GUEST")
    inst=$(qemu_escape "$INST")
    printf '%s\n' -nodefaults -no-user-config -display none -name "vfiogpu-guest-$INSTANCE" -machine q35 \
        -accel tcg,thread=multi -cpu max -smp "$GUEST_CPUS" -m "$GUEST_MEMORY" \
        -drive "if=none,id=disk,format=raw,file=$guest/disk.raw,cache=unsafe,discard=unmap" \
        -device virtio-blk-pci,drive=disk,bootindex=0 \
        -chardev "file,id=log,path=$guest/console.log,append=on" -serial chardev:log \
        -qmp "unix:$inst/qmp.sock,server=on,wait=off" \
        -device virtio-rng-pci
    guest_channel_arguments "$guest"
    guest_firmware_arguments "$guest"
    guest_network_arguments "$guest"
    [[ ! -e $GUEST/seed.iso ]] || printf '%s\n' -drive "if=none,id=seed,format=raw,readonly=on,media=cdrom,file=$guest/seed.iso" \
        -device virtio-scsi-pci -device scsi-cd,drive=seed
    share_arguments lab "$SHARE" ""
    gpu_arguments
}

# boot_guest [PREFIX...]: as start_instance; the disk is the one that is there.
boot_guest() {
    [[ -e $GUEST/disk.raw ]] || die "there is no guest '$INSTANCE'" "guest-lab up --name $INSTANCE"
    OUT=$GUEST/out
    with_lock "$LAB_RUN/.lock.$INSTANCE" claim_instance
    rm -f -- "$SHARE/boot-id" "$SHARE/boot-id.seen"
    guest_arguments >"$INST/qemu-arguments"
    "$@" "$LAB_DIR/lab" _supervise "$INSTANCE" </dev/null >"$INST/supervisor.log" 2>&1 &
    SUPERVISOR=$!
}

# await_boot: until the guest that booted last can take commands; a boot that was seen before is not waited for again.
await_boot() {
    local start id seen=
    start=$(now_ms)
    [[ ! -s $SHARE/boot-id.seen ]] || seen=$(<"$SHARE/boot-id.seen")
    while :; do
        id=$(cat -- "$SHARE/boot-id" 2>/dev/null) || id=
        [[ -z $id || $id == "$seen" ]] || break
        instance_alive || (($(now_ms) - start < 5000)) || guest_failed "the guest stopped while booting"
        (($(now_ms) - start < BOOT_TIMEOUT * 1000)) || guest_failed "the guest did not boot in $BOOT_TIMEOUT s"
        sleep 0.3
    done
    printf '%s\n' "$id" >"$SHARE/boot-id.seen"
    [[ -n $QUIET ]] || say "'$INSTANCE' is up after $((($(now_ms) - start) / 1000)) s"
}

guest_failed() {
    tail -n 25 -- "$GUEST/console.log" 2>/dev/null | tr -d '\r' | sed 's/^/  | /' >&2
    cat -- "$INST"/supervisor.log "$INST"/qemu.log "$INST"/gpu*.log 2>/dev/null | tail -n 20 | sed 's/^/  | /' >&2
    cut_power
    die "$1"
}

# What the guest had not written by now is lost; a job that ran in it never has a status.
cut_power() {
    ! instance_alive || end_supervisor
    rm -rf -- "$INST" "$LAB_RUN/.lock.$INSTANCE"
}

remove_guest() {
    cut_power
    rm -rf -- "$GUEST"
}
