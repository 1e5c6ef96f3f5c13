/*
 * What the guard reads and writes on the proxy host: its plan, the list of databases in it, and the
 * notes it leaves, which must be JSON whatever a server said.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "steps/guard/note.h"
#include "steps/guard/plan.h"
#include "steps/guard/snapshots.h"
#include "tests/fuzz/fuzz.h"

static void try_names(const char *list)
{
    char **names = NULL;
    int len = snapshots_names(list, &names);
    fuzz_must(len >= -1 && (len > 0) == (names != NULL), "names are there when there are some");
    for (int i = 0; i < len; i++)
        free(names[i]);
    free(names);
}

static void try_plan(const char *text)
{
    struct guard_plan plan;
    struct err err = ERR_INIT;
    char *copy = strdup(text);
    if (guard_plan_parse(&plan, copy, &err) == 0) {
        fuzz_must(plan.guard_ms >= 1 && plan.guard_ms < plan.max_stall_ms,
                  "the guard acts before the promise is broken");
        fuzz_must(plan.source && plan.target && plan.trial && plan.fence_file && plan.console &&
                      plan.config && !plan.stop_at,
                  "a plan that was taken is whole, and no rehearsal");
        try_names(plan.databases);
    }
    free(copy);
}

static void try_note(const char *bytes, size_t len)
{
    struct str note CLEANUP(str_free) = STR_INIT;
    str_add(&note, "{");
    note_key(&note, "said");
    note_add_n(&note, bytes, len);
    note_member(&note, "reason", bytes);
    note_member_i64(&note, "attempt", (int64_t)len);
    str_add(&note, "}");
    json_t *json CLEANUP(json_cleanup) = json_loadb(note.text, note.len, JSON_ALLOW_NUL, NULL);
    fuzz_must(json_object_size(json) == 3, "a note is JSON whatever a server said");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = fuzz_input(data, size);
    size_t len;
    char *text = fuzz_rest(&input, &len);
    try_note(text, len);
    try_names(text);
    try_plan(text);
    free(text);
    return 0;
}
