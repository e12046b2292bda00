/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which entries of the error catalogue a line is. Keeps nothing from line to line; what needs the
 * lines before (addresses, causes, counts) is diagnoser.h's business. */

#pragma once

#include "error-catalogue.h"
#include "literals.h"
#include "log-line.h"
#include "pci-address.h"

/* A line is at most so many entries; of each class it is only the first one of the catalogue. */
#define VFG_MATCHES_MAX 8

/* Bytes of a line that are looked at, from a literal's neighbourhood on where it is longer. */
#define VFG_LINE_MAX 4096

typedef struct {
    const VfgErrorEntry
        *entry;           /* the catalogue's; a form's refinement for the code where it has one */
    VfgSeverity severity; /* with the entry's conditions */
    gboolean has_address;
    VfgPciAddress address;
    gboolean has_buses; /* of a bridge */
    guint8 from;
    guint8 to;
    char code[48];     /* "140", "0x62:0x40:2521"; "" where there is none */
    char driver[32];   /* that the line names as the device's: "vfio-pci"; "" where it names none */
    char process[64];  /* raw bytes of the log, as all of these */
    char counters[96]; /* "DRAM:1, LTC:0" */
} VfgMatch;

typedef struct VfgMatcher VfgMatcher;

/* A matcher for a catalogue, which must outlive it and change no more. */
VfgMatcher *vfg_matcher_new(const VfgErrorCatalogue *catalogue);
void vfg_matcher_free(VfgMatcher *matcher);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgMatcher, vfg_matcher_free)

/* The matches of one line, stamps and all, without its line feed; gives how many. *ret_line, which
 * may be NULL, is what stands before the message. */
guint vfg_matcher_match(const VfgMatcher *matcher, const char *line, gsize len,
                        VfgMatch ret[VFG_MATCHES_MAX], VfgLogLine *ret_line);

/* Where in a text the next line that may match has its literal; `len` for none. For going through
 * megabytes quickly: lines in which there is none need not be matched. */
gsize vfg_matcher_next(const VfgMatcher *matcher, const char *text, gsize len, gsize from);
