/*
 * Loading the migration file for a command.
 */
#include "orchestrator/cli/spec_file.h"

static json_t *fault_json(const struct spec_fault *fault)
{
    json_t *json = json_make_object();
    json_put(json, "line", json_integer(fault->line));
    json_put(json, "pointer", json_make_text(fault->pointer));
    json_put(json, "text", json_make_text(fault->text));
    return json;
}

static void answer(struct invocation *inv, const char *path, const struct spec_faults *faults)
{
    json_t *list = json_make_array();
    for (size_t i = 0; i < faults->len; i++)
        json_add(list, fault_json(&faults->fault[i]));
    inv->answer = json_make_object();
    json_put(inv->answer, "file", json_make_text(path));
    json_put(inv->answer, "faults", list);
}

/* A fault of the text as a whole has no pointer. */
static void tell(const char *path, const struct spec_faults *faults)
{
    for (size_t i = 0; i < faults->len; i++) {
        const struct spec_fault *fault = &faults->fault[i];
        out_error("%s:%d: %s%s%s\n", path, fault->line, fault->pointer,
                  *fault->pointer == '\0' ? "" : ": ", fault->text);
    }
}

int spec_file_load(struct invocation *inv, const char *path, enum spec_files files,
                   struct spec **out, struct err *err)
{
    struct spec_faults faults;
    int result = spec_load(out, path, files, inv->arena, &faults, err);
    if (inv->mode == OUT_JSON)
        answer(inv, path, &faults);
    else
        tell(path, &faults);
    if (faults.len == 0)
        return result;
    return err_set(err, ERR_SPEC, "the migration file '%s' has %zu fault%s", path, faults.len,
                   faults.len == 1 ? "" : "s");
}
