/* SPDX-License-Identifier: GPL-2.0-or-later */

/* vfiogpu-agent kernel-args: shows and changes the kernel's arguments in the boot loaders' files.
 */

#include "commands.h"
#include "error.h"
#include "escape.h"
#include "kernel-args.h"

#include <stdio.h>
#include <string.h>

#define SHOWN_MAX 4096

typedef struct {
    char *root;
    gboolean dry_run;
    gboolean force;
} Options;

static void
options_clear(Options *options)
{
    g_free(options->root);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static void
print_line(const char *mark, const char *text, gsize len)
{
    g_autofree char *shown = vfg_escape_text(text, (gssize)len, SHOWN_MAX);
    printf("%s%s\n", mark, shown);
}

/* The lines that differ; the same at the start and at the end are left out. */
static void
print_change(const VfgKernelArgsFile *file)
{
    gsize old_len = 0, new_len = 0;
    const char *old = g_bytes_get_data(file->before, &old_len);
    const char *new = g_bytes_get_data(file->after, &new_len);
    g_autofree char *old_text = g_strndup(old ? old : "", old_len);
    g_autofree char *new_text = g_strndup(new ? new : "", new_len);
    g_auto(GStrv) was = g_strsplit(old_text, "\n", -1);
    g_auto(GStrv) is = g_strsplit(new_text, "\n", -1);
    guint start = 0, was_end = g_strv_length(was), is_end = g_strv_length(is);
    while (start < was_end && start < is_end && g_str_equal(was[start], is[start]))
        start++;
    while (was_end > start && is_end > start && g_str_equal(was[was_end - 1], is[is_end - 1])) {
        was_end--;
        is_end--;
    }
    printf("%s\n", file->path);
    for (guint i = start; i < was_end; i++)
        print_line("  - ", was[i], strlen(was[i]));
    for (guint i = start; i < is_end; i++)
        print_line("  + ", is[i], strlen(is[i]));
}

static void
print_plan(const VfgKernelArgsPlan *plan)
{
    for (guint i = 0; i < plan->files->len; i++) {
        const VfgKernelArgsFile *file = g_ptr_array_index(plan->files, i);
        if (!g_bytes_equal(file->before, file->after))
            print_change(file);
    }
    for (guint i = 0; i < plan->notes->len; i++)
        printf("%s\n", (char *)g_ptr_array_index(plan->notes, i));
    if (!plan->changes && !plan->commands->len)
        puts("nothing to change");
}

static gboolean
run_command(const char *command, GError **error)
{
    g_auto(GStrv) argv = NULL;
    int status = 0;
    g_autoptr(GError) local = NULL;
    printf("running: %s\n", command);
    fflush(stdout);
    if (g_shell_parse_argv(command, NULL, &argv, &local) &&
        g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_CHILD_INHERITS_STDIN, NULL,
                     NULL, NULL, NULL, &status, &local) &&
        g_spawn_check_wait_status(status, &local))
        return TRUE;
    vfg_error_set(error, VFG_ERROR_FAILED, "see what it says above, then run it again by hand",
                  "the files were changed, but '%s' failed: %s", command, local->message);
    return FALSE;
}

/* On a tree that is not the running system the commands are only named. */
static gboolean
only_names(const Options *options)
{
    return options->dry_run || options->root;
}

static gboolean
finish(const VfgKernelArgsPlan *plan, const Options *options, GError **error)
{
    gboolean only_name = only_names(options);
    for (guint i = 0; i < plan->commands->len; i++) {
        const char *command = g_ptr_array_index(plan->commands, i);
        if (only_name)
            printf("then run: %s\n", command);
        else if (!run_command(command, error))
            return FALSE;
    }
    if (only_name || !plan->commands->len)
        return TRUE;
    puts("the change counts from the next boot on");
    return vfg_kernel_store_owe(plan->store, FALSE, error);
}

/* What is cut off between the files and the commands is made good by the next call. */
static gboolean
begin(const VfgKernelArgsPlan *plan, const Options *options, GError **error)
{
    return only_names(options) || !plan->commands->len ||
           vfg_kernel_store_owe(plan->store, TRUE, error);
}

static int
change(char **args, gboolean remove, const Options *options, GError **error)
{
    const char *root = options->root ? options->root : "/";
    g_autoptr(VfgKernelArgsPlan) plan =
        vfg_kernel_args_plan(root, args, remove, options->force, error);
    if (!plan)
        return 1;
    print_plan(plan);
    if (!begin(plan, options, error) || (!options->dry_run && !vfg_kernel_args_apply(plan, error)))
        return 1;
    return finish(plan, options, error) ? 0 : 1;
}

static int
show(const Options *options, GError **error)
{
    g_autoptr(GPtrArray) lines = vfg_kernel_args_show(options->root ? options->root : "/", error);
    for (guint i = 0; lines && i < lines->len; i++) {
        const char *line = g_ptr_array_index(lines, i);
        print_line("", line, strlen(line));
    }
    return lines ? 0 : 1;
}

int
vfg_agent_cmd_kernel_args(int argc, char **argv, GError **error)
{
    g_auto(Options) options = {0};
    const GOptionEntry entries[] = {
        {"root", 0, 0, G_OPTION_ARG_FILENAME, &options.root,
         "Change the system in this tree; what must run afterwards is named, not run", "DIR"},
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &options.dry_run, "Show the change, make none", NULL},
        {"force", 0, 0, G_OPTION_ARG_NONE, &options.force,
         "Replace an argument that contradicts; remove one that was there before", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_auto(GStrv) words = vfg_agent_command_parse("kernel-args", entries, argc, argv, 1, 64, error);
    if (!words)
        return 2;
    if (g_str_equal(words[0], "show") && !words[1])
        return show(&options, error);
    gboolean remove = g_str_equal(words[0], "remove");
    if ((remove || g_str_equal(words[0], "add")) && words[1])
        return change(words + 1, remove, &options, error);
    vfg_error_set(error, VFG_ERROR_USAGE, "vfiogpu-agent kernel-args --help",
                  "kernel-args wants show, or add or remove and arguments");
    return 2;
}
