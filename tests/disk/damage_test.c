/*
 * State files that are not what the last commit left: bytes flipped, pages cut off, a journal of
 * SQLite's that is missing or another's, an older copy put back. Each is refused, or nothing that
 * is read from it differs: never is anything else gone on with.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "state/digest.h"
#include "state/journal.h"
#include "tests/disk/move.h"
#include "tests/disk/power.h"
#include "tests/disk/tally.h"
#include "tests/unit/unit.h"

/* Flips in the test run; ECE_FLIPS: another number. */
#define FLIPS 1200

struct copy {
    unsigned char *bytes;
    size_t len;
};

static struct copy read_copy(const char *path)
{
    struct stat st;
    FILE *file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fstat(fileno(file), &st), 0);
    struct copy copy = {malloc((size_t)st.st_size + 1), (size_t)st.st_size};
    ck_assert_ptr_nonnull(copy.bytes);
    ck_assert_uint_eq(fread(copy.bytes, 1, copy.len, file), copy.len);
    fclose(file);
    return copy;
}

static void write_copy(const char *path, const struct copy *copy, size_t len)
{
    FILE *file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(copy->bytes, 1, len, file), len);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(chmod(path, 0600), 0);
}

/* All that anybody above the store ever reads, but for samples. */
static void dump(struct store *store, char out[DIGEST_HEX])
{
    static const char *const tables[] = {
        "SELECT * FROM migration ORDER BY id",
        "SELECT * FROM track ORDER BY migration, name",
        "SELECT * FROM lease ORDER BY migration",
        "SELECT * FROM journal ORDER BY migration, seq",
        "SELECT * FROM fact ORDER BY migration, track, name",
        "SELECT * FROM request ORDER BY id",
    };
    struct str text CLEANUP(str_free) = STR_INIT;
    struct arena *arena CLEANUP(arena_cleanup) = arena_new();
    unsigned char digest[DIGEST_BYTES];
    for (size_t t = 0; t < ARRAY_LEN(tables); t++) {
        struct store_rows rows;
        struct err err = ERR_INIT;
        ck_assert_msg(store_run(store, arena, tables[t], NULL, 0, &rows, NULL, &err) == 0, "%s",
                      err.text);
        for (size_t i = 0; i < rows.rows * rows.cols; i++) {
            const struct store_value *cell = &rows.cell[i];
            str_printf(&text, "%d %lld ", (int)cell->type, (long long)cell->i);
            if (cell->text != NULL)
                str_add_n(&text, cell->text, cell->len);
        }
    }
    digest_sha256(digest, str_text(&text), text.len);
    digest_hex(out, digest);
}

/* What every command that goes on with a migration asks first; the controls leave one out. */
enum left_out { NOTHING, THE_SEAL, THE_CHAIN };
static enum left_out left_out = NOTHING;

static int trust(struct store *store, const char *anchors, struct err *err)
{
    return store_check(store, err) < 0 ||
                   (left_out != THE_SEAL && store_seal_check(store, err) < 0) ||
                   (left_out != THE_CHAIN && journal_verify(store, "orders", NULL, err) < 0) ||
                   (left_out == NOTHING && anchor_check(store, "orders", anchors, NULL, err) < 0)
               ? -1
               : 0;
}

enum verdict { REFUSED_AT_OPEN, REFUSED_BY_CHECK, UNCHANGED, SILENT, UNDOCUMENTED, VERDICTS };

static enum verdict judge(const struct move *move, const char *want, struct err *err)
{
    struct store *store CLEANUP(store_cleanup) = NULL;
    char got[DIGEST_HEX];
    err_clear(err);
    if (store_open(&store, move->state, STORE_WRITE, clock_real(), err) < 0)
        return err->code == ERR_STATE ? REFUSED_AT_OPEN : UNDOCUMENTED;
    if (trust(store, move->anchors, err) < 0)
        return err->code == ERR_STATE ? REFUSED_BY_CHECK : UNDOCUMENTED;
    dump(store, got);
    return strcmp(got, want) == 0 ? UNCHANGED : SILENT;
}

/* A real state file, half-way through a migration. */
struct half {
    struct move move;
    struct copy file;
    char path[96];
    char want[DIGEST_HEX];
};

static void half_begin(struct half *half)
{
    struct store *store CLEANUP(store_cleanup) = NULL;
    struct err err = ERR_INIT;
    move_init(&half->move);
    move_run_until(&half->move, 70);
    snprintf(half->path, sizeof(half->path), "%s/state.db", half->move.state);
    ck_assert_msg(store_open(&store, half->move.state, STORE_WRITE, clock_real(), &err) == 0 &&
                      trust(store, half->move.anchors, &err) == 0,
                  "%s", err.text);
    dump(store, half->want);
    half->file = read_copy(half->path);
}

static void half_end(struct half *half)
{
    free(half->file.bytes);
    move_free(&half->move);
}

/* One byte, anywhere, becomes another one. */
static enum verdict flip(struct half *half, size_t *out_at, struct err *err)
{
    size_t at = ((size_t)rand() << 16 ^ (size_t)rand()) % half->file.len;
    unsigned char kept = half->file.bytes[at];
    half->file.bytes[at] = (unsigned char)(kept ^ (1 + rand() % 255));
    write_copy(half->path, &half->file, half->file.len);
    half->file.bytes[at] = kept;
    *out_at = at;
    return judge(&half->move, half->want, err);
}

START_TEST(flips_are_silent_where_the_seal_or_the_chain_is_not_looked_at)
{
    struct half half;
    struct err err = ERR_INIT;
    int silent = 0;
    size_t at = 0;
    half_begin(&half);
    left_out = _i == 0 ? THE_SEAL : THE_CHAIN;
    srand(20261122);
    for (int i = 0; i < FLIPS && silent == 0; i++)
        silent += flip(&half, &at, &err) == SILENT ? 1 : 0;
    fprintf(stderr, "without %s: the flip of byte %zu is silent\n", _i == 0 ? "seal" : "chain", at);
    ck_assert_int_gt(silent, 0);
    half_end(&half);
}
END_TEST

START_TEST(a_flipped_byte_is_refused_or_changes_nothing_that_is_read)
{
    struct half half;
    struct err err = ERR_INIT;
    const char *text = getenv("ECE_FLIPS");
    int flips = text == NULL ? FLIPS : atoi(text), count[VERDICTS] = {0};
    half_begin(&half);
    srand(20261122);
    for (int i = 0; i < flips; i++) {
        size_t at = 0;
        enum verdict verdict = flip(&half, &at, &err);
        count[verdict]++;
        ck_assert_msg(verdict != SILENT, "byte %zu of %zu flipped: gone on with in silence", at,
                      half.file.len);
        ck_assert_msg(verdict != UNDOCUMENTED, "byte %zu flipped: '%s' %s", at, err_name(err.code),
                      err.text);
    }
    fprintf(
        stderr, "%d flips in %zu bytes: %d refused at open, %d by the checks, %d change nothing\n",
        flips, half.file.len, count[REFUSED_AT_OPEN], count[REFUSED_BY_CHECK], count[UNCHANGED]);
    ck_assert_int_gt(count[REFUSED_BY_CHECK], flips / 4);
    tally("a byte of the state file is flipped", flips, count[SILENT],
          "ECE_FLIPS=10000 build/asan/tests/disk/disk_damage");
    half_end(&half);
}
END_TEST

START_TEST(a_file_cut_anywhere_is_refused)
{
    struct half half;
    struct err err = ERR_INIT;
    int tried = 0;
    half_begin(&half);
    for (size_t len = 0; len < half.file.len; len += 2048, tried++) {
        write_copy(half.path, &half.file, len);
        enum verdict verdict = judge(&half.move, half.want, &err);
        ck_assert_msg(verdict == REFUSED_AT_OPEN || verdict == REFUSED_BY_CHECK,
                      "cut to %zu bytes: verdict %d, %s", len, (int)verdict, err.text);
    }
    tally("the state file is cut", tried, 0, "build/asan/tests/disk/disk_damage");
    half_end(&half);
}
END_TEST

static void hide(const char *path, const char *name, bool bring, const struct copy *copy)
{
    char full[160];
    snprintf(full, sizeof(full), "%s/%s", path, name);
    if (bring)
        write_copy(full, copy, copy->len);
    else
        (void)!unlink(full);
}

/* Journals of SQLite's that are not empty, out of the power cuts of another run. */
static struct copy other_journal(void)
{
    struct move move;
    struct disk_trace trace;
    struct err err = ERR_INIT;
    struct copy journal = {0};
    char to[96], path[128];
    move_init(&move);
    move.fake.source.position = 77777777; /* so that it is another migration's */
    move.ack = disk_ack;
    disk_watch(move.base);
    ck_assert_msg(move_run(&move, &err) == 0, "%s", err.text);
    disk_forget(&trace);
    snprintf(to, sizeof(to), "%s-cut", move.base);
    snprintf(path, sizeof(path), "%s/state/state.db-journal", to);
    struct power *power = power_begin(&trace);
    for (size_t at = 1; journal.len < 4096; at++) {
        free(journal.bytes);
        journal = (struct copy){0};
        ck_assert_ptr_nonnull(power_step(power));
        if (at < trace.len / 2)
            continue;
        power_cut(power, POWER_SYNCED_ONLY, at, move.base, to);
        if (access(path, F_OK) == 0)
            journal = read_copy(path);
    }
    power_end(power);
    disk_trace_free(&trace);
    move_remove_dir(to);
    move_free(&move);
    return journal;
}

/* The journal of a cut is taken away, or another's put in its place: what was acknowledged is
 * there, or it is refused. */
START_TEST(a_missing_or_swapped_journal_never_loses_a_row_in_silence)
{
    struct move move;
    struct disk_trace trace;
    struct err err = ERR_INIT;
    struct anchor_head acked = {0};
    struct copy other = other_journal();
    int tried = 0, refused = 0;
    char to[96], state[128], anchors[128];
    move_init(&move);
    move.ack = disk_ack;
    disk_watch(move.base);
    ck_assert_msg(move_run(&move, &err) == 0, "%s", err.text);
    disk_forget(&trace);
    snprintf(to, sizeof(to), "%s-cut", move.base);
    snprintf(state, sizeof(state), "%s/state", to);
    snprintf(anchors, sizeof(anchors), "%s/anchors", to);
    struct power *power = power_begin(&trace);
    const struct disk_op *op = power_step(power);
    for (size_t at = 1; op != NULL; at++, op = power_step(power)) {
        if (op->kind == DISK_ACK)
            memcpy(&acked, op->bytes, sizeof(acked));
        if (acked.seq == 0 || at % 5)
            continue;
        for (int swap = 0; swap < 2; swap++, tried++) {
            power_cut(power, POWER_TORN, at, move.base, to);
            hide(state, "state.db-journal", swap == 1, &other);
            err_clear(&err);
            if (move_check(state, anchors, &acked, &err) == 0)
                continue;
            refused++;
            ck_assert_msg(err.code == ERR_STATE && strncmp(err.text, "LOST", 4) != 0 &&
                              strncmp(err.text, "FELL", 4) != 0,
                          "cut after call %zu, journal %s: %s", at, swap ? "swapped" : "missing",
                          err.text);
        }
    }
    fprintf(stderr, "journal missing or swapped: %d states, %d refused\n", tried, refused);
    ck_assert_int_gt(refused, 10);
    tally("the journal of SQLite is missing or of another file", tried, 0,
          "build/asan/tests/disk/disk_damage");
    power_end(power);
    disk_trace_free(&trace);
    move_remove_dir(to);
    move_free(&move);
    free(other.bytes);
}
END_TEST

static int accept(const struct move *move, const char *head, struct err *err)
{
    struct store *store CLEANUP(store_cleanup) = NULL;
    err_clear(err);
    if (store_open(&store, move->state, STORE_WRITE, clock_real(), err) < 0)
        return -1;
    return anchor_accept(store, "orders", move->anchors, head, "anna", err);
}

START_TEST(an_older_copy_is_noticed_and_refused_until_somebody_takes_it)
{
    int tried = 0;
    for (int at = 10; at <= 70; at += 20, tried++) {
        struct half half;
        struct err err = ERR_INIT;
        move_init(&half.move);
        move_run_until(&half.move, at);
        snprintf(half.path, sizeof(half.path), "%s/state.db", half.move.state);
        struct anchor_head old = move_head(&half.move), newest;
        half.file = read_copy(half.path);
        move_run_until(&half.move, 9);
        newest = move_head(&half.move);
        ck_assert_int_gt(newest.fence, old.fence);
        write_copy(half.path, &half.file, half.file.len);
        half.move.acked = (struct anchor_head){0};
        ck_assert_int_eq(move_run(&half.move, &err), -1);
        ck_assert_int_eq(err.code, ERR_STATE);
        ck_assert_msg(strstr(err.text, "is an older copy: row ") != NULL, "%s", err.text);
        ck_assert_msg(strstr(err.text, "'ece-migrate accept orders --head ") != NULL, "%s",
                      err.text);
        ck_assert_int_eq(move_head(&half.move).seq, old.seq); /* it was not touched */
        ck_assert_int_eq(accept(&half.move, newest.hash, &err), -1);
        ck_assert_int_eq(err.code, ERR_REFUSED);
        old.hash[16] = '\0';
        ck_assert_msg(accept(&half.move, old.hash, &err) == 0, "%s", err.text);
        struct anchor_head taken = move_head(&half.move);
        ck_assert_int_eq(taken.seq, old.seq + 1);
        ck_assert_int_eq(taken.fence, newest.fence);
        ck_assert_int_eq(accept(&half.move, old.hash, &err),
                         -1); /* there is nothing left to take */
        ck_assert_int_eq(err.code, ERR_REFUSED);
        err_clear(&err);
        half.move.hook = NULL;
        ck_assert_msg(move_run(&half.move, &err) == 0, "%s", err.text);
        move_assert_done(&half.move);
        ck_assert_int_gt(half.move.acked.fence, newest.fence);
        half_end(&half);
    }
    tally("an older copy of the state file is put back", tried, 0,
          "build/asan/tests/disk/disk_damage");
}
END_TEST

START_TEST(a_copy_that_went_another_way_is_noticed_too)
{
    struct half half;
    struct err err = ERR_INIT;
    half_begin(&half);
    move_run_until(&half.move, 5);
    struct copy newest = read_copy(half.path);
    char aside[96];
    snprintf(aside, sizeof(aside), "%s-aside", half.move.anchors);
    ck_assert_int_eq(rename(half.move.anchors, aside), 0);
    write_copy(half.path, &half.file, half.file.len);
    move_run_until(&half.move, 9); /* a host without the note cannot know */
    write_copy(half.path, &newest, newest.len);
    ck_assert_int_eq(move_run(&half.move, &err), -1);
    ck_assert_msg(strstr(err.text, "is a copy that went another way") != NULL ||
                      strstr(err.text, "is an older copy") != NULL,
                  "%s", err.text);
    free(newest.bytes);
    half_end(&half);
}
END_TEST

START_TEST(a_damaged_note_is_refused_and_a_missing_one_is_not)
{
    struct half half;
    struct err err = ERR_INIT;
    char command[256];
    half_begin(&half);
    snprintf(command, sizeof(command), "sed -i s/fence/fance/ %s/orders-*", half.move.anchors);
    ck_assert_int_eq(system(command), 0);
    ck_assert_int_eq(judge(&half.move, half.want, &err), REFUSED_BY_CHECK);
    ck_assert_msg(strstr(err.text, "is damaged: 'ece-migrate log --verify --head HASH'") != NULL,
                  "%s", err.text);
    move_remove_dir(half.move.anchors);
    ck_assert_int_eq(judge(&half.move, half.want, &err), UNCHANGED);
    half_end(&half);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_flipped_byte_is_refused_or_changes_nothing_that_is_read,
        a_file_cut_anywhere_is_refused,
        a_missing_or_swapped_journal_never_loses_a_row_in_silence,
        an_older_copy_is_noticed_and_refused_until_somebody_takes_it,
        a_copy_that_went_another_way_is_noticed_too,
        a_damaged_note_is_refused_and_a_missing_one_is_not,
    };
    TCase *tcase = tcase_create("damage");
    for (size_t i = 0; i < ARRAY_LEN(tests); i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, flips_are_silent_where_the_seal_or_the_chain_is_not_looked_at, 0, 2);
    tcase_set_timeout(tcase, getenv("ECE_FLIPS") == NULL ? 550 : 7200);
    Suite *suite = suite_create("damage");
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
