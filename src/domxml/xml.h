/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Small helpers over libxml2, shared by the files of this folder. */

#pragma once

#include <glib.h>
#include <libxml/tree.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlDoc, xmlFreeDoc)

/* Parses untrusted bytes: no network, no entities, no DTD (a document with one is refused), bounded
 * depth. Errors name `file` and the line. */
xmlDoc *vfg_xml_parse(const char *bytes, gsize len, const char *file,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* An attribute as a glib string, or NULL. The caller frees it. */
char *vfg_xml_attribute(xmlNode *node, const char *name);

/* The text of an element without the blanks around it. The caller frees it. */
char *vfg_xml_text(xmlNode *node);

/* Whether the node is an element of that name. */
gboolean vfg_xml_is(const xmlNode *node, const char *name);

/* The first child element of that name, or NULL. */
xmlNode *vfg_xml_child(xmlNode *parent, const char *name);

/* Appends an element with attributes, given as name–value pairs ended by NULL; a pair whose value
 * is NULL is left out. */
xmlNode *vfg_xml_add(xmlNode *parent, const char *name, ...) G_GNUC_NULL_TERMINATED;

/* Appends an element that holds a text (escaped as needed). */
xmlNode *vfg_xml_add_text(xmlNode *parent, const char *name, const char *text);
