/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Turns folded matches into a diagnosis: which of them explains which. */

#pragma once

#include "devices.h"
#include "diagnoser.h"
#include "fold.h"

VfgDiagnosis *vfg_explain(const VfgFold *fold, const VfgDevices *devices, VfgSide side);
