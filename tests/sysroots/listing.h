/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A host as somebody's terminal showed it: what lspci and the usual loops over the IOMMU groups
 * print, in the spellings that are found in the wild. Test code. */

#pragma once

#include <glib.h>

#define LISTED_CONFIG_MAX 4096

typedef struct {
    int index; /* of the BAR; -1 where the listing does not say, 6 the ROM */
    gboolean io, wide, prefetchable, unassigned;
    guint64 start, size;
} ListedBar;

/* Numbers are -1 where the listing does not say. */
typedef struct {
    guint domain, bus, device, number;
    gboolean shown; /* else only its group is known */
    int class, prog_if, revision;
    int vendor, id, subvendor, subdevice;
    int group, node;
    int secondary, subordinate; /* the buses behind a bridge */
    gboolean forwards_vga;
    gboolean dead; /* its config space reads all ones */
    char *driver;
    char *title; /* what stands where the name does */
    guint8 config[LISTED_CONFIG_MAX];
    gsize config_len;
    GArray *bars; /* of ListedBar */
} Listed;

typedef struct {
    GPtrArray *functions; /* of Listed */
    gboolean tells_drivers;
    gboolean tells_groups;
    int heading;       /* the group whose heading was seen last, or -1 */
    gboolean indented; /* the line that is being read */
    Listed *current;   /* whose lines are being read */
    GArray *branches;  /* of a tree */
    char **columns;    /* of a table */
} Listing;

Listing *listing_new(void);
void listing_free(Listing *listing);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Listing, listing_free)

/* Adds what the text says. A second text about the same host adds to the first. */
void listing_read(Listing *listing, const char *text);

/* The function at an address; made where it is new. */
Listed *listing_at(Listing *listing, guint domain, guint bus, guint device, guint number);

/* Sets ids, revision and so on from the text after the class, "NVIDIA Corporation … [10de:1b80]".
 */
void listing_take_title(Listed *f, const char *title);

/* What follows a function's own line: groups, drivers, BARs, bytes. Unknown lines are passed. */
void listing_take_property(Listing *listing, const char *line);

/* A line of lspci -t. FALSE: it is none. */
gboolean listing_take_branch(Listing *listing, const char *line);

/* A line of lspci -mm or -vmm, of pvesh's table, or of the kernel's log about a function that it
 * found. FALSE: it is none. */
gboolean listing_take_form(Listing *listing, const char *line);

/* Sorts, and fills in what bytes and names say of what was not told. */
void listing_finish(Listing *listing);

/* Class of a name as lspci prints it ("VGA compatible controller"); -1 unknown. */
int class_by_name(const char *name);

/* Class by the name of the device itself, for trees, which show no class. */
int class_by_title(const char *title);

/* Vendor by the start of the device's name; -1 unknown. */
int vendor_by_title(const char *title);

/* The driver that a running Linux most likely has on such a function; NULL for none. */
const char *usual_driver(const Listed *f);
