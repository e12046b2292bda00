/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A fake kernel: a directory tree that looks like /sys of a host with PCI functions and drivers,
 * and what the kernel does when bind, unbind and driver_override are written. Its state is the tree
 * (the `driver` links), since vfiogpu writes from child processes. The rules are those of
 * drivers/base/bus.c (bind_store, unbind_store), drivers/pci/pci-driver.c (pci_match_device) and
 * drivers/base/driver.c (driver_set_override) of Linux 6.1.
 *
 * Operations can be made to fail. One is named "bind ADDRESS DRIVER", "unbind ADDRESS" or
 * "override ADDRESS"; modprobe's is "modprobe". */

#pragma once

#include "root.h"
#include "temp-tree.h"

typedef struct {
    TempTree *tree;
    VfgRoot *root;
} FakeKernel;

typedef enum {
    FAKE_EBUSY,
    FAKE_EINVAL,
    FAKE_ENODEV,
    FAKE_ENOMEM,
    FAKE_EIO,
    FAKE_NOTHING,    /* says that it worked, and nothing happened */
    FAKE_HALF,       /* it happened, but an error came back */
    FAKE_HANG,       /* does not return, nothing happened */
    FAKE_SLOW,       /* happens, after a second */
    FAKE_LATE,       /* does not return in time; happens after 7 s, and no signal stops it */
    FAKE_DIE_BEFORE, /* the whole program is killed before it happens */
    FAKE_DIE_AFTER,  /* and after */
} FakeFault;

/* A kernel without functions. The programs that vfiogpu runs on it (modprobe) are fakes too: PATH
 * names them first from now on. */
FakeKernel *fake_kernel_new(void);
void fake_kernel_free(FakeKernel *kernel);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FakeKernel, fake_kernel_free)

/* Adds a loaded driver; vfio-pci with its module. */
void fake_kernel_add_driver(const FakeKernel *kernel, const char *driver);

/* Adds a function. `drivers` are those whose id tables have it, blank-separated; the first one has
 * it bound. "" for none. */
void fake_kernel_add_function(const FakeKernel *kernel, const char *address, const char *ids,
                              guint class, const char *drivers, int group);

/* The operation fails from now on, or only the next time. */
void fake_kernel_fail(const FakeKernel *kernel, const char *operation, FakeFault fault,
                      gboolean once);

/* From now on an unbind returns only when `n` of them are under way at once; where that never comes
 * it fails with EBUSY. */
void fake_kernel_gather_unbinds(const FakeKernel *kernel, guint n);

/* No operation fails any more. */
void fake_kernel_heal(const FakeKernel *kernel);

/* A function is pulled out. */
void fake_kernel_unplug(const FakeKernel *kernel, const char *address);

/* A process, "pipewire" of user 1000, has the control file of the function's sound card open. A
 * driver that hangs removes the card's device files first, as snd_card_free does. */
void fake_kernel_hold_sound(const FakeKernel *kernel, const char *address, int pid);

/* A driver hangs in the function: its driver_override does not answer (a pipe without a writer)
 * until it is unjammed, and then says `override`. */
void fake_kernel_jam(const FakeKernel *kernel, const char *address);
void fake_kernel_unjam(const FakeKernel *kernel, const char *address, const char *override);

/* "ADDRESS DRIVER OVERRIDE" of each function, by address, a line each; "-" for none; then the
 * screen where there is one (fake-screen.h). The caller frees it. */
char *fake_kernel_state(const FakeKernel *kernel);

/* The operations since the start, a line each, whether or not they worked. The caller frees it. */
char *fake_kernel_log(const FakeKernel *kernel);
