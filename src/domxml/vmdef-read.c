/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Reading VM definitions. */

#include "vmdef-read.h"

#include "error.h"
#include "escape.h"
#include "parse.h"
#include "xml.h"

#include <libxml/relaxng.h>
#include <string.h>

#define DISKS_MAX 26 /* vda to vdz */

struct VfgVmdefSchema {
    xmlRelaxNG *rng;
};

/* The error worth showing. libxml2 reports an element that it can't place several times, going
 * outward; the deepest one is the user's. */
typedef struct {
    char *text;
    int line;
    int depth;
} Complaint;

static int
node_depth(const xmlNode *node)
{
    int depth = 0;
    for (; node; node = node->parent)
        depth++;
    return depth;
}

/* libxml2's general words, said so that they help. */
static const char *
reword(const char *message)
{
    if (strstr(message, "failed to validate content"))
        return "it has a wrong value or attribute, or may not stand here (again)";
    if (strstr(message, "failed to validate attributes"))
        return "an attribute is missing, unknown or has a wrong value";
    return message;
}

static void
note_complaint(void *data, const xmlError *problem)
{
    Complaint *complaint = data;
    const xmlNode *node = problem->node;
    int depth = node_depth(node);
    if (complaint->text && depth <= complaint->depth)
        return;
    const char *message = problem->message ? reword(problem->message) : "not valid";
    g_autofree char *shown = vfg_escape_text(message, (gssize)strcspn(message, "\n"), 300);
    g_free(complaint->text);
    complaint->text = node ? g_strdup_printf("element '%s': %s", (const char *)node->name, shown)
                           : g_strdup(shown);
    complaint->line = problem->line;
    complaint->depth = depth;
}

/* libxml2 2.12 made the error of a structured handler const. */
#if LIBXML_VERSION >= 21200
#define note_structured note_complaint
#else
static void
note_structured(void *data, xmlError *problem)
{
    note_complaint(data, problem);
}
#endif

VfgVmdefSchema *
vfg_vmdef_schema_new(const char *bytes, gsize len, GError **error)
{
    Complaint complaint = {0};
    xmlRelaxNGParserCtxt *parser = xmlRelaxNGNewMemParserCtxt(bytes, (int)len);
    xmlRelaxNGSetParserStructuredErrors(parser, note_structured, &complaint);
    xmlRelaxNG *rng = xmlRelaxNGParse(parser);
    xmlRelaxNGFreeParserCtxt(parser);
    if (!rng) {
        vfg_error_set(error, VFG_ERROR_PARSE, "install vfiogpu's data files again",
                      "the schema vmdef.rng is broken: line %d: %s", complaint.line,
                      complaint.text ? complaint.text : "not RELAX NG");
        g_free(complaint.text);
        return NULL;
    }
    g_free(complaint.text);
    VfgVmdefSchema *schema = g_new0(VfgVmdefSchema, 1);
    schema->rng = rng;
    return schema;
}

void
vfg_vmdef_schema_free(VfgVmdefSchema *schema)
{
    if (!schema)
        return;
    xmlRelaxNGFree(schema->rng);
    g_free(schema);
}

static gboolean
validate(VfgVmdefSchema *schema, xmlDoc *doc, const char *file, GError **error)
{
    Complaint complaint = {0};
    xmlRelaxNGValidCtxt *validator = xmlRelaxNGNewValidCtxt(schema->rng);
    xmlRelaxNGSetValidStructuredErrors(validator, note_structured, &complaint);
    int result = xmlRelaxNGValidateDoc(validator, doc);
    xmlRelaxNGFreeValidCtxt(validator);
    if (result != 0)
        vfg_error_set(error, VFG_ERROR_PARSE,
                      "docs/VMDEF.md lists the elements and their attributes", "%s:%d: %s", file,
                      complaint.line, complaint.text ? complaint.text : "not a VM definition");
    g_free(complaint.text);
    return result == 0;
}

static gboolean
read_memory(VfgVmdef *vmdef, xmlNode *node, GError **error)
{
    g_autofree char *number = vfg_xml_text(node);
    g_autofree char *unit = vfg_xml_attribute(node, "unit");
    g_autofree char *pages = vfg_xml_attribute(node, "hugepages");
    g_autofree char *size = g_strconcat(number, unit ? unit : "MiB", NULL);
    vmdef->hugepages = g_strcmp0(pages, "yes") == 0  ? VFG_HUGEPAGES_YES
                       : g_strcmp0(pages, "no") == 0 ? VFG_HUGEPAGES_NO
                                                     : VFG_HUGEPAGES_AUTO;
    return vfg_parse_size(size, &vmdef->memory, error);
}

static gboolean
read_disk(VfgVmdef *vmdef, xmlNode *node, GError **error)
{
    g_autofree char *file = vfg_xml_attribute(node, "file");
    g_autofree char *from = vfg_xml_attribute(node, "from");
    g_autofree char *format = vfg_xml_attribute(node, "format");
    g_autofree char *size = vfg_xml_attribute(node, "size");
    guint64 bytes = 0;
    if (size && !vfg_parse_size(size, &bytes, error))
        return FALSE;
    vfg_vmdef_add_disk(vmdef, file, from, format ? format : "qcow2", bytes);
    return TRUE;
}

static void
read_network(VfgVmdef *vmdef, xmlNode *node)
{
    g_autofree char *bridge = vfg_xml_attribute(node, "bridge");
    g_autofree char *network = vfg_xml_attribute(node, "network");
    g_autofree char *mac = vfg_xml_attribute(node, "mac");
    VfgNetworkKind kind = bridge    ? VFG_NETWORK_BRIDGE
                          : network ? VFG_NETWORK_NETWORK
                                    : VFG_NETWORK_USER;
    vfg_vmdef_add_network(vmdef, kind, bridge ? bridge : network, mac);
}

static void
read_display(VfgVmdef *vmdef, xmlNode *node)
{
    g_autofree char *type = vfg_xml_attribute(node, "type");
    g_autofree char *listen = vfg_xml_attribute(node, "listen");
    if (g_str_equal(type, "none"))
        g_clear_pointer(&vmdef->vnc_listen, g_free);
    else if (listen) {
        g_free(vmdef->vnc_listen);
        vmdef->vnc_listen = g_steal_pointer(&listen);
    }
}

static void
read_repository(VfgConfigure *guest, xmlNode *node)
{
    guest->source = vfg_xml_attribute(node, "source");
    guest->mirror = vfg_xml_attribute(node, "mirror");
    guest->fingerprint = vfg_xml_attribute(node, "fingerprint");
}

static void
read_guest(VfgConfigure *guest, xmlNode *node)
{
    char *profile = vfg_xml_attribute(node, "profile");
    if (profile) {
        g_free(guest->profile);
        guest->profile = profile;
    }
    for (xmlNode *child = node->children; child; child = child->next) {
        if (vfg_xml_is(child, "repository"))
            read_repository(guest, child);
        if (!vfg_xml_is(child, "kernel-arg"))
            continue;
        g_autofree char *text = vfg_xml_text(child);
        g_autofree char *policy = vfg_xml_attribute(child, "policy");
        vfg_configure_add_arg(guest, text, policy ? policy : "auto");
    }
}

static void
read_libvirt(VfgVmdef *vmdef, xmlNode *node)
{
    xmlBuffer *buffer = xmlBufferCreate();
    /* A copy takes along the namespaces that were declared further out. */
    xmlDoc *doc = xmlNewDoc(BAD_CAST "1.0");
    xmlNode *copy = xmlDocCopyNode(node, doc, 1);
    xmlDocSetRootElement(doc, copy);
    xmlReconciliateNs(doc, copy);
    xmlNodeDump(buffer, doc, copy, 0, 0);
    vmdef->libvirt = g_strdup((const char *)xmlBufferContent(buffer));
    xmlFreeDoc(doc);
    xmlBufferFree(buffer);
}

static gboolean
read_vcpu(VfgVmdef *vmdef, xmlNode *node, GError **error)
{
    g_autofree char *text = vfg_xml_text(node);
    guint64 count = 0;
    if (!vfg_parse_uint(text, 10, 4096, &count, error))
        return FALSE;
    vmdef->vcpu = (guint)count;
    return TRUE;
}

static gboolean
read_element(VfgVmdef *vmdef, xmlNode *node, GError **error)
{
    if (vfg_xml_is(node, "memory"))
        return read_memory(vmdef, node, error);
    if (vfg_xml_is(node, "vcpu"))
        return read_vcpu(vmdef, node, error);
    if (vfg_xml_is(node, "disk"))
        return read_disk(vmdef, node, error);
    if (vfg_xml_is(node, "cpu")) {
        g_autofree char *hide = vfg_xml_attribute(node, "hide-kvm");
        vmdef->hide_kvm = g_strcmp0(hide, "yes") == 0;
    } else if (vfg_xml_is(node, "gpu")) {
        g_ptr_array_add(vmdef->gpus, vfg_xml_attribute(node, "select"));
    } else if (vfg_xml_is(node, "network")) {
        read_network(vmdef, node);
    } else if (vfg_xml_is(node, "display")) {
        read_display(vmdef, node);
    } else if (vfg_xml_is(node, "guest")) {
        read_guest(vmdef->guest, node);
    } else if (vfg_xml_is(node, "libvirt")) {
        read_libvirt(vmdef, node);
    }
    return TRUE;
}

VfgVmdef *
vfg_vmdef_read(VfgVmdefSchema *schema, const char *bytes, gsize len, const char *file,
               GError **error)
{
    g_autoptr(xmlDoc) doc = vfg_xml_parse(bytes, len, file, error);
    if (!doc || !validate(schema, doc, file, error))
        return NULL;
    xmlNode *root = xmlDocGetRootElement(doc);
    g_autoptr(VfgVmdef) vmdef = vfg_vmdef_new();
    g_autofree char *accel = vfg_xml_attribute(root, "accel");
    vmdef->name = vfg_xml_attribute(root, "name");
    vmdef->accel = g_strcmp0(accel, "kvm") == 0   ? VFG_ACCEL_KVM
                   : g_strcmp0(accel, "tcg") == 0 ? VFG_ACCEL_TCG
                                                  : VFG_ACCEL_AUTO;
    for (xmlNode *node = root->children; node; node = node->next) {
        if (read_element(vmdef, node, error))
            continue;
        g_prefix_error(error, "%s:%ld: element '%s': ", file, xmlGetLineNo(node), node->name);
        return NULL;
    }
    if (vmdef->disks->len > DISKS_MAX) {
        vfg_error_set(error, VFG_ERROR_PARSE, "more can stand in <libvirt>",
                      "%s: a VM has at most %d <disk> elements", file, DISKS_MAX);
        return NULL;
    }
    return g_steal_pointer(&vmdef);
}
