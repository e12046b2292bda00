/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Finding a name in the text of pci.ids (https://pci-ids.ucw.cz/, "The format of the PCI ID list").
 * The table is searched, not read in: a host asks for a handful of its 40,000 names. */

#pragma once

#include <glib.h>

/* The name of a vendor, or of one of its devices; NULL where the table has none. The caller frees
 * it. */
char *vfg_pci_ids_vendor(const char *table, gsize len, guint16 vendor);
char *vfg_pci_ids_device(const char *table, gsize len, guint16 vendor, guint16 device);
