/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Making a VM's disk from its base image. */

#pragma once

#include "app.h"
#include "vmdef.h"

/* Copies the base image to the disk's file with qemu-img and grows it to its size. The file appears
 * whole or not at all. */
gboolean vfg_app_create_disk(const VfgApp *app, const VfgVmdefDisk *disk,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
