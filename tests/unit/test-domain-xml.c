/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Domain XML against golden files (VFG_UPDATE_GOLDEN=1 writes them anew: read the difference), and
 * against libvirt's own schema where it is installed. */

#include "domain-xml.h"

#include "assert-error.h"
#include "make-host.h"

#include <libxml/parser.h>
#include <libxml/relaxng.h>

#define LIBVIRT_SCHEMA "/usr/share/libvirt/schemas/domain.rng"

typedef struct {
    VfgHost *host;
    VfgVmdef *vmdef;
    GPtrArray *gpus, *disks;
    VfgPlacement placement;
} Fixture;

static void
set_up(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    f->host = make_host();
    f->vmdef = vfg_vmdef_new();
    f->vmdef->name = g_strdup("d2l");
    f->vmdef->memory = 32ULL << 30;
    f->vmdef->vcpu = 4;
    f->gpus = g_ptr_array_new_with_free_func((GDestroyNotify)vfg_gpu_free);
    f->disks = g_ptr_array_new();
    f->placement =
        (VfgPlacement){.kvm = TRUE, .arch = "x86_64", .gpus = f->gpus, .disks = f->disks};
}

static void
tear_down(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_ptr_array_unref(f->disks);
    g_ptr_array_unref(f->gpus);
    vfg_vmdef_free(f->vmdef);
    vfg_host_free(f->host);
}

static void
add_disk(const Fixture *f, const char *path, const char *format)
{
    vfg_vmdef_add_disk(f->vmdef, path, NULL, format, 0);
    g_ptr_array_add(f->disks, (gpointer)path);
}

/* A GPU of so many functions from that address on. */
static void
add_gpu(const Fixture *f, const char *address, guint n_functions)
{
    VfgGpu *gpu = make_gpu(make_function(f->host, address, "10de:1e37", 0x0302, NULL, 1));
    for (guint i = 1; i < n_functions; i++) {
        VfgPciFunction *function = make_function(f->host, address, "10de:1e37", 0x0302, NULL, 1);
        function->address.function = (guint8)(function->address.function + i);
        g_ptr_array_add(gpu->functions, function);
    }
    g_ptr_array_add(f->gpus, gpu);
}

static char *
build(const Fixture *f)
{
    g_autoptr(GError) error = NULL;
    char *xml = vfg_domain_xml_build(f->vmdef, &f->placement, &error);
    g_assert_no_error(error);
    return xml;
}

static void
note_error(void *data, xmlErrorPtr error)
{
    GString *log = data;
    g_string_append_printf(log, "%d: %s", error->line, error->message);
}

/* Whether libvirt would take it for a domain. */
static void
assert_schema(const char *xml)
{
    if (!g_file_test(LIBVIRT_SCHEMA, G_FILE_TEST_EXISTS))
        return;
    g_autoptr(GString) log = g_string_new(NULL);
    xmlRelaxNGParserCtxt *parser = xmlRelaxNGNewParserCtxt(LIBVIRT_SCHEMA);
    xmlRelaxNG *schema = xmlRelaxNGParse(parser);
    xmlRelaxNGValidCtxt *context = xmlRelaxNGNewValidCtxt(schema);
    xmlDoc *doc = xmlReadMemory(xml, (int)strlen(xml), "domain.xml", NULL, 0);
    xmlRelaxNGSetValidStructuredErrors(context, (xmlStructuredErrorFunc)(void *)note_error, log);
    int result = xmlRelaxNGValidateDoc(context, doc);
    xmlFreeDoc(doc);
    xmlRelaxNGFreeValidCtxt(context);
    xmlRelaxNGFree(schema);
    xmlRelaxNGFreeParserCtxt(parser);
    if (result != 0)
        g_error("libvirt's schema refuses it: %s\n%s", log->str, xml);
}

static void
assert_golden(const Fixture *f, const char *name)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *file = g_strconcat(name, ".xml", NULL);
    g_autofree char *path = g_build_filename(VFG_TOP_SRCDIR, "tests/unit/golden", file, NULL);
    g_autofree char *xml = build(f);
    if (g_getenv("VFG_UPDATE_GOLDEN")) {
        g_file_set_contents(path, xml, -1, &error);
        g_assert_no_error(error);
    }
    g_autofree char *wanted = NULL;
    g_file_get_contents(path, &wanted, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(xml, ==, wanted);
    assert_schema(xml);
}

static void
test_kvm(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    f->vmdef->hide_kvm = TRUE;
    f->placement.uuid = "8d0a3a05-2f4e-4f6e-9b0d-3a1d9d1f0b11";
    add_disk(f, "/var/lib/libvirt/images/d2l.qcow2", "qcow2");
    vfg_vmdef_add_network(f->vmdef, VFG_NETWORK_BRIDGE, "br0", "52:54:00:00:00:01");
    add_gpu(f, "0000:82:00.0", 1);
    assert_golden(f, "kvm");
}

static void
test_tcg(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    f->placement.kvm = FALSE;
    f->vmdef->hide_kvm = TRUE; /* there is none to hide */
    add_disk(f, "/images/lab.raw", "raw");
    vfg_vmdef_add_network(f->vmdef, VFG_NETWORK_USER, NULL, NULL);
    add_gpu(f, "0000:82:00.0", 1);
    assert_golden(f, "tcg");
}

static void
test_two_gpus(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    add_disk(f, "/images/a.qcow2", "qcow2");
    add_disk(f, "/images/b.raw", "raw");
    vfg_vmdef_add_network(f->vmdef, VFG_NETWORK_NETWORK, "default", NULL);
    vfg_vmdef_add_network(f->vmdef, VFG_NETWORK_NETWORK, "other", NULL);
    add_gpu(f, "0001:af:1f.1", 2); /* function 0 of the slot is not the card's */
    add_gpu(f, "0000:01:00.0", 4);
    assert_golden(f, "two-gpus");
}

static void
test_aarch64(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    f->placement.arch = "aarch64";
    add_disk(f, "/images/a.qcow2", "qcow2");
    add_gpu(f, "0000:01:00.0", 1);
    assert_golden(f, "aarch64");
}

static void
test_bare(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_clear_pointer(&f->vmdef->vnc_listen, g_free);
    add_disk(f, "/images/a.qcow2", "qcow2");
    assert_golden(f, "bare");
}

static void
test_libvirt(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    f->vmdef->libvirt =
        g_strdup("<libvirt xmlns:qemu=\"http://libvirt.org/schemas/domain/qemu/1.0\">"
                 "<memoryBacking><hugepages/></memoryBacking><cpu migratable=\"off\"/>"
                 "<devices><watchdog model=\"i6300esb\" action=\"reset\"/></devices>"
                 "<qemu:commandline><qemu:arg value=\"-fw_cfg\"/></qemu:commandline></libvirt>");
    add_disk(f, "/images/a.qcow2", "qcow2");
    assert_golden(f, "libvirt");
}

/* A window is set twice: for QEMU and the guest's kernel, and for OVMF. */
static void
test_window(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    VfgSizing sizing = {.hole_size = 64ULL << 30, .fw_cfg_mib = 65536};
    f->placement.sizing = &sizing;
    add_disk(f, "/images/a.qcow2", "qcow2");
    add_gpu(f, "0000:82:00.0", 1);
    assert_golden(f, "window");
}

/* Near its GPU, in huge pages; each of the three by itself. */
static void
test_locality(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    VfgLocality locality = {1, "16-31,48-63", TRUE, 1 << 30};
    f->placement.locality = &locality;
    add_disk(f, "/images/a.qcow2", "qcow2");
    add_gpu(f, "0000:82:00.0", 1);
    assert_golden(f, "locality");
    locality = (VfgLocality){1, NULL, TRUE, 0};
    g_autofree char *memory = build(f);
    g_assert_nonnull(strstr(memory, "<vcpu>4</vcpu>"));
    g_assert_nonnull(strstr(memory, "<memory mode=\"strict\" nodeset=\"1\"/>"));
    g_assert_null(strstr(memory, "memoryBacking"));
    locality = (VfgLocality){-1, NULL, FALSE, 2 << 20};
    g_autofree char *pages = build(f);
    g_assert_nonnull(strstr(pages, "<page size=\"2048\" unit=\"KiB\"/>"));
    g_assert_null(strstr(pages, "numatune"));
}

/* What <libvirt> says of these stands. */
static void
test_locality_and_libvirt(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    VfgLocality locality = {1, "16-31", TRUE, 1 << 30};
    f->placement.locality = &locality;
    add_disk(f, "/images/a.qcow2", "qcow2");
    f->vmdef->libvirt =
        g_strdup("<libvirt><vcpu cpuset=\"0-7\"/><numatune><memory mode=\"preferred\" "
                 "nodeset=\"0\"/></numatune><memoryBacking><hugepages><page size=\"2\" "
                 "unit=\"MiB\"/></hugepages></memoryBacking></libvirt>");
    g_autofree char *xml = build(f);
    assert_schema(xml);
    g_assert_nonnull(strstr(xml, "<vcpu placement=\"static\" cpuset=\"0-7\">4</vcpu>"));
    g_assert_nonnull(strstr(xml, "<memory mode=\"preferred\" nodeset=\"0\"/>"));
    g_assert_nonnull(strstr(xml, "<page size=\"2\" unit=\"MiB\"/>"));
}

/* The agent's CD-ROM is where the kernels of clouds have a driver. */
static void
test_seed(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    static const char *const arches[] = {"x86_64", "aarch64"};
    add_disk(f, "/images/a.qcow2", "qcow2");
    f->placement.seed = "/images/vm-seed.iso";
    for (gsize i = 0; i < G_N_ELEMENTS(arches); i++) {
        f->placement.arch = arches[i];
        g_autofree char *xml = build(f);
        assert_schema(xml);
        g_assert_nonnull(strstr(xml, "device=\"cdrom\""));
        g_assert_nonnull(strstr(xml, "<source file=\"/images/vm-seed.iso\"/>"));
        g_assert_nonnull(strstr(xml, "<target dev=\"sda\" bus=\"scsi\"/>"));
        g_assert_nonnull(strstr(xml, "model=\"virtio-scsi\""));
    }
}

static guint
count(const char *text, const char *what)
{
    guint n = 0;
    for (const char *at = strstr(text, what); at; at = strstr(at + 1, what))
        n++;
    return n;
}

/* Arguments of the user are kept, and their own word on the window stands. */
static void
test_window_and_libvirt(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    VfgSizing sizing = {.hole_size = 64ULL << 30, .fw_cfg_mib = 65536};
    f->placement.sizing = &sizing;
    add_disk(f, "/images/a.qcow2", "qcow2");
    static const char *const texts[] = {"-S", "name=opt/ovmf/X-PciMmio64Mb,string=1"};
    static const guint args[] = {3, 1};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_free(f->vmdef->libvirt);
        f->vmdef->libvirt = g_strdup_printf(
            "<libvirt xmlns:qemu=\"http://libvirt.org/schemas/domain/qemu/1.0\">"
            "<qemu:commandline><qemu:arg value=\"%s\"/></qemu:commandline></libvirt>",
            texts[i]);
        g_autofree char *xml = build(f);
        g_assert_cmpuint(count(xml, "<qemu:arg "), ==, args[i]);
        g_assert_cmpuint(count(xml, "<qemu:commandline"), ==, 1);
        g_assert_nonnull(strstr(xml, texts[i]));
        assert_schema(xml);
    }
}

static void
test_bad_libvirt(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    f->vmdef->libvirt = g_strdup("<libvirt><a></libvirt>");
    g_assert_null(vfg_domain_xml_build(f->vmdef, &f->placement, &error));
    assert_error(error, VFG_ERROR_PARSE, "<libvirt>");
}

/* Names of files are text, whatever they hold. */
static void
test_quoting(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    add_disk(f, "/images/a'\"<&>%s\xc3\xa4.qcow2", "qcow2");
    g_autofree char *xml = build(f);
    g_assert_nonnull(
        strstr(xml, "<source file=\"/images/a'&quot;&lt;&amp;&gt;%s\xc3\xa4.qcow2\"/>"));
    assert_schema(xml);
}

static void
test_schema_there(void)
{
    if (!g_file_test(LIBVIRT_SCHEMA, G_FILE_TEST_EXISTS))
        g_test_skip("libvirt's schema is not installed: nothing was validated");
}

static void
assert_vnc(const char *graphics, const char *wanted)
{
    g_autofree char *xml = g_strdup_printf("<domain><devices>%s</devices></domain>", graphics);
    g_autofree char *vnc = vfg_domain_xml_get_vnc(xml);
    g_assert_cmpstr(vnc, ==, wanted);
}

static void
test_get_vnc(void)
{
    assert_vnc("<graphics type='vnc' port='5900' autoport='yes' listen='127.0.0.1'>"
               "<listen type='address' address='127.0.0.1'/></graphics>",
               "127.0.0.1:5900");
    assert_vnc("<graphics type='vnc' port='5901' listen='::1'/>", "[::1]:5901");
    assert_vnc("<graphics type='vnc' port='-1' autoport='yes' listen='127.0.0.1'/>", NULL);
    assert_vnc("<graphics type='vnc' autoport='yes'/>", NULL);
    assert_vnc("<graphics type='spice' port='5900' listen='127.0.0.1'/>", NULL);
    assert_vnc("", NULL);
    g_assert_null(vfg_domain_xml_get_vnc("<domain/>"));
    g_assert_null(vfg_domain_xml_get_vnc("no xml"));
    g_assert_null(vfg_domain_xml_get_vnc(""));
}

/* What libvirt chose at first is told to it again; what the definition says counts more. */
static void
test_identity(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *uuid = NULL, *none = NULL;
    g_autoptr(GPtrArray) macs = NULL, no_macs = NULL, again = NULL;
    vfg_domain_xml_get_identity("<domain><uuid>6f1f0a52</uuid><devices><disk/><interface>"
                                "<mac address='52:54:00:aa:aa:aa'/></interface><interface>"
                                "<mac address='52:54:00:bb:bb:bb'/></interface></devices></domain>",
                                &uuid, &macs);
    f->placement.uuid = uuid;
    f->placement.macs = macs;
    vfg_vmdef_add_network(f->vmdef, VFG_NETWORK_USER, NULL, NULL);
    vfg_vmdef_add_network(f->vmdef, VFG_NETWORK_BRIDGE, "br0", "52:54:00:00:00:01");
    vfg_vmdef_add_network(f->vmdef, VFG_NETWORK_USER, NULL, NULL);
    g_autofree char *xml = build(f);
    g_autofree char *same = NULL;
    vfg_domain_xml_get_identity(xml, &same, &again);
    g_assert_cmpstr(same, ==, "6f1f0a52");
    g_assert_cmpuint(again->len, ==, 3);
    g_assert_cmpstr(again->pdata[0], ==, "52:54:00:aa:aa:aa");
    g_assert_cmpstr(again->pdata[1], ==, "52:54:00:00:00:01");
    g_assert_null(again->pdata[2]);
    vfg_domain_xml_get_identity("no XML", &none, &no_macs);
    g_assert_null(none);
    g_assert_cmpuint(no_macs->len, ==, 0);
}

static void
test_get_hostdevs(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    add_disk(f, "/images/a.qcow2", "qcow2");
    add_gpu(f, "0001:af:1f.1", 2);
    add_gpu(f, "0000:01:00.0", 1);
    g_autofree char *xml = build(f);
    g_autoptr(GArray) found = vfg_domain_xml_get_hostdevs(xml);
    static const char *const wanted[] = {"0001:af:1f.1", "0001:af:1f.2", "0000:01:00.0"};
    g_assert_cmpuint(found->len, ==, G_N_ELEMENTS(wanted));
    for (guint i = 0; i < found->len; i++)
        g_assert_cmpint(vfg_pci_address_compare(g_array_index(found, VfgPciAddress, i),
                                                make_address(wanted[i])),
                        ==, 0);
}

static void
test_get_no_hostdevs(void)
{
    static const char *const xmls[] = {
        "<domain/>", "no xml", "",
        "<domain><devices><hostdev type='usb'><source><address bus='1' device='2'/></source>"
        "</hostdev><hostdev/><hostdev><source/></hostdev></devices></domain>",
        "<domain><devices><hostdev><source><address domain='0x0000' bus='0x100' slot='0x00' "
        "function='0x0'/></source></hostdev></devices></domain>"};
    for (gsize i = 0; i < G_N_ELEMENTS(xmls); i++) {
        g_autoptr(GArray) found = vfg_domain_xml_get_hostdevs(xmls[i]);
        g_assert_cmpuint(found->len, ==, 0);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    static const struct {
        const char *name;
        void (*test)(Fixture *f, gconstpointer data);
    } tests[] = {
        {"/domain-xml/kvm", test_kvm},
        {"/domain-xml/tcg", test_tcg},
        {"/domain-xml/two-gpus", test_two_gpus},
        {"/domain-xml/aarch64", test_aarch64},
        {"/domain-xml/bare", test_bare},
        {"/domain-xml/libvirt", test_libvirt},
        {"/domain-xml/quoting", test_quoting},
        {"/domain-xml/window", test_window},
        {"/domain-xml/locality", test_locality},
        {"/domain-xml/locality-and-libvirt", test_locality_and_libvirt},
        {"/domain-xml/seed", test_seed},
        {"/domain-xml/window-and-libvirt", test_window_and_libvirt},
        {"/domain-xml/bad-libvirt", test_bad_libvirt},
        {"/domain-xml/identity", test_identity},
        {"/domain-xml/get-hostdevs", test_get_hostdevs},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);
    g_test_add_func("/domain-xml/schema-there", test_schema_there);
    g_test_add_func("/domain-xml/get-vnc", test_get_vnc);
    g_test_add_func("/domain-xml/get-no-hostdevs", test_get_no_hostdevs);
    return g_test_run();
}
