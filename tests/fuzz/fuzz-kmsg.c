/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Fuzz target: bytes as what /dev/kmsg gives, then each record through the engine's line parser. */

#include "fuzz.h"
#include "kmsg.h"
#include "log-line.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

static void
check_record(const VfgKmsgRecord *record, gpointer data)
{
    guint64 *last = data;
    VfgLogLine line;
    g_assert_cmpuint(record->number, >, *last);
    g_assert_cmpuint(record->lost, ==, record->number - *last - 1);
    g_assert_cmpint(record->time, >=, 0);
    g_assert_cmpint(record->text[record->len], ==, '\0');
    vfg_log_line_parse(record->text, record->len, &line);
    g_assert_true(line.message + line.len <= record->text + record->len);
    *last = record->number;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    guint64 last = 0;
    int fd = memfd_create("kmsg", MFD_CLOEXEC);
    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(write(fd, data, size), ==, (gssize)size);
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);
    g_autoptr(VfgKmsg) kmsg = vfg_kmsg_open(path, &error);
    g_assert_no_error(error);
    while (vfg_kmsg_read(kmsg, 16, check_record, &last))
        continue;
    close(fd);
    return 0;
}
