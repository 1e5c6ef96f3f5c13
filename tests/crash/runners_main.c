/*
 * Six runners, one migration. Each of six processes tries to run it, for as long as the test takes;
 * whoever holds it is stopped and continued at random, killed now and then, and while it is stopped
 * its lock file is sometimes removed, as by somebody who believes it dead: only then can another
 * take its place, for a runner that lives keeps its lock. World and store are shared. The migration
 * cannot end before the test lets it: every attempt at the cutover is called off.
 *
 * What the fence promises, and what is counted here:
 *   stale rows     a row of the journal below the fence of the one before it      must be 0
 *   stale effects  a change of the world in an action that was begun, by intent
 *                  and check, after another runner had taken over                 must be 0
 *   late effects   a change in the one action that was under way when its runner
 *                  was stopped: nobody can call back what a host was told
 *
 *   crash_runners [--seconds S] [--seed N] [--expect-broken]
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/crash/chance.h"
#include "tests/crash/crew.h"
#include "tests/crash/invariants.h"

#define RUNNERS 6
#define COMMAND "build/asan/tests/crash/crash_runners"

/* What all the processes share besides the trial. */
struct ring {
    pthread_mutex_t lock; /* of the world: held during a call */
    volatile int over;    /* somebody brought it to its end */
    volatile int stop;    /* the director wants everybody to end */
    volatile pid_t holder;
    volatile int64_t top; /* the highest fence that was ever given */
    long taken, fenced, busy, effects, late, stale;
    char wrong[1024];
};

struct runner_process {
    struct ring *ring;
    struct trial trial;
    int64_t fence;
    bool intent_in_time; /* nobody had taken over when the intent at hand was written */
};

static void nap_us(long us)
{
    struct timespec span = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    nanosleep(&span, NULL);
}

/* A runner that died inside a call leaves the lock behind, and the call without effect. */
static void lock(struct ring *ring, struct trial *trial)
{
    if (pthread_mutex_lock(&ring->lock) != EOWNERDEAD)
        return;
    pthread_mutex_consistent(&ring->lock);
    trial_killed(trial);
}

static int call_begins(void *arg, const char *slot, bool changes, struct err *err)
{
    struct runner_process *self = arg;
    struct ring *ring = self->ring;
    (void)slot;
    (void)err;
    lock(ring, &self->trial);
    shaky_settle(&self->trial.shared->world);
    self->trial.shared->before = self->trial.shared->world;
    self->trial.shared->calling = 1;
    if (!changes)
        return 0;
    ring->effects++;
    if (self->fence < ring->top && self->intent_in_time)
        ring->late++;
    else if (self->fence < ring->top)
        ring->stale++;
    return 0;
}

static int call_ends(void *arg, const char *slot, bool changes, bool ok, struct err *err)
{
    struct runner_process *self = arg;
    (void)slot;
    (void)changes;
    (void)ok;
    (void)err;
    self->trial.shared->calling = 0;
    pthread_mutex_unlock(&self->ring->lock);
    return 0;
}

static void moment(void *arg, const char *phase, const char *action, enum runner_moment moment)
{
    struct runner_process *self = arg;
    (void)phase;
    (void)action;
    if (moment == MOMENT_AFTER_INTENT)
        self->intent_in_time = self->fence == self->ring->top;
}

/* The world's time goes by as the runners sleep, and faster than ours. */
static void sleep_us(void *arg, int64_t us)
{
    struct fake *fake = arg;
    fake->now_us += us > 0 ? us : 1;
    nap_us(300);
}

static void hold(struct runner_process *self)
{
    struct ring *ring = self->ring;
    self->fence = lease_fence(self->trial.lease);
    lock(ring, &self->trial);
    if (self->fence > ring->top)
        ring->top = self->fence;
    ring->holder = getpid();
    ring->taken++;
    pthread_mutex_unlock(&ring->lock);
}

static int run_once(struct runner_process *self, struct err *err)
{
    struct trial *trial = &self->trial;
    struct ports ports = fake_ports(trial_fake(trial));
    struct clock clock = fake_clock(trial_fake(trial));
    struct store *store CLEANUP(store_cleanup) = NULL;
    struct runner *runner CLEANUP(runner_cleanup) = runner_new();
    if (store_open(&store, trial->dir, STORE_WRITE, clock, err) < 0)
        return -1;
    while (lease_take(&trial->lease, store, trial->spec->id, err) < 0) {
        if (err->code != ERR_BUSY || self->ring->stop)
            return -1;
        self->ring->busy++;
        nap_us(4000);
    }
    struct lease *lease CLEANUP(lease_cleanup) = trial->lease;
    hold(self);
    struct runner_config config = {
        .store = store,
        .lease = lease,
        .spec = trial->spec,
        .ports = &ports,
        .clock = clock,
        .gate = RUNNER_LEAVE_AT_GATE,
        .hook = moment,
        .hook_arg = self,
    };
    return runner_run(runner, &config, err);
}

static void live(struct runner_process *self)
{
    struct shaky_door door = {call_begins, call_ends, self};
    struct err err = ERR_INIT;
    shaky_set_door(&door);
    while (!self->ring->over && !self->ring->stop) {
        err_clear(&err);
        int result = run_once(self, &err);
        if (result == 0)
            self->ring->over = 1;
        else if (err.code == ERR_FENCED)
            self->ring->fenced++;
        else if (err.code == ERR_INTERNAL || err.code == ERR_STATE)
            str_copy(self->ring->wrong, sizeof(self->ring->wrong), err.text);
    }
    _exit(0);
}

static pid_t start(struct ring *ring, const struct trial *trial)
{
    pid_t pid = fork();
    if (pid == 0) {
        struct runner_process self = {.ring = ring, .trial = *trial};
        live(&self);
    }
    return pid;
}

struct director {
    struct ring *ring;
    struct trial *trial;
    struct chance chance;
    pid_t runner[RUNNERS];
    long stops, kills, removals;
};

static int64_t clock_us(void)
{
    struct clock real = clock_real();
    return clock_mono_us(&real);
}

static void remove_lock(struct director *director)
{
    char path[256];
    int64_t top = director->ring->top;
    snprintf(path, sizeof(path), "%s/lease-orders.lock", director->trial->dir);
    if (unlink(path) != 0)
        return;
    director->removals++;
    for (int i = 0; i < 40 && director->ring->top == top; i++)
        nap_us(2000);
}

static void stop_holder(struct director *director)
{
    pid_t holder = director->ring->holder;
    if (holder == 0 || kill(holder, SIGSTOP) != 0)
        return;
    director->stops++;
    nap_us((long)chance_below(&director->chance, 30000));
    if (chance_of(&director->chance, 2))
        remove_lock(director);
    kill(holder, SIGCONT);
}

static void kill_one(struct director *director)
{
    int which = (int)chance_below(&director->chance, RUNNERS);
    kill(director->runner[which], SIGKILL);
    waitpid(director->runner[which], NULL, 0);
    director->kills++;
    director->runner[which] = start(director->ring, director->trial);
}

static void harm(struct director *director)
{
    struct fake *fake = trial_fake(director->trial);
    lock(director->ring, director->trial);
    switch (chance_below(&director->chance, 4)) {
    case 0:
        fake->wan_down = !fake->wan_down;
        break;
    case 1:
        fake->gateway[chance_below(&director->chance, TUNNEL_SIDES)].lease_end_us = 0;
        break;
    case 2:
        if (fake->target.server == ENGINE_STANDBY)
            fake->target.server = ENGINE_DOWN;
        break;
    default:
        fake->proxy.guard = false;
        break;
    }
    pthread_mutex_unlock(&director->ring->lock);
}

static void direct(struct director *director, int64_t seconds)
{
    int64_t end_us = clock_us() + seconds * 1000000;
    while (clock_us() < end_us && director->ring->wrong[0] == '\0') {
        nap_us((long)chance_below(&director->chance, 20000));
        uint64_t what = chance_below(&director->chance, 10);
        if (what < 6)
            stop_holder(director);
        else if (what == 6)
            kill_one(director);
        else
            harm(director);
    }
}

static bool all_gone(struct director *director)
{
    for (int i = 0; i < RUNNERS; i++)
        if (director->runner[i] != 0 && waitpid(director->runner[i], NULL, WNOHANG) != 0)
            director->runner[i] = 0;
    for (int i = 0; i < RUNNERS; i++)
        if (director->runner[i] != 0)
            return false;
    return true;
}

/* The storm is over: whoever is fenced stops, and one of them brings it to its end. */
static const char *let_it_end(struct director *director)
{
    struct fake *fake = trial_fake(director->trial);
    nap_us(200000);
    lock(director->ring, director->trial);
    fake->wan_down = false;
    fake->call_off_attempts = 0;
    pthread_mutex_unlock(&director->ring->lock);
    for (int64_t end_us = clock_us() + INT64_C(60000000); !all_gone(director); nap_us(10000)) {
        if (clock_us() < end_us)
            continue;
        for (int i = 0; i < RUNNERS; i++)
            if (director->runner[i] != 0)
                kill(director->runner[i], SIGKILL);
        end_us = INT64_MAX;
        director->ring->stop = 1;
    }
    return director->ring->over ? NULL : "10: it came to no end within a minute";
}

static void set_up(struct ring *ring, struct trial *trial)
{
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&ring->lock, &attr);
    (void)invariants_canary();
    trial_begin(trial, 0);
    trial_fake(trial)->clock_ops.sleep_us = sleep_us;
    trial_fake(trial)->call_off_attempts = 1 << 30;
}

static const char *judge(const struct ring *ring, const struct director *director,
                         const char *broken)
{
    if (ring->wrong[0] != '\0')
        return ring->wrong;
    if (broken != NULL)
        return broken;
    if (ring->stale > 0)
        return "5: a runner that was replaced changed the world";
    if (director->stops < 20 || ring->fenced < 5)
        return "the test was too quiet to show anything";
    return NULL;
}

int main(int argc, char **argv)
{
    int64_t seconds = 10;
    uint64_t seed = (uint64_t)time(NULL);
    bool expect_broken = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc)
            seconds = atoll(argv[i + 1]);
        if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
            seed = (uint64_t)atoll(argv[i + 1]);
        expect_broken = expect_broken || strcmp(argv[i], "--expect-broken") == 0;
    }
    struct ring *ring =
        mmap(NULL, sizeof(*ring), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct trial trial;
    set_up(ring, &trial);
    struct director director = {.ring = ring, .trial = &trial, .chance = chance_from(seed)};
    for (int i = 0; i < RUNNERS; i++)
        director.runner[i] = start(ring, &trial);
    direct(&director, seconds);
    struct invariants seen = {0};
    const char *broken = let_it_end(&director);
    const char *in_store = invariants_broken_at_end(&seen, &trial);
    const char *wrong = judge(ring, &director, in_store == NULL ? broken : in_store);
    printf(
        "%ld stops, %ld of them with the lock removed, %ld kills; the lease was given %ld times, "
        "%ld runners were fenced; %lld rows, %ld effects: %ld stale, %ld late\n",
        director.stops, director.removals, director.kills, ring->taken, ring->fenced,
        (long long)seen.head_seq, ring->effects, ring->stale, ring->late);
    printf("%s\n", wrong == NULL ? "nothing is broken" : wrong);
    struct crew_tally tally = {.tried = director.stops + director.kills, .broken = wrong != NULL};
    if (!expect_broken)
        crew_report("six runners on one migration, stopped, killed and replaced at random", &tally,
                    COMMAND);
    trial_end(&trial);
    return (wrong != NULL) == expect_broken ? 0 : 1;
}
