/*
 * Kills at random: a random scenario, a child that is killed at a random instant of the machine's
 * time or at a random moment of the runner, again during the resume, up to three deaths in a row.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/crash/chance.h"
#include "tests/crash/crew.h"
#include "tests/crash/invariants.h"
#include "tests/crash/scenario.h"

#define KILLS_MAX  3
#define MOMENTS    140 /* of a long scenario */
#define LONGEST_US 40000

struct victim {
    struct trial *trial;
    const struct scenario *scenario;
    int at; /* 0: by the clock */
};

static void die_at(void *arg, const char *phase, const char *action, enum runner_moment moment)
{
    struct victim *victim = arg;
    int now = ++victim->trial->shared->moments;
    scenario_reach(victim->trial, victim->scenario, phase, action, moment);
    if (now == victim->at)
        (void)!raise(SIGKILL);
}

static void prepare_child(struct trial *trial, void *arg)
{
    trial->hook = die_at;
    trial->hook_arg = arg;
}

/* One run of a child, killed or not. Returns whether it was; out_over: whether it came to an end.
 */
static bool run_and_kill(struct victim *victim, struct chance *chance, bool *out_over)
{
    struct trial *trial = victim->trial;
    int status = 0;
    bool by_clock = chance_of(chance, 2);
    victim->at =
        by_clock ? 0
                 : trial->shared->moments + 1 + (int)chance_below(chance, MOMENTS - MOMENTS / 4);
    pid_t child = trial_fork(trial, prepare_child, victim);
    if (by_clock) {
        struct timespec span = {.tv_nsec = (long)chance_below(chance, LONGEST_US) * 1000};
        nanosleep(&span, NULL);
        kill(child, SIGKILL);
    }
    waitpid(child, &status, 0);
    *out_over = WIFEXITED(status) &&
                (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == err_exit_status(ERR_ABORTED));
    return WIFSIGNALED(status);
}

static const char *try_to_break(struct trial *trial, const struct scenario *scenario,
                                struct chance *chance, struct crew_tally *tally)
{
    struct invariants seen = {0};
    struct victim victim = {trial, scenario, 0};
    int deaths = 1 + (int)chance_below(chance, KILLS_MAX);
    bool over = false;
    for (int runs = 0; deaths > 0 && !over && runs < 12; runs++) {
        bool killed = run_and_kill(&victim, chance, &over);
        if (killed) {
            deaths--;
            tally->tried++;
            trial_killed(trial);
        } else if (!over && !scenario_person(trial, scenario, &trial->shared->last)) {
            return trial->shared->last.text;
        }
        const char *broken = invariants_broken(&seen, trial);
        if (broken != NULL)
            return broken;
    }
    victim.at = 0;
    trial->hook = die_at;
    trial->hook_arg = &victim;
    trial_watch_calls(trial);
    const char *wrong = scenario_finish(trial, scenario);
    return wrong == NULL ? invariants_broken_at_end(&seen, trial) : wrong;
}

static void try_one(void *arg, long number, struct crew_tally *tally)
{
    (void)arg;
    struct chance chance = chance_from((uint64_t)number);
    const struct scenario *scenario = &scenarios[chance_below(&chance, scenarios_len)];
    struct trial trial;
    scenario_begin(&trial, scenario);
    const char *broken = try_to_break(&trial, scenario, &chance, tally);
    if (broken != NULL)
        crew_broken(tally, "trial %ld, '%s': %s", number, scenario->name, broken);
    trial_end(&trial);
}

/* Usage: crash_kills [--kills N] [--from NUMBER] */
int main(int argc, char **argv)
{
    long kills = 1000, from = 1;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--kills") == 0)
            kills = atol(argv[i + 1]);
        else if (strcmp(argv[i], "--from") == 0)
            from = atol(argv[i + 1]);
    }
    struct crew_tally tally = {0};
    (void)invariants_canary();
    for (long next = from; tally.tried < kills && tally.broken == 0; next += 100)
        crew_run(next, next + 99, try_one, NULL, 1, &tally);
    printf("%ld kills at random, %ld broken%s%s\n", tally.tried, tally.broken,
           tally.broken > 0 ? ", the first: " : "", tally.first);
    crew_report("kill -9 at random, again during the resume, over fakes", &tally,
                "build/asan/tests/crash/crash_kills");
    return tally.broken == 0 ? 0 : 1;
}
