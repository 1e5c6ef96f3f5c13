/* One process's life over fakes. */
#include "tests/disk/move.h"

#include <check.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "orchestrator/machine.h"
#include "state/journal.h"

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

void move_remove_dir(const char *dir)
{
    (void)nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void move_init(struct move *move)
{
    memset(move, 0, sizeof(*move));
    fake_init(&move->fake);
    move->spec = fake_spec(0);
    strcpy(move->base,
           access("/dev/shm", W_OK) == 0 ? "/dev/shm/ece-disk-XXXXXX" : "/tmp/ece-disk-XXXXXX");
    if (mkdtemp(move->base) == NULL)
        abort();
    snprintf(move->state, sizeof(move->state), "%s/state", move->base);
    snprintf(move->anchors, sizeof(move->anchors), "%s/anchors", move->base);
}

void move_free(struct move *move)
{
    move_remove_dir(move->base);
    spec_free(move->spec);
    fake_free(&move->fake);
}

static void committed(void *arg)
{
    struct move *move = arg;
    struct anchor_head head;
    struct err ignored = ERR_INIT;
    if (anchor_head(move->store, move->spec->id, &head, &ignored) == 0) {
        /* Check's own reports want memory, which may be what is tried here. */
        if (head.seq < move->acked.seq || head.fence < move->acked.fence)
            abort();
        move->acked = head;
        move->rows_acked++;
        if (move->ack != NULL)
            move->ack(&head, sizeof(head));
    }
    if (move->anchor != NULL)
        anchor_note(move->anchor);
}

static int create(struct move *move, struct err *err)
{
    struct arena *arena CLEANUP(arena_cleanup) = arena_new();
    struct track *tracks = NULL;
    size_t len = 0;
    bool exists = false;
    if (migration_find(move->store, move->spec->id, &exists, err) < 0)
        return -1;
    if (exists)
        return 0;
    runner_first_tracks(move->spec, arena, &tracks, &len);
    return migration_create(move->store, move->spec->id, move->spec->text, MACHINE_VERSION, tracks,
                            len, err);
}

static int trust(struct move *move, struct err *err)
{
    return store_check(move->store, err) < 0 || store_seal_check(move->store, err) < 0 ||
                   journal_verify(move->store, move->spec->id, NULL, err) < 0 ||
                   anchor_check(move->store, move->spec->id, move->anchors, NULL, err) < 0
               ? -1
               : 0;
}

static int run(struct move *move, struct err *err)
{
    struct lease *lease CLEANUP(lease_cleanup) = NULL;
    struct runner *runner CLEANUP(runner_cleanup) = runner_new();
    store_on_commit(move->store, committed, move);
    if (create(move, err) < 0 || trust(move, err) < 0)
        return -1;
    move->anchor = anchor_follow(move->store, move->spec->id, move->anchors);
    store_on_commit(move->store, committed, move);
    if (lease_take(&lease, move->store, move->spec->id, err) < 0)
        return -1;
    struct ports ports = fake_ports(&move->fake);
    struct runner_config config = {
        .store = move->store,
        .lease = lease,
        .spec = move->spec,
        .ports = &ports,
        .clock = fake_clock(&move->fake),
        .hook = move->hook,
        .hook_arg = move->hook_arg,
    };
    return runner_run(runner, &config, err);
}

int move_run(struct move *move, struct err *err)
{
    /* A process that is gone long enough for anybody to notice. */
    move->fake.proxy.guard = false;
    if (store_open(&move->store, move->state, STORE_CREATE, fake_clock(&move->fake), err) < 0)
        return -1;
    int result = run(move, err);
    anchor_free(move->anchor);
    move->anchor = NULL;
    store_close(move->store);
    move->store = NULL;
    return result;
}

/* A process that is killed at its n-th moment; the world it leaves stays. */
struct killer {
    int at, seen;
    struct fake *fake, *shared;
};

static void kill_at(void *arg, const char *phase, const char *action, enum runner_moment moment)
{
    (void)phase;
    (void)action;
    (void)moment;
    struct killer *killer = arg;
    if (++killer->seen != killer->at)
        return;
    *killer->shared = *killer->fake;
    (void)!raise(SIGKILL);
}

void move_run_until(struct move *move, int at)
{
    struct fake *shared =
        mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(shared, MAP_FAILED);
    pid_t child = fork();
    if (child == 0) {
        struct err err = ERR_INIT;
        struct killer killer = {.at = at, .fake = &move->fake, .shared = shared};
        move->hook = kill_at;
        move->hook_arg = &killer;
        (void)!move_run(move, &err);
        _exit(1);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status));
    struct str told = move->fake.story;
    move->fake = *shared;
    move->fake.story = told;
    munmap(shared, sizeof(*shared));
}

static int check(struct store *store, const char *id, const char *anchors,
                 const struct anchor_head *acked, struct err *err)
{
    struct anchor_head head;
    int64_t seq = 0;
    if (store_check(store, err) < 0 || store_seal_check(store, err) < 0 ||
        journal_verify(store, id, NULL, err) < 0 || anchor_head(store, id, &head, err) < 0 ||
        anchor_check(store, id, anchors, NULL, err) < 0)
        return -1;
    if (acked->seq > 0 && journal_find(store, id, acked->hash, &seq, err) < 0)
        return -1;
    if (seq != acked->seq)
        return err_set(err, ERR_STATE, "LOST: row %lld was acknowledged, the file has %lld rows",
                       (long long)acked->seq, (long long)head.seq);
    if (head.fence < acked->fence)
        return err_set(err, ERR_STATE, "FELL: fence %lld was acknowledged, the file has %lld",
                       (long long)acked->fence, (long long)head.fence);
    return 0;
}

int move_check(const char *state, const char *anchors, const struct anchor_head *acked,
               struct err *err)
{
    struct store *store CLEANUP(store_cleanup) = NULL;
    if (store_open(&store, state, STORE_WRITE, clock_real(), err) < 0)
        return -1;
    return acked->seq == 0 ? 0 : check(store, "orders", anchors, acked, err);
}

void move_assert_done(struct move *move)
{
    struct err err = ERR_INIT;
    const struct fake *fake = &move->fake;
    ck_assert_msg(move_check(move->state, move->anchors, &move->acked, &err) == 0, "%s", err.text);
    ck_assert_int_eq(fake->both_writable, 0);
    ck_assert_int_eq(fake->gateway[0].state, TUNNEL_ABSENT);
    ck_assert_int_eq(fake->gateway[1].state, TUNNEL_ABSENT);
    ck_assert_int_eq(fake->target.server, ENGINE_PRIMARY);
    ck_assert_int_eq(fake->proxy.points, TRAFFIC_AT_TARGET);
    ck_assert_int_eq(fake->target.applied, fake->source.position);
}

struct anchor_head move_head(const struct move *move)
{
    struct store *store CLEANUP(store_cleanup) = NULL;
    struct anchor_head head = {0};
    struct err err = ERR_INIT;
    ck_assert_msg(store_open(&store, move->state, STORE_READ, clock_real(), &err) == 0 &&
                      anchor_head(store, "orders", &head, &err) == 0,
                  "%s", err.text);
    return head;
}
