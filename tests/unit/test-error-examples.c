/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The linter of data/errors.d: each entry is proved by its own examples, and the examples of one
 * entry are no other entry, unless that one says so. */

#include "load-errors.h"
#include "matcher.h"

#include <string.h>

/* Stamps that an example must be understood behind. */
static const char *const stamps[] = {
    "",
    "[   12.345678] ",
    "[Fri Feb  7 20:56:16 2025] ",
    "[  102.022609 <   12.522871>] ",
    "[  103.455825][ T1194] ",
    "Okt 06 22:25:01 host kernel: [176830.774761] ",
    "2026-10-04T14:16:55+03:00 host kernel: ",
    "kern  :warn  : 2025-01-21T04:41:44,283302+00:00 ",
    "3,3964,206764307,-;",
    "<3>[  201.650687] ",
};

/* The entry is a form that another one refines: those speak for it, too. */
static gboolean
is_allowed(const VfgErrorEntry *owner, const VfgErrorEntry *found)
{
    const char *const *overlaps = (const char *const *)found->overlaps;
    const char *const *owns = (const char *const *)owner->overlaps;
    return found == owner || (overlaps && g_strv_contains(overlaps, owner->id)) ||
           (owns && g_strv_contains(owns, found->id));
}

static void
check_example(const VfgMatcher *matcher, const VfgErrorEntry *entry, const char *line)
{
    VfgMatch matches[VFG_MATCHES_MAX];
    guint n = vfg_matcher_match(matcher, line, strlen(line), matches, NULL);
    gboolean proved = FALSE;
    for (guint i = 0; i < n; i++) {
        proved |= matches[i].entry == entry;
        if (!is_allowed(entry, matches[i].entry))
            g_error("%s:%u: an example of [%s] is [%s], too: %s", entry->file, entry->line,
                    entry->id, matches[i].entry->id, line);
        /* What overlaps is of the same class, and then either may be the one. */
        proved |= is_allowed(entry, matches[i].entry) &&
                  g_str_equal(matches[i].entry->class_name, entry->class_name);
    }
    if (!proved)
        g_error("%s:%u: an example of [%s] is not matched: %s", entry->file, entry->line, entry->id,
                line);
}

static void
test_examples(void)
{
    g_autoptr(VfgErrorCatalogue) catalogue = vfg_test_load_errors();
    g_autoptr(VfgMatcher) matcher = vfg_matcher_new(catalogue);
    guint n = 0;
    for (guint i = 0; i < vfg_error_catalogue_len(catalogue); i++) {
        const VfgErrorEntry *entry = vfg_error_catalogue_get(catalogue, i);
        if (!entry->examples->len)
            g_error("%s:%u: [%s] has no example", entry->file, entry->line, entry->id);
        for (guint j = 0; j < entry->examples->len; j++, n++) {
            g_autofree char *line = g_strconcat(stamps[n % G_N_ELEMENTS(stamps)],
                                                g_ptr_array_index(entry->examples, j), NULL);
            check_example(matcher, entry, line);
        }
    }
    g_assert_cmpuint(n, >, 250);
}

/* Whether the expression itself matches, whatever the others of its class do. */
static void
test_expressions(void)
{
    g_autoptr(VfgErrorCatalogue) catalogue = vfg_test_load_errors();
    for (guint i = 0; i < vfg_error_catalogue_len(catalogue); i++) {
        const VfgErrorEntry *entry = vfg_error_catalogue_get(catalogue, i);
        for (guint j = 0; entry->expression && j < entry->examples->len; j++) {
            const char *example = g_ptr_array_index(entry->examples, j);
            gboolean literal = FALSE;
            for (guint k = 0; k < entry->literals->len; k++)
                literal |= strstr(example, g_ptr_array_index(entry->literals, k)) != NULL;
            if (!literal || !g_regex_match(entry->expression, example, 0, NULL))
                g_error("%s:%u: [%s] does not match its own example: %s", entry->file, entry->line,
                        entry->id, example);
        }
    }
}

/* Every Xid that NVIDIA's catalog has. */
static void
test_xids(void)
{
    g_autoptr(VfgErrorCatalogue) catalogue = vfg_test_load_errors();
    const VfgErrorEntry *form = vfg_error_catalogue_find(catalogue, "nvidia-xid-other");
    g_assert_nonnull(form);
    for (int code = 1; code <= 172; code++) {
        g_autofree char *text = g_strdup_printf("%d", code);
        const VfgErrorEntry *entry = vfg_error_catalogue_refine(catalogue, form, text);
        g_assert_true(entry != form);
        g_assert_true(*entry->cause && entry->fix && *entry->fix);
    }
}

/* What a busy, sound machine logs all day has no literal: each would cost a match of the line. */
static void
test_everyday(void)
{
    static const char *const lines[] = {
        "mlx5_core 0000:3b:00.0: Port module event: module 0, Cable plugged",
        "mlx5_core 0000:3b:00.0: firmware version: 20.31.1014",
        "e1000e 0000:00:1f.6 eno1: NIC Link is Up 1000 Mbps Full Duplex",
        "i40e 0000:18:00.0: Rx Filter Resource Utilization",
        "nvme nvme1: 31/0/0 default/read/poll queues",
        "usb 3-2: device descriptor read/64, error -71",
        "pcieport 0000:00:01.0: AER: enabled with IRQ 30",
        "pcieport 0000:00:01.0: pciehp: Slot #1 AttnBtn- PwrCtrl- MRL- AttnInd- HotPlug+",
        "pci 0000:01:00.0: enabling Extended Tags",
        "audit: type=1400 audit(1700000000.1:11): apparmor=\"ALLOWED\" operation=\"open\"",
        "IPv6: ADDRCONF(NETDEV_CHANGE): veth1: link becomes ready",
        "systemd[1]: Stopped target Timer Units.",
        "EXT4-fs (sda1): re-mounted. Opts: errors=remount-ro",
        "cgroup: fork rejected by pids controller in /system.slice/a.scope",
        "kvm [4711]: vcpu0, guest rIP: 0xfffff8 vmx_set_msr: BTF|LBR in IA32_DEBUGCTLMSR 0x1, nop",
        "amdgpu 1: amdgpu: SMU is initialized successfully!",
        "perf: interrupt took too long (2510 > 2500), lowering kernel.perf_event_max_sample_rate",
    };
    g_autoptr(VfgErrorCatalogue) catalogue = vfg_test_load_errors();
    g_autoptr(VfgMatcher) matcher = vfg_matcher_new(catalogue);
    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++)
        if (vfg_matcher_next(matcher, lines[i], strlen(lines[i]), 0) < strlen(lines[i]))
            g_error("a literal of the catalogue is in an everyday line: %s", lines[i]);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/error-examples/examples", test_examples);
    g_test_add_func("/error-examples/expressions", test_expressions);
    g_test_add_func("/error-examples/xids", test_xids);
    g_test_add_func("/error-examples/everyday", test_everyday);
    return g_test_run();
}
