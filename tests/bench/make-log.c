/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Writes a kernel log of a healthy machine, of so many MiB: what a busy server with an NVIDIA and
 * an AMD GPU says. Mostly lines of the network, of storage, USB, containers and audit; a boot with
 * its PCI lines every 4096 lines. The same arguments give the same log. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOOT_EVERY 4096

/* %u is a number that changes. */
static const char *const lines[] = {
    "audit: type=1400 audit(1700000000.%u:11): apparmor=\"STATUS\" operation=\"profile_load\" "
    "profile=\"unconfined\" name=\"docker-default\" pid=%u comm=\"apparmor_parser\"",
    "docker0: port %u(veth%u) entered forwarding state",
    "veth%u: renamed from eth%u",
    "device veth%u entered promiscuous mode",
    "IPv6: ADDRCONF(NETDEV_CHANGE): veth%u: link becomes ready",
    "overlayfs: upper fs does not support tmpfile, %u",
    "EXT4-fs (sda%u): mounted filesystem with ordered data mode. Quota mode: none. %u",
    "usb 1-%u: new high-speed USB device number %u using xhci_hcd",
    "usb 1-%u: New USB device found, idVendor=0951, idProduct=%u, bcdDevice= 1.10",
    "usb-storage 1-%u:1.0: USB Mass Storage device detected %u",
    "sd %u:0:0:0: [sdb] Write cache: enabled, read cache: enabled, doesn't support DPO or FUA %u",
    "e1000e 0000:00:1f.6 eno%u: NIC Link is Up %u Mbps Full Duplex, Flow Control: Rx/Tx",
    "mlx5_core 0000:5e:00.%u: Rate limit: 127 rates are supported, range: 0Mbps to %uMbps",
    "[UFW BLOCK] IN=eno1 OUT= MAC=01:00:5e SRC=10.0.0.%u DST=224.0.0.1 LEN=36 TTL=1 ID=%u PROTO=2",
    "kvm: SMP vm created on host with unstable TSC; guest TSC will not be reliable %u %u",
    "cgroup: fork rejected by pids controller in /system.slice/docker-%u.scope/%u",
    "perf: interrupt took too long (%u > 2500), lowering kernel.perf_event_max_sample_rate to %u",
    "nvme nvme%u: %u/0/0 default/read/poll queues",
    "systemd[1]: Started session-%u.scope - Session %u of User root.",
    "TCP: request_sock_TCP: Possible SYN flooding on port %u. Sending cookies.  Check SNMP %u",
};

static const char *const boot[] = {
    "pci 0000:%02x:00.0: [8086:1572] type 00 class 0x020000 PCIe Endpoint",
    "pci 0000:%02x:00.0: BAR 0 [mem 0xfb000000-0xfb7fffff 64bit pref]",
    "pci 0000:%02x:00.0: PME# supported from D0 D3hot D3cold",
    "pci 0000:%02x:00.0: Adding to iommu group 41",
    "pci 0000:00:01.0: PCI bridge to [bus %02x]",
    "pci 0000:82:00.0: [10de:1e37] type 00 class 0x030200 PCIe Endpoint %u",
    "nvidia 0000:82:00.0: enabling device (0140 -> 0142) %u",
    "NVRM: loading NVIDIA UNIX x86_64 Kernel Module  570.86.15  Thu Jan 23 23:23:%02u UTC 2025",
    "[drm] [nvidia-drm] [GPU ID 0x00008200] Loading driver %u",
    "amdgpu 0000:c1:00.0: amdgpu: VRAM: 65520M 0x0000008000000000 - %u",
    "amdgpu 0000:c1:00.0: amdgpu: SMU is initialized successfully! %u",
};

static uint32_t
draw(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

int
main(int argc, char **argv)
{
    unsigned long long wanted = argc > 1 ? strtoull(argv[1], NULL, 10) << 20 : 1 << 20, written = 0;
    uint64_t state = 1;
    char message[512], line[640];
    for (unsigned long long n = 0; written < wanted; n++) {
        uint32_t a = draw(&state), b = draw(&state);
        size_t in_boot = n % BOOT_EVERY;
        const char *form = in_boot < sizeof boot / sizeof *boot
                               ? boot[in_boot]
                               : lines[a % (sizeof lines / sizeof *lines)];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(message, sizeof message, form, b % 60, a % 100000);
#pragma GCC diagnostic pop
        int len = snprintf(line, sizeof line, "[%6llu.%06u] %s\n", n / 50, a % 1000000, message);
        if (fwrite(line, 1, (size_t)len, stdout) != (size_t)len)
            return 1;
        written += (size_t)len;
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
