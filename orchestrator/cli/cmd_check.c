/*
 * `check`: reads the migration file and tells all its faults, then asks every host what would make
 * the move fail. Changes nothing.
 */
#include "orchestrator/cli/cmd.h"
#include "orchestrator/cli/findings_out.h"
#include "orchestrator/cli/session.h"
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

static void tell_findings(struct invocation *inv, const struct findings *findings)
{
    if (inv->mode == OUT_JSON)
        json_put(inv->answer, "findings", findings_out_json(findings->item, findings->len));
    else
        findings_out_print(findings->item, findings->len,
                           option_given(&inv->options, "verbose") ? FINDING_PASS : FINDING_WARN);
}

static int run(struct invocation *inv, struct err *err)
{
    struct session session CLEANUP(session_close) = {.inv = inv, .clock = clock_real()};
    if (spec_file_load(inv, inv->arguments[0], SPEC_CHECK_FILES, &session.spec, err) < 0)
        return -1;
    tell(inv, session.spec);
    if (option_given(&inv->options, "offline"))
        return 0;
    struct findings findings;
    if (session_preflight(&session, &findings, err) < 0)
        return -1;
    tell_findings(inv, &findings);
    size_t blocks = findings_count(&findings, FINDING_BLOCK);
    if (blocks > 0)
        return err_set(err, ERR_REFUSED, "%zu finding%s would stop the migration before it begins",
                       blocks, blocks == 1 ? "" : "s");
    return 0;
}

static const struct option_row options[] = {
    {.name = "offline", .type = OPTION_FLAG, .help = "the migration file only; ask no host"},
};

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
             "and tells all faults at once, each as "
             "FILE:LINE: /json/pointer: what is wrong; what to write instead. Then asks every host "
             "and both servers what would make the "
             "move fail, each with its remedy. Changes nothing anywhere.",
    .options = options,
    .noptions = ARRAY_LEN(options),
    .arguments = arguments,
    .narguments = ARRAY_LEN(arguments),
    .run = run,
};
