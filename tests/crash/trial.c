/* One migration over a shaky world. */
#include "tests/crash/trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "orchestrator/machine.h"
#include "state/journal.h"
#include "tests/crash/world_text.h"

static void must(int result, const struct err *err)
{
    if (result == 0)
        return;
    fprintf(stderr, "the trial itself broke: %s\n", err->text);
    abort();
}

static void make_store(struct trial *trial)
{
    struct err err = ERR_INIT;
    struct store *store CLEANUP(store_cleanup) = NULL;
    struct track *tracks = NULL;
    size_t len = 0;
    must(store_open(&store, trial->dir, STORE_CREATE, fake_clock(trial_fake(trial)), &err), &err);
    runner_first_tracks(trial->spec, trial->arena, &tracks, &len);
    must(migration_create(store, trial->spec->id, trial->spec->text, MACHINE_VERSION, tracks, len,
                          &err),
         &err);
}

void trial_begin(struct trial *trial, int approvals)
{
    trial_begin_window(trial, approvals, 0);
}

void trial_begin_window(struct trial *trial, int approvals, int window_h)
{
    memset(trial, 0, sizeof(*trial));
    trial->shared = mmap(NULL, sizeof(*trial->shared), PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (trial->shared == MAP_FAILED)
        abort();
    shaky_init(&trial->shared->world);
    trial->spec = fake_spec_window(approvals, window_h);
    trial->arena = arena_new();
    trial->gate = RUNNER_LEAVE_AT_GATE;
    /* In memory: nothing here is about the disk, and a trial makes some hundred commits. */
    strcpy(trial->dir,
           access("/dev/shm", W_OK) == 0 ? "/dev/shm/ece-crash-XXXXXX" : "/tmp/ece-crash-XXXXXX");
    if (mkdtemp(trial->dir) == NULL)
        abort();
    make_store(trial);
}

static void remove_dir(const char *dir)
{
    static const char *const names[] = {"state.db", "state.db-journal", "state.ballast",
                                        "lease-orders.lock"};
    char path[256];
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
        unlink(path);
    }
    if (rmdir(dir) == 0)
        return;
    snprintf(path, sizeof(path), "rm -rf '%s'", dir);
    if (system(path) != 0)
        fprintf(stderr, "'%s' could not be removed\n", dir);
}

void trial_end(struct trial *trial)
{
    remove_dir(trial->dir);
    spec_free(trial->spec);
    arena_free(trial->arena);
    fake_free(trial_fake(trial));
    munmap(trial->shared, sizeof(*trial->shared));
}

/* The connection that the guard listens to goes with its process. */
static void voice_lost(struct trial *trial)
{
    struct shaky *world = &trial->shared->world;
    if (world->warden_due_us == 0)
        world->fake.proxy.guard = false;
}

static int run_opened(struct trial *trial, struct err *err)
{
    struct ports ports = fake_ports(trial_fake(trial));
    struct clock clock = fake_clock(trial_fake(trial));
    if (store_open(&trial->store, trial->dir, STORE_WRITE, clock, err) < 0 ||
        lease_take(&trial->lease, trial->store, trial->spec->id, err) < 0)
        return -1;
    struct runner_config config = {
        .store = trial->store,
        .lease = trial->lease,
        .spec = trial->spec,
        .ports = &ports,
        .clock = clock,
        .gate = trial->gate,
        .hook = trial->hook,
        .hook_arg = trial->hook_arg,
        .watch = trial->watch,
        .watch_arg = trial->watch_arg,
        .stop = trial->stop,
    };
    trial->runner = runner_new();
    return runner_run(trial->runner, &config, err);
}

static void close_run(struct trial *trial)
{
    runner_free(trial->runner);
    lease_release(trial->lease);
    store_close(trial->store);
    trial->runner = NULL;
    trial->lease = NULL;
    trial->store = NULL;
}

int trial_run(struct trial *trial, struct err *err)
{
    err_clear(err);
    int result = run_opened(trial, err);
    close_run(trial);
    voice_lost(trial);
    trial->shared->last = *err;
    return result;
}

void trial_bury(struct trial *trial)
{
    struct err ignored = ERR_INIT;
    /* A read transaction in its way keeps the release from writing, and only the lock is freed. */
    if (trial->lease != NULL && store_begin_read(trial->store, &ignored) < 0)
        abort();
    close_run(trial);
    voice_lost(trial);
}

/* A call's effect is there as a whole or not at all, as a kill of the caller cannot cut a remote
 * command in two that the host carries out by itself. */
static int call_begins(void *arg, const char *slot, bool changes, struct err *err)
{
    (void)slot;
    (void)err;
    struct trial_shared *shared = arg;
    shaky_settle(&shared->world);
    if (changes) {
        shared->before = shared->world;
        shared->calling = 1;
    }
    return 0;
}

static int call_ends(void *arg, const char *slot, bool changes, bool ok, struct err *err)
{
    (void)slot;
    (void)changes;
    (void)ok;
    (void)err;
    ((struct trial_shared *)arg)->calling = 0;
    return 0;
}

void trial_watch_calls(struct trial *trial)
{
    struct shaky_door door = {call_begins, call_ends, trial->shared};
    shaky_set_door(&door);
}

pid_t trial_fork(struct trial *trial, trial_setup *setup, void *arg)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    struct err err = ERR_INIT;
    trial_watch_calls(trial);
    if (setup != NULL)
        setup(trial, arg);
    (void)!trial_run(trial, &err);
    _exit(err_exit_status(err.code));
}

void trial_killed(struct trial *trial)
{
    if (trial->shared->calling)
        trial->shared->world = trial->shared->before;
    trial->shared->calling = 0;
    voice_lost(trial);
}

void trial_ask(struct trial *trial, enum request_kind kind, const char *who)
{
    struct err err = ERR_INIT;
    struct store *store CLEANUP(store_cleanup) = NULL;
    struct request request = {
        .kind = kind, .track = "", .who = who, .spec_hash = trial->spec->hash, .comment = ""};
    must(store_open(&store, trial->dir, STORE_WRITE, fake_clock(trial_fake(trial)), &err), &err);
    must(request_make(store, trial->spec->id, &request, &err), &err);
}

static void mend(struct trial *trial)
{
    struct fake *fake = trial_fake(trial);
    fake->block = NULL;
    fake->break_copies = 0;
    fake->call_off_attempts = fake->call_off_back = 0;
    fake->break_rewinds = 0;
    fake->differ = false;
    fake->wan_down = false;
    fake->gateway[TUNNEL_SOURCE].foreign = fake->gateway[TUNNEL_TARGET].foreign = "";
}

bool trial_person(struct trial *trial, const struct err *why)
{
    if (strstr(why->text, "ece-migrate approve ") != NULL &&
        strstr(why->text, "--end-window") == NULL) {
        trial_ask(trial, REQUEST_APPROVE, "anna");
        trial_ask(trial, REQUEST_APPROVE, "bert");
        return true;
    }
    if (strstr(why->text, "ece-migrate abort") != NULL &&
        strstr(why->text, "ece-migrate resume") == NULL) {
        trial_ask(trial, REQUEST_ABORT, "anna");
        return true;
    }
    mend(trial);
    return why->text[0] != '\0' && why->code != ERR_INTERNAL && why->code != ERR_STATE &&
           why->code != ERR_DRY && why->code != ERR_FENCED;
}

const char *trial_stand(struct trial *trial)
{
    struct err err = ERR_INIT;
    struct store *store CLEANUP(store_cleanup) = NULL;
    struct str out CLEANUP(str_free) = STR_INIT;
    struct migration migration;
    struct track *track = NULL;
    size_t len = 0;
    must(store_open(&store, trial->dir, STORE_READ, fake_clock(trial_fake(trial)), &err), &err);
    must(migration_load(store, trial->spec->id, trial->arena, &migration, &err), &err);
    must(migration_tracks(store, trial->spec->id, trial->arena, &track, &len, &err), &err);
    str_printf(&out, "migration=%s\n", migration.state);
    for (size_t i = 0; i < len; i++)
        str_printf(&out, "%s=%s %s\n", track[i].name, track[i].phase,
                   track_state_name(track[i].state));
    world_text_add(&out, trial_fake(trial), WORLD_TEXT_END);
    return arena_strdup(trial->arena, str_text(&out));
}
