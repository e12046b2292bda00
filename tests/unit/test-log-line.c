/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Lines of logs, as all the tools write them. */

#include "device-name.h"
#include "log-line.h"

#include <string.h>

static const struct {
    const char *line;
    const char *message;
    const char *time;
    int level;
    int facility;
} cases[] = {
    {"[    7.613002] text", "text", "7.613002", -1, -1},
    {"[    0.000000 ] text", "text", "0.000000", -1, -1},
    {"[Fri Feb  7 20:56:16 2025] text", "text", "Fri Feb  7 20:56:16 2025", -1, -1},
    {"[Nov18 10:51] text", "text", "Nov18 10:51", -1, -1},
    {"[  +0.001653] text", "text", "+0.001653", -1, -1},
    {"[  102.022609 <   12.522871>] text", "text", "102.022609 <   12.522871>", -1, -1},
    {"[13612.510583] [    T140] text", "text", "13612.510583", -1, -1},
    {"[  103.455825][ T1194] text", "text", "103.455825", -1, -1},
    {"[  103.455825][    C3] text", "text", "103.455825", -1, -1},
    {"May 10 22:25:01 host kernel: [176830.774761] text", "text", "May 10 22:25:01", -1, -1},
    {"Okt 06 22:25:01 host kernel: text", "text", "Okt 06 22:25:01", -1, -1},
    {"\xd0\xbe\xd0\xba\xd1\x82 06 22:25:01 host kernel: text", "text",
     "\xd0\xbe\xd0\xba\xd1\x82 06 22:25:01", -1, -1},
    {"2026-10-04T14:16:55+03:00 <pc> kernel: text", "text", "2026-10-04T14:16:55+03:00", -1, -1},
    {"kern  :warn  : 2025-01-21T04:41:44,283302+00:00 text", "text",
     "2025-01-21T04:41:44,283302+00:00", 4, 0},
    {"kern  :err   : [   12.345678] text", "text", "12.345678", 3, 0},
    {"6,3964,206764307,-;text", "text", "206764307", 6, 0},
    {"14,3964,206764307,-,caller=T12;text; more", "text; more", "206764307", 6, 1},
    {"<6>[  201.650687] text", "text", "201.650687", 6, 0},
    {"<14>text", "text", NULL, 6, 1},
    {"kernel: text", "text", NULL, -1, -1},
    {"[   12.345678] host kernel: text", "text", "12.345678", -1, -1},
    {"text\r", "text", NULL, -1, -1},
    {"[drm] text", "[drm] text", NULL, -1, -1},
    {"[Hardware Error]: text", "[Hardware Error]: text", NULL, -1, -1},
    {"[   12.345678] [drm] text", "[drm] text", "12.345678", -1, -1},
    {"Error! headers for kernel: 6.1 are missing here",
     "Error! headers for kernel: 6.1 are missing here", NULL, -1, -1},
    {"6,x,1,-;text", "6,x,1,-;text", NULL, -1, -1},
    {"[", "[", NULL, -1, -1},
    {"", "", NULL, -1, -1},
};

static void
test_forms(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        VfgLogLine line;
        vfg_log_line_parse(cases[i].line, strlen(cases[i].line), &line);
        g_autofree char *message = g_strndup(line.message, line.len);
        g_autofree char *time = line.time ? g_strndup(line.time, line.time_len) : NULL;
        g_assert_cmpstr(message, ==, cases[i].message);
        g_assert_cmpstr(time, ==, cases[i].time);
        g_assert_cmpint(line.level, ==, cases[i].level);
        g_assert_cmpint(line.facility, ==, cases[i].facility);
    }
}

static void
test_names(void)
{
    static const struct {
        const char *text;
        const char *address;
        gboolean id;
    } names[] = {
        {"0000:01:00", "0000:01:00.0", FALSE},
        {"01:00.1", "0000:01:00.1", FALSE},
        {"000f:01:00", "000f:01:00.0", FALSE},
        {"0000:10:1c", "0000:10:1c.0", FALSE},
        {"pci0:130:0:1", "0000:82:00.1", FALSE},
        {"00002100", "0000:21:00.0", TRUE},
        {"00000004", "0000:00:04.0", TRUE},
        {"00090100", "0009:01:00.0", TRUE},
        {"0001:00.0", "0000:01:00.0", FALSE},
        {"0082:00", "0000:82:00.0", FALSE},
        {"1001:00", NULL, FALSE},
        {"pci0:256:0:1", NULL, FALSE},
        {"000000ff", NULL, TRUE},
        {"", NULL, FALSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        VfgPciAddress address;
        gboolean ok = names[i].id ? vfg_device_name_parse_gpu_id(names[i].text, &address)
                                  : vfg_device_name_parse(names[i].text, &address);
        g_autofree char *found = ok ? vfg_pci_address_dup(address) : NULL;
        g_assert_cmpstr(found, ==, names[i].address);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/log-line/forms", test_forms);
    g_test_add_func("/log-line/names", test_names);
    return g_test_run();
}
