/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What is wanted of a guest: the <guest> of a VM definition, and the body of the messages configure
 * and provision (docs/PROTOCOL.md). */

#pragma once

#include "message-field.h"

#define VFG_CONFIGURE_MAX_ARGS 32

/* A kernel argument and when it is wanted. */
typedef struct {
    char *text;
    char *policy; /* "always", "auto" or "never" */
} VfgConfigureArg;

typedef struct {
    char *profile;          /* "cuda", …, "none" */
    GPtrArray *kernel_args; /* of VfgConfigureArg */
    char *source;           /* of the packages: "nvidia", "distribution"; NULL: the guest decides */
    char *mirror;           /* URL in place of NVIDIA's repositories, or NULL */
    char *fingerprint;      /* of the key that the mirror is signed with, or NULL: NVIDIA's own */
} VfgConfigure;

/* The names of the profiles, "none" first, and of the sources of packages; NULL-terminated, static.
 */
const char *const *vfg_configure_profiles(void);
const char *const *vfg_configure_sources(void);

/* Profile "none", nothing else. */
VfgConfigure *vfg_configure_new(void);
void vfg_configure_free(VfgConfigure *configure);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VfgConfigure, vfg_configure_free)

void vfg_configure_add_arg(VfgConfigure *configure, const char *text, const char *policy);

/* The arguments of one policy, to be freed by the caller; the texts stay the configure's. */
GPtrArray *vfg_configure_args(const VfgConfigure *configure, const char *policy);

/* The body from a message's fields, and back into its object. Texts over 256 bytes are refused, and
 * so is the profile "none": of such a guest nothing is asked. */
VfgConfigure *vfg_configure_from_fields(VfgFields fields, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void vfg_configure_add_to_json(const VfgConfigure *configure, json_t *json);
