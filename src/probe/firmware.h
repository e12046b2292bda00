/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the host has to run a UEFI VM with: the emulator and a firmware descriptor. */

#pragma once

#include "host.h"
#include "root.h"

/* Fills arch, emulator and uefi_firmware of the host. Descriptors are those of QEMU's
 * docs/interop/firmware.json, in the directories that libvirt searches
 * (https://libvirt.org/formatdomain.html, "BIOS bootloader"). */
void vfg_probe_firmware(VfgRoot *root, VfgHost *host);
