/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The catalogue of findings: what a file may hold, placeholders, and whether the shipped files have
 * every text that the code asks for. */

#include "catalogue.h"

#include "assert-error.h"

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
    assert_file_error(error, "bad.ini", part);
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

static VfgCatalogue *
load_shipped(void)
{
    VfgCatalogue *catalogue = vfg_catalogue_new();
    visit_files("data/findings.d", ".ini", add_file, catalogue);
    return catalogue;
}

static void
add_text(const char *bytes, gsize len, gpointer data)
{
    g_string_append_len(data, bytes, (gssize)len);
}

/* The text of all sources that may make findings. */
static char *
read_sources(void)
{
    GString *text = g_string_new(NULL);
    visit_files("src/decide", ".c", add_text, text);
    visit_files("src/app", ".c", add_text, text);
    return g_string_free(text, FALSE);
}

/* What docs/DATA.md asks of an entry, beyond what the program needs: a source, a cause and a fix
 * where something fails, and that it is there once. */
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
        if (!g_hash_table_add(seen, g_strdup(ids[i])) || (first && strstr(first + 1, header)))
            g_error("[%s] is there twice", ids[i]);
    }
}

/* Every entry is whole, and some source names it. */
static void
test_entries(void)
{
    g_autofree char *sources = read_sources();
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    visit_files("data/findings.d", ".ini", check_entries, seen);
    GHashTableIter iter;
    gpointer id = NULL;
    g_hash_table_iter_init(&iter, seen);
    while (g_hash_table_iter_next(&iter, &id, NULL)) {
        g_autofree char *literal = g_strdup_printf("\"%s\"", (const char *)id);
        if (!strstr(sources, literal))
            g_error("nothing uses [%s]", (const char *)id);
    }
}

/* Ids stand in calls of vfg_catalogue_make and of macros around it, and in what is assigned to `id`
 * and `ids`: there, every literal of words joined by '-', and each first literal of ADD. */
static void
test_used_ids(void)
{
    g_autofree char *sources = read_sources();
    g_autoptr(VfgCatalogue) catalogue = load_shipped();
    g_autoptr(GRegex) statements = g_regex_new(
        "(?:vfg_catalogue_make\\(|\\bADD\\(|\\bid = |\\bids\\[\\] = )[^;]*;", 0, 0, NULL);
    g_autoptr(GRegex) literal =
        g_regex_new("ADD\\(\\w+, \"([a-z0-9-]+)\"|\"([a-z0-9]+(?:-[a-z0-9]+)+)\"", 0, 0, NULL);
    g_autoptr(GMatchInfo) statement = NULL;
    guint n = 0;
    for (g_regex_match(statements, sources, 0, &statement); g_match_info_matches(statement);
         g_match_info_next(statement, NULL)) {
        g_autofree char *text = g_match_info_fetch(statement, 0);
        g_autoptr(GMatchInfo) word = NULL;
        for (g_regex_match(literal, text, 0, &word); g_match_info_matches(word);
             g_match_info_next(word, NULL)) {
            g_autofree char *first = g_match_info_fetch(word, 1);
            g_autofree char *other = g_match_info_fetch(word, 2);
            const char *id = first && *first ? first : other;
            if (!vfg_catalogue_has(catalogue, id))
                g_error("the sources use '%s', which data/findings.d does not have", id);
            n++;
        }
    }
    g_assert_cmpuint(n, >=, 20);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/catalogue/refused", test_refused);
    g_test_add_func("/catalogue/make", test_make);
    g_test_add_func("/catalogue/unknown-id", test_unknown_id);
    g_test_add_func("/catalogue/override", test_override);
    g_test_add_func("/catalogue/entries", test_entries);
    g_test_add_func("/catalogue/used-ids", test_used_ids);
    return g_test_run();
}
