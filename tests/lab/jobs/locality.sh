#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later

# A guest's memory and vCPUs are put on the NUMA node of its GPU, in that node's huge pages, by a real libvirt and kernel. Run by
# hand in a host with two nodes: lab run --kernel-arg numa=fake=2 tests/lab/jobs/locality.sh PREFIX

set -uo pipefail
# shellcheck source=tests/lab/jobs/expect.sh
source "$(dirname "$0")/expect.sh"
vfiogpu=$1/bin/vfiogpu
node=/sys/devices/system/node/node1
pages=$node/hugepages/hugepages-2048kB
gpu=$("$vfiogpu" list --json | jq -r '.gpus[0].address')

# As a firmware would say it; root may.
echo 1 >"/sys/bus/pci/devices/$gpu/numa_node"

# mapped: how much of the guest's memory its QEMU has in pages of node 1, as "N1=COUNT", and of which size.
mapped() {
    sed -n 's/.*memfd.* \(N[0-9=N ]*\) kernelpagesize_kB=\([0-9]*\).*/\1 \2/p' "/proc/$(pgrep -f guest=d2l)/numa_maps"
}

expect "near its GPU, in ordinary pages" 0 "PASS +d2l: its memory and vCPUs are put on NUMA node 1" "$vfiogpu" check d2l -v
expect "libvirt is told so" 0 "<vcpu placement=\"static\" cpuset=\"$(<"$node/cpulist")\">1</vcpu>.*mode=\"strict\" nodeset=\"1\"" \
    "$vfiogpu" dumpxml d2l
echo 300 >"$pages/nr_hugepages"
expect "huge pages are there" 0 "^300" cat "$pages/free_hugepages"
expect "and used" 0 "PASS +d2l: its memory is taken from huge pages of 2 MiB" "$vfiogpu" check d2l -v
expect "the guest starts" 0 "" "$vfiogpu" start d2l --wait=agent --timeout 400
expect "its 512 MiB are that node's huge pages" 0 "^N1=256 2048" mapped
expect "the node has given them" 0 "^44" cat "$pages/free_hugepages"
expect "it stops" 0 "" "$vfiogpu" stop d2l
expect "and has given them back" 0 "^300" cat "$pages/free_hugepages"

echo 200 >"$pages/nr_hugepages"
sed 's/<memory /&hugepages="yes" /; s/name="d2l"/name="huge"/' /etc/vfiogpu/vmdefs/d2l.xml >/tmp/huge.xml
expect "a VM that wants more than there are" 0 "" "$vfiogpu" define /tmp/huge.xml
expect "is refused" 1 "there are not enough huge pages for it" "$vfiogpu" start huge
conclude
