/* Finding the points, and dying at them. */
#include "tests/crash/matrix.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "orchestrator/cli/interrupt.h"
#include "tests/crash/invariants.h"
#include "tests/crash/world_text.h"

struct find {
    struct matrix *matrix;
    struct trial *trial;
    const struct scenario *scenario;
};

static bool is_known(const struct matrix *matrix, const char *phase, const char *action,
                     enum runner_moment moment)
{
    for (long i = 0; i < matrix->points; i++)
        if (strcmp(matrix->point[i].phase, phase) == 0 &&
            strcmp(matrix->point[i].action, action) == 0 && matrix->point[i].moment == moment)
            return true;
    return false;
}

static void find_point(void *arg, const char *phase, const char *action, enum runner_moment moment)
{
    struct find *find = arg;
    int at = ++find->trial->shared->moments;
    scenario_reach(find->trial, find->scenario, phase, action, moment);
    struct matrix *matrix = find->matrix;
    if (is_known(matrix, phase, action, moment) || matrix->points == (long)ARRAY_LEN(matrix->point))
        return;
    struct matrix_point *point = &matrix->point[matrix->points++];
    *point = (struct matrix_point){.scenario = find->scenario, .at = at, .moment = moment};
    str_copy(point->phase, sizeof(point->phase), phase);
    str_copy(point->action, sizeof(point->action), action);
}

static void find_in(struct matrix *matrix, const struct scenario *scenario)
{
    struct trial trial;
    struct invariants seen = {0};
    struct find find = {matrix, &trial, scenario};
    scenario_begin(&trial, scenario);
    trial.hook = find_point;
    trial.hook_arg = &find;
    trial_watch_calls(&trial);
    const char *wrong = scenario_finish(&trial, scenario);
    if (wrong == NULL)
        wrong = invariants_broken_at_end(&seen, &trial);
    if (wrong != NULL && matrix->wrong[0] == '\0')
        snprintf(matrix->wrong, sizeof(matrix->wrong), "'%s', undisturbed: %s", scenario->name,
                 wrong);
    matrix->end[scenario - scenarios] = strdup(trial_stand(&trial));
    trial_end(&trial);
}

void matrix_find(struct matrix *matrix, size_t scenarios_wanted)
{
    memset(matrix, 0, sizeof(*matrix));
    (void)invariants_canary();
    size_t len = scenarios_wanted == 0 ? scenarios_len : scenarios_wanted;
    for (size_t i = 0; i < len; i++)
        find_in(matrix, &scenarios[i]);
}

/* In the child: the hook that ends or stops it at the point. */
struct strike {
    struct trial *trial;
    const struct scenario *scenario;
    int at, signal;
};

static void strike(void *arg, const char *phase, const char *action, enum runner_moment moment)
{
    struct strike *plan = arg;
    int now = ++plan->trial->shared->moments;
    scenario_reach(plan->trial, plan->scenario, phase, action, moment);
    if (now == plan->at)
        (void)!raise(plan->signal);
}

static void arm_child(struct trial *trial, void *arg)
{
    trial->hook = strike;
    trial->hook_arg = arg;
    trial->stop = interrupt_catch();
    /* The handler's word to the person is not for the test's output. */
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (((struct strike *)arg)->signal == SIGTERM && null >= 0)
        dup2(null, STDERR_FILENO);
}

/* Children run, and the person acts between them, until one is struck. Its status, as waitpid tells
 * it; -1 when none was. */
static int run_until_struck(struct trial *trial, struct strike *plan, pid_t *out_child)
{
    int flags = plan->signal == SIGSTOP ? WUNTRACED : 0;
    for (int run = 0; run < 12; run++) {
        int status = 0;
        pid_t child = trial_fork(trial, arm_child, plan);
        if (waitpid(child, &status, flags) != child)
            return -1;
        *out_child = child;
        if (WIFSIGNALED(status) || WIFSTOPPED(status) ||
            (WIFEXITED(status) && WEXITSTATUS(status) == err_exit_status(ERR_INTERRUPTED)))
            return status;
        if (trial->shared->last.code == ERR_NONE || trial->shared->last.code == ERR_ABORTED ||
            !scenario_person(trial, plan->scenario, &trial->shared->last))
            return -1;
    }
    return -1;
}

/* The runs after the fault go on in this process. */
static void pass(void *arg, const char *phase, const char *action, enum runner_moment moment)
{
    struct strike *plan = arg;
    scenario_reach(plan->trial, plan->scenario, phase, action, moment);
}

static const char *end_it(struct trial *trial, struct invariants *seen, struct strike *plan,
                          const char *end)
{
    trial->hook = pass;
    trial->hook_arg = plan;
    trial_watch_calls(trial);
    const char *wrong = scenario_finish(trial, plan->scenario);
    if (wrong == NULL)
        wrong = invariants_broken_at_end(seen, trial);
    if (wrong == NULL && strcmp(trial_stand(trial), end) != 0)
        wrong = arena_printf(trial->arena, "6: the end is not that of the undisturbed run:\n%s",
                             trial_stand(trial));
    return wrong;
}

/* The journal tells how far the action had come. */
static const char *story_broken(struct trial *trial, const struct invariants *seen,
                                const struct matrix_point *point, enum matrix_fault fault)
{
    bool begun = point->moment == MOMENT_AFTER_INTENT || point->moment == MOMENT_AFTER_EFFECT;
    bool open = fault == MATRIX_KILL && begun;
    if (seen->open != open)
        return arena_printf(trial->arena, "4: the newest intent has %s outcome",
                            seen->open ? "no" : "an");
    if (open && strcmp(seen->open_action, point->action) != 0)
        return arena_printf(trial->arena, "4: the newest intent is of '%s'", seen->open_action);
    return NULL;
}

static const char *die(struct trial *trial, const struct matrix_point *point,
                       enum matrix_fault fault, const char *end)
{
    struct invariants seen = {0};
    pid_t child;
    struct strike plan = {trial, point->scenario, point->at,
                          fault == MATRIX_KILL ? SIGKILL : SIGTERM};
    int status = run_until_struck(trial, &plan, &child);
    if (status < 0)
        return "the moment was not reached again";
    if (fault == MATRIX_TERM && !WIFEXITED(status))
        return "SIGTERM did not end it by the program's own way";
    trial_killed(trial);
    const char *broken = invariants_broken(&seen, trial);
    if (broken == NULL)
        broken = story_broken(trial, &seen, point, fault);
    return broken == NULL ? end_it(trial, &seen, &plan, end) : broken;
}

/* While a stopped runner lives nobody takes its place, however long it is. */
static const char *try_to_take(struct trial *trial, pid_t holder)
{
    struct err err = ERR_INIT;
    struct store *store CLEANUP(store_cleanup) = NULL;
    struct lease *lease CLEANUP(lease_cleanup) = NULL;
    char pid[32];
    snprintf(pid, sizeof(pid), "pid %d", (int)holder);
    if (store_open(&store, trial->dir, STORE_WRITE, fake_clock(trial_fake(trial)), &err) < 0)
        return arena_strdup(trial->arena, err.text);
    if (lease_take(&lease, store, trial->spec->id, &err) == 0)
        return "5: the lease of a runner that lives was taken";
    if (err.code != ERR_BUSY || strstr(err.text, pid) == NULL)
        return arena_printf(trial->arena, "5: it is not told who holds it: %s", err.text);
    return NULL;
}

static int go_on(pid_t child)
{
    int status = 0;
    kill(child, SIGCONT);
    return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static const char *stop(struct trial *trial, const struct matrix_point *point, const char *end)
{
    struct invariants seen = {0};
    pid_t child;
    struct strike plan = {trial, point->scenario, point->at, SIGSTOP};
    if (run_until_struck(trial, &plan, &child) < 0)
        return "the moment was not reached again";
    trial_fake(trial)->now_us += 2 * trial->spec->tunnel.lease_s * INT64_C(1000000);
    const char *broken = try_to_take(trial, child);
    int left = go_on(child);
    if (broken == NULL && left < 0)
        broken = "it did not go on";
    if (broken == NULL)
        broken = invariants_broken(&seen, trial);
    if (broken == NULL && trial->shared->last.code != ERR_NONE &&
        trial->shared->last.code != ERR_ABORTED &&
        !scenario_person(trial, plan.scenario, &trial->shared->last))
        broken = arena_printf(trial->arena, "6: %s", trial->shared->last.text);
    return broken == NULL ? end_it(trial, &seen, &plan, end) : broken;
}

static const char *world_of(struct trial *trial)
{
    struct str out CLEANUP(str_free) = STR_INIT;
    world_text_add(&out, trial_fake(trial), WORLD_TEXT_ALL);
    return arena_strdup(trial->arena, str_text(&out));
}

/* Somebody thought it dead and removed its lock. */
static const char *replace(struct trial *trial, const struct matrix_point *point, const char *end)
{
    struct invariants seen = {0};
    pid_t child;
    struct strike plan = {trial, point->scenario, point->at, SIGSTOP};
    if (run_until_struck(trial, &plan, &child) < 0)
        return "the moment was not reached again";
    const char *path = arena_printf(trial->arena, "%s/lease-orders.lock", trial->dir);
    if (unlink(path) != 0)
        return "there is no lock file to remove";
    const char *broken = end_it(trial, &seen, &plan, end);
    int64_t rows = seen.head_seq;
    const char *world = world_of(trial);
    int left = go_on(child);
    if (broken == NULL && left != err_exit_status(ERR_FENCED))
        broken = arena_printf(trial->arena, "5: the old runner ended with status %d: %s", left,
                              trial->shared->last.text);
    if (broken == NULL && strcmp(world, world_of(trial)) != 0)
        broken = arena_printf(trial->arena, "5: the old runner touched the world:\n%swas\n%s",
                              world_of(trial), world);
    if (broken == NULL)
        broken = invariants_broken_at_end(&seen, trial);
    if (broken == NULL && seen.head_seq != rows)
        broken = "5: the old runner wrote into the journal";
    return broken;
}

struct job {
    struct matrix *matrix;
    enum matrix_fault fault;
};

static void try_one(void *arg, long number, struct crew_tally *tally)
{
    struct job *job = arg;
    const struct matrix_point *point = &job->matrix->point[number];
    const char *end = job->matrix->end[point->scenario - scenarios];
    const char *broken = NULL;
    struct trial trial;
    scenario_begin(&trial, point->scenario);
    tally->tried++;
    switch (job->fault) {
    case MATRIX_KILL:
    case MATRIX_TERM:
        broken = die(&trial, point, job->fault, end);
        break;
    case MATRIX_STOP:
        broken = stop(&trial, point, end);
        break;
    case MATRIX_REPLACE:
        broken = replace(&trial, point, end);
        break;
    }
    if (broken != NULL)
        crew_broken(tally, "'%s', %s.%s.%s (moment %d): %s", point->scenario->name, point->phase,
                    point->action, runner_moment_name(point->moment), point->at, broken);
    trial_end(&trial);
}

void matrix_try(struct matrix *matrix, enum matrix_fault fault, struct crew_tally *total)
{
    struct job job = {matrix, fault};
    crew_run(0, matrix->points - 1, try_one, &job, 0, total);
}
