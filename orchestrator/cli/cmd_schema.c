/*
 * `schema`: prints the JSON Schema of the migration file.
 */
#include "orchestrator/cli/cmd.h"
#include "steps/spec.h"

static int run(struct invocation *inv, struct err *err)
{
    (void)err;
    out_raw(spec_schema(inv->arena));
    return 0;
}

const struct command cmd_schema = {
    .name = "schema",
    .summary = "print the JSON Schema of migration files",
    .story = "Prints the JSON Schema (draft-07) of migration files. An editor that finds it "
             "through the file's "
             "\"$schema\" completes keys, explains them and marks mistakes while you write. The "
             "output is JSON "
             "with and without --json.",
    .run = run,
};
