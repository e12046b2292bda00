/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Fuzz target: a key file that came over the network. With clang:
 * -fsanitize=fuzzer,address,undefined; without it fuzz-main.c runs the corpus. */

#include "fuzz.h"

#include "openpgp.h"

#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) found = vfg_openpgp_fingerprints((const char *)data, size, &error);
    static const char *const pinned[] = {NULL};
    g_assert_true((found != NULL) == (error == NULL));
    for (guint i = 0; found && found[i]; i++) {
        g_assert_cmpuint(strlen(found[i]), ==, 40);
        g_assert_cmpuint(strspn(found[i], "0123456789ABCDEF"), ==, 40);
    }
    /* Nothing is trusted where nothing is pinned. */
    g_assert_false(vfg_openpgp_check((const char *)data, size, pinned, "fuzz", NULL));
    return 0;
}
