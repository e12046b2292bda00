/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which rule an image of OVMF has for its 64-bit window. */

#pragma once

#include "sizing.h"

/* An image larger than this is not looked at; OVMF's largest is 4 MiB. */
#define VFG_OVMF_IMAGE_MAX (16U << 20)

/* What the module PlatformPei in the image's compressed PEI volume tells:
 * VFG_OVMF_FRACTION where it bears the mark of edk2's commits 8f9ef9c9a0 to ecb778d0ac (7 October
 * 2022, one series), which brought the dynamic window; VFG_OVMF_UNKNOWN for anything else, damaged
 * images included. At most 1 MiB is unpacked, whatever the image says. */
VfgOvmfRule vfg_ovmf_image_recognise(const guint8 *image, gsize len) G_GNUC_WARN_UNUSED_RESULT;
