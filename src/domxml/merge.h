/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Merging the <libvirt> element of a vmdef into a domain. */

#pragma once

#include "xml.h"

/* Merges the children of `fragment` into the element `domain`. An element that the domain has
 * already (same name, and same `name` attribute where it has one) is merged: attributes replace,
 * children merge in turn; text replaces text. All else is appended, and children of <devices>
 * always are: a device is never merged with another. */
void vfg_merge_fragment(xmlNode *domain, xmlNode *fragment);
