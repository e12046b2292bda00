/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Merging the <libvirt> element of a vmdef into a domain. */

#include "merge.h"

#include <string.h>

static gboolean
same_namespace(const xmlNode *a, const xmlNode *b)
{
    return g_strcmp0(a->ns ? (const char *)a->ns->href : NULL,
                     b->ns ? (const char *)b->ns->href : NULL) == 0;
}

static gboolean
is_same_element(xmlNode *a, xmlNode *b)
{
    if (a->type != XML_ELEMENT_NODE || !g_str_equal((const char *)a->name, (const char *)b->name) ||
        !same_namespace(a, b))
        return FALSE;
    g_autofree char *left = vfg_xml_attribute(a, "name");
    g_autofree char *right = vfg_xml_attribute(b, "name");
    return g_strcmp0(left, right) == 0;
}

static xmlNode *
find_same(xmlNode *parent, xmlNode *wanted)
{
    for (xmlNode *node = parent->children; node; node = node->next)
        if (is_same_element(node, wanted))
            return node;
    return NULL;
}

static gboolean
has_elements(const xmlNode *node)
{
    for (const xmlNode *child = node->children; child; child = child->next)
        if (child->type == XML_ELEMENT_NODE)
            return TRUE;
    return FALSE;
}

/* With its namespace, which the element may not know yet. */
static void
merge_attribute(xmlNode *into, const xmlAttr *attribute)
{
    xmlChar *value = xmlNodeListGetString(attribute->doc, attribute->children, 1);
    xmlNs *ns = NULL;
    if (attribute->ns) {
        ns = xmlSearchNsByHref(into->doc, into, attribute->ns->href);
        if (!ns || !ns->prefix) /* an attribute's needs a prefix */
            ns = xmlNewNs(xmlDocGetRootElement(into->doc), attribute->ns->href,
                          attribute->ns->prefix);
        if (!ns) /* the prefix means something else there */
            ns = xmlNewNs(into, attribute->ns->href, attribute->ns->prefix);
    }
    xmlSetNsProp(into, ns, attribute->name, value ? value : BAD_CAST "");
    xmlFree(value);
}

static void merge_children(xmlNode *into, xmlNode *from);

static void
merge_element(xmlNode *into, xmlNode *from)
{
    for (const xmlAttr *attribute = from->properties; attribute; attribute = attribute->next)
        merge_attribute(into, attribute);
    if (!has_elements(from) && !has_elements(into)) {
        g_autofree char *text = vfg_xml_text(from);
        if (!*text) /* it brings attributes only */
            return;
        xmlNodeSetContent(into, NULL);
        xmlNodeAddContent(into, BAD_CAST text);
        return;
    }
    merge_children(into, from);
}

static void
merge_children(xmlNode *into, xmlNode *from)
{
    gboolean append_all = vfg_xml_is(into, "devices");
    for (xmlNode *node = from->children; node; node = node->next) {
        if (node->type != XML_ELEMENT_NODE)
            continue;
        xmlNode *same = append_all ? NULL : find_same(into, node);
        if (same)
            merge_element(same, node);
        else
            xmlAddChild(into, xmlDocCopyNode(node, into->doc, 1));
    }
}

void
vfg_merge_fragment(xmlNode *domain, xmlNode *fragment)
{
    merge_children(domain, fragment);
    xmlReconciliateNs(domain->doc, domain);
}
