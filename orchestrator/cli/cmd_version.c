/*
 * `version`: the program's version and its libraries'.
 */
#include "orchestrator/cli/cmd.h"
#include "orchestrator/cli/version.h"

static void tell_text(void)
{
    out_text("ece-migrate %s\n", version_program());
    for (size_t i = 0; i < version_rows_len; i++) {
        const struct version_row *row = &version_rows[i];
        out_text("  %-10s %s", row->name, row->built);
        if (row->running != NULL)
            out_text(" (running: %s)", row->running());
        out_text("\n");
    }
}

static json_t *libraries_json(void)
{
    json_t *list = json_make_array();
    for (size_t i = 0; i < version_rows_len; i++) {
        const struct version_row *row = &version_rows[i];
        json_t *json = json_make_object();
        json_put(json, "name", json_make_text(row->name));
        json_put(json, "built", json_make_text(row->built));
        if (row->running != NULL)
            json_put(json, "running", json_make_text(row->running()));
        json_add(list, json);
    }
    return list;
}

static int run(struct invocation *inv, struct err *err)
{
    (void)err;
    if (inv->mode == OUT_TEXT) {
        tell_text();
        return 0;
    }
    inv->answer = json_make_object();
    json_put(inv->answer, "version", json_make_text(version_program()));
    json_put(inv->answer, "libraries", libraries_json());
    return 0;
}

const struct command cmd_version = {
    .name = "version",
    .summary = "print the versions of the program and its libraries",
    .story = "Prints the program's version, and of each library the version it was built with and, "
             "where it can "
             "be asked, the one it runs with.",
    .run = run,
};
