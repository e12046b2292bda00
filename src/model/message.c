/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Messages between the host and the agent. The decoder is the one place that knows what a message
 * may hold: the encoder asks it too, so that neither end ever sends what the other would refuse. */

#include "message.h"

#include "error.h"
#include "escape.h"
#include "frame.h"
#include "message-field.h"

#include <string.h>

#define MAX_SHOWN 64 /* bytes of a peer's text quoted in an error */

static const char *const type_names[] = {
    [VFG_MESSAGE_HELLO] = "hello",         [VFG_MESSAGE_STATUS] = "status",
    [VFG_MESSAGE_EVENT] = "event",         [VFG_MESSAGE_PONG] = "pong",
    [VFG_MESSAGE_PING] = "ping",           [VFG_MESSAGE_ACK] = "ack",
    [VFG_MESSAGE_PROGRESS] = "progress",   [VFG_MESSAGE_CONFIGURE] = "configure",
    [VFG_MESSAGE_PROVISION] = "provision", [VFG_MESSAGE_REBOOT] = "reboot",
};

static const char *const bar_kinds[] = {
    [VFG_PCI_BAR_IO] = "io",
    [VFG_PCI_BAR_MEM32] = "mem32",
    [VFG_PCI_BAR_MEM64] = "mem64",
    NULL,
};

static const char *const firmwares[] = {"uefi", "bios", NULL};

void
vfg_hello_free(VfgHello *hello)
{
    if (!hello)
        return;
    g_free(hello->version);
    g_free(hello->boot_id);
    g_free(hello->os_id);
    g_free(hello->os_name);
    g_free(hello->os_version);
    g_free(hello->kernel);
    g_free(hello->arch);
    g_free(hello->firmware);
    g_free(hello);
}

void
vfg_ack_free(VfgAck *ack)
{
    if (!ack)
        return;
    g_free(ack->boot_id);
    g_free(ack);
}

void
vfg_message_free(VfgMessage *message)
{
    if (!message)
        return;
    vfg_hello_free(message->hello);
    vfg_event_free(message->event);
    vfg_ack_free(message->ack);
    vfg_progress_free(message->progress);
    vfg_configure_free(message->configure);
    vfg_software_free(message->software);
    if (message->gpus)
        g_ptr_array_unref(message->gpus);
    g_free(message);
}

static gboolean
take_firmware(VfgFields object, char **field, GError **error)
{
    guint i = 0;
    if (!vfg_field_choice(object, "firmware", firmwares, "'uefi' or 'bios'", &i, error))
        return FALSE;
    *field = g_strdup(firmwares[i]);
    return TRUE;
}

static VfgHello *
decode_hello(VfgFields object, GError **error)
{
    g_autoptr(VfgHello) hello = g_new0(VfgHello, 1);
    guint64 protocol = 0;
    if (!vfg_field_copy(object, "version", VFG_MESSAGE_MAX_TEXT, &hello->version, error) ||
        !vfg_field_number(object, "protocol", 1, G_MAXINT32, &protocol, error) ||
        !vfg_field_name(object, "boot_id", &hello->boot_id, error) ||
        !vfg_field_copy(object, "os_id", VFG_MESSAGE_MAX_TEXT, &hello->os_id, error) ||
        !vfg_field_copy(object, "os_name", VFG_MESSAGE_MAX_TEXT, &hello->os_name, error) ||
        !vfg_field_copy(object, "os_version", VFG_MESSAGE_MAX_TEXT, &hello->os_version, error) ||
        !vfg_field_copy(object, "kernel", VFG_MESSAGE_MAX_TEXT, &hello->kernel, error) ||
        !vfg_field_copy(object, "arch", VFG_MESSAGE_MAX_TEXT, &hello->arch, error) ||
        !take_firmware(object, &hello->firmware, error) ||
        !vfg_field_number(object, "acked", 0, VFG_MESSAGE_MAX_NUMBER, &hello->acked, error))
        return NULL;
    hello->protocol = (guint)protocol;
    return g_steal_pointer(&hello);
}

static VfgAck *
decode_ack(VfgFields object, GError **error)
{
    g_autoptr(VfgAck) ack = g_new0(VfgAck, 1);
    if (!vfg_field_name(object, "boot_id", &ack->boot_id, error) ||
        !vfg_field_number(object, "sequence", 1, VFG_MESSAGE_MAX_NUMBER, &ack->sequence, error))
        return NULL;
    return g_steal_pointer(&ack);
}

static gboolean
take_bar_kind(VfgFields object, VfgPciBarKind *ret, GError **error)
{
    guint kind = 0;
    if (!vfg_field_choice(object, "kind", bar_kinds, "'io', 'mem32' or 'mem64'", &kind, error))
        return FALSE;
    *ret = (VfgPciBarKind)kind;
    return TRUE;
}

static gboolean
decode_bar(VfgFields object, VfgPciFunction *gpu, GError **error)
{
    VfgPciBar bar = {0};
    guint64 index = 0;
    if (!json_is_object(object.json)) {
        vfg_error_set(error, VFG_ERROR_PARSE, NULL, "%s must be an object", object.shown);
        return FALSE;
    }
    if (!vfg_field_number(object, "index", 0, VFG_PCI_MAX_BARS - 1, &index, error) ||
        !vfg_field_number(object, "size", 1, VFG_MESSAGE_MAX_NUMBER, &bar.size, error) ||
        !take_bar_kind(object, &bar.kind, error) ||
        !vfg_field_flag(object, "prefetchable", &bar.prefetchable, error) ||
        !vfg_field_flag(object, "assigned", &bar.assigned, error))
        return FALSE;
    for (guint i = 0; i < gpu->n_bars; i++)
        if (gpu->bars[i].index == index)
            return vfg_field_refuse(object, "index", "another one than the BARs' before", error);
    bar.index = (guint)index;
    gpu->bars[gpu->n_bars++] = bar;
    return TRUE;
}

static gboolean
decode_bars(VfgFields object, VfgPciFunction *gpu, GError **error)
{
    const json_t *bars = json_object_get(object.json, "bars");
    if (!json_is_array(bars) || json_array_size(bars) > VFG_PCI_MAX_BARS)
        return vfg_field_refuse(object, "bars", "an array of at most 6 BARs", error);
    for (gsize i = 0; i < json_array_size(bars); i++) {
        g_autofree char *shown = g_strdup_printf("%s, BAR entry %" G_GSIZE_FORMAT, object.shown, i);
        VfgFields bar = {json_array_get(bars, i), shown};
        if (!decode_bar(bar, gpu, error))
            return FALSE;
    }
    return TRUE;
}

static VfgPciFunction *
decode_gpu(VfgFields object, GError **error)
{
    VfgPciAddress address;
    guint16 class_code = 0;
    if (!json_is_object(object.json)) {
        vfg_error_set(error, VFG_ERROR_PARSE, NULL, "%s must be an object", object.shown);
        return NULL;
    }
    if (!vfg_field_address(object, "address", &address, error))
        return NULL;
    g_autoptr(VfgPciFunction) gpu = vfg_pci_function_new(address);
    if (!vfg_field_hex4(object, "vendor_id", &gpu->vendor, error) ||
        !vfg_field_hex4(object, "device_id", &gpu->device, error) ||
        !vfg_field_hex4(object, "subsystem_vendor_id", &gpu->subvendor, error) ||
        !vfg_field_hex4(object, "subsystem_id", &gpu->subdevice, error) ||
        !vfg_field_hex4(object, "class", &class_code, error) ||
        !vfg_field_copy_or_null(object, "driver", VFG_MESSAGE_MAX_TEXT,
                                "the name of a driver, or null", &gpu->driver, error) ||
        !decode_bars(object, gpu, error))
        return NULL;
    gpu->class_code = (guint32)class_code << 8;
    return g_steal_pointer(&gpu);
}

static gboolean
holds_address(const GPtrArray *gpus, VfgPciAddress address)
{
    for (guint i = 0; i < gpus->len; i++) {
        const VfgPciFunction *gpu = g_ptr_array_index(gpus, i);
        if (vfg_pci_address_compare(gpu->address, address) == 0)
            return TRUE;
    }
    return FALSE;
}

static GPtrArray *
decode_gpus(VfgFields object, GError **error)
{
    const json_t *array = json_object_get(object.json, "gpus");
    if (!json_is_array(array) || json_array_size(array) > VFG_MESSAGE_MAX_GPUS) {
        vfg_field_refuse(object, "gpus", "an array of at most 64 GPUs", error);
        return NULL;
    }
    g_autoptr(GPtrArray) gpus =
        g_ptr_array_new_with_free_func((GDestroyNotify)vfg_pci_function_free);
    for (gsize i = 0; i < json_array_size(array); i++) {
        g_autofree char *shown = g_strdup_printf("%s: GPU entry %" G_GSIZE_FORMAT, object.shown, i);
        VfgFields entry = {json_array_get(array, i), shown};
        g_autoptr(VfgPciFunction) gpu = decode_gpu(entry, error);
        if (!gpu)
            return NULL;
        if (holds_address(gpus, gpu->address)) {
            vfg_field_refuse(entry, "address", "another one than the GPUs' before", error);
            return NULL;
        }
        g_ptr_array_add(gpus, g_steal_pointer(&gpu));
    }
    return g_steal_pointer(&gpus);
}

static gboolean
find_type(const json_t *json, VfgMessageType *ret, GError **error)
{
    VfgFields object = {json, "message"};
    const char *name = vfg_field_text(object, "type", VFG_MESSAGE_MAX_TEXT, error);
    if (!name)
        return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(type_names); i++) {
        if (g_str_equal(name, type_names[i])) {
            *ret = (VfgMessageType)i;
            return TRUE;
        }
    }
    g_autofree char *shown = vfg_escape_text(name, -1, MAX_SHOWN);
    vfg_error_set(error, VFG_ERROR_NOT_FOUND, NULL, "message: unknown type '%s'", shown);
    return FALSE;
}

static VfgMessage *
decode_json(const json_t *json, GError **error)
{
    g_autoptr(VfgMessage) message = g_new0(VfgMessage, 1);
    if (!find_type(json, &message->type, error))
        return NULL;
    VfgFields object = {json, type_names[message->type]};
    gboolean good = FALSE;
    switch (message->type) {
    case VFG_MESSAGE_HELLO:
        message->hello = decode_hello(object, error);
        good = message->hello != NULL;
        break;
    case VFG_MESSAGE_STATUS:
        message->gpus = decode_gpus(object, error);
        message->software = message->gpus ? vfg_software_from_fields(object, error) : NULL;
        good = message->software != NULL;
        break;
    case VFG_MESSAGE_EVENT:
        message->event = vfg_event_from_fields(object, error);
        good = message->event != NULL;
        break;
    case VFG_MESSAGE_ACK:
        message->ack = decode_ack(object, error);
        good = message->ack != NULL;
        break;
    case VFG_MESSAGE_PROGRESS:
        message->progress = vfg_progress_from_fields(object, error);
        good = message->progress != NULL;
        break;
    case VFG_MESSAGE_CONFIGURE:
    case VFG_MESSAGE_PROVISION:
        message->configure = vfg_configure_from_fields(object, error);
        good = message->configure != NULL;
        break;
    case VFG_MESSAGE_REBOOT:
        good = TRUE;
        break;
    case VFG_MESSAGE_PING:
    case VFG_MESSAGE_PONG:
        good = vfg_field_number(object, "id", 0, VFG_MESSAGE_MAX_NUMBER, &message->id, error);
        break;
    }
    return good ? g_steal_pointer(&message) : NULL;
}

/* jansson bounds the depth itself (JSON_PARSER_MAX_DEPTH, 2048); a line's length bounds all else.
 */
VfgMessage *
vfg_message_decode(const char *line, gsize len, GError **error)
{
    json_error_t where;
    json_t *json = json_loadb(line, len, JSON_REJECT_DUPLICATES, &where);
    if (!json) {
        g_autofree char *why = vfg_escape_text(where.text, -1, MAX_SHOWN);
        vfg_error_set(error, VFG_ERROR_PARSE, NULL, "message: no JSON, at byte %d: %s",
                      where.position, why);
        return NULL;
    }
    VfgMessage *message = decode_json(json, error);
    json_decref(json);
    return message;
}

static void
add_hello(json_t *json, const VfgHello *hello)
{
    vfg_field_set_text(json, "version", hello->version);
    json_object_set_new(json, "protocol", json_integer(hello->protocol));
    vfg_field_set_text(json, "boot_id", hello->boot_id);
    vfg_field_set_text(json, "os_id", hello->os_id);
    vfg_field_set_text(json, "os_name", hello->os_name);
    vfg_field_set_text(json, "os_version", hello->os_version);
    vfg_field_set_text(json, "kernel", hello->kernel);
    vfg_field_set_text(json, "arch", hello->arch);
    vfg_field_set_text(json, "firmware", hello->firmware);
    json_object_set_new(json, "acked", json_integer((json_int_t)hello->acked));
}

json_t *
vfg_hello_to_json(const VfgHello *hello)
{
    json_t *json = json_object();
    add_hello(json, hello);
    return json;
}

static json_t *
gpu_to_json(const VfgPciFunction *gpu)
{
    char address[VFG_PCI_ADDRESS_SIZE];
    json_t *json = json_object();
    vfg_field_set_text(json, "address", vfg_pci_address_format(gpu->address, address));
    json_object_set_new(json, "vendor_id", vfg_pci_id_to_json(gpu->vendor));
    json_object_set_new(json, "device_id", vfg_pci_id_to_json(gpu->device));
    json_object_set_new(json, "subsystem_vendor_id", vfg_pci_id_to_json(gpu->subvendor));
    json_object_set_new(json, "subsystem_id", vfg_pci_id_to_json(gpu->subdevice));
    json_object_set_new(json, "class", vfg_pci_id_to_json((guint16)vfg_pci_function_class(gpu)));
    json_object_set_new(json, "driver", gpu->driver ? json_string(gpu->driver) : json_null());
    json_object_set_new(json, "bars", vfg_pci_function_bars_to_json(gpu));
    return json;
}

json_t *
vfg_message_gpus_to_json(const GPtrArray *gpus)
{
    json_t *array = json_array();
    for (guint i = 0; i < gpus->len; i++)
        json_array_append_new(array, gpu_to_json(g_ptr_array_index(gpus, i)));
    return array;
}

static json_t *
encode_json(const VfgMessage *message)
{
    json_t *json = json_object();
    vfg_field_set_text(json, "type", type_names[message->type]);
    if (message->hello)
        add_hello(json, message->hello);
    if (message->gpus)
        json_object_set_new(json, "gpus", vfg_message_gpus_to_json(message->gpus));
    if (message->software)
        vfg_software_add_to_json(message->software, FALSE, json);
    if (message->event)
        vfg_event_add_to_json(message->event, json);
    if (message->progress)
        vfg_progress_add_to_json(message->progress, json);
    if (message->configure)
        vfg_configure_add_to_json(message->configure, json);
    if (message->ack) {
        vfg_field_set_text(json, "boot_id", message->ack->boot_id);
        json_object_set_new(json, "sequence", json_integer((json_int_t)message->ack->sequence));
    }
    if (message->type == VFG_MESSAGE_PING || message->type == VFG_MESSAGE_PONG)
        json_object_set_new(json, "id", json_integer((json_int_t)message->id));
    return json;
}

/* Text that is not UTF-8 has no JSON: json_string gives NULL, the field stays out, and the check
 * finds it missing. */
char *
vfg_message_encode(const VfgMessage *message, GError **error)
{
    json_t *json = encode_json(message);
    g_autoptr(VfgMessage) check = decode_json(json, error);
    char *dump = check ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    if (!dump)
        return NULL;
    g_autofree char *line = g_strconcat(dump, "\n", NULL);
    free(dump);
    if (strlen(line) <= VFG_FRAME_MAX)
        return g_steal_pointer(&line);
    vfg_error_set(error, VFG_ERROR_FAILED, NULL, "%s: longer than the %d bytes of a line",
                  type_names[message->type], VFG_FRAME_MAX);
    return NULL;
}
