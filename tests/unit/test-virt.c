/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The life of a domain on libvirt's own test driver, which runs in this process, and a libvirtd
 * that takes the connection and says nothing. Skipped where the library is not installed. */

#include "virt.h"

#include "assert-error.h"
#include "lifecycle.h"
#include "temp-tree.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define DRIVER "test:///default"
#define DEADLINE 60 /* s: nothing here takes that long, unless the machine is very busy */
/* The driver's domains are there until its last connection is closed, which may be after the next
 * test has opened one: with a uuid of its own the domain can be defined again. */
#define XML                                                                                 \
    "<domain type='test'><name>box</name><uuid>6f1f0a52-8f0e-4c7e-9a57-3b7f0c1d2e11</uuid>" \
    "<memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type>hvm</type></os></domain>"

static VfgVirt *
open_test_driver(void)
{
    g_autoptr(GError) error = NULL;
    VfgVirt *virt = vfg_virt_open(DRIVER, 0, &error);
    if (error && strstr(error->message, "cannot load libvirt"))
        g_test_skip(error->message);
    else
        g_assert_no_error(error);
    return virt;
}

static void
assert_state(VfgVirt *virt, VfgDomainState wanted, const char *wanted_reason)
{
    g_autoptr(GError) error = NULL;
    VfgDomainState state = VFG_DOMAIN_PAUSED;
    const char *reason = NULL;
    g_assert_true(vfg_virt_get_state(virt, "box", &state, &reason, &error));
    g_assert_no_error(error);
    g_assert_cmpint(state, ==, wanted);
    if (wanted_reason)
        g_assert_cmpstr(reason, ==, wanted_reason);
}

static void
test_life(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgVirt) virt = open_test_driver();
    g_autofree char *none = NULL, *definition = NULL, *again = NULL;
    if (!virt)
        return;
    assert_state(virt, VFG_DOMAIN_ABSENT, NULL);
    VfgDomainState state = VFG_DOMAIN_RUNNING;
    g_assert_true(vfg_virt_get_definition(virt, "box", &state, &none, &error));
    g_assert_null(none);
    g_assert_cmpint(state, ==, VFG_DOMAIN_ABSENT);
    g_assert_true(vfg_virt_destroy(virt, "box", &error));
    g_assert_true(vfg_virt_undefine(virt, "box", FALSE, &error));
    g_assert_true(vfg_virt_redefine(virt, "box", XML, &error));
    assert_state(virt, VFG_DOMAIN_SHUT_OFF, NULL);
    g_assert_true(vfg_virt_boot(virt, "box", DEADLINE, &error));
    g_assert_true(vfg_virt_boot(virt, "box", DEADLINE, &error)); /* runs already */
    assert_state(virt, VFG_DOMAIN_RUNNING, NULL);
    g_assert_true(vfg_virt_require_running(virt, "box", &error));
    g_assert_true(vfg_virt_destroy(virt, "box", &error));
    assert_state(virt, VFG_DOMAIN_SHUT_OFF, "it was switched off");
    g_assert_true(vfg_virt_shut_down(virt, "box", DEADLINE, NULL, NULL, &error));
    g_assert_no_error(error);
    g_assert_false(vfg_virt_require_running(virt, "box", &error));
    assert_error(error, VFG_ERROR_FAILED, "box is shut off: it was switched off");
    g_assert_true(vfg_virt_get_definition(virt, "box", &state, &definition, NULL));
    g_assert_cmpint(state, ==, VFG_DOMAIN_SHUT_OFF);
    g_assert_nonnull(strstr(definition, "<name>box</name>"));
    g_assert_true(vfg_virt_define(virt, "box", definition, &again, NULL));
    g_assert_cmpstr(again, ==, definition);
}

static void
test_unknown_domain(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgVirt) virt = open_test_driver();
    if (!virt)
        return;
    g_assert_false(vfg_virt_boot(virt, "nosuch", DEADLINE, &error));
    assert_error(error, VFG_ERROR_NOT_FOUND, "nosuch");
    g_clear_error(&error);
    g_assert_null(vfg_virt_get_xml(virt, "nosuch", &error));
    assert_error(error, VFG_ERROR_NOT_FOUND, "nosuch");
    g_clear_error(&error);
    g_assert_false(vfg_virt_define(virt, "box", "<domain", NULL, &error));
    assert_error(error, VFG_ERROR_FAILED, "libvirt refuses the domain box");
}

static void
note_event(const VfgLifecycleEvent *event, gpointer data)
{
    GString *seen = data;
    g_string_append_printf(seen, "%d %s %s\n", (int)event->kind, event->name ? event->name : "-",
                           event->reason ? event->reason : "-");
}

/* Polls until there are as many events, at most for 20 s. */
static void
collect(VfgLifecycle *lifecycle, GString *seen, const char *wanted)
{
    g_autoptr(GError) error = NULL;
    for (guint i = 0; i < 200 && seen->len < strlen(wanted); i++)
        g_assert_true(vfg_lifecycle_poll(lifecycle, 100, note_event, seen, &error));
    g_assert_cmpstr(seen->str, ==, wanted);
}

static void
test_lifecycle(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgVirt) virt = open_test_driver();
    g_autoptr(GString) seen = g_string_new(NULL);
    if (!virt)
        return;
    g_assert_true(vfg_virt_redefine(virt, "box", XML, &error));
    g_autoptr(VfgLifecycle) lifecycle = vfg_lifecycle_open(virt, &error);
    g_assert_no_error(error);
    g_assert_true(vfg_virt_boot(virt, "box", DEADLINE, &error));
    g_assert_true(vfg_virt_destroy(virt, "box", &error));
    collect(lifecycle, seen, "0 box -\n1 box it was switched off\n");
}

/* A socket that connections wait at for ever. */
static int
listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    g_assert_cmpint(bind(fd, (struct sockaddr *)&address, sizeof address), ==, 0);
    g_assert_cmpint(listen(fd, 8), ==, 0);
    return fd;
}

static void
test_hung_daemon(void)
{
#ifdef __SANITIZE_ADDRESS__
    g_test_skip("this sanitizer calls NULL for XDR of a library that is loaded after the start");
    return;
#endif
    g_autoptr(GError) error = NULL;
    g_autoptr(TempTree) tree = temp_tree_new();
    g_autofree char *path = g_build_filename(tree->top, "s", NULL);
    g_autofree char *uri = g_strdup_printf("qemu+unix:///system?socket=%s", path);
    int fd = listen_at(path);
    g_assert_null(vfg_virt_open(uri, 1, &error));
    if (strstr(error->message, "cannot load libvirt")) {
        g_test_skip(error->message);
    } else {
        assert_error(error, VFG_ERROR_TIMEOUT, "libvirt did not answer within 1 s");
        assert_fix(error, "libvirtd");
    }
    close(fd);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/virt/life", test_life);
    g_test_add_func("/virt/unknown-domain", test_unknown_domain);
    g_test_add_func("/virt/lifecycle", test_lifecycle);
    g_test_add_func("/virt/hung-daemon", test_hung_daemon);
    return g_test_run();
}
