/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Reading VM definitions: the shipped ones are good, and a bad one is refused with file, line and
 * element. */

#include "vmdef-read.h"

#include "assert-error.h"

typedef struct {
    VfgVmdefSchema *schema;
} Fixture;

static char *
read_source(const char *path, gsize *len)
{
    g_autofree char *full = g_build_filename(VFG_TOP_SRCDIR, path, NULL);
    g_autoptr(GError) error = NULL;
    char *bytes = NULL;
    g_file_get_contents(full, &bytes, len, &error);
    g_assert_no_error(error);
    return bytes;
}

static void
set_up(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    gsize len = 0;
    g_autoptr(GError) error = NULL;
    g_autofree char *bytes = read_source("vmdefs/vmdef.rng", &len);
    f->schema = vfg_vmdef_schema_new(bytes, len, &error);
    g_assert_no_error(error);
}

static void
tear_down(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    vfg_vmdef_schema_free(f->schema);
}

static VfgVmdef *
read_text(const Fixture *f, const char *text)
{
    g_autoptr(GError) error = NULL;
    VfgVmdef *vmdef = vfg_vmdef_read(f->schema, text, strlen(text), "my.xml", &error);
    g_assert_no_error(error);
    return vmdef;
}

static void
refuse(const Fixture *f, const char *text, const char *where, const char *part)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgVmdef) vmdef = vfg_vmdef_read(f->schema, text, strlen(text), "my.xml", &error);
    if (vmdef)
        g_error("was accepted: %s", text);
    assert_error(error, VFG_ERROR_PARSE, where);
    g_assert_true(g_str_has_prefix(error->message, "my.xml:"));
    g_test_message("%s", error->message);
    if (!strstr(error->message, part))
        g_error("'%s' does not say '%s'", error->message, part);
}

static void
test_shipped(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    static const char *const folders[] = {"vmdefs", "tests/lab/vmdefs"};
    for (gsize i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *folder = g_build_filename(VFG_TOP_SRCDIR, folders[i], NULL);
        g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
        for (const char *name = dir ? g_dir_read_name(dir) : NULL; name;
             name = g_dir_read_name(dir)) {
            if (!g_str_has_suffix(name, ".xml"))
                continue;
            g_autofree char *path = g_build_filename(folders[i], name, NULL);
            g_autoptr(GError) error = NULL;
            gsize len = 0;
            g_autofree char *bytes = read_source(path, &len);
            g_autoptr(VfgVmdef) vmdef = vfg_vmdef_read(f->schema, bytes, len, path, &error);
            g_assert_no_error(error);
            g_assert_cmpuint(vmdef->disks->len, >, 0);
        }
    }
}

static void
test_d2l(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    gsize len = 0;
    g_autofree char *text = read_source("vmdefs/d2l.xml", &len);
    g_autoptr(VfgVmdef) vmdef = read_text(f, text);
    const VfgVmdefDisk *disk = vmdef->disks->pdata[0];
    const VfgVmdefNetwork *network = vmdef->networks->pdata[0];
    const VfgConfigureArg *arg = vmdef->guest->kernel_args->pdata[0];
    g_assert_cmpstr(vmdef->name, ==, "d2l");
    g_assert_cmpuint(vmdef->memory, ==, 32ULL << 30);
    g_assert_cmpuint(vmdef->vcpu, ==, 4);
    g_assert_true(vmdef->hide_kvm);
    g_assert_cmpint(vmdef->accel, ==, VFG_ACCEL_AUTO);
    g_assert_cmpint(vmdef->hugepages, ==, VFG_HUGEPAGES_AUTO);
    g_assert_cmpstr(disk->file, ==, "d2l.qcow2");
    g_assert_cmpstr(disk->from, ==, "debian-12-genericcloud-amd64.qcow2");
    g_assert_cmpstr(disk->format, ==, "qcow2");
    g_assert_cmpuint(disk->size, ==, 64ULL << 30);
    g_assert_cmpstr(vmdef->gpus->pdata[0], ==, "10de:1e37");
    g_assert_cmpint(network->kind, ==, VFG_NETWORK_BRIDGE);
    g_assert_cmpstr(network->source, ==, "br0");
    g_assert_cmpstr(network->mac, ==, "52:54:00:00:00:01");
    g_assert_cmpstr(vmdef->vnc_listen, ==, "127.0.0.1");
    g_assert_cmpstr(vmdef->guest->profile, ==, "cuda");
    g_assert_cmpstr(arg->text, ==, "pci=realloc");
    g_assert_cmpstr(arg->policy, ==, "always");
}

#define VMDEF(content) \
    "<vmdef name='t'>\n<memory>64</memory>\n<disk file='d'/>\n" content "</vmdef>\n"

static void
test_defaults(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(VfgVmdef) vmdef = read_text(f, VMDEF(""));
    g_assert_cmpuint(vmdef->memory, ==, 64ULL << 20);
    g_assert_cmpuint(vmdef->vcpu, ==, 1);
    g_assert_false(vmdef->hide_kvm);
    g_assert_cmpstr(vmdef->vnc_listen, ==, "127.0.0.1");
    g_assert_cmpstr(vmdef->guest->profile, ==, "none");
    g_assert_null(vmdef->libvirt);
    g_assert_cmpuint(vmdef->gpus->len + vmdef->networks->len, ==, 0);
    g_assert_cmpuint(((VfgVmdefDisk *)vmdef->disks->pdata[0])->size, ==, 0);
}

static void
test_everything(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(VfgVmdef) vmdef = read_text(
        f, "<vmdef name='t' accel='tcg'><libvirt xmlns:q='urn:q'><q:a b='1'/>&amp;</libvirt>"
           "<gpu select='nvidia[1]'/><disk file='/a b.raw' format='raw' size='1 TiB'/>"
           "<disk file='e'/><network network='default'/><network type='user'/>"
           "<display type='none'/><guest profile='rocm'><kernel-arg>quiet</kernel-arg>"
           "<repository mirror='http://m/'/></guest><cpu hide-kvm='no'/><vcpu>\n 16 </vcpu><gpu "
           "select='82:00.0'/>"
           "<memory unit='GiB' hugepages='yes'> 2 </memory></vmdef>");
    g_assert_cmpint(vmdef->accel, ==, VFG_ACCEL_TCG);
    g_assert_cmpint(vmdef->hugepages, ==, VFG_HUGEPAGES_YES);
    g_assert_cmpuint(vmdef->memory, ==, 2ULL << 30);
    g_assert_cmpuint(vmdef->vcpu, ==, 16);
    g_assert_false(vmdef->hide_kvm);
    g_assert_null(vmdef->vnc_listen);
    g_assert_cmpstr(vmdef->gpus->pdata[1], ==, "82:00.0");
    g_assert_cmpuint(((VfgVmdefDisk *)vmdef->disks->pdata[0])->size, ==, 1ULL << 40);
    g_assert_cmpint(((VfgVmdefNetwork *)vmdef->networks->pdata[0])->kind, ==, VFG_NETWORK_NETWORK);
    g_assert_cmpint(((VfgVmdefNetwork *)vmdef->networks->pdata[1])->kind, ==, VFG_NETWORK_USER);
    g_assert_null(((VfgVmdefNetwork *)vmdef->networks->pdata[1])->source);
    g_assert_cmpstr(((VfgConfigureArg *)vmdef->guest->kernel_args->pdata[0])->text, ==, "quiet");
    g_assert_cmpstr(((VfgConfigureArg *)vmdef->guest->kernel_args->pdata[0])->policy, ==, "auto");
    g_assert_cmpstr(vmdef->guest->mirror, ==, "http://m/");
    g_assert_null(vmdef->guest->source);
    g_assert_null(vmdef->guest->fingerprint);
    g_assert_cmpstr(vmdef->libvirt, ==, "<libvirt xmlns:q=\"urn:q\"><q:a b=\"1\"/>&amp;</libvirt>");
}

/* The line and the element are the user's, not those around them. */
static void
test_elements(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    refuse(f, VMDEF("<memroy>64</memroy>\n"), "my.xml:4: element 'memroy'", "");
    refuse(f, VMDEF("<gpu select='nvidia'/>\n<gpu select='amd' slot='3'/>\n"),
           "my.xml:5: element 'gpu'", "slot");
    refuse(f, VMDEF("<gpu/>\n"), "my.xml:4: element 'gpu'", "an attribute is missing");
    refuse(f, VMDEF("<guest>\n<kernel-arg>two words</kernel-arg></guest>\n"),
           "my.xml:5: element 'kernel-arg'", "");
    refuse(f, VMDEF("<display type='spice'/>\n"), "my.xml:4: element 'display'", "");
    refuse(f, VMDEF("<memory>64</memory>\n"), "element 'memory'", "");
    refuse(f, VMDEF("text\n"), "my.xml:", "element");
    refuse(f, "<vmdef name='t'>\n<memory>64</memory>\n</vmdef>\n", "my.xml:1: element 'vmdef'",
           "disk");
    refuse(f, "<vmdef name='t'>\n<disk file='d'/>\n</vmdef>\n", "my.xml:1: element 'vmdef'",
           "memory");
    refuse(f, "<vmdef>\n<memory>64</memory>\n<disk file='d'/></vmdef>\n", "element 'vmdef'", "");
    refuse(f, "<domain/>\n", "my.xml:1: element 'domain'", "");
}

static void
test_disks(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GString) text = g_string_new("<vmdef name='t'>\n<memory>64</memory>\n");
    for (guint i = 0; i < 26; i++)
        g_string_append(text, "<disk file='d'/>\n");
    g_autofree char *most = g_strconcat(text->str, "</vmdef>\n", NULL);
    g_autofree char *more = g_strconcat(text->str, "<disk file='d'/></vmdef>\n", NULL);
    g_autoptr(VfgVmdef) vmdef = read_text(f, most);
    g_assert_cmpuint(vmdef->disks->len, ==, 26);
    refuse(f, more, "my.xml", "at most 26");
}

static void
test_values(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    refuse(f, VMDEF("<vcpu>0</vcpu>\n"), "my.xml:4: element 'vcpu'", "");
    refuse(f, VMDEF("<vcpu>4097</vcpu>\n"), "my.xml:4: element 'vcpu'", "");
    refuse(f, VMDEF("<vcpu>four</vcpu>\n"), "my.xml:4: element 'vcpu'", "wrong value");
    refuse(f, VMDEF("<vcpu>+4</vcpu>\n"), "my.xml:4: element 'vcpu'", "+4");
    refuse(f, VMDEF("<disk file='d' size='64 apples'/>\n"), "my.xml:4: element 'disk'", "");
    refuse(f, VMDEF("<disk file='d' size='999999999999TiB'/>\n"), "my.xml:4: element 'disk'",
           "999999999999TiB");
    refuse(f, VMDEF("<disk file='' />\n"), "my.xml:4: element 'disk'", "");
    refuse(f, VMDEF("<disk file='d' format='vmdk'/>\n"), "my.xml:4: element 'disk'", "");
    refuse(f, VMDEF("<network bridge='br0' mac='53:54:00:00:00:01'/>\n"),
           "my.xml:4: element 'network'", "");
    refuse(f, VMDEF("<network bridge='../br0'/>\n"), "my.xml:4: element 'network'", "");
    refuse(f, VMDEF("<network bridge='a' network='b'/>\n"), "my.xml:4: element 'network'", "");
    refuse(f, VMDEF("<guest>\n<repository mirror='ftp://m'/></guest>\n"),
           "my.xml:4: element 'guest'", "");
    refuse(f, VMDEF("<guest>\n<repository source='nvidia' mirror='http://m'/></guest>\n"),
           "my.xml:4: element 'guest'", "");
    refuse(f, VMDEF("<guest>\n<repository mirror='http://m' fingerprint='AB'/></guest>\n"),
           "my.xml:4: element 'guest'", "");
    refuse(f, VMDEF("<display type='vnc' listen='example.org'/>\n"), "my.xml:4: element 'display'",
           "");
    refuse(f, "<vmdef name='../t'>\n<memory>64</memory><disk file='d'/></vmdef>", "my.xml:1", "");
    refuse(f, "<vmdef name='-t'>\n<memory>64</memory><disk file='d'/></vmdef>",
           "my.xml:1: element 'vmdef'", "");
    refuse(f, "<vmdef name='t'>\n<memory>0</memory><disk file='d'/></vmdef>",
           "my.xml:2: element 'memory'", "");
    refuse(f, "<vmdef name='t'>\n<memory unit='TiB'>1</memory><disk file='d'/></vmdef>",
           "my.xml:2: element 'memory'", "");
    refuse(f, "<vmdef name='t'>\n<memory>99999999999999999999</memory><disk file='d'/></vmdef>",
           "my.xml:2: element 'memory'", "");
}

static void
test_not_xml(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    refuse(f, "", "my.xml:", "");
    refuse(f, "name: d2l\n", "my.xml:1:", "");
    refuse(f, "<vmdef name='t'>\n<memory>\n</vmdef>\n", "my.xml:4:", "vmdef");
    refuse(f, VMDEF("<gpu select='\xff'/>\n"), "my.xml:4:", "");
    refuse(f, VMDEF("&unknown;\n"), "my.xml:4:", "unknown");
}

/* Entities expand to gigabytes or to other files; none is even declared. */
static void
test_doctype(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GString) bomb = g_string_new("<!DOCTYPE vmdef [\n<!ENTITY e0 'ha'>\n");
    for (guint i = 1; i < 12; i++)
        g_string_append_printf(bomb, "<!ENTITY e%u '&e%u;&e%u;&e%u;&e%u;&e%u;&e%u;&e%u;&e%u;'>\n",
                               i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    g_string_append(bomb, "]>\n" VMDEF("<libvirt>&e11;</libvirt>"));
    refuse(f, bomb->str, "my.xml:", "");
    refuse(f, "<!DOCTYPE vmdef>\n" VMDEF(""), "my.xml:", "document type declaration");
    refuse(f,
           "<!DOCTYPE vmdef [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>\n" VMDEF(
               "<libvirt>&x;</libvirt>"),
           "my.xml:", "document type declaration");
    refuse(f, "<!DOCTYPE vmdef SYSTEM 'http://example.org/x.dtd'>\n" VMDEF(""),
           "my.xml:", "document type declaration");
}

static void
test_size(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *blanks = g_strnfill(2 << 20, ' ');
    g_autofree char *large = g_strdup_printf("<vmdef name='t'>%s</vmdef>", blanks);
    refuse(f, large, "my.xml: larger than 1 MiB", "");
    g_autoptr(GString) deep = g_string_new("<vmdef name='t'>");
    for (guint i = 0; i < 20000; i++)
        g_string_append(deep, "<libvirt>");
    refuse(f, deep->str, "my.xml:", "");
}

/* The name of the file and the text of the error come from outside. */
static void
test_message(Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
    static const char text[] = "<vmdef name='t'><x\xe2\x80\xae/></vmdef>";
    g_autoptr(GError) error = NULL;
    g_assert_null(vfg_vmdef_read(f->schema, text, strlen(text), "my.xml", &error));
    g_assert_true(g_utf8_validate(error->message, -1, NULL));
    g_assert_null(strstr(error->message, "\xe2\x80\xae"));
    g_assert_null(strchr(error->message, '\n'));
}

static void
test_schema(void)
{
    static const char *const broken[] = {"", "no xml", "<grammar/>", "<grammar xmlns='urn:x'>"};
    for (gsize i = 0; i < G_N_ELEMENTS(broken); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(VfgVmdefSchema) schema =
            vfg_vmdef_schema_new(broken[i], strlen(broken[i]), &error);
        g_assert_null(schema);
        assert_error(error, VFG_ERROR_PARSE, "vmdef.rng is broken");
    }
    vfg_vmdef_schema_free(NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    static const struct {
        const char *name;
        void (*test)(Fixture *f, gconstpointer data);
    } tests[] = {
        {"/vmdef-read/shipped", test_shipped},   {"/vmdef-read/d2l", test_d2l},
        {"/vmdef-read/defaults", test_defaults}, {"/vmdef-read/everything", test_everything},
        {"/vmdef-read/disks", test_disks},       {"/vmdef-read/elements", test_elements},
        {"/vmdef-read/values", test_values},     {"/vmdef-read/not-xml", test_not_xml},
        {"/vmdef-read/doctype", test_doctype},   {"/vmdef-read/size", test_size},
        {"/vmdef-read/message", test_message},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);
    g_test_add_func("/vmdef-read/schema", test_schema);
    return g_test_run();
}
