/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Running a program of the system: no shell, its own process group, a deadline, its output in a
 * bounded log. */

#pragma once

#include <glib.h>

typedef struct {
    const char *const *argv;
    const char *search; /* the PATH it is looked for in and gets, "/usr/sbin:/usr/bin" */
    const char *log;    /* a file that its output is appended to, or NULL */
    guint deadline;     /* seconds; then its process group is ended */
    gboolean status_fd; /* it gets "-o APT::Status-Fd=3" after argv[0] and a pipe there */
    /* Called for each line of its output, or of the status pipe (`status` set); may be NULL. */
    void (*on_line)(const char *line, gboolean status, gpointer data);
    gpointer data;
} VfgProgram;

typedef struct {
    int status; /* its exit status; 128 + n where signal n ended it */
    gboolean timed_out;
    char *output; /* the last 16 KiB of stdout and stderr, with line ends; valid UTF-8 */
} VfgProgramResult;

void vfg_program_result_clear(VfgProgramResult *result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VfgProgramResult, vfg_program_result_clear)

/* Runs it to its end. Fails only where it can't be started (VFG_ERROR_NOT_FOUND: no such program).
 */
gboolean vfg_program_run(const VfgProgram *program, VfgProgramResult *ret,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A command as a shell would take it: words with other than plain characters are quoted. */
char *vfg_program_show(const char *const *argv);
