/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Kernel arguments of a system. */

#include "kernel-args.h"

#include "cmdline.h"
#include "error.h"
#include "kernel-edit.h"
#include "kernel-loaders.h"
#include "kernel-store.h"

#include <string.h>

static void
file_free(gpointer data)
{
    VfgKernelArgsFile *file = data;
    g_bytes_unref(file->before);
    g_bytes_unref(file->after);
    g_free(file->path);
    g_free(file);
}

void
vfg_kernel_args_plan_free(VfgKernelArgsPlan *plan)
{
    if (!plan)
        return;
    g_ptr_array_unref(plan->files);
    g_ptr_array_unref(plan->commands);
    g_ptr_array_unref(plan->notes);
    vfg_kernel_store_free(plan->store);
    g_free(plan);
}

static VfgKernelForm
form_of(const VfgKernelFile *file)
{
    VfgKernelForm form = {
        .format = file->format, .variables = file->variables, .shown = file->path};
    return form;
}

/* One file of a group while it is decided which one is changed. */
typedef struct {
    GBytes *bytes;
    const VfgKernelFile *file;
} Member;

/* Whether a shell file assigns the variable at all. */
static gboolean
assigns(const Member *member, const char *variable, gboolean *ret, GError **error)
{
    const char *const only[] = {variable, NULL};
    VfgKernelForm form = form_of(member->file);
    gsize len = 0;
    const char *text = g_bytes_get_data(member->bytes, &len);
    form.variables = only;
    g_autoptr(VfgKernelText) parsed = vfg_kernel_text_parse(&form, text ? text : "", len, error);
    if (!parsed)
        return FALSE;
    *ret = !parsed->missing;
    return TRUE;
}

/* The index of the file to change: the last that assigns the first variable, or else the second; or
 * else the first file, where a line is added. */
static gboolean
choose(GArray *members, const char *const *variables, guint *ret, const char **variable,
       GError **error)
{
    for (guint v = 0; variables[v]; v++)
        for (guint i = members->len; i-- > 0;) {
            gboolean hit = FALSE;
            if (!assigns(&g_array_index(members, Member, i), variables[v], &hit, error))
                return FALSE;
            if (hit) {
                *ret = i;
                *variable = variables[v];
                return TRUE;
            }
        }
    *ret = 0;
    *variable = variables[0];
    return TRUE;
}

static void
add_words(GPtrArray *context, const VfgKernelForm *form, GBytes *bytes)
{
    g_autoptr(GPtrArray) lines = vfg_kernel_edit_show(form, bytes, NULL);
    for (guint i = 0; lines && i < lines->len; i++) {
        g_auto(GStrv) words = g_strsplit(g_ptr_array_index(lines, i), " ", -1);
        for (guint j = 0; words[j]; j++)
            g_ptr_array_add(context, g_strdup(words[j]));
    }
}

/* Whether the value of the variable goes on from what it was before this file. */
static gboolean
goes_on(GBytes *bytes, const char *variable)
{
    gsize len = 0;
    const char *text = g_bytes_get_data(bytes, &len);
    g_autofree char *whole = g_strndup(text ? text : "", len);
    g_autofree char *braced = g_strconcat("${", variable, NULL);
    g_autofree char *plain = g_strconcat("$", variable, NULL);
    g_autofree char *added = g_strconcat(variable, "+=", NULL);
    return strstr(whole, braced) || strstr(whole, plain) || strstr(whole, added);
}

/* The words that reach the kernel from the other files of the group. */
static GPtrArray *
context_of(GArray *members, guint chosen, const char *variable)
{
    GPtrArray *context = g_ptr_array_new_with_free_func(g_free);
    const Member *target = &g_array_index(members, Member, chosen);
    gboolean on = goes_on(target->bytes, variable);
    for (guint i = 0; i < members->len; i++) {
        const Member *member = &g_array_index(members, Member, i);
        for (guint v = 0; i != chosen && member->file->variables[v]; v++) {
            const char *const only[] = {member->file->variables[v], NULL};
            VfgKernelForm form = form_of(member->file);
            form.variables = only;
            if (on || !g_str_equal(only[0], variable))
                add_words(context, &form, member->bytes);
        }
    }
    return context;
}

/* What the change of one file needs to know. */
typedef struct {
    VfgKernelArgsPlan *plan;
    char **args;
    gboolean force;
} Change;

static GBytes *
remove_one(const Change *change, const VfgKernelForm *form, GBytes *now, const char *arg,
           GError **error)
{
    VfgKernelStore *store = change->plan->store;
    GBytes *undone = change->force ? NULL : vfg_kernel_store_undo(store, form->shown, arg, now);
    if (undone == now)
        g_ptr_array_add(change->plan->notes,
                        g_strdup_printf("%s: %s was there before it was added here, so it stays; "
                                        "--force takes it out",
                                        form->shown, arg));
    GBytes *out = undone ? undone : vfg_kernel_edit_remove(form, now, arg, error);
    if (out)
        vfg_kernel_store_forget(store, form->shown, arg);
    return out;
}

static GBytes *
add_one(const Change *change, const VfgKernelForm *form, GBytes *now, const char *arg,
        GPtrArray *context, GError **error)
{
    GBytes *out = vfg_kernel_edit_add(form, now, arg, context, change->force, error);
    if (out)
        vfg_kernel_store_remember(change->plan->store, form->shown, arg, now, out);
    return out;
}

/* Without ECAM the extended configuration space, and with it resizing of BARs and error reports, is
 * out of reach (Documentation/admin-guide/kernel-parameters.txt, pci=nommconf). */
static void
note_nommconf(const Change *change, const VfgKernelForm *form, GBytes *bytes)
{
    g_autoptr(GPtrArray) lines = vfg_kernel_edit_show(form, bytes, NULL);
    for (guint i = 0; lines && i < lines->len; i++)
        if (vfg_cmdline_has(g_ptr_array_index(lines, i), "pci=nommconf"))
            g_ptr_array_add(change->plan->notes,
                            g_strdup_printf("warning: %s has pci=nommconf, which hides a part of a "
                                            "GPU's configuration space",
                                            form->shown));
}

/* Goes through the arguments; a removal in reverse, as they were added. */
static gboolean
change_bytes(const Change *change, const VfgKernelForm *form, GBytes *before, GPtrArray *context,
             GError **error)
{
    g_autoptr(GBytes) now = g_bytes_ref(before);
    guint n = g_strv_length(change->args);
    for (guint i = 0; i < n; i++) {
        gboolean removes = change->plan->remove;
        const char *arg = change->args[removes ? n - 1 - i : i];
        GBytes *next = removes ? remove_one(change, form, now, arg, error)
                               : add_one(change, form, now, arg, context, error);
        if (!next)
            return FALSE;
        g_bytes_unref(now);
        now = next;
    }
    if (!change->plan->remove)
        note_nommconf(change, form, now);
    VfgKernelArgsFile *file = g_new0(VfgKernelArgsFile, 1);
    file->path = g_strdup(form->shown);
    file->before = g_bytes_ref(before);
    file->after = g_steal_pointer(&now);
    change->plan->changes |= !g_bytes_equal(file->before, file->after);
    g_ptr_array_add(change->plan->files, file);
    return TRUE;
}

/* RHEL 8 keeps the arguments of all entries in GRUB's environment; grubby knows how. */
static gboolean
is_elsewhere(const VfgKernelForm *form, GBytes *bytes)
{
    gsize len = 0;
    const char *text = g_bytes_get_data(bytes, &len);
    g_autoptr(VfgKernelText) parsed = vfg_kernel_text_parse(form, text ? text : "", len, NULL);
    return parsed && parsed->elsewhere;
}

static void
leave_to_grubby(const Change *change, const char *path)
{
    g_autofree char *args = g_strjoinv(" ", change->args);
    g_autofree char *quoted = g_shell_quote(args);
    g_autofree char *command =
        g_strdup_printf("grubby --update-kernel=ALL --%s=%s",
                        change->plan->remove ? "remove-args" : "args", quoted);
    GPtrArray *commands = change->plan->commands;
    g_ptr_array_add(
        change->plan->notes,
        g_strdup_printf("%s takes its arguments from $kernelopts and stays as it is", path));
    if (!g_ptr_array_find_with_equal_func(commands, command, g_str_equal, NULL))
        g_ptr_array_add(commands, g_steal_pointer(&command));
}

static gboolean
change_lone(const Change *change, const VfgKernelFile *file, GError **error)
{
    VfgKernelForm form = form_of(file);
    g_autoptr(GBytes) before = vfg_kernel_store_read(change->plan->store, file->path, error);
    if (!before)
        return FALSE;
    if (is_elsewhere(&form, before)) {
        leave_to_grubby(change, file->path);
        return TRUE;
    }
    return change_bytes(change, &form, before, NULL, error);
}

static void
member_clear(gpointer data)
{
    g_bytes_unref(((Member *)data)->bytes);
}

/* The files of the group are one to the shell; one of them is changed. A removal goes through all,
 * since an argument may be in any. */
static gboolean
change_group(const Change *change, GArray *members, GError **error)
{
    guint chosen = 0;
    const char *variable = NULL;
    const char *const *variables = g_array_index(members, Member, 0).file->variables;
    if (!choose(members, variables, &chosen, &variable, error))
        return FALSE;
    g_autoptr(GPtrArray) context = context_of(members, chosen, variable);
    for (guint i = 0; i < members->len; i++) {
        const Member *member = &g_array_index(members, Member, i);
        VfgKernelForm form = form_of(member->file);
        while (!g_str_equal(form.variables[0], variable))
            form.variables++;
        if ((change->plan->remove || i == chosen) &&
            !change_bytes(change, &form, member->bytes, context, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
change_files(const Change *change, const VfgKernelLoaders *loaders, GError **error)
{
    g_autoptr(GArray) members = g_array_new(FALSE, FALSE, sizeof(Member));
    g_array_set_clear_func(members, member_clear);
    for (guint i = 0; i < loaders->files->len; i++) {
        const VfgKernelFile *file = g_ptr_array_index(loaders->files, i);
        if (!file->group) {
            if (!change_lone(change, file, error))
                return FALSE;
            continue;
        }
        Member member = {.file = file};
        member.bytes = vfg_kernel_store_read(change->plan->store, file->path, error);
        if (!member.bytes)
            return FALSE;
        g_array_append_val(members, member);
    }
    return !members->len || change_group(change, members, error);
}

VfgKernelArgsPlan *
vfg_kernel_args_plan(const char *root, char **args, gboolean remove, gboolean force, GError **error)
{
    g_autoptr(VfgRoot) tree = vfg_root_new(root, error);
    g_autoptr(VfgKernelLoaders) loaders = tree ? vfg_kernel_loaders_find(tree, error) : NULL;
    if (!loaders)
        return NULL;
    g_autoptr(VfgKernelArgsPlan) plan = g_new0(VfgKernelArgsPlan, 1);
    plan->files = g_ptr_array_new_with_free_func(file_free);
    plan->commands = g_ptr_array_new_with_free_func(g_free);
    plan->notes = g_ptr_array_new_with_free_func(g_free);
    plan->remove = remove;
    plan->store = vfg_kernel_store_new(root, error);
    if (!plan->store)
        return NULL;
    Change change = {.plan = plan, .args = args, .force = force};
    if (!change_files(&change, loaders, error))
        return NULL;
    gboolean due = plan->changes || vfg_kernel_store_owes(plan->store);
    for (guint i = 0; due && i < loaders->commands->len; i++)
        g_ptr_array_add(plan->commands, g_strdup(g_ptr_array_index(loaders->commands, i)));
    return g_steal_pointer(&plan);
}

static gboolean
write_file(VfgKernelStore *store, const VfgKernelArgsFile *file, GError **error)
{
    if (g_bytes_equal(file->before, file->after))
        return TRUE;
    g_autoptr(GBytes) now = vfg_kernel_store_read(store, file->path, error);
    if (!now)
        return FALSE;
    if (g_bytes_equal(now, file->before))
        return vfg_kernel_store_replace(store, file->path, file->after, error);
    vfg_error_set(error, VFG_ERROR_FAILED, "try again", "%s was changed by somebody else meanwhile",
                  file->path);
    return FALSE;
}

/* What is remembered must be on disk before the change, and be forgotten only after it. */
gboolean
vfg_kernel_args_apply(VfgKernelArgsPlan *plan, GError **error)
{
    if (!plan->remove && !vfg_kernel_store_save(plan->store, error))
        return FALSE;
    for (guint i = 0; i < plan->files->len; i++)
        if (!write_file(plan->store, g_ptr_array_index(plan->files, i), error))
            return FALSE;
    return !plan->remove || vfg_kernel_store_save(plan->store, error);
}

GPtrArray *
vfg_kernel_args_show(const char *root, GError **error)
{
    g_autoptr(VfgRoot) tree = vfg_root_new(root, error);
    g_autoptr(VfgKernelLoaders) loaders = tree ? vfg_kernel_loaders_find(tree, error) : NULL;
    g_autoptr(VfgKernelStore) store = loaders ? vfg_kernel_store_new(root, error) : NULL;
    if (!store)
        return NULL;
    g_autoptr(GPtrArray) shown = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < loaders->files->len; i++) {
        const VfgKernelFile *file = g_ptr_array_index(loaders->files, i);
        VfgKernelForm form = form_of(file);
        g_autoptr(GBytes) bytes = vfg_kernel_store_read(store, file->path, error);
        g_autoptr(GPtrArray) lines = bytes ? vfg_kernel_edit_show(&form, bytes, error) : NULL;
        if (!lines)
            return NULL;
        for (guint j = 0; j < lines->len; j++)
            g_ptr_array_add(
                shown, g_strdup_printf("%s: %s", file->path, (char *)g_ptr_array_index(lines, j)));
    }
    return g_steal_pointer(&shown);
}
