/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The entry of a fuzz target, as libFuzzer calls it. */

#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
