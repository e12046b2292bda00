/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The host's screen on a fake kernel: the firmware's framebuffer and the virtual terminals on it.
 * Operations are named "console vtconN" and "framebuffer DEVICE". */

#pragma once

#include "fake-kernel.h"

#define FAKE_FRAMEBUFFER "efi-framebuffer.0"

/* Makes a function the boot display, with terminals shown through the firmware's framebuffer. */
void fake_screen_add(const FakeKernel *kernel, const char *address);

/* The kernel removes the framebuffer for good (drivers/firmware/sysfb.c, sysfb_disable). */
void fake_screen_drop_framebuffer(const FakeKernel *kernel);

/* The name of the operation that a write is, NULL where it is none on a screen; the caller frees
 * it. */
char *fake_screen_name_write(const char *path, const char *text);

/* What the write does. */
gboolean fake_screen_write(const FakeKernel *kernel, const char *path, const char *text,
                           GError **error);

/* Appends a line for each framebuffer and terminal driver. */
void fake_screen_append_state(const FakeKernel *kernel, GString *out);
