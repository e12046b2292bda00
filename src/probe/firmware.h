/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the host has to run a UEFI VM with: the emulator and a firmware descriptor. */

#pragma once

#include "host.h"
#include "root.h"
#include "sizing.h"

/* Fills arch, emulator and uefi_firmware of the host. Descriptors are those of QEMU's
 * docs/interop/firmware.json, in the directories that libvirt searches
 * (https://libvirt.org/formatdomain.html, "BIOS bootloader"). */
void vfg_probe_firmware(VfgRoot *root, VfgHost *host);

/* The rule by which the firmware sizes its 64-bit window in a q35 guest, read off the images of all
 * descriptors that libvirt may choose from: VFG_OVMF_UNKNOWN unless every one is recognised
 * (src/probe/ovmf-image), so that the choice need not be known. Takes some 10 ms an image, so ask
 * only for a VM that needs it. A snapshot has no images, and none is read through a root that
 * records one. */
VfgOvmfRule vfg_probe_ovmf_rule(VfgRoot *root, const char *arch) G_GNUC_WARN_UNUSED_RESULT;
