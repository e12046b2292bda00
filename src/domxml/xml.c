/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Small helpers over libxml2. */

#include "xml.h"

#include "error.h"
#include "escape.h"

#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <stdarg.h>
#include <string.h>

#define XML_MAX (1 << 20)

static void
set_parse_error(xmlParserCtxt *parser, const char *file, GError **error)
{
    const xmlError *last = xmlCtxtGetLastError(parser);
    const char *message = last && last->message ? last->message : "not well-formed XML";
    g_autofree char *shown = vfg_escape_text(message, (gssize)strcspn(message, "\n"), 200);
    vfg_error_set(error, VFG_ERROR_PARSE, NULL, "%s:%d: %s", file, last ? last->line : 0, shown);
}

xmlDoc *
vfg_xml_parse(const char *bytes, gsize len, const char *file, GError **error)
{
    if (len > XML_MAX) {
        vfg_error_set(error, VFG_ERROR_PARSE, NULL, "%s: larger than 1 MiB", file);
        return NULL;
    }
    xmlParserCtxt *parser = xmlNewParserCtxt();
    g_autoptr(xmlDoc) doc =
        xmlCtxtReadMemory(parser, bytes, (int)len, NULL, NULL,
                          XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    if (!doc)
        set_parse_error(parser, file, error);
    xmlFreeParserCtxt(parser);
    if (doc && (doc->intSubset || !xmlDocGetRootElement(doc))) {
        vfg_error_set(error, VFG_ERROR_PARSE, "remove the <!DOCTYPE …> and write the text itself",
                      "%s: a document type declaration is not allowed", file);
        return NULL;
    }
    return g_steal_pointer(&doc);
}

char *
vfg_xml_attribute(xmlNode *node, const char *name)
{
    xmlChar *value = xmlGetNoNsProp(node, BAD_CAST name);
    char *copy = g_strdup((const char *)value);
    xmlFree(value);
    return copy;
}

char *
vfg_xml_text(xmlNode *node)
{
    xmlChar *value = xmlNodeGetContent(node);
    char *copy = g_strdup(value ? (const char *)value : "");
    xmlFree(value);
    return g_strstrip(copy);
}

gboolean
vfg_xml_is(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && g_str_equal((const char *)node->name, name);
}

xmlNode *
vfg_xml_child(xmlNode *parent, const char *name)
{
    for (xmlNode *node = parent->children; node; node = node->next)
        if (vfg_xml_is(node, name))
            return node;
    return NULL;
}

xmlNode *
vfg_xml_add(xmlNode *parent, const char *name, ...)
{
    xmlNode *node = xmlNewChild(parent, NULL, BAD_CAST name, NULL);
    va_list args;
    va_start(args, name);
    for (const char *key = va_arg(args, const char *); key; key = va_arg(args, const char *)) {
        const char *value = va_arg(args, const char *);
        if (value)
            xmlNewProp(node, BAD_CAST key, BAD_CAST value);
    }
    va_end(args);
    return node;
}

xmlNode *
vfg_xml_add_text(xmlNode *parent, const char *name, const char *text)
{
    return xmlNewTextChild(parent, NULL, BAD_CAST name, BAD_CAST text);
}
