/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Texts of the host's or a guest's as JSON, which must be UTF-8. */

#pragma once

#include <jansson.h>

/* The text with what is not UTF-8 replaced (U+FFFD), or null for NULL; a new reference. */
json_t *vfg_text_to_json(const char *text);
