/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Events. */

#include "event.h"

#include "message.h"

#include <string.h>

static const char *const sources[] = {
    [VFG_EVENT_KERNEL] = "kernel",
    [VFG_EVENT_COUNTER] = "counter",
    [VFG_EVENT_USER] = "user",
    [VFG_EVENT_AGENT] = "agent",
    NULL,
};

void
vfg_event_free(VfgEvent *event)
{
    if (!event)
        return;
    g_free(event->boot_id);
    g_free(event->id);
    g_free(event->class_name);
    g_free(event->code);
    g_free(event->line);
    g_free(event);
}

VfgEvent *
vfg_event_copy(const VfgEvent *event)
{
    VfgEvent *copy = g_memdup2(event, sizeof *event);
    copy->boot_id = g_strdup(event->boot_id);
    copy->id = g_strdup(event->id);
    copy->class_name = g_strdup(event->class_name);
    copy->code = g_strdup(event->code);
    copy->line = g_strdup(event->line);
    return copy;
}

const char *
vfg_event_source_name(VfgEventSource source)
{
    return sources[source];
}

gboolean
vfg_event_is_repeat(const VfgEvent *a, const VfgEvent *b)
{
    return a->severity == b->severity && a->source == b->source &&
           a->has_address == b->has_address &&
           (!a->has_address || vfg_pci_address_compare(a->address, b->address) == 0) &&
           g_str_equal(a->boot_id, b->boot_id) && g_str_equal(a->id, b->id) &&
           g_strcmp0(a->code, b->code) == 0 && g_str_equal(a->line, b->line);
}

char *
vfg_event_make_line(const char *bytes, gsize len)
{
    g_autofree char *valid = g_utf8_make_valid(bytes, (gssize)len);
    gsize keep = strlen(valid);
    if (keep > VFG_EVENT_MAX_LINE)
        keep = (gsize)(g_utf8_find_prev_char(valid, valid + VFG_EVENT_MAX_LINE + 1) - valid);
    return g_strndup(valid, keep);
}

static gboolean
read_severity(VfgFields fields, VfgSeverity *ret, GError **error)
{
    const char *name = json_string_value(json_object_get(fields.json, "severity"));
    if (vfg_severity_parse(name, ret) && *ret != VFG_SEVERITY_NONE)
        return TRUE;
    return vfg_field_refuse(fields, "severity", "'info', 'warn', 'error' or 'fatal'", error);
}

static gboolean
read_source(VfgFields fields, VfgEventSource *ret, GError **error)
{
    guint source = 0;
    if (!vfg_field_choice(fields, "source", sources, "'kernel', 'counter', 'user' or 'agent'",
                          &source, error))
        return FALSE;
    *ret = (VfgEventSource)source;
    return TRUE;
}

static gboolean
read_address(VfgFields fields, VfgEvent *event, GError **error)
{
    if (json_is_null(json_object_get(fields.json, "address")))
        return TRUE;
    event->has_address = TRUE;
    return vfg_field_address(fields, "address", &event->address, error);
}

VfgEvent *
vfg_event_from_fields(VfgFields fields, GError **error)
{
    g_autoptr(VfgEvent) event = g_new0(VfgEvent, 1);
    if (!vfg_field_number(fields, "sequence", 1, VFG_MESSAGE_MAX_NUMBER, &event->sequence, error) ||
        !vfg_field_name(fields, "boot_id", &event->boot_id, error) ||
        !vfg_field_number(fields, "time", 0, VFG_MESSAGE_MAX_NUMBER, &event->time, error) ||
        !vfg_field_name(fields, "id", &event->id, error) ||
        !vfg_field_name(fields, "class", &event->class_name, error) ||
        !read_severity(fields, &event->severity, error) ||
        !read_source(fields, &event->source, error) || !read_address(fields, event, error) ||
        !vfg_field_copy_or_null(fields, "code", VFG_EVENT_MAX_CODE,
                                "a text of 1 to 64 bytes, or null", &event->code, error) ||
        !vfg_field_copy(fields, "line", VFG_EVENT_MAX_LINE, &event->line, error) ||
        !vfg_field_number(fields, "count", 1, VFG_MESSAGE_MAX_NUMBER, &event->count, error))
        return NULL;
    return g_steal_pointer(&event);
}

static void
set_or_null(json_t *json, const char *key, const char *text)
{
    json_object_set_new(json, key, text ? json_string(text) : json_null());
}

void
vfg_event_add_to_json(const VfgEvent *event, json_t *json)
{
    g_autofree char *address = event->has_address ? vfg_pci_address_dup(event->address) : NULL;
    json_object_set_new(json, "sequence", json_integer((json_int_t)event->sequence));
    vfg_field_set_text(json, "boot_id", event->boot_id);
    json_object_set_new(json, "time", json_integer((json_int_t)event->time));
    vfg_field_set_text(json, "id", event->id);
    vfg_field_set_text(json, "class", event->class_name);
    vfg_field_set_text(json, "severity", vfg_severity_name(event->severity));
    vfg_field_set_text(json, "source", sources[event->source]);
    set_or_null(json, "address", address);
    set_or_null(json, "code", event->code);
    vfg_field_set_text(json, "line", event->line);
    json_object_set_new(json, "count", json_integer((json_int_t)event->count));
}
