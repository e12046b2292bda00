/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Diagnoses as values and as JSON. */

#include "diagnosis.h"

static void
symptom_free(VfgSymptom *symptom)
{
    g_free(symptom->id);
    g_free(symptom->class_name);
    g_free(symptom);
}

VfgIncident *
vfg_incident_new(void)
{
    VfgIncident *incident = g_new0(VfgIncident, 1);
    incident->symptoms = g_ptr_array_new_with_free_func((GDestroyNotify)symptom_free);
    return incident;
}

void
vfg_incident_free(VfgIncident *incident)
{
    if (!incident)
        return;
    char *const texts[] = {incident->id,         incident->class_name, incident->code,
                           incident->first_time, incident->last_time,  incident->line,
                           incident->cause,      incident->fix};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    g_ptr_array_unref(incident->symptoms);
    g_free(incident);
}

VfgDiagnosis *
vfg_diagnosis_new(void)
{
    VfgDiagnosis *diagnosis = g_new0(VfgDiagnosis, 1);
    diagnosis->classes = g_ptr_array_new_with_free_func(g_free);
    diagnosis->incidents = g_ptr_array_new_with_free_func((GDestroyNotify)vfg_incident_free);
    diagnosis->notes = g_ptr_array_new_with_free_func((GDestroyNotify)vfg_incident_free);
    return diagnosis;
}

void
vfg_diagnosis_free(VfgDiagnosis *diagnosis)
{
    if (!diagnosis)
        return;
    g_ptr_array_unref(diagnosis->classes);
    g_ptr_array_unref(diagnosis->incidents);
    g_ptr_array_unref(diagnosis->notes);
    g_free(diagnosis);
}

const char *
vfg_verdict_name(VfgVerdict verdict)
{
    static const char *const names[] = {"ok", "warn", "fail"};
    return names[verdict];
}

/* A string of the log need not be UTF-8. */
static json_t *
text_or_null(const char *text)
{
    if (!text || !*text)
        return json_null();
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    return json_string(valid);
}

static json_t *
symptoms_to_json(const GPtrArray *symptoms)
{
    json_t *list = json_array();
    for (guint i = 0; i < symptoms->len; i++) {
        const VfgSymptom *symptom = g_ptr_array_index(symptoms, i);
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:I}", "id", symptom->id, "class",
                                        symptom->class_name, "count", (json_int_t)symptom->count));
    }
    return list;
}

static json_t *
incident_to_json(const VfgIncident *incident)
{
    g_autofree char *address =
        incident->has_address ? vfg_pci_address_dup(incident->address) : NULL;
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "id",
                     incident->id, "class", incident->class_name, "severity",
                     vfg_severity_name(incident->severity), "address", text_or_null(address),
                     "code", text_or_null(incident->code), "count", (json_int_t)incident->count,
                     "first_line", (json_int_t)incident->first_line, "last_line",
                     (json_int_t)incident->last_line, "first_time",
                     text_or_null(incident->first_time), "last_time",
                     text_or_null(incident->last_time), "line", text_or_null(incident->line),
                     "cause", text_or_null(incident->cause), "fix", text_or_null(incident->fix),
                     "symptoms", symptoms_to_json(incident->symptoms));
}

static json_t *
incidents_to_json(const GPtrArray *incidents, gboolean notes)
{
    json_t *list = json_array();
    for (guint i = 0; i < incidents->len; i++) {
        const VfgIncident *incident = g_ptr_array_index(incidents, i);
        json_t *value = incident_to_json(incident);
        if (notes)
            json_object_set_new(value, "other_device", json_boolean(incident->other));
        json_array_append_new(list, value);
    }
    return list;
}

json_t *
vfg_diagnosis_to_json(const VfgDiagnosis *diagnosis)
{
    json_t *classes = json_array();
    for (guint i = 0; i < diagnosis->classes->len; i++)
        json_array_append_new(classes, json_string(g_ptr_array_index(diagnosis->classes, i)));
    return json_pack("{s:s, s:o, s:o, s:o, s:I, s:I}", "verdict",
                     vfg_verdict_name(diagnosis->verdict), "classes", classes, "diagnosis",
                     incidents_to_json(diagnosis->incidents, FALSE), "notes",
                     incidents_to_json(diagnosis->notes, TRUE), "lines",
                     (json_int_t)diagnosis->lines, "dropped", (json_int_t)diagnosis->dropped);
}
