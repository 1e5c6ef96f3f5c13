/* One seed, from the storm to the end. */
#include "tests/crash/sim.h"

#include <stdio.h>
#include <string.h>

#include "tests/crash/sim_private.h"

#define RUNS_IN_STORM 10
#define RUNS_IN_CALM  10

/* The fake's clock hands out the fake; whose simulation it is stands here. */
static struct sim *running;

static void die(struct sim *sim, const char *where)
{
    if (sim->calm || !chance_of(&sim->chance, sim->dies))
        return;
    sim->tally->counts[SIM_DEATHS]++;
    sim->tally->tried++;
    sim_say(sim, "- the runner dies at %s", where);
    longjmp(sim->out, SIM_DIED);
}

static int call_begins(void *arg, const char *slot, bool changes, struct err *err)
{
    struct sim *sim = arg;
    struct fake *fake = trial_fake(&sim->trial);
    fake->now_us += (int64_t)chance_below(&sim->chance, changes ? 400000 : 40000);
    sim_weather(sim);
    die(sim, slot);
    if (!sim->calm && chance_of(&sim->chance, changes ? sim->fails : sim->fails * 8))
        return sim_fault(sim, slot, "before", err);
    if (changes)
        sim_say(sim, "  %s", slot);
    return 0;
}

static int call_ends(void *arg, const char *slot, bool changes, bool ok, struct err *err)
{
    struct sim *sim = arg;
    die(sim, slot);
    if (!ok || !changes || sim->calm || !chance_of(&sim->chance, sim->loses_answer))
        return 0;
    /* Who lost the guard's voice has lost the guard. */
    if (strcmp(slot, "traffic.cut") == 0)
        trial_fake(&sim->trial)->proxy.guard = false;
    return sim_fault(sim, slot, "after", err);
}

static void moment(void *arg, const char *phase, const char *action, enum runner_moment moment)
{
    struct sim *sim = arg;
    (void)phase;
    (void)action;
    die(sim, runner_moment_name(moment));
}

/* Sleep may last longer than was asked for: a machine is busy, and a simulation in a hurry. */
static void sleep_us(void *arg, int64_t us)
{
    static const int64_t times[] = {1, 1, 10, 50, 100};
    (void)arg;
    struct sim *sim = running;
    int64_t least = us > 0 ? us : 1;
    trial_fake(&sim->trial)->now_us += least * times[chance_below(&sim->chance, ARRAY_LEN(times))];
    sim_weather(sim);
}

static uint64_t random_bits(void *arg)
{
    (void)arg;
    return chance_next(&running->chance);
}

static void tell(void *arg, const struct watch *watch)
{
    static const char *const kinds[] = {"phase", "begins", "did",   "waits",
                                        "again", "HOLD",   "finds", "notes"};
    const struct sim *sim = arg;
    if (watch->kind == WATCH_WAIT || watch->kind == WATCH_FINDING || watch->kind == WATCH_DONE)
        return;
    sim_say(sim, "%s %s %s %s: %s", watch->track, watch->phase == NULL ? "" : watch->phase,
            kinds[watch->kind], watch->action == NULL ? "" : watch->action,
            watch->text == NULL ? "" : watch->text);
}

static void broken(struct sim *sim, const char *what)
{
    sim_say(sim, "! %s", what);
    crew_broken(sim->tally, "seed %llu: %s", (unsigned long long)sim->seed, what);
}

/* The run itself; NULL, or what was wrong with how it ended. */
static const char *run_to_its_end(struct sim *sim, bool *out_over)
{
    struct err err = ERR_INIT;
    int result = trial_run(&sim->trial, &err);
    *out_over = result == 0 || err.code == ERR_ABORTED;
    sim_say(sim, "= the run ends: %s", result == 0 ? "done" : err.text);
    return *out_over ? NULL : invariants_parked(&sim->trial, &err);
}

static const char *run_or_die(struct sim *sim, bool *out_over)
{
    switch (setjmp(sim->out)) {
    case SIM_STAYS:
        return run_to_its_end(sim, out_over);
    case SIM_DIED:
        trial_bury(&sim->trial);
        (void)!err_set(&sim->trial.shared->last, ERR_INTERRUPTED, "the runner died");
        return NULL;
    default:
        trial_bury(&sim->trial);
        return "10: it came to no end in two days without a fault";
    }
}

/* One run of the runner. Returns false when something is broken; *out_over at an end. */
static bool run_once(struct sim *sim, bool *out_over)
{
    const char *wrong = run_or_die(sim, out_over);
    sim->stop = 0;
    if (wrong == NULL)
        wrong = *out_over ? invariants_broken_at_end(&sim->seen, &sim->trial)
                          : invariants_broken(&sim->seen, &sim->trial);
    if (wrong != NULL)
        broken(sim, wrong);
    return wrong == NULL;
}

/* Somebody comes, sooner or later; in the storm she does not always mend what she should. */
static void person_comes(struct sim *sim)
{
    struct fake *fake = trial_fake(&sim->trial);
    const struct err *why = &sim->trial.shared->last;
    int64_t after_s = (int64_t)chance_below(&sim->chance, chance_of(&sim->chance, 4) ? 3600 : 60);
    fake->now_us += after_s * 1000000;
    shaky_settle(&sim->trial.shared->world);
    sim->tally->parked++;
    if (!sim->calm && chance_of(&sim->chance, 2))
        return;
    sim->abort_asked = sim->abort_asked || strstr(why->text, "ece-migrate abort") != NULL;
    if (!trial_person(&sim->trial, why))
        broken(sim, why->text);
    sim->tally->counts[SIM_PEOPLE]++;
    sim_say(sim, "= after %lld s a person does what was asked for", (long long)after_s);
}

static void weave(struct sim *sim)
{
    static const uint64_t rates[] = {0, 5, 12, 30, 100};
    struct fake *fake = trial_fake(&sim->trial);
    sim->fails = rates[chance_below(&sim->chance, ARRAY_LEN(rates))];
    sim->loses_answer = rates[chance_below(&sim->chance, ARRAY_LEN(rates))];
    sim->dies = rates[chance_below(&sim->chance, ARRAY_LEN(rates))] * 3;
    sim->weather = rates[chance_below(&sim->chance, ARRAY_LEN(rates))] * 2;
    sim->calm_at_us = fake->now_us + (int64_t)(30 + chance_below(&sim->chance, 3600)) * 1000000;
    sim->ends_by_us = INT64_MAX;
    sim->trial.gate = chance_of(&sim->chance, 3) ? RUNNER_STAY_AT_GATE : RUNNER_LEAVE_AT_GATE;
    fake->target.copy_takes_us = (int64_t)(1 + chance_below(&sim->chance, 120)) * 1000000;
    fake->clock_ops.sleep_us = sleep_us;
    fake->clock_ops.random = random_bits;
    sim->trial.hook = moment;
    sim->trial.hook_arg = sim;
    sim->trial.watch = tell;
    sim->trial.watch_arg = sim;
    sim->trial.stop = &sim->stop;
}

static void live(struct sim *sim)
{
    bool over = false;
    int runs = 0;
    for (; !over && runs < RUNS_IN_STORM && !sim->calm; runs++) {
        if (!run_once(sim, &over))
            return;
        if (!over)
            person_comes(sim);
    }
    if (!over)
        sim_calm(sim);
    for (runs = 0; !over && runs < RUNS_IN_CALM; runs++) {
        if (runs > 0)
            person_comes(sim);
        if (!run_once(sim, &over))
            return;
    }
    if (!over)
        broken(sim, "10: it came to no end although the faults had stopped");
}

static void judge(struct sim *sim)
{
    bool aborted = strstr(trial_stand(&sim->trial), "migration=aborted\n") != NULL;
    sim->tally->counts[aborted ? SIM_ABORTED : SIM_DONE]++;
    if (aborted && !sim->abort_asked)
        broken(sim, "6: it was taken back and nobody had asked for that");
    if (sim->trial.shared->world.stall_max_us > sim->tally->stall_max_us)
        sim->tally->stall_max_us = sim->trial.shared->world.stall_max_us;
}

void sim_run(uint64_t seed, bool verbose, struct crew_tally *tally)
{
    struct sim sim = {.seed = seed, .chance = chance_from(seed), .verbose = verbose};
    long before = tally->broken;
    sim.tally = tally;
    (void)invariants_canary();
    int approvals = (int)chance_below(&sim.chance, 3);
    trial_begin_window(&sim.trial, approvals, chance_of(&sim.chance, 3) ? 24 : 0);
    running = &sim;
    weave(&sim);
    struct shaky_door door = {call_begins, call_ends, &sim};
    shaky_set_door(&door);
    live(&sim);
    if (tally->broken == before)
        judge(&sim);
    shaky_set_door(NULL);
    trial_end(&sim.trial);
}
