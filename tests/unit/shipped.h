/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The knowledge that is shipped, for tests of what uses it; and what its findings say. */

#pragma once

#include "catalogue.h"
#include "gpu-generation.h"

/* The texts of data/findings.d, the generations of data/gpus.d. The caller frees them. */
VfgCatalogue *shipped_catalogue(void);
VfgGpuGenerations *shipped_generations(void);

/* "id: title" a line. Fails where a text has a placeholder left. The caller frees it. */
char *describe_findings(const GPtrArray *findings);
