/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The shipped error catalogue, for tests. */

#pragma once

#include "error-catalogue.h"

/* All of data/errors.d of the source tree, checked; fails the test where it is bad. */
VfgErrorCatalogue *vfg_test_load_errors(void);
