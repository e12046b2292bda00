/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The kernel's log. A read of /dev/kmsg gives one record: "PRIORITY,NUMBER,MICROSECONDS,FLAGS;TEXT"
 * with a newline, then lines that begin with a blank and hold the device. It fails with EPIPE where
 * records were overwritten in the meantime, and the next read goes on with the oldest one. */

#include "kmsg.h"

#include "error.h"
#include "io.h"
#include "parse.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define RECORD_MAX 8192  /* the longest record with its device */
#define TTYPRINTK "[U] " /* drivers/char/ttyprintk.c */

struct VfgKmsg {
    VfgFd fd;
    guint64 seen;              /* number of the newest record given */
    gboolean skipped;          /* the next record follows on ones that nobody wanted */
    char half[RECORD_MAX + 1]; /* of a record whose end is still to come: pipes only */
    gsize half_len;
};

VfgKmsg *
vfg_kmsg_open(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        vfg_error_set_errno(error, errno, "cannot open the kernel's log %s", path);
        return NULL;
    }
    VfgKmsg *kmsg = g_new0(VfgKmsg, 1);
    kmsg->fd = fd;
    return kmsg;
}

void
vfg_kmsg_free(VfgKmsg *kmsg)
{
    if (!kmsg)
        return;
    vfg_io_close(&kmsg->fd);
    g_free(kmsg);
}

void
vfg_kmsg_skip(VfgKmsg *kmsg)
{
    (void)lseek(kmsg->fd, 0, SEEK_END);
    kmsg->half_len = 0;
    kmsg->skipped = TRUE;
}

int
vfg_kmsg_fd(const VfgKmsg *kmsg)
{
    return kmsg->fd;
}

/* Undoes the kernel's \xNN in place; gives the new length. */
static gsize
unescape(char *text)
{
    gsize n = 0;
    for (const char *at = text; *at; n++) {
        if (at[0] == '\\' && at[1] == 'x' && g_ascii_isxdigit(at[2]) && g_ascii_isxdigit(at[3])) {
            text[n] = (char)(g_ascii_xdigit_value(at[2]) << 4 | g_ascii_xdigit_value(at[3]));
            at += 4;
        } else {
            text[n] = *at++;
        }
    }
    text[n] = '\0';
    return n;
}

static gboolean
parse(char *line, VfgKmsgRecord *record, guint64 *priority)
{
    char *text = strchr(line, ';');
    if (!text)
        return FALSE;
    *text++ = '\0';
    g_auto(GStrv) head = g_strsplit(line, ",", 5);
    guint64 number = 0, time = 0;
    if (g_strv_length(head) < 3 || !vfg_parse_uint(head[0], 10, G_MAXUINT, priority, NULL) ||
        !vfg_parse_uint(head[1], 10, G_MAXUINT64 - 1, &number, NULL) ||
        !vfg_parse_uint(head[2], 10, G_MAXINT64, &time, NULL))
        return FALSE;
    record->number = number + 1;
    record->time = (gint64)time;
    record->text = text;
    record->len = unescape(text);
    return TRUE;
}

static void
take_line(VfgKmsg *kmsg, char *line, VfgKmsgFunc func, gpointer data)
{
    VfgKmsgRecord record = {0};
    guint64 priority = 0;
    if (*line == ' ' || !parse(line, &record, &priority) || record.number <= kmsg->seen)
        return;
    record.user = priority >> 3 != 0 || g_str_has_prefix(record.text, TTYPRINTK);
    record.lost = kmsg->skipped ? 0 : record.number - kmsg->seen - 1;
    kmsg->skipped = FALSE;
    kmsg->seen = record.number;
    func(&record, data);
}

/* The rest of a line that does not fit is passed over: no record is that long. */
static void
take_bytes(VfgKmsg *kmsg, gsize n, VfgKmsgFunc func, gpointer data)
{
    char *at = kmsg->half;
    gsize len = kmsg->half_len + n;
    kmsg->half[len] = '\0';
    for (char *end = memchr(at, '\n', len); end; end = memchr(at, '\n', len)) {
        *end = '\0';
        take_line(kmsg, at, func, data);
        len -= (gsize)(end + 1 - at);
        at = end + 1;
    }
    memmove(kmsg->half, at, len);
    kmsg->half_len = len == RECORD_MAX ? 0 : len;
}

gboolean
vfg_kmsg_read(VfgKmsg *kmsg, guint max, VfgKmsgFunc func, gpointer data)
{
    for (guint i = 0; i < max; i++) {
        gssize n = read(kmsg->fd, kmsg->half + kmsg->half_len, RECORD_MAX - kmsg->half_len);
        if (n == 0 || (n < 0 && errno == EAGAIN))
            return FALSE;
        if (n > 0)
            take_bytes(kmsg, (gsize)n, func, data);
        else if (errno != EINTR && errno != EPIPE)
            return FALSE;
    }
    return TRUE;
}
