# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash

# The devices that the host is given: virtual GPUs, each function a process of its own that QEMU reaches over vfio-user,
# and where they sit. A GPU has a root port, thus an IOMMU group, of its own; GPU+PEER puts both behind one PCIe-to-PCI
# bridge, which makes one group of them.

PROFILES=${VFIOGPU_LAB_PROFILES:-$LAB_DIR/virtual-gpu/profiles}
FIRST_SLOT=16  # of the root ports: lower ones are QEMU's own, and amd-iommu wants them there

virtual_gpu_program() {
    local file
    for file in "${VFIOGPU_VIRTUAL_GPU:-}" "$(build_dir)/tests/lab/virtual-gpu/virtual-gpu" "$(build_dir)/virtual-gpu"; do
        [[ -z $file || ! -x $file ]] || { printf '%s\n' "$file"; return; }
    done
    die "the program virtual-gpu is not built" "make in the build directory, and name it with VFIOGPU_BUILD when it is not $LAB_TREE/build"
}

profile_file() {
    [[ $1 =~ ^[A-Za-z0-9_.-]+$ && -e $PROFILES/$1.ini ]] || return
    printf '%s\n' "$PROFILES/$1.ini"
}

# The functions of a profile: its groups [function N].
profile_functions() {
    sed -nE 's/^[[:space:]]*\[function[ .:]?([0-7])\][[:space:]]*$/\1/p' "$1" | sort -un
}

check_gpus() {
    local spec part
    for spec in "${GPUS[@]}"; do
        while IFS= read -r part; do
            [[ $part == qemu:?* ]] || profile_file "$part" >/dev/null ||
                usage_error "no profile '$part'; there are: $(profile_names)"
        done < <(tr + '\n' <<<"$spec")
    done
    for spec in "${FAULTS[@]}"; do
        [[ $spec =~ ^[0-9]+(\.[0-7])?:.+ ]] || usage_error "--fault $spec: N[.F]:NAME[=VALUE] is wanted"
        ((${spec%%[.:]*} >= 1 && ${spec%%[.:]*} <= ${#GPUS[@]})) || usage_error "--fault $spec: there is no --gpu number ${spec%%[.:]*}"
    done
}

profile_names() {
    local file names=()
    for file in "$PROFILES"/*.ini; do
        file=${file##*/}
        names+=("${file%.ini}")
    done
    printf '%s' "${names[*]}"
}

# faults_of GPU FUNCTION: those given for the function, and those given for the GPU go to its function 0.
faults_of() {
    local fault where
    for fault in "${FAULTS[@]}"; do
        where=${fault%%:*}
        [[ $where == *.* ]] || where=$where.0
        [[ $where != "$1.$2" ]] || printf '\t%s' "${fault#*:}"
    done
}

# vfio_user_argument SOCKET BUS SLOT FUNCTION MULTIFUNCTION: as JSON, the only form for a socket's address.
vfio_user_argument() {
    local path=${1//\\/\\\\}
    printf '{"driver":"vfio-user-pci","socket":{"type":"unix","path":"%s"},"bus":"%s","addr":"%s.%s","multifunction":%s}' \
        "${path//\"/\\\"}" "$2" "$3" "$4" "$5"
}

# device_arguments PART NUMBER NAME BUS SLOT: QEMU's arguments for one device, and its processes' lines in the file "gpus".
device_arguments() {
    local part=$1 number=$2 name=$3 bus=$4 slot=$5 file function functions socket multifunction=false
    if [[ $part == qemu:* ]]; then
        printf '%s\n' -device "${part#qemu:},bus=$bus,addr=$slot"
        return
    fi
    file=$(profile_file "$part")
    functions=$(profile_functions "$file")
    [[ -n $functions ]] || die "$file has no function"
    [[ $functions != *$'\n'* ]] || multifunction=true
    for function in $functions; do
        socket=$INST/$name.$function.sock
        printf '%s\t%s\t%s%s\n' "$socket" "$file" "$function" "$(faults_of "$number" "$function")" >>"$INST/gpus"
        printf '%s\n' -device "$(vfio_user_argument "$socket" "$bus" "$slot" "$function" "$multifunction")"
    done
}

gpu_arguments() {
    local number=0 spec parts part slot
    : >"$INST/gpus"
    for spec in "${GPUS[@]}"; do
        number=$((number + 1))
        IFS=+ read -ra parts <<<"$spec"
        if ((${#parts[@]} == 1)); then
            printf '%s\n' -device "pcie-root-port,id=slot$number,chassis=$number,slot=$number,bus=pcie.0,addr=$(hex_slot "$number")"
            device_arguments "$spec" "$number" "gpu$number" "slot$number" 0
            continue
        fi
        printf '%s\n' -device "pcie-pci-bridge,id=slot$number,bus=pcie.0,addr=$(hex_slot "$number")"
        slot=0
        for part in "${parts[@]}"; do
            slot=$((slot + 1))
            # Faults are the GPU's, which is the first.
            device_arguments "$part" "$((slot == 1 ? number : 0))" "gpu$number-$slot" "slot$number" "$slot"
        done
    done
    for part in "${DEVICES[@]}"; do
        printf '%s\n' -device "$part"
    done
}

hex_slot() { printf '0x%x' "$((FIRST_SLOT + $1 - 1))"; }

# start_virtual_gpus LOCK: in the supervisor; returns when each has its socket.
start_virtual_gpus() {
    local lock=$1 program socket file function faults fault arguments
    [[ -s $INST/gpus ]] || return 0
    program=$(virtual_gpu_program)
    while IFS=$'\t' read -r socket file function faults; do
        arguments=(--socket "$socket" --profile "$file" --function "$function")
        while IFS= read -r fault; do
            [[ -z $fault ]] || arguments+=(--fault "$fault")
        done < <(tr '\t' '\n' <<<"$faults")
        setpriv --pdeathsig KILL -- "$program" "${arguments[@]}" >"${socket%.sock}.log" 2>&1 {lock}>&- &
        SUPERVISED+=("$!")
    done <"$INST/gpus"
    wait_sockets
}

wait_sockets() {
    local socket rest tries
    while IFS=$'\t' read -r socket rest; do
        for ((tries = 0; tries < 200; tries++)); do
            [[ ! -S $socket ]] || continue 2
            sleep 0.05
        done
        say "${socket##*/} of a virtual GPU did not appear in 10 s"
        return 1
    done <"$INST/gpus"
}
