/*
 * Power cuts: a whole migration over fakes is written down call by call, the power is cut after
 * each call, and whatever a disk may then hold is opened anew. Every row that a commit acknowledged
 * must be there, in order, under a fence that never fell, and the note of the newest row must never
 * be ahead of the file. The controls take single syncs out of the trace and must be found out.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/disk/move.h"
#include "tests/disk/power.h"
#include "tests/disk/tally.h"
#include "tests/unit/unit.h"

static void record(struct move *move, struct disk_trace *trace)
{
    struct err err = ERR_INIT;
    move_init(move);
    move->ack = disk_ack;
    disk_watch(move->base);
    ck_assert_msg(move_run(move, &err) == 0, "%s", err.text);
    disk_forget(trace);
    move_assert_done(move);
}

struct cuts {
    int tried, bad;
    char first[512]; /* what was wrong first */
};

static void judge(struct cuts *cuts, const char *base, const struct anchor_head *acked, size_t at,
                  enum power_model model, uint64_t seed)
{
    char state[128], anchors[128];
    struct err err = ERR_INIT;
    snprintf(state, sizeof(state), "%s/state", base);
    snprintf(anchors, sizeof(anchors), "%s/anchors", base);
    cuts->tried++;
    bool sound;
    if (acked->seq > 0) {
        sound = move_check(state, anchors, acked, &err) == 0;
    } else {
        /* Nothing was promised yet: whatever is there must not be in the way of a new beginning. */
        struct store *store CLEANUP(store_cleanup) = NULL;
        sound = store_open(&store, state, STORE_CREATE, clock_real(), &err) == 0;
    }
    if (sound)
        return;
    if (cuts->bad++ == 0)
        snprintf(cuts->first, sizeof(cuts->first), "cut after call %zu, %s, seed %llu: %.300s", at,
                 power_model_name(model), (unsigned long long)seed, err.text);
}

/* What is safe changes with a sync only, and what is expected with an acknowledgement. */
static bool is_as_before(enum power_model model, enum disk_kind kind)
{
    return model == POWER_SYNCED_ONLY && kind != DISK_SYNC && kind != DISK_SYNC_DIR &&
           kind != DISK_ACK;
}

/* After each `every` calls; what the torn model leaves open is decided `seeds` times. */
static struct cuts cut_all(const struct disk_trace *trace, const char *from, size_t every,
                           size_t seeds)
{
    struct cuts cuts = {0};
    struct anchor_head acked = {0};
    struct power *power = power_begin(trace);
    char to[96];
    snprintf(to, sizeof(to), "%s-cut", from);
    for (size_t at = 1;; at++) {
        const struct disk_op *op = power_step(power);
        if (op == NULL)
            break;
        if (op->kind == DISK_ACK)
            memcpy(&acked, op->bytes, sizeof(acked));
        if (at % every)
            continue;
        for (enum power_model model = 0; model < POWER_MODELS; model++)
            for (uint64_t seed = at; seed < at + (model == POWER_TORN ? seeds : 1); seed++) {
                if (every == 1 && is_as_before(model, op->kind)) {
                    cuts.tried++; /* judged when it came about */
                    continue;
                }
                power_cut(power, model, seed, from, to);
                judge(&cuts, to, &acked, at, model, seed);
            }
    }
    power_end(power);
    move_remove_dir(to);
    return cuts;
}

/* ECE_POWER_SEEDS: more than the test run has time for. */
static size_t seeds_wanted(void)
{
    const char *text = getenv("ECE_POWER_SEEDS");
    return text == NULL ? 1 : (size_t)strtoul(text, NULL, 10);
}

START_TEST(nothing_acknowledged_is_lost_by_a_power_cut_at_any_moment)
{
    struct move move;
    struct disk_trace trace;
    record(&move, &trace);
    struct cuts cuts = cut_all(&trace, move.base, 1, seeds_wanted());
    fprintf(stderr, "power cuts: %zu calls, %d states, %d bad\n", trace.len, cuts.tried, cuts.bad);
    tally("power cut, in four models of what the disk keeps", cuts.tried, cuts.bad,
          "build/asan/tests/disk/disk_power");
    ck_assert_msg(cuts.bad == 0, "%d of %d states are bad, first: %s", cuts.bad, cuts.tried,
                  cuts.first);
    ck_assert_int_ge(cuts.tried, 4 * 2000);
    disk_trace_free(&trace);
    move_free(&move);
}
END_TEST

/* The controls: which of the trace's syncs a mutant leaves out. */
enum mutant {
    NO_SYNC_AT_ALL,
    NO_SYNC_OF_FILE,
    NO_SYNC_OF_JOURNAL,
    NO_SYNC_OF_CUT,
    NO_SYNC_OF_NAMES
};

static bool is_named(const struct disk_trace *trace, int file, const char *end)
{
    for (size_t i = 0; i < trace->len; i++) {
        const struct disk_op *op = &trace->op[i];
        const char *name = op->kind == DISK_RENAME ? op->to : op->name;
        if (op->file == file && (op->kind == DISK_CREATE || op->kind == DISK_RENAME) &&
            str_ends(name, end))
            return true;
    }
    return false;
}

static bool is_left_out(const struct disk_trace *trace, size_t i, enum mutant mutant)
{
    const struct disk_op *op = &trace->op[i];
    if (op->kind == DISK_SYNC_DIR)
        return mutant == NO_SYNC_AT_ALL || mutant == NO_SYNC_OF_NAMES;
    if (op->kind != DISK_SYNC)
        return false;
    switch (mutant) {
    case NO_SYNC_AT_ALL:
        return true;
    case NO_SYNC_OF_FILE:
        return is_named(trace, op->file, "/state.db");
    case NO_SYNC_OF_JOURNAL:
        return is_named(trace, op->file, "/state.db-journal");
    case NO_SYNC_OF_CUT:
        return i > 0 && trace->op[i - 1].kind == DISK_RESIZE;
    case NO_SYNC_OF_NAMES:
        return false;
    }
    return false;
}

START_TEST(the_cuts_find_a_sync_that_is_left_out)
{
    enum mutant mutant = (enum mutant)_i;
    struct move move;
    struct disk_trace trace;
    size_t kept = 0;
    record(&move, &trace);
    struct disk_trace less = trace;
    less.op = malloc(trace.len * sizeof(*less.op));
    ck_assert_ptr_nonnull(less.op);
    for (size_t i = 0; i < trace.len; i++)
        if (!is_left_out(&trace, i, mutant))
            less.op[kept++] = trace.op[i];
    ck_assert_uint_lt(kept, trace.len);
    less.len = kept;
    struct cuts cuts = cut_all(&less, move.base, 40, 1);
    fprintf(stderr, "control %d: %zu syncs left out, %d of %d states bad: %s\n", (int)mutant,
            trace.len - kept, cuts.bad, cuts.tried, cuts.first);
    ck_assert_int_gt(cuts.bad, 0);
    free(less.op);
    disk_trace_free(&trace);
    move_free(&move);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("power");
    tcase_add_test(tcase, nothing_acknowledged_is_lost_by_a_power_cut_at_any_moment);
    tcase_add_loop_test(tcase, the_cuts_find_a_sync_that_is_left_out, NO_SYNC_AT_ALL,
                        NO_SYNC_OF_NAMES + 1);
    tcase_set_timeout(tcase, 550.0 * (double)seeds_wanted());
    Suite *suite = suite_create("power");
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
