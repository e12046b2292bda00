/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The system that is provisioned: read from a root, or told for a dry run. */

#pragma once

#include "pci-function.h"
#include "root.h"

typedef enum {
    VFG_SECURE_BOOT_OFF,
    VFG_SECURE_BOOT_ON,
    VFG_SECURE_BOOT_UNKNOWN, /* no EFI, or its variables can't be read */
} VfgSecureBoot;

typedef struct {
    char *os_id;       /* ID of os-release(5), "linux" where there is none */
    char *os_version;  /* VERSION_ID or "" */
    char *os_variant;  /* VARIANT_ID or "" */
    char *os_codename; /* VERSION_CODENAME or "" */
    char *os_name;     /* PRETTY_NAME */
    char *arch;        /* "x86_64", "aarch64" */
    char *kernel;      /* release of the running kernel; "$KERNEL" where it isn't known */
    VfgSecureBoot secure_boot;
    gboolean nouveau; /* its module is loaded */
    char *cmdline;    /* of the running kernel, or NULL */
    GPtrArray *gpus;  /* VfgPciFunction, by address */
} VfgSystem;

/* Reads `root`. What is not NULL overrides: an os-release file's text, `uname -m`, `uname -r`.
 * Where `live` is not set, nothing of the machine that runs this is used. */
VfgSystem *vfg_system_read(VfgRoot *root, gboolean live, const char *os_release, const char *arch,
                           const char *kernel);
void vfg_system_free(VfgSystem *system);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgSystem, vfg_system_free)

/* Adds a GPU by its ids, "10de:1e37", as if it were there; for a dry run. */
gboolean vfg_system_add_gpu(VfgSystem *system, const char *ids,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The Secure Boot state by the variable SecureBoot of the EFI global namespace (UEFI 2.10, section
 * 3.3): efivarfs gives four bytes of attributes, then one byte, 1 where it is on. */
VfgSecureBoot vfg_secure_boot_read(VfgRoot *root);
