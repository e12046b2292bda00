/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Fuzz target: an image of OVMF. With clang: -fsanitize=fuzzer,address,undefined; without it
 * fuzz-main.c runs the corpus. */

#include "fuzz.h"

#include "ovmf-image.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    VfgOvmfRule rule = vfg_ovmf_image_recognise(data, size);
    g_assert_true(rule == VFG_OVMF_UNKNOWN || rule == VFG_OVMF_FRACTION);
    return 0;
}
