/*
 * What the guard tells: its lines during a cut, and its look in one line of JSON.
 */
#include "steps/port/traffic/pgbouncer_told.h"

#include "tests/unit/unit.h"

static struct arena *arena;
static char watched[256];

static void watch(void *arg, const char *phase, int64_t at_us)
{
    size_t len = strlen(watched);
    (void)arg;
    snprintf(watched + len, sizeof watched - len, "%s@%lld ", phase, (long long)at_us);
}

static struct pgbouncer_told told_of(const char *const lines[], size_t len)
{
    struct pgbouncer_told told;
    arena = arena_new();
    watched[0] = '\0';
    pgbouncer_told_begin(&told, arena, watch, NULL);
    for (size_t i = 0; i < len; i++)
        pgbouncer_told_line(&told, lines[i]);
    return told;
}

START_TEST(lines_of_a_cut_give_phases_snapshots_and_the_outcome)
{
    static const char *const lines[] = {"phase fence -120 80", "phase hold 0 2100",
                                        "snapshot orders=00000003-1", "snapshot shop=00000004-1",
                                        "outcome switched 0/3000060"};
    struct pgbouncer_told told = told_of(lines, ARRAY_LEN(lines));
    ck_assert_str_eq(watched, "fence@-120 hold@0 ");
    ck_assert_uint_eq(told.snapshots, 2);
    ck_assert_str_eq(told.snapshot[0], "orders=00000003-1");
    ck_assert_str_eq(told.snapshot[1], "shop=00000004-1");
    ck_assert_ptr_null(told.snapshot[2]);
    ck_assert_int_eq(told.outcome, TRAFFIC_SWITCHED);
    arena_free(arena);
}
END_TEST

START_TEST(lines_that_are_cut_off_or_foreign_tell_nothing)
{
    static const char *const lines[] = {
        "",         "phase",       "phase ",   "phase hold",    "phases a 1",       "outcome",
        "outcome ", "outcome swi", "snapshot", "outcomes held", "last login: today"};
    struct pgbouncer_told told = told_of(lines, ARRAY_LEN(lines));
    ck_assert_str_eq(watched, "");
    ck_assert_uint_eq(told.snapshots, 0);
    ck_assert_ptr_null(told.snapshot[0]);
    ck_assert_int_eq(told.outcome, TRAFFIC_NO_OUTCOME);
    arena_free(arena);
}
END_TEST

START_TEST(look_gives_how_things_stand)
{
    static const char text[] =
        "{\"attempt\":3,\"alive\":true,\"paused\":true,\"decision\":\"call-off\","
        "\"outcome\":{\"outcome\":\"returned\",\"reason\":\"late\",\"position\":\"\","
        "\"timeline\":[{\"phase\":\"hold\",\"at_us\":0,\"took_us\":5}]},"
        "\"active_host\":\"10.10.0.10\",\"active_port\":\"5432\"}";
    struct traffic_seen seen = {.timeline = ""};
    struct pgbouncer_look look;
    arena = arena_new();
    ck_assert_int_eq(pgbouncer_told_look(text, arena, &seen, &look), 0);
    ck_assert_int_eq(seen.attempt, 3);
    ck_assert(seen.guard_alive && seen.held);
    ck_assert_int_eq(seen.decision, TRAFFIC_CALL_OFF);
    ck_assert_int_eq(seen.outcome, TRAFFIC_RETURNED);
    ck_assert_str_eq(seen.reason, "late");
    ck_assert_ptr_nonnull(strstr(seen.timeline, "\"took_us\": 5"));
    ck_assert_str_eq(look.host, "10.10.0.10");
    ck_assert_uint_eq(look.port, 5432);
    arena_free(arena);
}
END_TEST

START_TEST(look_of_a_mute_console_has_no_way_and_says_why)
{
    static const char *const ports[] = {"", "0", "65536", "-1", "five", "4294972728"};
    for (size_t i = 0; i < ARRAY_LEN(ports); i++) {
        char text[160];
        struct traffic_seen seen = {.timeline = ""};
        struct pgbouncer_look look;
        arena = arena_new();
        snprintf(text, sizeof text,
                 "{\"outcome\":null,\"active_host\":\"h\",\"active_port\":\"%s\","
                 "\"console_error\":\"refused\"}",
                 ports[i]);
        ck_assert_int_eq(pgbouncer_told_look(text, arena, &seen, &look), 0);
        ck_assert_uint_eq(look.port, 0);
        ck_assert_str_eq(look.console_error, "refused");
        ck_assert_int_eq(seen.outcome, TRAFFIC_NO_OUTCOME);
        ck_assert_str_eq(seen.timeline, "");
        arena_free(arena);
    }
}
END_TEST

START_TEST(look_that_is_no_object_is_refused)
{
    static const char *const texts[] = {"", "{", "[]", "null", "sh: 1: ece-guard: not found"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct traffic_seen seen = {.timeline = ""};
        struct pgbouncer_look look;
        arena = arena_new();
        ck_assert_int_eq(pgbouncer_told_look(texts[i], arena, &seen, &look), -1);
        arena_free(arena);
    }
}
END_TEST

UNIT_MAIN("told", lines_of_a_cut_give_phases_snapshots_and_the_outcome,
          lines_that_are_cut_off_or_foreign_tell_nothing, look_gives_how_things_stand,
          look_of_a_mute_console_has_no_way_and_says_why, look_that_is_no_object_is_refused)
