/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Reads listings: the forms that are made for programs (lspci -mm and -vmm, Proxmox' pvesh), and
 * the kernel's log. */

#include "listing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The number in the last brackets, "GP104 [GeForce GTX 1080] [1b80]"; -1 for none. */
static int
bracketed(const char *text)
{
    unsigned number = 0;
    const char *open = strrchr(text, '[');
    return open && sscanf(open, "[%4x]", &number) == 1 && strlen(open) == 6 ? (int)number : -1;
}

static Listed *
function_at(Listing *listing, const char *text)
{
    unsigned domain = 0, bus = 0, device = 0, number = 0;
    if (sscanf(text, "%x:%x:%x.%x", &domain, &bus, &device, &number) != 4) {
        domain = 0;
        if (sscanf(text, "%x:%x.%x", &bus, &device, &number) != 3)
            return NULL;
    }
    return listing_at(listing, domain, bus, device, number);
}

static void
take_field(Listing *listing, Listed *f, const char *name, const char *value)
{
    int number = bracketed(value);
    if (g_str_equal(name, "Class"))
        f->class = number >= 0 ? number : class_by_name(value);
    else if (g_str_equal(name, "Vendor"))
        f->vendor = number >= 0 ? number : vendor_by_title(value);
    else if (g_str_equal(name, "Device"))
        f->id = number;
    else if (g_str_equal(name, "SVendor"))
        f->subvendor = number;
    else if (g_str_equal(name, "SDevice"))
        f->subdevice = number;
    else if (g_str_equal(name, "Rev"))
        f->revision = (int)strtol(value, NULL, 16);
    else if (g_str_equal(name, "ProgIf"))
        f->prog_if = (int)strtol(value, NULL, 16);
    else if (g_str_equal(name, "NUMANode"))
        f->node = atoi(value);
    else if (g_str_equal(name, "IOMMUGroup"))
        f->group = atoi(value);
    else if (g_str_equal(name, "Driver"))
        f->driver = g_strdup(value);
    listing->tells_groups |= g_str_equal(name, "IOMMUGroup");
    listing->tells_drivers |= g_str_equal(name, "Driver") || g_str_equal(name, "Module");
}

/* lspci -vmm: "Slot:\t01:00.0" begins a function, "Class:\tVGA compatible controller [0300]" and so
 * on follow. */
static gboolean
take_tagged(Listing *listing, const char *line)
{
    const char *colon = strchr(line, ':');
    if (!colon || colon[1] != '\t')
        return FALSE;
    g_autofree char *name = g_strndup(line, (gsize)(colon - line));
    const char *value = colon + 1 + strspn(colon + 1, " \t");
    if (g_str_equal(name, "Slot")) {
        listing->current = function_at(listing, value);
        if (listing->current)
            listing->current->shown = TRUE;
        return listing->current != NULL;
    }
    if (!listing->current)
        return FALSE;
    take_field(listing, listing->current, name, value);
    return TRUE;
}

/* lspci -mm: 01:00.0 "VGA compatible controller [0300]" "NVIDIA Corporation [10de]" "GP104 [1b80]"
 * -ra1 "ASUSTeK [1043]" "Device [8591]" */
static gboolean
take_quoted(Listing *listing, const char *line)
{
    static const char *const names[] = {"Class", "Vendor", "Device", "SVendor", "SDevice"};
    const char *quote = strchr(line, '"'), *blank = strchr(line, ' ');
    g_auto(GStrv) words = NULL;
    guint field = 0;
    if (!quote || !blank || blank + 1 != quote || !g_shell_parse_argv(line, NULL, &words, NULL) ||
        g_strv_length(words) < 4)
        return FALSE;
    Listed *f = function_at(listing, words[0]);
    if (!f)
        return FALSE;
    f->shown = TRUE;
    listing->current = f;
    for (guint i = 1; words[i]; i++) {
        if (g_str_has_prefix(words[i], "-r"))
            take_field(listing, f, "Rev", words[i] + 2);
        else if (g_str_has_prefix(words[i], "-p"))
            take_field(listing, f, "ProgIf", words[i] + 2);
        else if (field < G_N_ELEMENTS(names))
            take_field(listing, f, names[field++], words[i]);
    }
    return TRUE;
}

/* Proxmox, pvesh get /nodes/NODE/hardware/pci: a table whose first line names the columns. */
static gboolean
take_table_row(Listing *listing, const char *line)
{
    if (!strstr(line, "│") && *line != '|')
        return FALSE;
    g_auto(GStrv) cells = g_strsplit(line, strstr(line, "│") ? "│" : "|", -1);
    for (guint i = 0; cells[i]; i++)
        g_strstrip(cells[i]);
    if (g_strv_contains((const char *const *)cells, "iommugroup")) {
        g_strfreev(listing->columns);
        listing->columns = g_steal_pointer(&cells);
        return TRUE;
    }
    Listed *f = NULL;
    for (guint i = 0; listing->columns && listing->columns[i] && cells[i]; i++)
        if (g_str_equal(listing->columns[i], "id"))
            f = function_at(listing, cells[i]);
    for (guint i = 0; f && listing->columns[i] && cells[i]; i++) {
        int hex = (int)strtol(cells[i], NULL, 16);
        const char *name = listing->columns[i];
        f->shown = TRUE;
        if (g_str_equal(name, "class"))
            f->class = hex >> 8;
        else if (g_str_equal(name, "vendor"))
            f->vendor = hex;
        else if (g_str_equal(name, "device"))
            f->id = hex;
        else if (g_str_equal(name, "iommugroup"))
            f->group = atoi(cells[i]);
    }
    listing->tells_groups |= f != NULL;
    return f != NULL;
}

/* "pci 0000:01:00.0: [10de:1b80] type 00 class 0x030000" of the kernel's log. */
static gboolean
take_found(Listing *listing, const char *line)
{
    unsigned vendor = 0, id = 0, class = 0;
    const char *at = strstr(line, "pci ");
    const char *ids = at ? strstr(at, ": [") : NULL;
    const char *code = ids ? strstr(ids, " class 0x") : NULL;
    Listed *f = code ? function_at(listing, at + strlen("pci ")) : NULL;
    if (!f || sscanf(ids, ": [%4x:%4x]", &vendor, &id) != 2 ||
        sscanf(code, " class 0x%6x", &class) != 1)
        return FALSE;
    f->vendor = (int)vendor;
    f->id = (int)id;
    f->class = (int)(class >> 8);
    f->shown = TRUE;
    return TRUE;
}

gboolean
listing_take_form(Listing *listing, const char *line)
{
    return take_found(listing, line) || take_table_row(listing, line) ||
           take_quoted(listing, line) || take_tagged(listing, line);
}
