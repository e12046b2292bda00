/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Fuzz target: a kernel command line. With clang: -fsanitize=fuzzer,address,undefined; without it
 * fuzz-main.c runs the corpus. */

#include "fuzz.h"

#include "cmdline.h"

/* No argument is longer than the text, and what it says is had by the whole. */
static void
check_argument(const VfgKernelArgument *argument, const char *text)
{
    g_autofree char *word = argument->value
                                ? g_strconcat(argument->name, "=", argument->value, NULL)
                                : g_strdup(argument->name);
    g_assert_cmpuint(strlen(word), <=, strlen(text));
    gboolean splits_elsewhere =
        !*argument->name || strchr(argument->name, '='); /* "=a=b": a name that starts with "=" */
    g_assert_true(splits_elsewhere || vfg_cmdline_has(text, word));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autoptr(GPtrArray) arguments = vfg_cmdline_parse(text);
    gsize sum = 0;
    for (guint i = 0; i < arguments->len; i++) {
        const VfgKernelArgument *argument = g_ptr_array_index(arguments, i);
        g_assert_true(argument->value || strcmp(argument->name, "--") != 0);
        sum += strlen(argument->name) + (argument->value ? 1 + strlen(argument->value) : 0);
        if (i < 8) /* each look takes all apart again */
            check_argument(argument, text);
    }
    g_assert_cmpuint(sum, <=, strlen(text));
    return 0;
}
