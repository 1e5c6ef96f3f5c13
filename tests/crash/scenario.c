/* The rows, and what happens in them. */
#include "tests/crash/scenario.h"

#include <string.h>

#define RUNS_MAX 12

static void copies_break(struct trial *trial)
{
    trial_fake(trial)->break_copies = 2;
    trial_fake(trial)->copy_error = "connection reset";
}

static void copy_takes_long(struct trial *trial)
{
    trial_fake(trial)->target.copy_takes_us = INT64_C(1500000000);
}

static void half_a_gateway(struct trial *trial)
{
    struct fake *fake = trial_fake(trial);
    fake->gateway[TUNNEL_SOURCE].state = TUNNEL_PARTIAL;
    fake->gateway[TUNNEL_SOURCE].lease_end_us = INT64_MAX / 2;
}

static void attempts_called_off(struct trial *trial)
{
    trial_fake(trial)->call_off_attempts = 99;
}

static void one_attempt_called_off(struct trial *trial)
{
    trial_fake(trial)->call_off_attempts = 1;
}

static void gateway_lost(struct trial *trial)
{
    trial_fake(trial)->gateway[TUNNEL_SOURCE].lease_end_us = 0;
}

static void abort_asked(struct trial *trial)
{
    trial_ask(trial, REQUEST_ABORT, "anna");
}

/* More is written than the tunnel can ever carry, and the tunnel is cut. */
static void flood(struct trial *trial)
{
    struct fake *fake = trial_fake(trial);
    fake_settle(fake);
    fake->wan_down = true;
    fake->source.write_rate = INT64_C(1000000000);
}

static void link_hangs(struct trial *trial)
{
    trial_fake(trial)->wan_down = true;
}

static void standby_dies(struct trial *trial)
{
    trial_fake(trial)->target.server = ENGINE_DOWN;
}

static void guard_dies(struct trial *trial)
{
    trial_fake(trial)->proxy.guard = false;
}

static void cut_unheard(struct trial *trial)
{
    struct fake *fake = trial_fake(trial);
    fake->fail_slot = "cut";
    fake->fail_call = fake->calls + 1;
    fake->fail_code = ERR_UNREACHABLE;
}

static void breaks(struct trial *trial, enum shaky_break where, bool warden)
{
    trial->shared->world.break_cut = where;
    trial->shared->world.warden = warden;
}

static void cut_breaks_held(struct trial *trial)
{
    breaks(trial, SHAKY_HELD, false);
}

static void cut_breaks_called_off(struct trial *trial)
{
    breaks(trial, SHAKY_CALLED_OFF, false);
}

static void cut_breaks_committed(struct trial *trial)
{
    breaks(trial, SHAKY_COMMITTED, false);
}

static void cut_breaks_promoted(struct trial *trial)
{
    breaks(trial, SHAKY_PROMOTED, false);
}

static void warden_calls_off(struct trial *trial)
{
    breaks(trial, SHAKY_HELD, true);
}

static void warden_switches(struct trial *trial)
{
    breaks(trial, SHAKY_COMMITTED, true);
}

static void sides_differ(struct trial *trial)
{
    trial_fake(trial)->differ = true;
}

static void end_window_asked(struct trial *trial)
{
    trial_ask(trial, REQUEST_END_WINDOW, "anna");
}

static void rollback_asked(struct trial *trial)
{
    trial_ask(trial, REQUEST_ROLLBACK, "anna");
}

/* The link back hangs until somebody kicks it. */
static void rollback_over_a_link_that_hangs(struct trial *trial)
{
    trial_fake(trial)->back_hangs_until_us = trial_fake(trial)->now_us + INT64_C(30000000);
    trial_fake(trial)->wan_down = true;
    rollback_asked(trial);
}

static void rollback_of_sides_that_will_differ(struct trial *trial)
{
    trial_fake(trial)->differ = true;
    rollback_asked(trial);
}

static void rollback_called_off_once(struct trial *trial)
{
    trial_fake(trial)->call_off_back = 1;
    rollback_asked(trial);
}

/* Whichever way the next cut goes, it breaks off; the forward one is over by then. */
static void rollback_breaks_held(struct trial *trial)
{
    cut_breaks_held(trial);
    rollback_asked(trial);
}

static void rollback_breaks_committed(struct trial *trial)
{
    cut_breaks_committed(trial);
    rollback_asked(trial);
}

static void rollback_breaks_promoted(struct trial *trial)
{
    cut_breaks_promoted(trial);
    rollback_asked(trial);
}

static void rollback_is_ended_by_the_warden(struct trial *trial)
{
    warden_switches(trial);
    rollback_asked(trial);
}

const struct scenario scenarios[] = {
    {.name = "undisturbed"},
    {.name = "taken back at the gate", .approvals = 1, .abort_at_gate = true},
    {.name = "taken back during the copy",
     .phase = "seed",
     .action = "copy",
     .happen = abort_asked},
    {.name = "taken back when the clients are at the target already",
     .phase = "tunnel-down",
     .action = "remove",
     .happen = abort_asked},
    {.name = "called off too often and taken back",
     .begin = attempts_called_off,
     .abort_when_called_off = true},
    {.name = "called off once", .begin = one_attempt_called_off},
    {.name = "a gateway loses its side during the copy",
     .phase = "seed",
     .action = "copy",
     .happen = gateway_lost},
    {.name = "the copy breaks twice", .begin = copies_break},
    {.name = "the copy takes longer than the lease", .begin = copy_takes_long},
    {.name = "half a gateway of an earlier attempt", .begin = half_a_gateway},
    {.name = "the link hangs", .phase = "compare", .action = "compare", .happen = link_hangs},
    {.name = "the standby dies", .phase = "catch-up", .action = "canary", .happen = standby_dies},
    {.name = "the slot holds too much back",
     .phase = "compare",
     .action = "compare",
     .happen = flood},
    {.name = "the guard does not hear the word",
     .phase = "cutover",
     .action = "cut",
     .happen = cut_unheard},
    {.name = "the cut breaks off before the decision",
     .phase = "cutover",
     .action = "cut",
     .happen = cut_breaks_held},
    {.name = "the cut breaks off after it was called off",
     .phase = "cutover",
     .action = "cut",
     .happen = cut_breaks_called_off},
    {.name = "the cut breaks off after the commit",
     .phase = "cutover",
     .action = "cut",
     .happen = cut_breaks_committed},
    {.name = "the cut breaks off after the promotion",
     .phase = "cutover",
     .action = "cut",
     .happen = cut_breaks_promoted},
    {.name = "the warden calls the attempt off",
     .phase = "cutover",
     .action = "cut",
     .happen = warden_calls_off},
    {.name = "the warden finishes the attempt",
     .phase = "cutover",
     .action = "cut",
     .happen = warden_switches},
    {.name = "the guard dies after the cut",
     .phase = "soak",
     .action = "compare",
     .happen = guard_dies},
    {.name = "the two sides differ at the cut",
     .phase = "soak",
     .action = "compare",
     .happen = sides_differ},
    {.name = "a window is kept until a person ends it",
     .window_h = 1,
     .phase = "soak",
     .action = "rewind",
     .happen = end_window_asked},
    {.name = "rolled back",
     .window_h = 1,
     .phase = "soak",
     .action = "rewind",
     .happen = rollback_asked},
    {.name = "rolled back over a link that hangs",
     .window_h = 1,
     .phase = "soak",
     .action = "follow-back",
     .happen = rollback_over_a_link_that_hangs},
    {.name = "rolled back, and both sides differ",
     .window_h = 1,
     .phase = "soak",
     .action = "rewind",
     .happen = rollback_of_sides_that_will_differ},
    {.name = "the rollback is called off once",
     .window_h = 1,
     .phase = "soak",
     .action = "rewind",
     .happen = rollback_called_off_once},
    {.name = "the cut back breaks off before the decision",
     .window_h = 1,
     .phase = "soak",
     .action = "rewind",
     .happen = rollback_breaks_held},
    {.name = "the cut back breaks off after the commit",
     .window_h = 1,
     .phase = "soak",
     .action = "rewind",
     .happen = rollback_breaks_committed},
    {.name = "the cut back breaks off after the promotion",
     .window_h = 1,
     .phase = "soak",
     .action = "rewind",
     .happen = rollback_breaks_promoted},
    {.name = "the warden finishes the cut back",
     .window_h = 1,
     .phase = "soak",
     .action = "rewind",
     .happen = rollback_is_ended_by_the_warden},
};
const size_t scenarios_len = ARRAY_LEN(scenarios);

void scenario_begin(struct trial *trial, const struct scenario *scenario)
{
    trial_begin_window(trial, scenario->approvals, scenario->window_h);
    if (scenario->begin != NULL)
        scenario->begin(trial);
}

void scenario_reach(struct trial *trial, const struct scenario *scenario, const char *phase,
                    const char *action, enum runner_moment moment)
{
    /* A link that hangs comes back when somebody kicks it. */
    if ((scenario->happen == link_hangs && strcmp(action, "kick") == 0) ||
        (scenario->happen == rollback_over_a_link_that_hangs && strcmp(action, "kick-back") == 0))
        trial_fake(trial)->wan_down = false;
    if (scenario->happen == NULL || trial->shared->happened || moment != MOMENT_BEFORE_INTENT ||
        strcmp(phase, scenario->phase) != 0 || strcmp(action, scenario->action) != 0)
        return;
    trial->shared->happened = true;
    scenario->happen(trial);
}

bool scenario_person(struct trial *trial, const struct scenario *scenario, const struct err *why)
{
    bool gate = strstr(why->text, "ece-migrate approve") != NULL;
    bool called_off = strstr(why->text, "attempts were called off") != NULL;
    if ((gate && scenario->abort_at_gate) || (called_off && scenario->abort_when_called_off)) {
        trial_ask(trial, REQUEST_ABORT, "anna");
        return true;
    }
    return trial_person(trial, why);
}

const char *scenario_finish(struct trial *trial, const struct scenario *scenario)
{
    struct err err = ERR_INIT;
    for (int run = 0; run < RUNS_MAX; run++) {
        if (trial_run(trial, &err) == 0 || err.code == ERR_ABORTED)
            return NULL;
        if (!scenario_person(trial, scenario, &err))
            return arena_printf(trial->arena, "6: nothing a person can do: %s", err.text);
    }
    return arena_printf(trial->arena, "6: %d runs did not bring it to its end: %s", RUNS_MAX,
                        err.text);
}
