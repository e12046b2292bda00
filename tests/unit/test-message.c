/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Messages: what is taken, what is refused and how it is named. */

#include "error.h"
#include "frame.h"
#include "message.h"

#include <string.h>

static const char good_hello[] =
    "{\"type\":\"hello\",\"version\":\"0.1\",\"protocol\":1,\"boot_id\":\"4a98-x\",\"os_id\":"
    "\"debian\","
    "\"os_name\":\"Debian "
    "\\u001b[31m\",\"os_version\":\"12\",\"kernel\":\"6.1\",\"arch\":\"x86_64\","
    "\"firmware\":\"uefi\",\"acked\":7}\n";

static const char good_status[] =
    "{\"type\":\"status\",\"gpus\":[{\"address\":\"0000:01:00.0\",\"vendor_id\":\"10de\","
    "\"device_id\":\"1e37\",\"subsystem_vendor_id\":\"10de\",\"subsystem_id\":\"1370\","
    "\"class\":\"0302\",\"driver\":null,\"bars\":[{\"index\":1,\"size\":17179869184,"
    "\"kind\":\"mem64\",\"prefetchable\":true,\"assigned\":false}]}]}\n";

static VfgMessage *
decode(const char *line, GError **error)
{
    return vfg_message_decode(line, strlen(line), error);
}

static void
assert_refused(const char *line, const char *why)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgMessage) message = decode(line, &error);
    g_assert_null(message);
    g_assert_error(error, VFG_ERROR, VFG_ERROR_PARSE);
    if (!strstr(error->message, why))
        g_error("'%s' doesn't hold '%s'", error->message, why);
    g_assert_true(g_str_is_ascii(error->message) || g_utf8_validate(error->message, -1, NULL));
    for (const char *at = error->message; *at; at++)
        g_assert_false(g_ascii_iscntrl(*at));
}

static void
assert_round_trip(const char *line)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgMessage) message = decode(line, &error);
    g_assert_no_error(error);
    g_autofree char *again = vfg_message_encode(message, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(again, ==, line);
}

static void
test_round_trips(void)
{
    g_autofree char *upper = g_ascii_strup("\\u001b", -1);
    g_autofree char *dumped = g_strdup(good_hello);
    char *escape = strstr(dumped, "\\u001b");
    memcpy(escape + 4, upper + 4, 2); /* jansson writes the digits in upper case */
    assert_round_trip(dumped);
    assert_round_trip(good_status);
    assert_round_trip("{\"type\":\"ping\",\"id\":9007199254740991}\n");
    assert_round_trip("{\"type\":\"pong\",\"id\":0}\n");
    assert_round_trip("{\"type\":\"status\",\"gpus\":[]}\n");
    assert_round_trip(
        "{\"type\":\"status\",\"gpus\":[],\"driver_state\":\"works\",\"driver_version\":"
        "\"580.95.05\",\"toolkit_version\":\"12.9\"}\n");
}

static void
test_values(void)
{
    g_autoptr(VfgMessage) hello = decode(good_hello, NULL);
    g_assert_cmpstr(hello->hello->os_name, ==, "Debian \x1b[31m");
    g_assert_cmpuint(hello->hello->acked, ==, 7);
    g_assert_cmpuint(hello->hello->protocol, ==, 1);
    g_autoptr(VfgMessage) status = decode(good_status, NULL);
    const VfgPciFunction *gpu = status->gpus->pdata[0];
    g_assert_cmpuint(gpu->vendor, ==, 0x10de);
    g_assert_cmpuint(gpu->subdevice, ==, 0x1370);
    g_assert_cmpuint(vfg_pci_function_class(gpu), ==, 0x0302);
    g_assert_null(gpu->driver);
    g_assert_cmpuint(gpu->n_bars, ==, 1);
    g_assert_cmpuint(gpu->bars[0].size, ==, 16ULL << 30);
    g_assert_cmpint(gpu->bars[0].kind, ==, VFG_PCI_BAR_MEM64);
    g_assert_true(gpu->bars[0].prefetchable);
    g_assert_false(gpu->bars[0].assigned);
}

static void
test_newer_peer(void)
{
    g_autoptr(VfgMessage) message =
        decode("{\"type\":\"ping\",\"id\":1,\"later\":{\"a\":[1]}}", NULL);
    g_assert_nonnull(message);
    g_autoptr(GError) error = NULL;
    g_autoptr(VfgMessage) unknown = decode("{\"type\":\"la\\u001bunch\\u202e\"}", &error);
    g_assert_null(unknown);
    g_assert_error(error, VFG_ERROR, VFG_ERROR_NOT_FOUND);
    g_assert_nonnull(strstr(error->message, "'la\\x1bunch\\u202e'"));
}

static void
test_no_message(void)
{
    assert_refused("", "no JSON");
    assert_refused("x\x1b[31m", "no JSON");
    assert_refused("{\"type\":\"ping\",\"id\":1", "no JSON");
    assert_refused("{\"type\":\"ping\",\"id\":1}{}", "no JSON");
    assert_refused("{\"type\":\"ping\",\"id\":1,\"id\":2}", "no JSON");
    assert_refused("{\"type\":\"pi\\u0000ng\"}", "no JSON");
    assert_refused("{\"type\":\"\xff\xfe\"}", "no JSON");
    assert_refused("{\"type\":\"ping\",\"id\":99999999999999999999}", "no JSON");
    assert_refused("[]", "'type'");
    assert_refused("{}", "'type'");
    assert_refused("{\"type\":5}", "'type'");
    g_autoptr(GError) error = NULL;
    g_assert_null(vfg_message_decode("{\"type\":\"ping\",\"id\":1}\0", 23, &error));
    g_assert_error(error, VFG_ERROR, VFG_ERROR_PARSE);
}

static void
test_deep(void)
{
    g_autofree char *deep = g_strnfill(VFG_FRAME_MAX - 1, '[');
    assert_refused(deep, "no JSON");
    g_autofree char *open = g_strnfill(2000, '[');
    g_autofree char *close = g_strnfill(2000, ']');
    g_autofree char *line =
        g_strconcat("{\"type\":\"ping\",\"id\":1,\"x\":", open, close, "}", NULL);
    g_autoptr(VfgMessage) message = decode(line, NULL);
    g_assert_nonnull(message);
}

/* The line with the field at `path` (keys and indices) replaced by `value`, a JSON text; NULL
 * removes it. */
static char *
with_field(const char *line, const char *const *path, const char *value)
{
    json_t *json = json_loads(line, 0, NULL);
    json_t *at = json;
    const char *const *key = path;
    for (; key[1]; key++)
        at = g_ascii_isdigit(**key) ? json_array_get(at, (size_t)atoi(*key))
                                    : json_object_get(at, *key);
    if (!value)
        json_object_del(at, *key);
    else if (g_ascii_isdigit(**key))
        json_array_set_new(at, (size_t)atoi(*key), json_loads(value, JSON_DECODE_ANY, NULL));
    else
        json_object_set_new(at, *key, json_loads(value, JSON_DECODE_ANY, NULL));
    char *dump = json_dumps(json, JSON_COMPACT);
    char *result = g_strdup(dump);
    free(dump);
    json_decref(json);
    return result;
}

static void
refuse_values(const char *line, const char *const *path, const char *const *values)
{
    const char *key = path[g_strv_length((char **)path) - 1];
    g_autofree char *quoted = g_strdup_printf("'%s'", key);
    g_autofree char *missing = with_field(line, path, NULL);
    assert_refused(missing, quoted);
    for (; *values; values++) {
        g_autofree char *bad = with_field(line, path, *values);
        assert_refused(bad, quoted);
    }
}

static void
test_text_fields(void)
{
    static const char *const keys[] = {"version",    "boot_id", "os_id", "os_name",
                                       "os_version", "kernel",  "arch",  "firmware"};
    static const char *const wrong[] = {"null", "true", "1", "1.5", "[]", "{}", "[\"a\"]", NULL};
    g_autofree char *x256 = g_strnfill(256, 'x');
    g_autofree char *longest = g_strdup_printf("\"%s\"", x256);
    g_autofree char *too_long = g_strdup_printf("\"%sx\"", x256);
    const char *const bounds[] = {too_long, NULL};
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
        const char *const path[] = {keys[i], NULL};
        refuse_values(good_hello, path, wrong);
        refuse_values(good_hello, path, bounds);
    }
    const char *const kernel[] = {"kernel", NULL};
    g_autofree char *line = with_field(good_hello, kernel, longest);
    g_autoptr(VfgMessage) message = decode(line, NULL);
    g_assert_cmpstr(message->hello->kernel, ==, x256);
}

static void
test_special_texts(void)
{
    static const char *const boot_id[] = {"boot_id", NULL};
    static const char *const bad_boot_ids[] = {"\"\"", "\"../x\"", "\"a b\"", "\"\\u00e4\"", NULL};
    refuse_values(good_hello, boot_id, bad_boot_ids);
    static const char *const firmware[] = {"firmware", NULL};
    static const char *const bad_firmware[] = {"\"\"", "\"UEFI\"", NULL};
    refuse_values(good_hello, firmware, bad_firmware);
    static const char *const address[] = {"gpus", "0", "address", NULL};
    static const char *const bad_addresses[] = {"1",
                                                "null",
                                                "\"\"",
                                                "\"01:00\"",
                                                "\"0000:01:00.8\"",
                                                "\"0000:01:00.0 \"",
                                                "\"/../../../../../../../../../etc\"",
                                                NULL};
    refuse_values(good_status, address, bad_addresses);
}

static void
test_number_fields(void)
{
    static const char *const wrong[] = {"null", "true", "\"1\"", "1.0", "-1", "9007199254740992",
                                        "[]",   "{}",   NULL};
    static const char *const acked[] = {"acked", NULL}, *const protocol[] = {"protocol", NULL},
                             *const id[] = {"id", NULL}, *const size[] = {"gpus", "0",    "bars",
                                                                          "0",    "size", NULL},
                             *const bar_index[] = {"gpus", "0", "bars", "0", "index", NULL};
    static const char *const zero[] = {"0", NULL}, *const six[] = {"6", NULL};
    refuse_values(good_hello, acked, wrong);
    refuse_values(good_hello, protocol, wrong);
    refuse_values(good_hello, protocol, zero);
    refuse_values("{\"type\":\"ping\",\"id\":1}", id, wrong);
    refuse_values("{\"type\":\"pong\",\"id\":1}", id, wrong);
    refuse_values(good_status, size, wrong);
    refuse_values(good_status, size, zero);
    refuse_values(good_status, bar_index, wrong);
    refuse_values(good_status, bar_index, six);
}

static void
test_gpu_fields(void)
{
    static const char *const ids[] = {"vendor_id", "device_id", "subsystem_vendor_id",
                                      "subsystem_id", "class"};
    static const char *const wrong_ids[] = {"null",      "4318",     "\"\"", "\"10d\"", "\"10deX\"",
                                            "\"10de0\"", "\"0x10\"", "[]",   NULL};
    for (gsize i = 0; i < G_N_ELEMENTS(ids); i++) {
        const char *const path[] = {"gpus", "0", ids[i], NULL};
        refuse_values(good_status, path, wrong_ids);
    }
    static const char *const driver[] = {"gpus", "0", "driver", NULL};
    static const char *const wrong_drivers[] = {"false", "1", "\"\"", "[]", NULL};
    refuse_values(good_status, driver, wrong_drivers);
    static const char *const flags[] = {"prefetchable", "assigned"};
    static const char *const wrong_flags[] = {"null", "1", "\"true\"", "[]", NULL};
    for (gsize i = 0; i < G_N_ELEMENTS(flags); i++) {
        const char *const path[] = {"gpus", "0", "bars", "0", flags[i], NULL};
        refuse_values(good_status, path, wrong_flags);
    }
    static const char *const kind[] = {"gpus", "0", "bars", "0", "kind", NULL};
    static const char *const wrong_kinds[] = {"null", "1", "\"mem\"", "\"\"", NULL};
    refuse_values(good_status, kind, wrong_kinds);
}

static void
test_containers(void)
{
    static const char *const wrong[] = {"null", "1", "\"x\"", "{}", NULL};
    static const char *const gpus[] = {"gpus", NULL}, *const bars[] = {"gpus", "0", "bars", NULL};
    refuse_values(good_status, gpus, wrong);
    refuse_values(good_status, bars, wrong);
    static const char *const gpu[] = {"gpus", "0", NULL}, *const bar[] = {"gpus", "0", "bars", "0",
                                                                          NULL};
    for (guint i = 0; i < 3; i++) {
        g_autofree char *bad_gpu = with_field(good_status, gpu, wrong[i]);
        assert_refused(bad_gpu, "GPU entry 0 must be an object");
        g_autofree char *bad_bar = with_field(good_status, bar, wrong[i]);
        assert_refused(bad_bar, "BAR entry 0 must be an object");
    }
}

static VfgMessage *
make_status(guint n_gpus, guint n_bars, const char *driver)
{
    VfgMessage *message = g_new0(VfgMessage, 1);
    message->type = VFG_MESSAGE_STATUS;
    message->gpus = g_ptr_array_new_with_free_func((GDestroyNotify)vfg_pci_function_free);
    for (guint i = 0; i < n_gpus; i++) {
        VfgPciFunction *gpu = vfg_pci_function_new((VfgPciAddress){0, (guint8)i, 0, 0});
        gpu->class_code = 0x030200;
        gpu->driver = g_strdup(driver);
        gpu->n_bars = n_bars;
        for (guint b = 0; b < n_bars; b++)
            gpu->bars[b] = (VfgPciBar){.index = b, .kind = VFG_PCI_BAR_MEM64, .size = 1ULL << 52};
        g_ptr_array_add(message->gpus, gpu);
    }
    return message;
}

static void
test_counts(void)
{
    g_autoptr(VfgMessage) most = make_status(64, 6, "nvidia");
    g_autoptr(GError) error = NULL;
    g_autofree char *line = vfg_message_encode(most, &error);
    g_assert_no_error(error);
    g_autoptr(VfgMessage) again = decode(line, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(again->gpus->len, ==, 64);
    g_autoptr(VfgMessage) more = make_status(65, 0, NULL);
    g_assert_null(vfg_message_encode(more, &error));
    g_assert_error(error, VFG_ERROR, VFG_ERROR_PARSE);
    g_autoptr(GString) many = g_string_new("{\"type\":\"status\",\"gpus\":[0");
    for (guint i = 0; i < 30000; i++)
        g_string_append(many, ",0");
    g_string_append(many, "]}");
    assert_refused(many->str, "at most 64 GPUs");
}

static void
test_twice(void)
{
    json_t *json = json_loads(good_status, 0, NULL);
    json_t *gpus = json_object_get(json, "gpus");
    json_t *bars = json_object_get(json_array_get(gpus, 0), "bars");
    json_array_append(bars, json_array_get(bars, 0));
    char *same_bar = json_dumps(json, 0);
    assert_refused(same_bar, "BAR entry 1: 'index'");
    json_array_remove(bars, 1);
    json_array_append(gpus, json_array_get(gpus, 0));
    char *same_gpu = json_dumps(json, 0);
    assert_refused(same_gpu, "GPU entry 1: 'address'");
    free(same_bar);
    free(same_gpu);
    json_decref(json);
}

static void
test_encode_refuses(void)
{
    g_autofree char *driver = g_strnfill(256, 1); /* six bytes each in JSON */
    g_autoptr(VfgMessage) huge = make_status(64, 6, driver);
    g_autoptr(GError) error = NULL;
    g_assert_null(vfg_message_encode(huge, &error));
    g_assert_error(error, VFG_ERROR, VFG_ERROR_FAILED);
    g_clear_error(&error);
    VfgMessage ping = {.type = VFG_MESSAGE_PING, .id = G_MAXUINT64};
    g_assert_null(vfg_message_encode(&ping, &error));
    g_assert_error(error, VFG_ERROR, VFG_ERROR_PARSE);
    g_clear_error(&error);
    g_autoptr(VfgMessage) hello = decode(good_hello, NULL);
    g_free(hello->hello->kernel);
    hello->hello->kernel = g_strdup("\xff");
    g_assert_null(vfg_message_encode(hello, &error));
    g_assert_nonnull(strstr(error->message, "'kernel'"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/message/round-trips", test_round_trips);
    g_test_add_func("/message/values", test_values);
    g_test_add_func("/message/newer-peer", test_newer_peer);
    g_test_add_func("/message/no-message", test_no_message);
    g_test_add_func("/message/deep", test_deep);
    g_test_add_func("/message/text-fields", test_text_fields);
    g_test_add_func("/message/special-texts", test_special_texts);
    g_test_add_func("/message/number-fields", test_number_fields);
    g_test_add_func("/message/gpu-fields", test_gpu_fields);
    g_test_add_func("/message/containers", test_containers);
    g_test_add_func("/message/counts", test_counts);
    g_test_add_func("/message/twice", test_twice);
    g_test_add_func("/message/encode-refuses", test_encode_refuses);
    return g_test_run();
}
