/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The part of test-virtual-gpu-protocol that is about the connection itself. */

#pragma once

/* Adds its tests to the program's. */
void vfg_vgpu_test_connection_add(void);
