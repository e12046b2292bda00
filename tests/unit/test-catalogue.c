/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The catalogue of findings: what a file may hold, placeholders, and whether the shipped files have
 * every text that the code asks for. */

#include "catalogue.h"

#include "assert-error.h"

/* Every id that src/decide and src/app give to vfg_catalogue_make. test_ids_listed finds those that
 * are missing here. */
static const char *const used_ids[] = {"iommu-on",
                                       "iommu-off",
                                       "iommu-off-intel",
                                       "iommu-off-amd",
                                       "iommu-off-by-argument",
                                       "vfio-pci-loaded",
                                       "vfio-pci-available",
                                       "vfio-pci-missing",
                                       "emulator-found",
                                       "emulator-missing",
                                       "firmware-found",
                                       "firmware-missing",
                                       "kvm-found",
                                       "kvm-missing",
                                       "libvirt-reachable",
                                       "libvirt-unreachable",
                                       "no-gpu",
                                       "group-viable",
                                       "group-not-viable",
                                       "group-missing",
                                       "boot-display",
                                       "selector-resolved",
                                       "selector-unresolved",
                                       "selector-twice",
                                       "disk-missing",
                                       NULL};

static VfgCatalogue *
load(const char *text)
{
    g_autoptr(GError) error = NULL;
    VfgCatalogue *catalogue = vfg_catalogue_new();
    gboolean good = vfg_catalogue_add(catalogue, "test.ini", text, strlen(text), &error);
    g_assert_no_error(error);
    g_assert_true(good);
    return catalogue;
}

static void
refuse(const char *text, const char *part)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgCatalogue) catalogue = load("[old]\nlevel=pass\ntitle=old\n");
    g_assert_false(vfg_catalogue_add(catalogue, "bad.ini", text, strlen(text), &error));
    g_assert_true(g_str_has_prefix(error->message, "bad.ini: "));
    if (!strstr(error->message, part))
        g_error("'%s' does not say '%s'", error->message, part);
    g_assert_false(vfg_catalogue_has(catalogue, "good"));
    g_assert_true(vfg_catalogue_has(catalogue, "old"));
}

#define GOOD "[good]\nlevel=pass\ntitle=good\n"

static void
test_refused(void)
{
    refuse(GOOD "[bad]\nlevel=error\ntitle=x\n", "[bad]: level is 'error'");
    refuse(GOOD "[bad]\ntitle=x\n", "[bad]: level is ''");
    refuse(GOOD "[bad]\nlevel=fail\n", "[bad]: no title");
    refuse(GOOD "[bad]\nlevel=fail\ntitle=\n", "[bad]: no title");
    refuse(GOOD "[bad]\nlevel=fail\ntitle=x\nfixx=y\n", "[bad]: unknown key 'fixx'");
    refuse(GOOD "[bad]\n", "[bad]");
    refuse("title=x\n" GOOD, "");
    refuse(GOOD "[bad\n", "");
    refuse(GOOD "\xff\xfe\n", "");
}

static void
test_make(void)
{
    g_autoptr(VfgCatalogue) catalogue = load("# comment\n[one]\nlevel=WARN\n"
                                             "title={subject}: {a} {b} {c} {a}\n"
                                             "cause={a\nfix=}{}{{a}}\nsource=a book\n"
                                             "[two]\nlevel=note\ntitle=two\n");
    g_autoptr(VfgFinding) one =
        vfg_catalogue_make(catalogue, "one", "host", "a", "{b}%s", "b", "B", NULL);
    g_assert_cmpstr(one->id, ==, "one");
    g_assert_cmpint(one->level, ==, VFG_LEVEL_WARN);
    g_assert_cmpstr(one->subject, ==, "host");
    g_assert_cmpstr(one->title, ==, "host: {b}%s B {c} {b}%s");
    g_assert_cmpstr(one->cause, ==, "{a");
    g_assert_cmpstr(one->fix, ==, "}{}{{b}%s}");
    g_autoptr(VfgFinding) two = vfg_catalogue_make(catalogue, "two", "host", NULL);
    g_assert_cmpint(two->level, ==, VFG_LEVEL_NOTE);
    g_assert_cmpstr(two->cause, ==, "");
    g_assert_cmpstr(two->fix, ==, "");
}

/* A check is never lost silently. */
static void
test_unknown_id(void)
{
    g_autoptr(VfgCatalogue) catalogue = load(GOOD);
    g_autoptr(VfgFinding) finding = vfg_catalogue_make(catalogue, "none", "host", NULL);
    g_assert_cmpint(finding->level, ==, VFG_LEVEL_FAIL);
    g_assert_cmpstr(finding->id, ==, "none");
    g_assert_cmpstr(finding->title, ==, "none");
    g_assert_cmpstr(finding->fix, !=, "");
    g_assert_false(vfg_catalogue_has(catalogue, "none"));
}

/* A later file replaces an entry whole. */
static void
test_override(void)
{
    static const char later[] = "[good]\nlevel=fail\ntitle=mine\nfix=call me\n";
    g_autoptr(VfgCatalogue) catalogue = load(GOOD "cause=theirs\n");
    g_autoptr(GError) error = NULL;
    g_assert_true(vfg_catalogue_add(catalogue, "site.ini", later, strlen(later), &error));
    g_autoptr(VfgFinding) finding = vfg_catalogue_make(catalogue, "good", "host", NULL);
    g_assert_cmpint(finding->level, ==, VFG_LEVEL_FAIL);
    g_assert_cmpstr(finding->title, ==, "mine");
    g_assert_cmpstr(finding->cause, ==, "");
    g_assert_cmpstr(finding->fix, ==, "call me");
}

/* Calls visit for each file of a folder of the source tree with that suffix. */
static void
visit_files(const char *folder, const char *suffix, void (*visit)(const char *, gsize, gpointer),
            gpointer data)
{
    g_autofree char *path = g_build_filename(VFG_TOP_SRCDIR, folder, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) dir = g_dir_open(path, 0, &error);
    g_assert_no_error(error);
    guint n = 0;
    for (const char *name = g_dir_read_name(dir); name; name = g_dir_read_name(dir)) {
        if (!g_str_has_suffix(name, suffix))
            continue;
        g_autofree char *file = g_build_filename(path, name, NULL);
        g_autofree char *bytes = NULL;
        gsize len = 0;
        g_file_get_contents(file, &bytes, &len, &error);
        g_assert_no_error(error);
        visit(bytes, len, data);
        n++;
    }
    g_assert_cmpuint(n, >, 0);
}

static void
add_file(const char *bytes, gsize len, gpointer data)
{
    g_autoptr(GError) error = NULL;
    gboolean good = vfg_catalogue_add(data, "shipped", bytes, len, &error);
    g_assert_no_error(error);
    g_assert_true(good);
}

static void
test_shipped(void)
{
    g_autoptr(VfgCatalogue) catalogue = vfg_catalogue_new();
    visit_files("data/findings.d", ".ini", add_file, catalogue);
    for (guint i = 0; used_ids[i]; i++)
        if (!vfg_catalogue_has(catalogue, used_ids[i]))
            g_error("data/findings.d has no [%s]", used_ids[i]);
}

/* What docs/DATA.md asks of an entry, beyond what the program needs: a source, a cause and a fix
 * where something is wrong, and that it is used. */
static void
check_entries(const char *bytes, gsize len, gpointer data)
{
    GHashTable *seen = data;
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_assert_true(g_key_file_load_from_data(file, bytes, len, G_KEY_FILE_NONE, NULL));
    g_auto(GStrv) ids = g_key_file_get_groups(file, NULL);
    for (guint i = 0; ids[i]; i++) {
        g_autofree char *header = g_strdup_printf("\n[%s]\n", ids[i]);
        const char *first = strstr(bytes, header);
        g_autofree char *level = g_key_file_get_string(file, ids[i], "level", NULL);
        gboolean bad = g_str_equal(level, "fail") || g_str_equal(level, "warn");
        if (!g_key_file_has_key(file, ids[i], "source", NULL))
            g_error("[%s] has no source", ids[i]);
        if (bad && (!g_key_file_has_key(file, ids[i], "cause", NULL) ||
                    !g_key_file_has_key(file, ids[i], "fix", NULL)))
            g_error("[%s] names no cause or no fix", ids[i]);
        if (!g_strv_contains(used_ids, ids[i]))
            g_error("nothing uses [%s]", ids[i]);
        if (!g_hash_table_add(seen, g_strdup(ids[i])) || (first && strstr(first + 1, header)))
            g_error("[%s] is there twice", ids[i]);
    }
}

static void
test_entries(void)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    visit_files("data/findings.d", ".ini", check_entries, seen);
}

/* In a file that makes findings, a literal in the form of an id (lower-case words joined by '-') on
 * a line that speaks of ids, or right behind vfg_catalogue_make(…, must be listed above. */
static void
scan_source(const char *bytes, gsize len G_GNUC_UNUSED, gpointer data)
{
    guint *n = data;
    g_autoptr(GRegex) calls = g_regex_new(
        "(?:vfg_catalogue_make\\([^;]*?|(?:\\bid = |\\bids\\[\\] = )[^;]*?)\"[^;]*;", 0, 0, NULL);
    g_autoptr(GRegex) literal = g_regex_new("\"([a-z0-9]+(?:-[a-z0-9]+)+)\"", 0, 0, NULL);
    g_autoptr(GMatchInfo) call = NULL;
    for (g_regex_match(calls, bytes, 0, &call); g_match_info_matches(call);
         g_match_info_next(call, NULL)) {
        g_autofree char *text = g_match_info_fetch(call, 0);
        g_autoptr(GMatchInfo) word = NULL;
        for (g_regex_match(literal, text, 0, &word); g_match_info_matches(word);
             g_match_info_next(word, NULL)) {
            g_autofree char *id = g_match_info_fetch(word, 1);
            if (!g_strv_contains(used_ids, id))
                g_error("the sources use '%s', which this test does not list", id);
            ++*n;
        }
    }
}

static void
test_ids_listed(void)
{
    guint n = 0;
    visit_files("src/decide", "check.c", scan_source, &n);
    visit_files("src/app", "verify.c", scan_source, &n);
    g_assert_cmpuint(n, >=, 20);
}

/* The two above are the only files that make findings. */
static void
refuse_catalogue(const char *bytes, gsize len G_GNUC_UNUSED, gpointer data)
{
    guint *n = data;
    *n += strstr(bytes, "vfg_catalogue_make(") != NULL;
}

static void
test_makers(void)
{
    guint n = 0;
    visit_files("src/decide", ".c", refuse_catalogue, &n);
    visit_files("src/app", ".c", refuse_catalogue, &n);
    g_assert_cmpuint(n, ==, 2);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/catalogue/refused", test_refused);
    g_test_add_func("/catalogue/make", test_make);
    g_test_add_func("/catalogue/unknown-id", test_unknown_id);
    g_test_add_func("/catalogue/override", test_override);
    g_test_add_func("/catalogue/shipped", test_shipped);
    g_test_add_func("/catalogue/entries", test_entries);
    g_test_add_func("/catalogue/ids-listed", test_ids_listed);
    g_test_add_func("/catalogue/makers", test_makers);
    return g_test_run();
}
