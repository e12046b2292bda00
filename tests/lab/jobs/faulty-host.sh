#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later

# What check says of a host with several things wrong: interrupts are not remapped; a GPU shares its group with an NVMe drive
# that is mounted, because the root ports above them are functions of one slot and have no ACS; and another GPU falls off the
# bus. Leaves the host's DMAR table in $LAB_OUT. Argument: the installation's prefix. The host:
#   lab run --no-libvirtd --intremap off --gpu tesla-t10 --fault 1:flr-hangs --disk 64 --out OUT \
#       --device ioh3420,id=up1,chassis=40,slot=40,bus=pcie.0,addr=0x1c.0,multifunction=on --device bochs-display,bus=up1 \
#       --device ioh3420,id=up2,chassis=41,slot=41,bus=pcie.0,addr=0x1c.1 --device nvme,drive=disk1,serial=lab,bus=up2 \
#       tests/lab/jobs/faulty-host.sh PREFIX

set -uo pipefail
# shellcheck source=tests/lab/jobs/expect.sh
source "$(dirname "$0")/expect.sh"
vfiogpu=$1/bin/vfiogpu

# address_of VENDOR:DEVICE
address_of() { lspci -Dn -d "$1" | sed -n '1s/ .*//p'; }

gpu=$(address_of 10de:1e37) display=$(address_of 1234:1111)
cat /sys/firmware/acpi/tables/DMAR >"${LAB_OUT:?}/DMAR"

modprobe nvme && modprobe ext4
for ((tries = 0; tries < 100; tries++)); do
    [[ ! -b /dev/nvme0n1 ]] || break
    sleep 0.1
done
drive=$(basename "$(readlink -f /sys/class/nvme/nvme0/device)")
mkdir -p /srv/data
expect "the drive is mounted" 0 "" sh -c "mkfs.ext4 -q /dev/nvme0n1 && mount /dev/nvme0n1 /srv/data"
port=$(basename "$(dirname "$(readlink -f "/sys/bus/pci/devices/$display")")")
before=$(host_state)

expect "interrupts are not remapped" 3 "FAIL +host: interrupts are not remapped.*fix: enable interrupt remapping" "$vfiogpu" check
expect "the drive and its mount are named" 3 "FAIL +$display: its IOMMU group.*$drive \(nvme, /srv/data is mounted from it\)" \
    "$vfiogpu" check "$display"
expect "and the port without ACS" 3 "the bridge $port above it has no ACS" "$vfiogpu" check "$display"
expect "bind is refused" 4 "$drive" "$vfiogpu" bind "$display"
umount /srv/data

# With that fault it falls off the bus after a function level reset: PCI Express Base Specification 4.0, 7.5.3.4.
setpci -s "$gpu" CAP_EXP+8.w=8000:8000
expect "it is off the bus" 0 "ff ff ff ff" od -An -tx1 -N4 "/sys/bus/pci/devices/$gpu/config"
expect "the dead GPU is told" 3 "FAIL +$gpu: it does not answer.*all ones" "$vfiogpu" check "$gpu"
expect "list shows it still" 0 "$gpu" "$vfiogpu" list
expect "and show" 0 "$gpu" "$vfiogpu" show "$gpu"
expect_unchanged "nothing changed on the host" "$before"
conclude
