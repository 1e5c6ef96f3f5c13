/*
 * `check`: reads the migration file and tells all its faults. Changes nothing.
 */
#include "orchestrator/cli/cmd.h"
#include "orchestrator/cli/spec_file.h"

static void tell(struct invocation *inv, const struct spec *spec)
{
    if (inv->mode == OUT_TEXT) {
        out_text("%s: no faults: migration '%s', %zu service%s, %zu host%s\n", inv->arguments[0],
                 spec->id, spec->services, spec->services == 1 ? "" : "s", spec->hosts,
                 spec->hosts == 1 ? "" : "s");
        return;
    }
    json_put(inv->answer, "migration", json_make_text(spec->id));
    json_put(inv->answer, "hash", json_make_text(spec->hash));
    json_put(inv->answer, "services", json_integer((json_int_t)spec->services));
    json_put(inv->answer, "hosts", json_integer((json_int_t)spec->hosts));
}

static int run(struct invocation *inv, struct err *err)
{
    CLEANUP(spec_cleanup) struct spec *spec = NULL;
    if (spec_file_load(inv, inv->arguments[0], SPEC_CHECK_FILES, &spec, err) < 0)
        return -1;
    tell(inv, spec);
    return 0;
}

static const struct argument_row arguments[] = {
    {.name = "FILE",
     .type = ARGUMENT_FILE,
     .need = ARGUMENT_REQUIRED,
     .help = "the migration file"},
};

const struct command cmd_check = {
    .name = "check",
    .summary = "check a migration file and what it names",
    .story = "Reads the migration file and the files that it names (keys, secrets, certificates) "
             "and tells "
             "all faults at once, each as FILE:LINE: /json/pointer: what is wrong; what to write "
             "instead.",
    .arguments = arguments,
    .narguments = ARRAY_LEN(arguments),
    .run = run,
};
