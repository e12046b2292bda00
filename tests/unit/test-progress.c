/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The messages configure, provision, reboot and progress: there and back, and what is refused. */

#include "error.h"
#include "message.h"

#include <string.h>

#define PROGRESS(fields)                                                                     \
    "{\"type\":\"progress\",\"phase\":\"running\",\"steps\":9,\"id\":\"drivers\",\"title\":" \
    "\"Drivers\",\"state\":\"running\"," fields "}"

static VfgMessage *
decode(const char *line, GError **error)
{
    return vfg_message_decode(line, strlen(line), error);
}

static void
check_round_trip(const char *line)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgMessage) message = decode(line, &error);
    g_assert_no_error(error);
    g_autofree char *once = vfg_message_encode(message, &error);
    g_assert_no_error(error);
    g_autoptr(VfgMessage) again = decode(once, &error);
    g_assert_no_error(error);
    g_autofree char *twice = vfg_message_encode(again, &error);
    g_assert_cmpstr(once, ==, twice);
}

static void
check_refused(const char *line)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(decode(line, &error));
    g_assert_error(error, VFG_ERROR, VFG_ERROR_PARSE);
}

static void
test_progress(void)
{
    g_autoptr(GError) error = NULL;
    const char *line =
        PROGRESS("\"step\":2,\"package\":\"nvidia-driver\",\"percent\":45,\"text\":null");
    g_autoptr(VfgMessage) message = decode(line, &error);
    g_assert_no_error(error);
    g_assert_cmpint(message->type, ==, VFG_MESSAGE_PROGRESS);
    g_assert_cmpint(message->progress->phase, ==, VFG_PHASE_RUNNING);
    g_assert_cmpuint(message->progress->step, ==, 2);
    g_assert_cmpuint(message->progress->steps, ==, 9);
    g_assert_cmpstr(message->progress->package, ==, "nvidia-driver");
    g_assert_cmpint(message->progress->percent, ==, 45);
    g_assert_null(message->progress->text);
    check_round_trip(line);
    check_round_trip(PROGRESS("\"step\":0,\"package\":null,\"percent\":null,\"text\":\"waits\""));
    check_refused(PROGRESS("\"step\":10,\"package\":null,\"percent\":null,\"text\":null"));
    check_refused(PROGRESS("\"step\":1,\"package\":\"\",\"percent\":null,\"text\":null"));
    check_refused(PROGRESS("\"step\":1,\"package\":null,\"percent\":101,\"text\":null"));
    check_refused(PROGRESS("\"step\":1,\"package\":null,\"percent\":null"));
    check_refused("{\"type\":\"progress\",\"phase\":\"finished\"}");
}

static void
test_configure(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgMessage) message =
        decode("{\"type\":\"configure\",\"profile\":\"cuda\",\"kernel_args\":"
               "[{\"text\":\"pci=realloc\",\"policy\":\"auto\"}]}",
               &error);
    g_assert_no_error(error);
    g_assert_cmpstr(message->configure->profile, ==, "cuda");
    g_assert_cmpuint(message->configure->kernel_args->len, ==, 1);
    const VfgConfigureArg *arg = g_ptr_array_index(message->configure->kernel_args, 0);
    g_assert_cmpstr(arg->text, ==, "pci=realloc");
    g_assert_cmpstr(arg->policy, ==, "auto");
    check_round_trip("{\"type\":\"configure\",\"profile\":\"rocm\",\"kernel_args\":[]}");
    check_round_trip("{\"type\":\"configure\",\"profile\":\"cuda\",\"kernel_args\":[],"
                     "\"repository\":{\"source\":\"distribution\"}}");
    check_round_trip("{\"type\":\"configure\",\"profile\":\"cuda\",\"kernel_args\":[],"
                     "\"repository\":{\"mirror\":\"http://m/\",\"fingerprint\":\"AB\"}}");
    check_round_trip("{\"type\":\"provision\",\"profile\":\"cuda\",\"kernel_args\":[]}");
    check_refused("{\"type\":\"provision\"}");
    check_round_trip("{\"type\":\"reboot\"}");
    check_refused("{\"type\":\"configure\",\"profile\":\"cuda\",\"kernel_args\":[],"
                  "\"repository\":{\"source\":\"elsewhere\"}}");
    check_refused("{\"type\":\"configure\",\"profile\":\"cuda\",\"kernel_args\":[],"
                  "\"repository\":1}");
    check_refused("{\"type\":\"configure\",\"profile\":\"none\",\"kernel_args\":[]}");
    check_refused("{\"type\":\"configure\",\"profile\":\"cuda\"}");
    check_refused("{\"type\":\"configure\",\"profile\":\"cuda\",\"kernel_args\":[1]}");
    check_refused("{\"type\":\"configure\",\"profile\":\"cuda\",\"kernel_args\":"
                  "[{\"text\":\"a\",\"policy\":\"perhaps\"}]}");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/progress/progress", test_progress);
    g_test_add_func("/progress/configure", test_configure);
    return g_test_run();
}
