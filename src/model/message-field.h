/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Fields of a JSON object that came from a peer: each reader gives a value of its type and within
 * its bounds, or an error that names the object and the field. Used by the decoders of messages. */

#pragma once

#include "pci-address.h"

#include <jansson.h>

/* A JSON object under inspection and how errors call it: "hello", "status: GPU 2, BAR 0". */
typedef struct {
    const json_t *json;
    const char *shown;
} VfgFields;

/* Sets the error "<shown>: '<key>' must be <wanted>"; gives FALSE for the caller to pass on. */
gboolean vfg_field_refuse(VfgFields fields, const char *key, const char *wanted, GError **error);

/* The text of a field, at most `max` bytes, owned by the JSON; NULL with the error set. */
const char *vfg_field_text(VfgFields fields, const char *key, gsize max,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same as a copy in *ret, which the caller frees. */
gboolean vfg_field_copy(VfgFields fields, const char *key, gsize max, char **ret,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* As vfg_field_copy; null gives NULL, an empty text is refused. `wanted` is for the error. */
gboolean vfg_field_copy_or_null(VfgFields fields, const char *key, gsize max, const char *wanted,
                                char **ret, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A name: 1 to 64 letters, digits and '-', a copy in *ret. */
gboolean vfg_field_name(VfgFields fields, const char *key, char **ret,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

gboolean vfg_field_number(VfgFields fields, const char *key, guint64 min, guint64 max, guint64 *ret,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

gboolean vfg_field_flag(VfgFields fields, const char *key, gboolean *ret,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* An id or a class: exactly four hexadecimal digits. */
gboolean vfg_field_hex4(VfgFields fields, const char *key, guint16 *ret,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* One of `names` (NULL-terminated); its index is put into *ret. */
gboolean vfg_field_choice(VfgFields fields, const char *key, const char *const *names,
                          const char *wanted, guint *ret, GError **error) G_GNUC_WARN_UNUSED_RESULT;

gboolean vfg_field_address(VfgFields fields, const char *key, VfgPciAddress *ret,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Sets a text in a JSON object, "" for NULL. Text that is not UTF-8 is left out: the decoder finds
 * it missing. */
void vfg_field_set_text(json_t *json, const char *key, const char *text);
