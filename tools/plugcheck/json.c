/* SPDX-License-Identifier: MIT */
#include "plugcheck.h"

#include "verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whatever came from the file is escaped as in the text, so it is valid UTF-8 and safe to show. */
static json_t *text(const char *from_file)
{
    if (from_file == NULL)
        return json_null();
    char *escaped = plugmgr_escape(from_file);
    if (escaped == NULL)
        return NULL;
    json_t *string = json_string(escaped);
    free(escaped);
    return string;
}

/* Takes both references; NULL: no memory, now or before. */
static json_t *append(json_t *array, json_t *item)
{
    if (json_array_append_new(array, item) == 0)
        return array;
    json_decref(array);
    return NULL;
}

/* A value of several lines is an array of strings, one a line; a value of one line is a string. */
static json_t *lines(const char *value)
{
    if (value == NULL || strchr(value, '\n') == NULL)
        return text(value);
    json_t *array = json_array();
    for (;; value++) {
        size_t length = strcspn(value, "\n");
        char *line = strndup(value, length);
        array = append(array, line != NULL ? text(line) : NULL);
        free(line);
        value += length;
        if (*value == '\0')
            return array;
    }
}

/* What changed: always an array, or null. */
static json_t *changes_to_json(const char *changes)
{
    if (changes == NULL || strchr(changes, '\n') != NULL)
        return lines(changes);
    return append(json_array(), text(changes));
}

static json_t *finding_to_json(const struct plugmgr_finding *finding)
{
    static const char *const severities[] = {"note", "warning", "refusal"};
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "code", finding->code, "severity",
                     severities[finding->severity], "subject", text(finding->subject), "text", text(finding->text),
                     "have", lines(finding->have), "want", lines(finding->want), "changes",
                     changes_to_json(finding->changes), "remedy", text(finding->remedy));
}

json_t *verdict_to_json(const struct plugmgr_report *report)
{
    json_t *findings = json_array();
    for (size_t i = 0; i < plugmgr_report_count(report); i++)
        findings = append(findings, finding_to_json(plugmgr_report_finding(report, i)));
    return json_pack("{s:o, s:o, s:o, s:b, s:o}", "file", text(pm_report_path(report)), "plugin",
                     text(pm_report_plugin(report)), "host", text(pm_report_host(report)), "accepted",
                     plugmgr_report_accepted(report), "findings", findings);
}

static json_t *version_to_json(struct pm_version version)
{
    if (version.major == PM_DIFF_NO_VERSION)
        return json_null();
    return json_sprintf("%u.%u", version.major, version.minor);
}

static json_t *build_id_to_json(const struct pm_build_id *build_id)
{
    struct pm_arena arena = {0};
    if (build_id->size == 0)
        return json_null();
    const char *hex = pm_arena_hex(&arena, build_id->bytes, build_id->size);
    json_t *string = arena.failed ? NULL : json_string(hex);
    pm_arena_free(&arena);
    return string;
}

static json_t *provides_to_json(const struct pm_facts *facts)
{
    json_t *array = json_array();
    for (size_t i = 0; i < facts->provide_count; i++) {
        const struct pm_provide *provide = &facts->provides[i];
        array = append(array, json_pack("{s:o, s:o, s:o, s:o}", "interface", text(provide->interface_name), "version",
                                        version_to_json(provide->version), "instance", text(provide->instance),
                                        "symbol", text(provide->symbol)));
    }
    return array;
}

static json_t *requires_to_json(const struct pm_facts *facts)
{
    json_t *array = json_array();
    for (size_t i = 0; i < facts->require_count; i++) {
        const struct pm_require *require = &facts->requires_[i];
        array = append(array, json_pack("{s:o, s:o, s:o, s:o, s:b, s:b}", "interface", text(require->interface_name),
                                        "version", version_to_json(require->version), "min",
                                        version_to_json(require->lowest), "symbol", text(require->symbol), "optional",
                                        require->optional, "linker_bound", require->linker_bound));
    }
    return array;
}

static json_t *state_to_json(const struct pm_state_fact *state)
{
    if (state == NULL)
        return json_null();
    json_t *version =
        state->interface_name != NULL ? version_to_json(state->version) : json_sprintf("%u", state->version.major);
    return json_pack("{s:o, s:o}", "interface", text(state->interface_name), "version", version);
}

static json_t *pins_to_json(const struct pm_facts *facts)
{
    json_t *array = json_array();
    for (size_t i = 0; i < facts->pin_count; i++) {
        const struct pm_pin *pin = &facts->pins[i];
        json_t *ids = json_array();
        for (size_t k = 0; k < pin->build_id_count; k++)
            ids = append(ids, build_id_to_json(&pin->build_ids[k]));
        array = append(array, json_pack("{s:o, s:o, s:b, s:o}", "object", text(pin->object), "build_ids", ids,
                                        "required", pin->required, "hint", text(pin->hint)));
    }
    return array;
}

/* A text of several lines as one string, its line ends kept. */
static json_t *whole_text(const char *from_file)
{
    struct pm_buffer buffer = {0};
    struct pm_arena arena = {0};
    pm_buffer_add(&buffer, "");
    for (const char *line = from_file; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        pm_buffer_add_escaped(&buffer, pm_arena_copy_bytes(&arena, line, length));
        line += length;
        if (*line == '\n') {
            pm_buffer_add(&buffer, "\n");
            line++;
        }
    }
    json_t *string = buffer.failed || arena.failed ? NULL : json_string(buffer.data);
    pm_arena_free(&arena);
    free(buffer.data);
    return string;
}

static json_t *fingerprints_to_json(const struct pm_facts *facts)
{
    json_t *array = json_array();
    for (size_t i = 0; i < facts->abi_count; i++) {
        const struct pm_abi *abi = &facts->abis[i];
        array =
            append(array, json_pack("{s:o, s:o, s:o, s:o}", "interface", text(abi->interface_name), "version",
                                    version_to_json(abi->version), "id", text(abi->id), "text", whole_text(abi->text)));
    }
    return array;
}

static json_t *needs_to_json(const struct pm_dynamic *dynamic)
{
    json_t *array = json_array();
    for (size_t i = 0; i < dynamic->needed_count; i++)
        array = append(array, text(dynamic->needed[i]));
    return array;
}

/* What a lock file does not have is null or empty. */
json_t *module_to_json(const struct input *input, const char *shown_path)
{
    static const char *const roles[] = {"lock", "host", "plugin"};
    const struct pm_module *module = &input->module;
    const struct pm_facts *facts = &module->facts;
    const bool is_lock = input->is_lock;
    struct pm_arena arena = {0};
    json_t *object =
        json_pack("{s:o, s:s, s:o, s:o, s:o, s:s?, s:s?, s:s?, s:b, s:o, s:o, s:o, s:o, s:o, s:o}", "file",
                  text(shown_path), "role", roles[facts->role], "name", text(facts->name), "version",
                  text(facts->version), "build_id", build_id_to_json(&module->build_id), "machine",
                  is_lock ? NULL : pm_machine_text(&arena, module->traits.machine), "class",
                  is_lock ? NULL : pm_class_names[module->traits.elf_class], "byte_order",
                  is_lock ? NULL : pm_order_names[module->traits.byte_order], "plugpin", !facts->without_plugpin,
                  "provides", provides_to_json(facts), facts->role == PM_ROLE_HOST ? "accepts" : "requires",
                  requires_to_json(facts), "pins", pins_to_json(facts), "needs", needs_to_json(&module->dynamic),
                  "fingerprints", fingerprints_to_json(facts), "state", state_to_json(facts->state));
    bool is_whole = !arena.failed;
    pm_arena_free(&arena);
    if (is_whole)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *item_to_json(const struct pm_diff_item *item)
{
    return json_pack("{s:o, s:o, s:o, s:s, s:o}", "interface", text(item->interface_name), "from",
                     item->has_from ? version_to_json(item->from) : json_null(), "to",
                     item->has_to ? version_to_json(item->to) : json_null(), "result", pm_diff_grade_name(item->grade),
                     "changes", item->changes != NULL ? changes_to_json(item->changes) : json_array());
}

/* null: neither file has a state, or they are not two plugins. */
static json_t *state_change_to_json(const struct pm_state_match *state)
{
    if (state->text == NULL && state->handover != PM_HANDOVER_SAME)
        return json_null();
    return json_pack("{s:b, s:o, s:o}", "handed_over", state->handover == PM_HANDOVER_SAME, "text", text(state->text),
                     "changes", state->changes != NULL ? changes_to_json(state->changes) : json_array());
}

json_t *diff_to_json(const struct pm_diff *diff, const struct diff_names *names)
{
    json_t *items = json_array();
    for (size_t i = 0; i < diff->count; i++)
        items = append(items, item_to_json(&diff->items[i]));
    return json_pack("{s:o, s:o, s:s, s:b, s:o, s:o}", "from", text(names->from), "to", text(names->to), "result",
                     pm_diff_grade_name(diff->result), "accepted", diff->is_accepted, "interfaces", items, "state",
                     state_change_to_json(&diff->state));
}

int json_print(const char *name, json_t *array, const char *policy, const struct matrix *matrix)
{
    json_t *document = json_pack("{s:i, s:s?, s:o}", "schema", PLUGCHECK_SCHEMA, "policy", policy, name, array);
    if (document == NULL)
        return -1;
    if (matrix != NULL && (json_object_set_new(document, "hosts", matrix_hosts_to_json(matrix)) < 0 ||
                           json_object_set_new(document, "matrix", matrix_rows_to_json(matrix)) < 0)) {
        json_decref(document);
        return -1;
    }
    int result = json_dumpf(document, stdout, JSON_INDENT(2));
    json_decref(document);
    return result < 0 || putchar('\n') == EOF ? -1 : 0;
}
