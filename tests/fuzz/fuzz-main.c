/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A main for fuzz targets where libFuzzer is not linked: runs the target once for each file named,
 * so that corpora run in make check. */

#include "fuzz.h"

#include <glib.h>

int
main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *bytes = NULL;
        gsize len = 0;
        if (!g_file_get_contents(argv[i], &bytes, &len, &error)) {
            g_printerr("%s\n", error->message);
            return 1;
        }
        /* A copy of the exact size, so that a sanitizer sees a read beyond it. */
        g_autofree uint8_t *exact = g_memdup2(bytes, len);
        LLVMFuzzerTestOneInput(exact, len);
    }
    g_print("%d inputs\n", argc - 1);
    return argc > 1 ? 0 : 1;
}
