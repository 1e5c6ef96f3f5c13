/*
 * The guard's plan: each key once, all that must be there, none that is unknown.
 */
#include "steps/guard/plan.h"

#include "base/str.h"
#include "tests/unit/unit.h"

static const char whole[] =
    "id=orders\nmax_stall_ms=300\nguard_ms=200\nengine=postgresql\n"
    "source=host=10.10.0.10 user='a b'\ntarget=host=10.20.0.10\ntrial=host=10.10.0.10\n"
    "fence_file=/data/fence\nfence_closed=all\nfence_open=ece_orders_open\n"
    "databases=orders postgres\n# a comment\n\ntraffic=pgbouncer\nconsole=host=/run\n"
    "console_user=postgres\ndatabase=orders\nconfig=/etc/a.ini\nconfig_source=/etc/a.s\n"
    "config_target=/etc/a.t\n";

/* The whole plan with one line replaced, left out (with NULL) or, when old is NULL, added. */
static int parse_with(const char *old, const char *new, struct guard_plan *plan, struct err *err)
{
    static char text[4096];
    const char *at = old ? strstr(whole, old) : whole;
    ck_assert_ptr_nonnull(at);
    size_t cut = old ? strcspn(at, "\n") + 1 : 0;
    (void)snprintf(text, sizeof text, "%.*s%s%s%s", (int)(at - whole), whole, new ? new : "",
                   new ? "\n" : "", at + cut);
    return guard_plan_parse(plan, text, err);
}

START_TEST(plan_is_read_with_values_that_hold_equals_signs)
{
    struct guard_plan plan;
    struct err err = ERR_INIT;
    ck_assert_msg(parse_with(NULL, NULL, &plan, &err) == 0, "%s", err.text);
    ck_assert_str_eq(plan.id, "orders");
    ck_assert_int_eq(plan.guard_ms, 200);
    ck_assert_str_eq(plan.source, "host=10.10.0.10 user='a b'");
    ck_assert_str_eq(plan.config_target, "/etc/a.t");
    ck_assert_ptr_null(plan.stop_at);
    ck_assert_ptr_null(plan.way);
    ck_assert_msg(parse_with(NULL, "way=back", &plan, &err) == 0, "%s", err.text);
    ck_assert_str_eq(plan.way, "back");
}
END_TEST

START_TEST(plan_that_is_wrong_is_refused_with_the_key)
{
    static const struct {
        const char *old, *new, *error;
    } wrong[] = {
        {"fence_file", NULL, "'fence_file' is missing in the guard's plan"},
        {NULL, "colour=red", "'colour' in the guard's plan is no key that this guard knows"},
        {NULL, "id=other", "'id' stands twice in the guard's plan"},
        {NULL, "no equals sign", "a line of the guard's plan has no '=': 'no equals sign'"},
        {"guard_ms", "guard_ms=20x",
         "'guard_ms' of the guard's plan is '20x', not a number from 1 to 3600000"},
        {"guard_ms", "guard_ms=0",
         "'guard_ms' of the guard's plan is '0', not a number from 1 to 3600000"},
        {"guard_ms", "guard_ms=300",
         "guard_ms is 300 ms and must be below max_stall_ms, which is 300 ms"},
        {"engine", "engine=mysql",
         "'engine' of the guard's plan is 'mysql', this guard knows only 'postgresql'"},
    };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct guard_plan plan;
        struct err err = ERR_INIT;
        ck_assert_int_eq(parse_with(wrong[i].old, wrong[i].new, &plan, &err), -1);
        ck_assert_int_eq(err.code, ERR_SPEC);
        ck_assert_str_eq(err.text, wrong[i].error);
    }
}
END_TEST

START_TEST(stop_at_is_for_rehearsals_only)
{
    struct guard_plan plan;
    struct err err = ERR_INIT;
    unsetenv("ECE_MIGRATE_REHEARSAL");
    ck_assert_int_eq(parse_with(NULL, "stop_at=hold", &plan, &err), -1);
    ck_assert_str_eq(err.text, "'stop_at' stands in the guard's plan, but this is no rehearsal");
    setenv("ECE_MIGRATE_REHEARSAL", "1", 1);
    err_clear(&err);
    ck_assert_int_eq(parse_with(NULL, "stop_at=hold", &plan, &err), 0);
    ck_assert_str_eq(plan.stop_at, "hold");
}
END_TEST

UNIT_MAIN("guard plan", plan_is_read_with_values_that_hold_equals_signs,
          plan_that_is_wrong_is_refused_with_the_key, stop_at_is_for_rehearsals_only)
