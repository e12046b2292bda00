/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Merging a fragment into a domain: what docs/VMDEF.md says of <libvirt>. */

#include "merge.h"

#include <string.h>

static void
assert_merged(const char *into, const char *from, const char *wanted)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(xmlDoc) domain = vfg_xml_parse(into, strlen(into), "domain", &error);
    g_assert_no_error(error);
    g_autoptr(xmlDoc) fragment = vfg_xml_parse(from, strlen(from), "<libvirt>", &error);
    g_assert_no_error(error);
    vfg_merge_fragment(xmlDocGetRootElement(domain), xmlDocGetRootElement(fragment));
    xmlBuffer *buffer = xmlBufferCreate();
    xmlNodeDump(buffer, domain, xmlDocGetRootElement(domain), 0, 0);
    g_assert_cmpstr((const char *)xmlBufferContent(buffer), ==, wanted);
    xmlBufferFree(buffer);
}

static void
test_append(void)
{
    assert_merged("<d><name>x</name></d>", "<l/>", "<d><name>x</name></d>");
    assert_merged("<d><name>x</name></d>", "<l> <title>t</title><!-- c --> text </l>",
                  "<d><name>x</name><title>t</title></d>");
    assert_merged("<d/>", "<l><a><b c='1'>&amp;</b></a></l>", "<d><a><b c=\"1\">&amp;</b></a></d>");
}

static void
test_attributes(void)
{
    assert_merged("<d><cpu mode='a' check='b'><m/></cpu></d>", "<l><cpu mode='c' new='&lt;'/></l>",
                  "<d><cpu mode=\"c\" check=\"b\" new=\"&lt;\"><m/></cpu></d>");
}

/* An attribute of a namespace keeps its value and its namespace, declared where it was not. */
static void
test_namespaced_attributes(void)
{
    assert_merged("<d xmlns:q='urn:q'><cpu/></d>", "<l xmlns:x='urn:q'><cpu x:a='1' b='2'/></l>",
                  "<d xmlns:q=\"urn:q\"><cpu q:a=\"1\" b=\"2\"/></d>");
    assert_merged("<d xmlns:q='urn:q'><cpu q:a='0'/></d>", "<l xmlns:q='urn:q'><cpu q:a='1'/></l>",
                  "<d xmlns:q=\"urn:q\"><cpu q:a=\"1\"/></d>");
    assert_merged("<d><cpu a='0'/></d>", "<l xmlns:q='urn:q'><cpu q:a='1'/></l>",
                  "<d xmlns:q=\"urn:q\"><cpu a=\"0\" q:a=\"1\"/></d>");
}

static void
test_text(void)
{
    assert_merged("<d><memory unit='KiB'>1</memory></d>",
                  "<l><memory unit='GiB'>2 &amp; 3</memory></l>",
                  "<d><memory unit=\"GiB\">2 &amp; 3</memory></d>");
}

/* An element that only brings attributes leaves the text. */
static void
test_text_kept(void)
{
    assert_merged("<d><vcpu>4</vcpu></d>", "<l><vcpu placement='static'> </vcpu></l>",
                  "<d><vcpu placement=\"static\">4</vcpu></d>");
}

static void
test_children(void)
{
    assert_merged("<d><os><type arch='x'>hvm</type><boot dev='hd'/></os></d>",
                  "<l><os><bootmenu enable='yes'/><type machine='q35'>hvm</type></os></l>",
                  "<d><os><type arch=\"x\" machine=\"q35\">hvm</type><boot dev=\"hd\"/>"
                  "<bootmenu enable=\"yes\"/></os></d>");
    assert_merged("<d><features/></d>", "<l><features><acpi/></features></l>",
                  "<d><features><acpi/></features></d>");
}

/* Elements with a name attribute are told apart by it. */
static void
test_names(void)
{
    assert_merged(
        "<d><f><feature name='a' enabled='no'/></f></d>",
        "<l><f><feature name='b' enabled='yes'/><feature name='a' enabled='yes'/></f></l>",
        "<d><f><feature name=\"a\" enabled=\"yes\"/>"
        "<feature name=\"b\" enabled=\"yes\"/></f></d>");
}

static void
test_devices(void)
{
    assert_merged("<d><devices><disk type='file'/></devices></d>",
                  "<l><devices><disk type='file'/><tpm/></devices></l>",
                  "<d><devices><disk type=\"file\"/><disk type=\"file\"/><tpm/></devices></d>");
}

static void
test_namespaces(void)
{
    assert_merged("<d><commandline/></d>",
                  "<l xmlns:q='urn:q'><q:commandline><q:arg value='-x'/></q:commandline></l>",
                  "<d xmlns:q=\"urn:q\"><commandline/>"
                  "<q:commandline xmlns:q=\"urn:q\"><q:arg value=\"-x\"/></q:commandline></d>");
    assert_merged("<d xmlns:r='urn:q'><r:c/></d>", "<l xmlns:q='urn:q'><q:c a='1'/></l>",
                  "<d xmlns:r=\"urn:q\"><r:c a=\"1\"/></d>");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/merge/append", test_append);
    g_test_add_func("/merge/attributes", test_attributes);
    g_test_add_func("/merge/namespaced-attributes", test_namespaced_attributes);
    g_test_add_func("/merge/text", test_text);
    g_test_add_func("/merge/text-kept", test_text_kept);
    g_test_add_func("/merge/children", test_children);
    g_test_add_func("/merge/names", test_names);
    g_test_add_func("/merge/devices", test_devices);
    g_test_add_func("/merge/namespaces", test_namespaces);
    return g_test_run();
}
