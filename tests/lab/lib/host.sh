# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash

# The emulated host's life. A supervisor process, one an instance, is the parent of QEMU and of the virtual GPUs: none
# of them outlives it (a parent-death signal sees to that even when it is killed), and it holds a lock on the instance
# for as long as it lives, which is how everybody else tells whether the instance runs.

BOOT_TIMEOUT=${VFIOGPU_LAB_BOOT_TIMEOUT:-180}
POWEROFF_TIMEOUT=15

use_instance() {
    INSTANCE=$1
    [[ $1 =~ ^[A-Za-z0-9_.-]{1,24}$ && $1 != .* ]] || usage_error "'$1' is no name: up to 24 letters, digits, - and _"
    INST=$LAB_RUN/$1
    SHARE=$INST/share
}

instance_alive() {
    local fd
    [[ -e $INST/lock ]] || return 1
    exec {fd}<"$INST/lock"
    if flock -n -s "$fd"; then
        exec {fd}<&-
        return 1
    fi
    exec {fd}<&-
}

show_console() {
    [[ -s $INST/console.log ]] || return 0
    say "the end of the host's console:"
    tail -n 25 -- "$INST/console.log" | tr -d '\r' | sed 's/^/  | /' >&2
}

# host_modules KERNEL MODULE...: prints a /lib/modules without these, of hard links; the kernel's own when none is given.
host_modules() {
    local kernel=$1 release target work module file
    shift
    release=$(<"$kernel/release")
    (($#)) || { printf '%s\n' "$kernel/lib/modules"; return; }
    target=$kernel/without-$(printf '%s\n' "$@" | sort -u | key_of)
    if [[ ! -e $target ]]; then
        work=$(mktemp -d -- "$LAB_CACHE/.work.XXXXXX")
        mkdir -p -- "$work/tree/lib" && cp -al -- "$kernel/lib/modules" "$work/tree/lib/modules"
        for module in "$@"; do
            file=$(modinfo -b "$kernel" -k "$release" -n "$module" 2>/dev/null) || file=
            [[ -f $file ]] || die "the host's kernel has no module $module to hide"
            rm -f -- "$work/tree/lib/modules/${file#"$kernel/lib/modules/"}"
        done
        # depmod would write through the hard links.
        rm -f -- "$work/tree/lib/modules/$release"/modules.{dep,alias,symbols,softdep,devname}{,.bin}
        depmod -b "$work/tree" "$release"
        mv -T -- "$work/tree" "$target"
        rm -rf -- "$work"
    fi
    printf '%s\n' "$target/lib/modules"
}

# libvirt's knowledge of its QEMU holds for one QEMU, one libvirt and one kind of emulated processor.
libvirt_cache_entry() {
    local key
    key=$({
        stat -Lc '%n %s %Y %Z' /usr/bin/qemu-system-x86_64 /usr/sbin/libvirtd 2>/dev/null
        qemu_entry
        host_kernel_entry
        printf '%s\n' "$IOMMU"
    } | key_of)
    printf '%s/libvirt-%s\n' "$LAB_CACHE" "$key"
}

write_config() {
    local kernel=$1 modules
    # An assignment of its own, so that a failure ends the lab.
    modules=$(host_modules "$kernel" "${NO_MODULES[@]}")
    mkdir -p -- "$SHARE/config" "$SHARE/jobs"
    printf '%s\n' "$LAB_DIR" >"$SHARE/config/lab"
    printf '%s\n' "$LAB_DIR/host/init.sh" >"$SHARE/config/init"
    printf '%s\n' "$modules" >"$SHARE/config/modules"
    printf '%s\n' "$OUT" >"$SHARE/config/out"
    printf '%s\n' "$LIBVIRTD" >"$SHARE/config/libvirtd"
    printf '%s\n' "$STATE" >"$SHARE/config/state"
    printf '%s\n' "$GUEST_IMAGE" >"$SHARE/config/guest"
    printf '%s\n' "$(firmware_entry)" >"$SHARE/config/firmware"
    [[ ! -d $(libvirt_cache_entry) ]] || cp -a -- "$(libvirt_cache_entry)" "$SHARE/libvirt-cache"
}

# no_timer_check: on a busy machine the emulated timer is late, and the kernel takes it for broken and panics.
kernel_arguments() {
    local iommu=on
    [[ $IOMMU != off ]] || iommu=off
    printf '%s ' "console=ttyS0 loglevel=4 panic=-1 mitigations=off nowatchdog no_timer_check random.trust_cpu=on" \
        "intel_iommu=$iommu" "${KERNEL_ARGS[@]}"
}

iommu_device() {
    case $IOMMU in
        vtd | off) printf '%s\n' -device "intel-iommu,intremap=$INTREMAP,caching-mode=on,aw-bits=48" ;;
        amd) printf '%s\n' -device "amd-iommu,intremap=$INTREMAP,dma-remap=on" ;;
    esac
}

# share_arguments ID PATH OPTIONS
share_arguments() {
    printf '%s\n' -fsdev "local,id=$1,path=$(qemu_escape "$2"),security_model=none$3" \
        -device "virtio-9p-pci,fsdev=$1,mount_tag=$1"
}

# disk_arguments: sparse files that go with the instance.
disk_arguments() {
    local size number=0
    for size in "${DISKS[@]}"; do
        number=$((number + 1))
        truncate -s "${size}M" -- "$INST/disk$number"
        printf '%s\n' -drive "file=$(qemu_escape "$INST/disk$number"),format=raw,if=none,id=disk$number"
    done
}

# initramfs: the host's; ACPI tables go before it, in an archive that is not compressed (Linux
# Documentation/admin-guide/acpi/initrd_table_override.rst).
initramfs() {
    local plain table number=0 dir=$INST/acpi
    plain=$(host_initramfs)
    ((${#ACPI_TABLES[@]})) || { printf '%s\n' "$plain"; return; }
    mkdir -p -- "$dir/kernel/firmware/acpi"
    for table in "${ACPI_TABLES[@]}"; do
        number=$((number + 1))
        cp -- "$table" "$dir/kernel/firmware/acpi/$number.aml" || die "cannot read the ACPI table $table"
    done
    (cd -- "$dir" && find kernel -print | LC_ALL=C sort | cpio --quiet -o -H newc) | cat - "$plain" >"$INST/initramfs"
    printf '%s\n' "$INST/initramfs"
}

qemu_arguments() {
    local kernel=$1 inst
    inst=$(qemu_escape "$INST")
    printf '%s\n' -nodefaults -no-user-config -display none -no-reboot -name "vfiogpu-lab-$INSTANCE" \
        -machine q35 -accel tcg,thread=multi -cpu max -smp "$CPUS" -m "$MEMORY"
    iommu_device
    disk_arguments
    printf '%s\n' -kernel "$kernel/vmlinuz" -initrd "$(initramfs)" -append "$(kernel_arguments)" \
        -chardev "file,id=log,path=$inst/console.log" -serial chardev:log \
        -qmp "unix:$inst/qmp.sock,server=on,wait=off" \
        -audiodev none,id=silent \
        -device virtio-serial-pci -chardev "socket,id=console,path=$inst/console.sock,server=on,wait=off" \
        -device virtconsole,chardev=console
    share_arguments root / ,readonly=on,multidevs=remap
    share_arguments lab "$SHARE" ""
    share_arguments out "$OUT" ,multidevs=remap
    [[ -z $STATE ]] || share_arguments state "$STATE" ""
    cat -- "$INST/gpu-arguments"
}

# run_qemu PREFIX...: becomes QEMU, with its own loader and libraries, this machine's are another release's.
run_qemu() {
    local tree lib program
    tree=$(qemu_entry)/usr
    lib=$tree/lib/x86_64-linux-gnu
    program=${QEMU_PROGRAM:-$tree/bin/qemu-system-x86_64}
    QEMU_MODULE_DIR=$lib/qemu exec "$@" "$lib/ld-linux-x86-64.so.2" --argv0 "${program##*/}" --library-path "$lib" \
        "$program" -L "$tree/share/qemu" -L "$tree/share/seabios" -L "$tree/lib/ipxe/qemu" \
        "${QEMU_ARGS[@]}"
}

# supervise NAME: started in the background by start_instance.
supervise() {
    local lock
    use_instance "$1"
    exec {lock}>"$INST/lock"
    flock -n "$lock" || exit 1
    echo "$$" >"$INST/supervisor.pid"
    SUPERVISED=()
    trap stop_supervised EXIT
    trap 'exit 143' TERM INT HUP
    start_virtual_gpus "$lock" || exit 1
    mapfile -t QEMU_ARGS <"$INST/qemu-arguments"
    (run_qemu setpriv --pdeathsig KILL -- {lock}>&-) >"$INST/qemu.log" 2>&1 {lock}>&- &
    QEMU_PID=$!
    SUPERVISED+=("$QEMU_PID")
    echo "$QEMU_PID" >"$INST/qemu.pid"
    wait "$QEMU_PID"
}

stop_supervised() {
    local pid
    trap '' TERM INT HUP
    # Children of this process only, and it has not waited for them yet: the numbers can't be anybody else's.
    for pid in "${SUPERVISED[@]}"; do
        kill -s KILL "$pid" 2>/dev/null || true
    done
    wait 2>/dev/null
    rm -f -- "$INST"/*.sock "$INST/qemu.pid"
}

# start_instance [PREFIX...]: the prefix runs the supervisor (to tie its life to the caller's).
start_instance() {
    local kernel
    sweep_dead
    with_lock "$LAB_RUN/.lock.$INSTANCE" claim_instance
    kernel=$(host_kernel_entry)
    write_config "$kernel"
    printf '%s\n' "$OUT" >"$INST/out"
    libvirt_cache_entry >"$INST/libvirt-entry"
    gpu_arguments >"$INST/gpu-arguments"
    qemu_arguments "$kernel" >"$INST/qemu-arguments"
    "$@" "$LAB_DIR/lab" _supervise "$INSTANCE" </dev/null >"$INST/supervisor.log" 2>&1 &
    SUPERVISOR=$!
}

# What a run that was killed left: its processes are gone, its folder is not.
sweep_dead() {
    local dir
    for dir in "$LAB_RUN"/run-*/; do
        dir=${dir%/}
        [[ -e $dir/lock ]] || continue
        (use_instance "${dir##*/}" && instance_alive) || rm -rf -- "$dir"
    done
}

claim_instance() {
    ! instance_alive || die "the lab '$INSTANCE' runs already" "lab down --name $INSTANCE, or another --name"
    rm -rf -- "$INST"
    mkdir -- "$INST" || die "cannot create $INST" "set VFIOGPU_LAB_RUN to a folder you can write"
    mkdir -p -- "$OUT" || die "cannot create $OUT"
}

boot_stage() {
    if [[ ! -e $INST/qemu.pid ]]; then
        echo "the virtual GPUs"
    elif [[ -s $SHARE/stage ]]; then
        cat -- "$SHARE/stage"
    else
        echo "the kernel"
    fi
}

wait_ready() {
    local start stage='' next
    start=$(now_ms)
    until [[ -e $SHARE/ready ]]; do
        if ! kill -0 "$SUPERVISOR" 2>/dev/null; then
            boot_failed "the host stopped while starting (${stage:-at once})"
        fi
        next=$(boot_stage)
        [[ $next == "$stage" || -n $QUIET ]] || say "waiting for $next"
        stage=$next
        (($(now_ms) - start < BOOT_TIMEOUT * 1000)) ||
            boot_failed "the host is not up after $BOOT_TIMEOUT s, still waiting for $stage"
        sleep 0.1
    done
    [[ -n $QUIET ]] || say "'$INSTANCE' is up after $((($(now_ms) - start) / 100)) tenths of a second"
}

boot_failed() {
    show_console
    cat -- "$INST"/supervisor.log "$INST"/qemu.log "$INST"/gpu*.log 2>/dev/null | tail -n 20 | sed 's/^/  | /' >&2
    stop_instance kill
    die "$1"
}

supervisor_gone() {
    local limit
    limit=$(($(now_ms) + $1 * 1000))
    while instance_alive; do
        (($(now_ms) < limit)) || return 1
        sleep 0.05
    done
}

# stop_instance [kill]: powers off in order, or at once, and leaves nothing behind.
stop_instance() {
    [[ -d $INST ]] || return 0
    if instance_alive; then
        : >"$SHARE/poweroff"
        if [[ ${1:-} == kill ]] || ! supervisor_gone "$POWEROFF_TIMEOUT"; then
            end_supervisor
        fi
    fi
    keep_libvirt_cache
    [[ ! -s $INST/console.log || ! -d ${OUT:-/nonexistent} ]] || cp -- "$INST/console.log" "$OUT/console.log" || true
    rm -rf -- "$INST" "$LAB_RUN/.lock.$INSTANCE"
}

end_supervisor() {
    local pid
    read -r pid <"$INST/supervisor.pid" || return 0
    kill -s TERM "$pid" 2>/dev/null || true
    supervisor_gone 5 || kill -s KILL "$pid" 2>/dev/null || true
    supervisor_gone 5 || say "the lab '$INSTANCE' does not end (process $pid)"
}

keep_libvirt_cache() {
    local target new=$SHARE/libvirt-cache.new
    [[ -d $new/qemu/capabilities ]] || return 0
    target=$(<"$INST/libvirt-entry")
    [[ ! -e $target ]] || return 0
    mv -T -- "$new" "$target" 2>/dev/null || { cp -a -- "$new" "$target.$$" && mv -T -- "$target.$$" "$target"; } || true
}
