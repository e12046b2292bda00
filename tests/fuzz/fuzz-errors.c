/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Fuzz target: bytes as a file of the error catalogue. What is taken is complete enough to be used;
 * what is refused is refused with the file's name and a line. */

#include "diagnoser.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(VfgErrorCatalogue) catalogue = vfg_error_catalogue_new();
    g_autoptr(GError) error = NULL;
    if (!vfg_error_catalogue_add(catalogue, "f", (const char *)data, size, &error)) {
        g_assert_true(g_str_has_prefix(error->message, "f:"));
        return 0;
    }
    (void)!vfg_error_catalogue_check(catalogue, NULL);
    g_autoptr(VfgMatcher) matcher = vfg_matcher_new(catalogue);
    for (guint i = 0; i < vfg_error_catalogue_len(catalogue); i++) {
        const VfgErrorEntry *entry = vfg_error_catalogue_get(catalogue, i);
        for (guint j = 0; j < entry->examples->len; j++) {
            const char *example = g_ptr_array_index(entry->examples, j);
            VfgMatch matches[VFG_MATCHES_MAX];
            vfg_matcher_match(matcher, example, strlen(example), matches, NULL);
        }
    }
    return 0;
}
