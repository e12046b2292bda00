/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Capabilities of real devices: listings with bytes (lspci -xxx), compared with what lspci made of
 * them. The listings are read in place and not part of the tree; without them there is nothing to
 * test. */

#include "pci-caps.h"

#include <string.h>

static VfgPciCaps
parse(const guint8 *config, gsize len)
{
    g_autoptr(GError) error = NULL;
    g_autofree guint8 *exact = g_memdup2(config, len);
    VfgPciCaps caps;
    gboolean good = vfg_pci_caps_parse(exact, len, &caps, &error);
    g_assert_no_error(error);
    g_assert_true(good);
    return caps;
}

/* What lspci -vvv says about a device, and the bytes that it showed. */
typedef struct {
    guint8 config[4096];
    gsize len;
    GString *text;
} Dump;

static int
type_in_text(const char *text)
{
    static const struct {
        const char *name;
        int type;
    } types[] = {{") Endpoint", VFG_PCIE_ENDPOINT},
                 {") Legacy Endpoint", VFG_PCIE_LEGACY_ENDPOINT},
                 {") Root Port", VFG_PCIE_ROOT_PORT},
                 {") Upstream Port", VFG_PCIE_UPSTREAM},
                 {") Downstream Port", VFG_PCIE_DOWNSTREAM},
                 {") PCI-Express to PCI", VFG_PCIE_TO_PCI_BRIDGE},
                 {") Root Complex Integrated Endpoint", VFG_PCIE_INTEGRATED_ENDPOINT}};
    const char *express = strstr(text, "] Express (v");
    for (gsize i = 0; express && i < G_N_ELEMENTS(types); i++)
        if (g_str_has_prefix(express + strlen("] Express (v2"), types[i].name))
            return types[i].type;
    g_assert_null(express);
    return VFG_PCIE_NONE;
}

static guint
number_after(const char *text, const char *word)
{
    const char *at = strstr(text, word);
    return at ? (guint)g_ascii_strtoull(at + strlen(word), NULL, 10) : 0;
}

static void
check_against_text(const Dump *dump)
{
    const char *text = dump->text->str;
    VfgPciCaps caps = parse(dump->config, dump->len);
    const char *vectors = strstr(text, "] MSI-X: ");
    const char *pin = strstr(text, "Interrupt: pin ");
    g_assert_true(caps.standard && !caps.damaged && !caps.all_ones);
    g_assert_cmpint(caps.pcie_type, ==, type_in_text(text));
    g_assert_cmpint(caps.extended, ==,
                    caps.pcie_type == VFG_PCIE_NONE && !strstr(text, "Host bridge"));
    g_assert_cmpint(caps.flr, ==, strstr(text, "RBE+ FLReset+") || strstr(text, "TP+ FLR+"));
    g_assert_cmpint(caps.pm, ==, strstr(text, "] Power Management") != NULL);
    g_assert_cmpint(caps.no_soft_reset, ==, strstr(text, "NoSoftRst+") != NULL);
    g_assert_cmpint(caps.msi, ==, strstr(text, "] MSI: ") != NULL);
    g_assert_cmpuint(caps.msix_vectors, ==, vectors ? number_after(vectors, "Count=") : 0);
    if (pin && pin[15] != '?')
        g_assert_cmpuint(caps.interrupt_pin, ==, (guint)(pin[15] - 'A' + 1));
}

/* A line of lspci -xxx, "40: 28 10 …", at the place that it names. */
static gboolean
take_bytes(Dump *dump, const char *line)
{
    char *rest = NULL;
    guint64 at = g_ascii_strtoull(line, &rest, 16);
    if (rest == line || *rest != ':' || rest[1] != ' ' || at > 4080 || at % 16)
        return FALSE;
    for (guint i = 0; i < 16; i++) {
        const char *digits = rest + 2 + 3 * (gsize)i;
        if (!g_ascii_isxdigit(digits[0]) || !g_ascii_isxdigit(digits[1]))
            return FALSE;
        dump->config[at + i] =
            (guint8)(g_ascii_xdigit_value(digits[0]) << 4 | g_ascii_xdigit_value(digits[1]));
    }
    dump->len = at + 16;
    return TRUE;
}

/* Runs `check` on each device of a listing; gives how many had bytes. */
static guint
each_dump(const char *listing, void (*check)(const Dump *dump))
{
    guint n = 0;
    Dump dump = {.len = 0, .text = g_string_new(NULL)};
    g_auto(GStrv) lines = g_strsplit(listing, "\n", -1);
    for (guint i = 0; lines[i]; i++) {
        if (take_bytes(&dump, lines[i]))
            continue;
        if (dump.len) {
            check(&dump);
            dump.len = 0;
            g_string_truncate(dump.text, 0);
            n++;
        }
        g_string_append_printf(dump.text, "%s\n", lines[i]);
    }
    g_string_free(dump.text, TRUE);
    return n;
}

static char *
read_sample(const char *name)
{
    char *text = NULL;
    g_autofree char *path =
        g_build_filename(VFG_TOP_SRCDIR, "..", "shared", "samples", "hosts", name, NULL);
    if (!g_file_get_contents(path, &text, NULL, NULL))
        g_test_skip("the recorded listings are not here");
    return text;
}

static void
test_sample_full(void)
{
    g_autofree char *text = read_sample("h31-lambda-2xA6000-full-nnDvvvxxx.txt");
    if (text)
        g_assert_cmpuint(each_dump(text, check_against_text), >, 60);
}

static void
check_pascal(const Dump *dump)
{
    VfgPciCaps caps = parse(dump->config, dump->len);
    g_assert_cmpuint(dump->len, ==, 256);
    g_assert_true(caps.standard && !caps.extended && !caps.damaged);
    g_assert_true(caps.pm && caps.no_soft_reset && caps.msi && !caps.msix && !caps.flr);
    g_assert_true(caps.pcie_type == VFG_PCIE_LEGACY_ENDPOINT ||
                  caps.pcie_type == VFG_PCIE_ENDPOINT);
}

static void
test_sample_laptop(void)
{
    g_autofree char *text = read_sample("h33-precision7530-optimus-vxxx.txt");
    if (text)
        g_assert_cmpuint(each_dump(text, check_pascal), ==, 2);
}

/* The PCI Express functions here have all 4096 bytes, ports have ACS; others may have 64. */
static void
check_desktop(const Dump *dump)
{
    VfgPciCaps caps = parse(dump->config, dump->len);
    g_assert_false(caps.damaged || caps.all_ones);
    g_assert_cmpint(caps.standard, ==, TRUE);
    if (dump->len == 4096)
        g_assert_true(caps.extended);
    if (strstr(dump->text->str, "I/O Hub PCI Express Root Port")) {
        g_assert_cmpint(caps.pcie_type, ==, VFG_PCIE_ROOT_PORT);
        g_assert_true(caps.acs);
        g_assert_cmphex(caps.acs_capability, !=, 0);
    }
}

static void
test_sample_desktop(void)
{
    g_autofree char *text = read_sample("h61-pciutils-asus-p6t6-dump.txt");
    if (text)
        g_assert_cmpuint(each_dump(text, check_desktop), >, 30);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pci-caps-samples/full", test_sample_full);
    g_test_add_func("/pci-caps-samples/laptop", test_sample_laptop);
    g_test_add_func("/pci-caps-samples/desktop", test_sample_desktop);
    return g_test_run();
}
