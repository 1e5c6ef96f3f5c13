/*
 * `plan`: the dry run. Asks every host, changes nothing, and prints what would be done, action by
 * action.
 */
#include <string.h>

#include "orchestrator/cli/cmd.h"
#include "orchestrator/cli/findings_out.h"
#include "orchestrator/cli/session.h"
#include "orchestrator/cli/spec_file.h"
#include "orchestrator/rehearse.h"

static json_t *action_json(const struct step_action *action)
{
    json_t *json = json_make_object();
    json_put(json, "action", json_make_text(action->name));
    json_put(json, "object", json_make_text(action->object));
    json_put(json, "story", json_make_text(action->story));
    return json;
}

static json_t *phase_json(const struct rehearsed *phase)
{
    json_t *json = json_make_object(), *actions = json_make_array();
    json_put(json, "track", json_make_text(phase->track));
    json_put(json, "phase", json_make_text(phase->row->phase));
    json_put(json, "story", json_make_text(phase->row->story));
    for (size_t i = 0; i < phase->plan.actions; i++)
        json_add(actions, action_json(&phase->plan.action[i]));
    json_put(json, "actions", actions);
    json_put(json, "reason", json_make_text(phase->plan.reason == NULL ? "" : phase->plan.reason));
    return json;
}

static void answer(struct invocation *inv, const struct spec *spec,
                   const struct rehearsal *rehearsal)
{
    json_t *phases = json_make_array();
    for (size_t i = 0; i < rehearsal->phases; i++)
        json_add(phases, phase_json(&rehearsal->phase[i]));
    json_put(inv->answer, "migration", json_make_text(spec->id));
    json_put(inv->answer, "hash", json_make_text(spec->hash));
    json_put(inv->answer, "blocks", json_integer((json_int_t)rehearsal->blocks));
    json_put(inv->answer, "warnings", json_integer((json_int_t)rehearsal->warnings));
    json_put(inv->answer, "findings",
             findings_out_json(rehearsal->phase[0].finding, rehearsal->phase[0].findings));
    json_put(inv->answer, "phases", phases);
}

static void print_phase(const struct rehearsed *phase)
{
    out_text("\n%s / %s: %s\n", phase->track, phase->row->phase, phase->row->story);
    for (size_t i = 0; i < phase->plan.actions; i++)
        out_text("  %zu. %-14s %-14s %s\n", i + 1, phase->plan.action[i].name,
                 phase->plan.action[i].object, phase->plan.action[i].story);
    if (phase->plan.reason != NULL && phase->plan.reason[0] != '\0')
        out_text("  %s %s\n",
                 phase->plan.verdict == STEP_HOLD ? "STOPS:" : "waits:", phase->plan.reason);
}

static void print(const struct spec *spec, const struct rehearsal *rehearsal)
{
    out_text("plan of migration '%s' (%.12s): %zu block%s, %zu warning%s; nothing was changed\n\n",
             spec->id, spec->hash, rehearsal->blocks, rehearsal->blocks == 1 ? "" : "s",
             rehearsal->warnings, rehearsal->warnings == 1 ? "" : "s");
    findings_out_print(rehearsal->phase[0].finding, rehearsal->phase[0].findings, FINDING_WARN);
    for (size_t i = 0; i < rehearsal->phases; i++)
        print_phase(&rehearsal->phase[i]);
    out_text("\nUp to 'cutover' everything can be taken back with 'ece-migrate abort', and the "
             "source never notices.\n"
             "From its decision on there is only forward%s.\n",
             spec_has_window(spec)
                 ? ", but for 'ece-migrate rollback' while a rollback window is open"
                 : "");
}

static int run(struct invocation *inv, struct err *err)
{
    struct session session CLEANUP(session_close) = {.inv = inv, .clock = clock_real()};
    struct rehearsal rehearsal;
    if (spec_file_load(inv, inv->arguments[0], SPEC_CHECK_FILES, &session.spec, err) < 0 ||
        session_reach(&session, NULL, NULL, err) < 0 ||
        rehearse(session.spec, &session.ports, session.clock, inv->arena, &rehearsal, err) < 0)
        return -1;
    if (inv->mode == OUT_JSON)
        answer(inv, session.spec, &rehearsal);
    else
        print(session.spec, &rehearsal);
    if (rehearsal.blocks > 0)
        return err_set(err, ERR_REFUSED, "%zu finding%s would stop the migration before it begins",
                       rehearsal.blocks, rehearsal.blocks == 1 ? "" : "s");
    return 0;
}

static const struct argument_row arguments[] = {
    {.name = "FILE",
     .type = ARGUMENT_FILE,
     .need = ARGUMENT_REQUIRED,
     .help = "the migration file"},
};

const struct command cmd_plan = {
    .name = "plan",
    .summary = "print what a migration would do, and touch nothing",
    .story = "Asks every host and both servers, and prints each action that the migration would "
             "take, in order. Nothing is changed anywhere: the "
             "connections of a plan refuse every change. Ends with status 4 when something would "
             "stop the migration.",
    .arguments = arguments,
    .narguments = ARRAY_LEN(arguments),
    .run = run,
};
