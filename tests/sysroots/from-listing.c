/* SPDX-License-Identifier: GPL-2.0-or-later */

/* from-listing DIR LISTING…: makes DIR/sys of what lspci or a loop over the IOMMU groups printed,
 * so that `vfiogpu --sysroot DIR` reads it. Several listings are of one host, and add up. */

#include "listing.h"
#include "sysroot-write.h"

#include <stdio.h>

int
main(int argc, char **argv)
{
    g_autoptr(Listing) listing = listing_new();
    if (argc < 3) {
        fprintf(stderr, "usage: from-listing DIR LISTING...\n");
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *text = NULL;
        if (!g_file_get_contents(argv[i], &text, NULL, &error)) {
            fprintf(stderr, "%s\n", error->message);
            return 1;
        }
        listing_read(listing, text);
    }
    listing_finish(listing);
    return sysroot_write(listing, argv[1]) ? 0 : 1;
}
