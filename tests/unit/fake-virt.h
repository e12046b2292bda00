/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A libvirt in memory: the functions of src/virt/virt.h over a table of domains, linked in place of
 * the real ones. What is asked of it can be made to fail or to have no known outcome. */

#pragma once

#include "virt.h"

typedef enum {
    FAKE_VIRT_GOOD,
    FAKE_VIRT_FAILS,      /* an error, nothing happened */
    FAKE_VIRT_HALF,       /* it happened, and no answer came in time */
    FAKE_VIRT_GONE,       /* no answer came in time, and none comes to anything from then on */
    FAKE_VIRT_EDITED,     /* it happened, and somebody changed the definition meanwhile */
    FAKE_VIRT_DIES_AFTER, /* it happened; the emulator is dead the next time somebody looks */
} FakeVirtFault;

VfgVirt *fake_virt_new(void);

/* "define", "undefine", "boot", "destroy" or "reads" goes so from now on. */
void fake_virt_set_fault(VfgVirt *virt, const char *what, FakeVirtFault fault);

/* All is well again, libvirtd included. */
void fake_virt_heal(VfgVirt *virt);

/* A domain that somebody else defined. */
void fake_virt_put(VfgVirt *virt, const char *name, const char *xml, VfgDomainState state);

/* The guest shuts itself down. */
void fake_virt_shut_down(VfgVirt *virt, const char *name);

/* "NAME STATE LENGTH-OF-XML" of each domain, a line each, by name. The caller frees it. */
char *fake_virt_describe(VfgVirt *virt);
