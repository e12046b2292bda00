/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The store of events: each once, in order, within bounds, whatever a guest sends. */

#include "store.h"

#include "stride.h"
#include "temp-tree.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
    TempTree *tree;
    char *path;
    VfgStore *store;
} Stage;

static void
reopen(Stage *stage, guint events)
{
    g_autoptr(GError) error = NULL;
    VfgStoreLimits limits = VFG_STORE_LIMITS;
    if (events)
        limits.events = events;
    vfg_store_free(stage->store);
    stage->store = vfg_store_open(stage->path, limits, &error);
    g_assert_no_error(error);
}

static void
set_up(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    stage->tree = temp_tree_new();
    stage->path = temp_tree_path(stage->tree, "state/events.db");
    stage->store = NULL;
    reopen(stage, 0);
}

static void
tear_down(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    vfg_store_free(stage->store);
    g_free(stage->path);
    temp_tree_free(stage->tree);
}

typedef struct {
    const char *vm;
    const char *boot;
    guint64 sequence;
    const char *id;
    VfgSeverity severity;
    VfgEventSource source;
    const char *line;
} Plain;

static gboolean
add_plain(VfgStore *store, Plain plain)
{
    g_autoptr(GError) error = NULL;
    gboolean added = FALSE;
    VfgEvent event = {.sequence = plain.sequence,
                      .boot_id = (char *)plain.boot,
                      .time = plain.sequence,
                      .id = (char *)(plain.id ? plain.id : "x"),
                      .class_name = (char *)"y",
                      .severity = plain.severity ? plain.severity : VFG_SEVERITY_ERROR,
                      .source = plain.source,
                      .line = (char *)plain.line,
                      .count = 1};
    VfgStored stored = {.vm = (char *)plain.vm, .stored = (gint64)plain.sequence, .event = &event};
    g_assert_true(vfg_store_add(store, &stored, &added, &error));
    g_assert_no_error(error);
    return added;
}

static gboolean
add(Stage *stage, const char *boot, guint64 sequence, const char *line)
{
    return add_plain(stage->store, (Plain){"vm", boot, sequence, .line = line});
}

static void
commit(Stage *stage)
{
    g_autoptr(GError) error = NULL;
    g_assert_true(vfg_store_commit(stage->store, &error));
    g_assert_no_error(error);
}

static gboolean
on_stored(const VfgStored *stored, gpointer data)
{
    g_string_append_printf(data, "%s:%s-%" G_GUINT64_FORMAT ":%s ", stored->vm,
                           stored->event->boot_id, stored->event->sequence, stored->event->line);
    return TRUE;
}

static char *
list(Stage *stage, VfgStoreQuery query)
{
    g_autoptr(GError) error = NULL;
    GString *found = g_string_new(NULL);
    g_assert_true(vfg_store_each(stage->store, &query, on_stored, found, &error));
    g_assert_no_error(error);
    return g_string_free(found, FALSE);
}

static void
assert_list(Stage *stage, VfgStoreQuery query, const char *wanted)
{
    g_autofree char *found = list(stage, query);
    g_assert_cmpstr(found, ==, wanted);
}

#define ALL ((VfgStoreQuery){0})

static void
test_once(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    g_assert_true(add(stage, "b1", 1, "a"));
    g_assert_true(add(stage, "b1", 2, "b"));
    g_assert_false(add(stage, "b1", 1, "a"));
    commit(stage);
    reopen(stage, 0);
    g_assert_false(add(stage, "b1", 2, "b"));
    g_assert_true(add(stage, "b2", 3, "a"));
    g_assert_true(add_plain(stage->store, (Plain){"other", "b1", 1, .line = "a"}));
    commit(stage);
    assert_list(stage, ALL, "vm:b1-1:a vm:b1-2:b vm:b2-3:a other:b1-1:a ");
    assert_list(stage, (VfgStoreQuery){.vm = "vm"}, "vm:b1-1:a vm:b1-2:b vm:b2-3:a ");
    assert_list(stage, (VfgStoreQuery){.vm = "vm", .newest = 2}, "vm:b1-2:b vm:b2-3:a ");
    assert_list(stage, (VfgStoreQuery){.after = 2, .since = 2}, "vm:b2-3:a ");
    g_assert_cmpuint(vfg_store_counts(stage->store, "vm").repeated, ==, 2);
    g_autofree char *boot = vfg_store_last_boot(stage->store, "vm", NULL);
    g_assert_cmpstr(boot, ==, "b2");
}

/* A guest set back to a snapshot sends again what is known, and then other events under numbers
 * that were used. */
static void
test_snapshot(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    add(stage, "b1", 1, "a");
    add(stage, "b1", 2, "b");
    add(stage, "b1", 3, "c");
    g_assert_false(add(stage, "b1", 2, "b"));
    g_assert_true(add(stage, "b1", 3, "other"));
    commit(stage);
    assert_list(stage, ALL, "vm:b1-1:a vm:b1-2:b vm:b1-3:c vm:b1-3:other ");
}

/* What a process stored and did not commit is not there when it is killed; what it committed is. */
static void
test_killed(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    g_clear_pointer(&stage->store, vfg_store_free);
    pid_t child = fork();
    if (child == 0) {
        reopen(stage, 0);
        add(stage, "b1", 1, "a");
        commit(stage);
        add(stage, "b1", 2, "b");
        kill(getpid(), SIGKILL);
    }
    g_assert_cmpint(waitpid(child, NULL, 0), ==, child);
    reopen(stage, 0);
    assert_list(stage, ALL, "vm:b1-1:a ");
    g_assert_true(add(stage, "b1", 2, "b"));
}

/* Two processes: one reads while the other writes. */
static void
test_shared(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgStore) other = vfg_store_open(stage->path, VFG_STORE_LIMITS, &error);
    g_assert_no_error(error);
    add(stage, "b1", 1, "a");
    /* In the middle of a transaction a third one opens it and looks. */
    g_autoptr(VfgStore) third G_GNUC_UNUSED = vfg_store_open(stage->path, VFG_STORE_LIMITS, &error);
    g_assert_no_error(error);
    g_autoptr(GString) found = g_string_new(NULL);
    VfgStoreQuery all = {0};
    g_assert_true(vfg_store_each(other, &all, on_stored, found, &error));
    g_assert_cmpstr(found->str, ==, "");
    commit(stage);
    g_assert_true(vfg_store_each(other, &all, on_stored, found, &error));
    g_assert_cmpstr(found->str, ==, "vm:b1-1:a ");
}

#define LIMIT 400

/* Junk of one VM takes nothing from the other, and from its own only junk. */
static void
test_flood(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    const guint n = MAX(3000 / test_stride(), 2 * LIMIT);
    reopen(stage, LIMIT);
    add_plain(stage->store, (Plain){"quiet", "b", 1, .line = "quiet"});
    add_plain(stage->store, (Plain){"vm", "b1", 1, "rare", VFG_SEVERITY_WARN, .line = "rare"});
    for (guint i = 2; i < n; i++)
        add_plain(stage->store, (Plain){"vm", "b1", i, i % 2 ? "junk" : "junk-2",
                                        VFG_SEVERITY_FATAL, i % 3 ? VFG_EVENT_USER : 0, "junk"});
    commit(stage);
    g_autofree char *all = list(stage, (VfgStoreQuery){.vm = "vm"});
    g_auto(GStrv) words = g_strsplit(all, " ", -1);
    g_assert_cmpuint(g_strv_length(words) - 1, <=, LIMIT);
    g_assert_cmpuint(g_strv_length(words) - 1, >, LIMIT / 2);
    g_assert_cmpuint(vfg_store_counts(stage->store, "vm").dropped + g_strv_length(words) - 1, ==,
                     n - 1);
    g_assert_true(g_str_has_prefix(all, "vm:b1-1:rare "));
    assert_list(stage, (VfgStoreQuery){.vm = "quiet"}, "quiet:b-1:quiet ");
    /* What was dropped does not come back as new. */
    g_assert_false(add_plain(stage->store, (Plain){"vm", "b1", 100, "junk-2", VFG_SEVERITY_FATAL,
                                                   VFG_EVENT_USER, "junk"}));
}

/* Each event is of a kind of its own and of a boot of its own. */
static void
test_forged_kinds(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    const guint n = MAX(2000 / test_stride(), 2 * LIMIT);
    reopen(stage, LIMIT);
    add_plain(stage->store, (Plain){"vm", "b1", 1, "rare", .line = "rare"});
    for (guint i = 0; i < n; i++) {
        g_autofree char *id = g_strdup_printf("kind-%u", i);
        add_plain(stage->store, (Plain){"vm", id, 1, id, VFG_SEVERITY_FATAL, .line = "junk"});
    }
    commit(stage);
    g_assert_cmpuint(vfg_store_counts(stage->store, "vm").dropped, >=, n + 1 - LIMIT);
}

static void
test_bytes(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    vfg_store_free(stage->store);
    stage->store = vfg_store_open(stage->path, (VfgStoreLimits){1000, 100000}, NULL);
    g_autofree char *line = g_strnfill(VFG_EVENT_MAX_LINE, 'x');
    for (guint i = 1; i < 500; i++)
        add(stage, "b1", i, line);
    commit(stage);
    g_autofree char *all = list(stage, ALL);
    g_assert_cmpuint(strlen(all), <, 100000);
    g_assert_cmpuint(strlen(all), >, VFG_EVENT_MAX_LINE);
}

/* Texts are kept raw and are never SQL. */
static void
test_texts(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    static const char text[] = "'); DROP TABLE events;-- \x1b[2J %s%n \xe2\x80\xae";
    add_plain(stage->store, (Plain){"v'm", "b1", 1, .line = text});
    commit(stage);
    g_autofree char *all = list(stage, (VfgStoreQuery){.vm = "v'm"});
    g_assert_nonnull(strstr(all, text));
}

static void
test_damaged(Stage *stage, G_GNUC_UNUSED gconstpointer data)
{
    g_clear_pointer(&stage->store, vfg_store_free);
    g_autofree char *junk = g_strnfill(8192, 'x');
    temp_tree_remove(stage->tree, "state");
    temp_tree_put(stage->tree, "state/events.db", junk);
    g_autoptr(GError) error = NULL;
    g_assert_null(vfg_store_open(stage->path, VFG_STORE_LIMITS, &error));
    g_assert_nonnull(strstr(error->message, "events.db"));
}

#define ADD(path, func) g_test_add(path, Stage, NULL, set_up, func, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/store/once", test_once);
    ADD("/store/snapshot", test_snapshot);
    ADD("/store/killed", test_killed);
    ADD("/store/shared", test_shared);
    ADD("/store/flood", test_flood);
    ADD("/store/forged-kinds", test_forged_kinds);
    ADD("/store/bytes", test_bytes);
    ADD("/store/texts", test_texts);
    ADD("/store/damaged", test_damaged);
    return g_test_run();
}
