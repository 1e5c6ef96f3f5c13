/*
 * The rollback window over fakes: kept and left, rolled back in, called off, refused, too far
 * behind; and the way back before the decision, from every phase of both machines.
 */
#include <stdlib.h>
#include <string.h>

#include "orchestrator/machine.h"
#include "tests/story/story.h"
#include "tests/unit/unit.h"

/* Somebody asks for something right after an action. */
struct cue {
    struct story *story;
    const char *action;
    void (*ask)(struct story *story, const char *who);
    bool given;
};

static void give(void *arg, const char *phase, const char *action, enum runner_moment moment)
{
    (void)phase;
    struct cue *cue = arg;
    if (cue->given || moment != MOMENT_AFTER_OUTCOME || strcmp(action, cue->action) != 0)
        return;
    cue->given = true;
    cue->ask(cue->story, "anna");
}

static void on_cue(struct story *story, struct cue *cue)
{
    cue->story = story;
    cue->given = false;
    story->hook = give;
    story->hook_arg = cue;
}

static void ck_rolled_back(struct story *story)
{
    struct err err = ERR_INIT;
    ck_assert_int_eq(story_run(story, &err), -1);
    ck_assert_msg(err.code == ERR_ABORTED, "%s", err.text);
    ck_assert_str_eq(story_stand(story), "network aborted, orders aborted");
    story_assert_clean_end(story);
    story_assert_rolled_back(story);
}

START_TEST(a_rollback_reads_like_this)
{
    struct story story;
    story_begin_window(&story, 0, 24);
    struct cue cue = {.action = "follow-back", .ask = story_rollback};
    on_cue(&story, &cue);
    ck_rolled_back(&story);
    const char *told = strstr(story_journal(&story), "orders soak phase forward\n");
    ck_assert_ptr_nonnull(told);
    ck_assert_str_eq(told, "orders soak phase forward\n"
                           "orders soak outcome compare tdb done\n"
                           "orders soak outcome disarm app done\n"
                           "orders soak outcome grant-back tdb done\n"
                           "orders soak outcome rewind sdb done\n"
                           "orders soak outcome follow-back sdb done\n"
                           "- - request -\n"
                           "orders - request accepted\n"
                           "orders soak outcome turn-back app done\n"
                           "orders cutover phase back\n"
                           "orders cutover outcome install-back app done\n"
                           "orders cutover outcome prepare-back tdb done\n"
                           "orders cutover outcome arm app done\n"
                           "orders cutover outcome cut-back app done\n"
                           "orders cutover outcome compare-back sdb done\n"
                           "orders cutover outcome disarm app done\n"
                           "orders cutover outcome remove app done\n"
                           "orders approve phase back\n"
                           "orders compare phase back\n"
                           "orders catch-up phase back\n"
                           "orders follow phase back\n"
                           "orders follow outcome abandon tdb done\n"
                           "orders seed phase back\n"
                           "orders seed outcome revoke sdb done\n"
                           "orders aborted phase back\n"
                           "network tunnel-up phase back\n"
                           "network tunnel-up outcome remove sgw done\n"
                           "network tunnel-up outcome remove tgw done\n"
                           "network tunnel-up outcome prove-gone both gateways done\n"
                           "network audit phase back\n"
                           "network aborted phase back\n");
    story_end(&story);
}
END_TEST

START_TEST(a_window_ends_by_its_time_and_the_source_is_retired)
{
    struct story story;
    struct err err = ERR_INIT;
    story_begin_window(&story, 0, 1);
    int64_t began_us = story.fake.now_us;
    ck_assert_msg(story_run(&story, &err) == 0, "%s", err.text);
    ck_assert_int_gt(story.fake.now_us - began_us, INT64_C(3600000000));
    ck_assert_int_lt(story.fake.now_us - began_us, INT64_C(3700000000));
    ck_assert_ptr_nonnull(strstr(story_journal(&story), "soak outcome close-window tdb done\n"
                                                        "orders retire phase forward\n"));
    story_assert_clean_end(&story);
    story_assert_target_serves(&story);
    ck_assert_int_gt(story.fake.source.replayed, 3000 * 1000);
    story_end(&story);
}
END_TEST

START_TEST(a_person_ends_a_window_before_its_time)
{
    struct story story;
    struct err err = ERR_INIT;
    story_begin_window(&story, 0, 24);
    struct cue cue = {.action = "follow-back", .ask = story_end_window};
    on_cue(&story, &cue);
    ck_assert_msg(story_run(&story, &err) == 0, "%s", err.text);
    ck_assert_int_lt(story.fake.now_us, INT64_C(3600000000));
    story_assert_clean_end(&story);
    story_assert_target_serves(&story);
    story_end(&story);
}
END_TEST

/* The link back hangs when the rollback is asked for. */
static void hang_and_ask(struct story *story, const char *who)
{
    story->fake.source.write_rate = 1 << 20;
    story->fake.back_hangs_until_us = story->fake.now_us + INT64_C(60000000);
    story_rollback(story, who);
}

static void ask_both(struct story *story, const char *who)
{
    hang_and_ask(story, who);
    story->fake.back_hangs_until_us += INT64_C(2000000000); /* longer than a lease */
    story_abort(story, "bert");
}

START_TEST(an_abort_during_a_rollback_leaves_it_its_tunnel)
{
    struct story story;
    story_begin_window(&story, 0, 24);
    struct cue cue = {.action = "disarm", .ask = ask_both};
    on_cue(&story, &cue);
    ck_rolled_back(&story);
    ck_assert_ptr_nonnull(strstr(story_journal(&story), "network services outcome renew"));
    ck_assert_ptr_null(strstr(story_journal(&story), "network services outcome connect"));
    story_end(&story);
}
END_TEST

START_TEST(a_rollback_that_is_called_off_once_is_tried_again)
{
    struct story story;
    story_begin_window(&story, 0, 24);
    struct cue cue = {.action = "follow-back", .ask = story_rollback};
    on_cue(&story, &cue);
    story.fake.call_off_attempts = 1; /* the first cutover */
    ck_rolled_back(&story);
    story_end(&story);

    story_begin_window(&story, 0, 24);
    on_cue(&story, &cue);
    story.fake.call_off_back = 2;
    ck_rolled_back(&story);
    ck_assert_int_eq((int)story.fake.proxy.attempt, 4);
    story_end(&story);
}
END_TEST

START_TEST(a_rollback_that_is_called_off_too_often_waits_for_a_person_with_clients_at_the_target)
{
    struct story story;
    struct err err = ERR_INIT;
    story_begin_window(&story, 0, 24);
    struct cue cue = {.action = "follow-back", .ask = story_rollback};
    on_cue(&story, &cue);
    story.fake.call_off_back = 99;
    ck_assert_int_eq(story_run(&story, &err), -1);
    ck_assert_int_eq(err.code, ERR_WAITING);
    ck_assert_ptr_nonnull(strstr(err.text, "5 attempts to go back were called off"));
    ck_assert_ptr_nonnull(strstr(err.text, "session 4711"));
    ck_assert_int_eq(story.fake.proxy.points, TRAFFIC_AT_TARGET);
    ck_assert(!story.fake.target.fenced && !story.fake.proxy.held);
    story.fake.call_off_back = 0;
    ck_rolled_back(&story);
    story_end(&story);
}
END_TEST

START_TEST(without_a_window_a_rollback_is_refused_and_the_migration_ends_forward)
{
    struct story story;
    struct err err = ERR_INIT;
    story_begin(&story, 0);
    struct cue cue = {.action = "compare", .ask = story_rollback};
    on_cue(&story, &cue);
    story.fake.differ = true; /* so that it stands in soak for a while */
    ck_assert_int_eq(story_run(&story, &err), -1);
    story.fake.differ = false;
    story_rollback(&story, "bert");
    ck_assert_msg(story_run(&story, &err) == 0, "%s", err.text);
    ck_assert_ptr_nonnull(strstr(story_journal(&story), "orders - request refused\n"));
    ck_assert_ptr_nonnull(strstr(story_said(&story), "asks for no rollback window"));
    story_assert_clean_end(&story);
    story_assert_target_serves(&story);
    story_end(&story);
}
END_TEST

START_TEST(before_the_decision_a_rollback_is_refused_and_abort_is_named)
{
    struct story story;
    struct err err = ERR_INIT;
    story_begin_window(&story, 1, 24);
    story.gate = RUNNER_LEAVE_AT_GATE;
    ck_assert_int_eq(story_run(&story, &err), -1);
    story_rollback(&story, "anna");
    ck_assert_int_eq(story_run(&story, &err), -1);
    ck_assert_int_eq(err.code, ERR_WAITING);
    ck_assert_ptr_nonnull(strstr(story_said(&story), "'ece-migrate abort orders' takes it back"));
    story_abort(&story, "anna");
    ck_assert_int_eq(story_run(&story, &err), -1);
    ck_assert_int_eq(err.code, ERR_ABORTED);
    story_assert_clean_end(&story);
    story_assert_source_as_before(&story);
    story_end(&story);
}
END_TEST

START_TEST(an_abort_in_an_open_window_is_refused_and_rollback_is_named)
{
    struct story story;
    struct err err = ERR_INIT;
    story_begin_window(&story, 0, 1);
    struct cue cue = {.action = "follow-back", .ask = story_abort};
    on_cue(&story, &cue);
    ck_assert_msg(story_run(&story, &err) == 0, "%s", err.text);
    ck_assert_ptr_nonnull(
        strstr(story_said(&story), "'ece-migrate rollback orders' takes the clients back"));
    story_assert_clean_end(&story);
    story_assert_target_serves(&story);
    story_end(&story);
}
END_TEST

START_TEST(after_the_window_a_rollback_is_refused_with_the_reason)
{
    struct story story;
    struct err err = ERR_INIT;
    story_begin_window(&story, 0, 24);
    struct cue end = {.action = "follow-back", .ask = story_end_window};
    on_cue(&story, &end);
    story.fake.fail_slot = "retire";
    story.fake.fail_call = 1;
    story.fake.fail_code = ERR_REFUSED;
    ck_assert_int_eq(story_run(&story, &err), -1);
    ck_assert_str_eq(story_stand(&story), "network services, orders retire");
    story_rollback(&story, "bert");
    ck_assert_msg(story_run(&story, &err) == 0, "%s", err.text);
    ck_assert_ptr_nonnull(strstr(story_said(&story), "from here on there is only forward"));
    story_assert_clean_end(&story);
    story_assert_target_serves(&story);
    story_end(&story);
}
END_TEST

START_TEST(a_rollback_waits_until_the_old_source_is_in_step)
{
    struct story story;
    story_begin_window(&story, 0, 24);
    struct cue cue = {.action = "disarm", .ask = hang_and_ask};
    on_cue(&story, &cue);
    ck_rolled_back(&story);
    ck_assert_int_ge(story.fake.now_us, story.fake.back_hangs_until_us);
    ck_assert_ptr_nonnull(
        strstr(story_said(&story), "the rollback waits until the old source is in step"));
    story_end(&story);
}
END_TEST

/* The link back hangs for as long as it takes to fill what the target may hold back for it. */
static void hang_for_good(struct story *story, const char *who)
{
    story->fake.source.write_rate = INT64_C(1) << 30;
    story->fake.back_hangs_until_us = INT64_MAX;
    story_rollback(story, who);
}

START_TEST(an_old_source_that_stays_behind_ends_the_window_and_the_rollback_is_refused)
{
    struct story story;
    struct err err = ERR_INIT;
    story_begin_window(&story, 0, 24);
    struct cue cue = {.action = "disarm", .ask = hang_for_good};
    on_cue(&story, &cue);
    ck_assert_msg(story_run(&story, &err) == 0, "%s", err.text);
    ck_assert_ptr_nonnull(strstr(story_said(&story),
                                 "no way back: the rollback window is over: the old source made "
                                 "the target hold"));
    story_assert_clean_end(&story);
    story_assert_target_serves(&story);
    story_end(&story);
}
END_TEST

START_TEST(rewinds_that_break_wait_for_a_person_who_may_do_without_the_window)
{
    struct story story;
    struct err err = ERR_INIT;
    story_begin_window(&story, 0, 24);
    story.fake.break_rewinds = 3;
    ck_assert_int_eq(story_run(&story, &err), -1);
    ck_assert_int_eq(err.code, ERR_WAITING);
    ck_assert_ptr_nonnull(strstr(err.text, "3 rewinds of the old source on 'sdb' ended badly"));
    ck_assert_ptr_nonnull(strstr(err.text, "could not find previous WAL record"));
    ck_assert_ptr_nonnull(strstr(err.text, "approve --end-window"));
    story_end_window(&story, "anna");
    ck_assert_msg(story_run(&story, &err) == 0, "%s", err.text);
    story_assert_clean_end(&story);
    story_assert_target_serves(&story);
    story_end(&story);
}
END_TEST

/* Both sides differ after the rollback: the copy that shows it is not removed by itself. */
static void differ_and_ask(struct story *story, const char *who)
{
    story->fake.differ = true;
    story_rollback(story, who);
}

START_TEST(a_difference_after_a_rollback_keeps_the_target_until_somebody_resumes)
{
    struct story story;
    struct err err = ERR_INIT;
    story_begin_window(&story, 0, 24);
    struct cue cue = {.action = "follow-back", .ask = differ_and_ask};
    on_cue(&story, &cue);
    ck_assert_int_eq(story_run(&story, &err), -1);
    ck_assert_int_eq(err.code, ERR_REFUSED);
    ck_assert_ptr_nonnull(strstr(err.text, "table a: 10 rows against 9"));
    ck_assert_int_eq(story.fake.proxy.points, TRAFFIC_AT_SOURCE);
    ck_assert_int_eq(story.fake.target.server, ENGINE_PRIMARY);
    ck_assert(story.fake.target.fenced);
    story.fake.proxy.guard = false;
    ck_rolled_back(&story);
    ck_assert_ptr_nonnull(
        strstr(story_journal(&story), "orders cutover outcome accept sdb done\n"));
    story_end(&story);
}
END_TEST

/* The runner is told to stop when a track enters a phase; then somebody asks for the way back. */
struct stop_at {
    struct story *story;
    const char *track, *phase;
};

static void stop_in(void *arg, const struct watch *watch)
{
    struct stop_at *at = arg;
    if (watch->kind == WATCH_PHASE && strcmp(watch->track, at->track) == 0 &&
        strcmp(watch->phase, at->phase) == 0)
        at->story->stop = 1;
}

/* Returns false when the phase was not reached. */
static bool abort_from(const char *track, const char *phase)
{
    struct story story;
    struct err err = ERR_INIT;
    story_begin_window(&story, 0, 24);
    struct stop_at at = {&story, track, phase};
    story.watch = stop_in;
    story.watch_arg = &at;
    story.stop = strcmp(phase, "preflight") == 0;
    (void)!story_run(&story, &err);
    bool reached = story.stop != 0;
    story.stop = 0;
    story.watch = NULL;
    if (reached) {
        story_abort(&story, "anna");
        err_clear(&err);
        ck_assert_int_eq(story_run(&story, &err), -1);
        ck_assert_msg(err.code == ERR_ABORTED, "from '%s': %s", phase, err.text);
        story_assert_clean_end(&story);
        story_assert_source_as_before(&story);
    }
    story_end(&story);
    return reached;
}

START_TEST(an_abort_from_every_phase_before_the_decision_leaves_the_source_as_it_was)
{
    static const char *const network[] = {"preflight", "tunnel-up", "services"};
    for (size_t i = 0; i < ARRAY_LEN(network); i++)
        ck_assert_msg(abort_from("network", network[i]), "'%s' was not reached", network[i]);
    int tried = 0;
    for (size_t i = 1; i < machine_service.rows; i++) {
        const struct machine_row *row = &machine_service.row[i];
        if (machine_is_decided(&machine_service, row))
            continue;
        ck_assert_msg(abort_from("orders", row->phase), "'%s' was not reached", row->phase);
        tried++;
    }
    ck_assert_int_eq(tried, 5); /* follow to cutover; seed is where 'services' begins */
}
END_TEST

UNIT_MAIN("rollback windows", a_rollback_reads_like_this,
          an_abort_during_a_rollback_leaves_it_its_tunnel,
          a_window_ends_by_its_time_and_the_source_is_retired,
          a_person_ends_a_window_before_its_time, a_rollback_that_is_called_off_once_is_tried_again,
          a_rollback_that_is_called_off_too_often_waits_for_a_person_with_clients_at_the_target,
          without_a_window_a_rollback_is_refused_and_the_migration_ends_forward,
          before_the_decision_a_rollback_is_refused_and_abort_is_named,
          an_abort_in_an_open_window_is_refused_and_rollback_is_named,
          after_the_window_a_rollback_is_refused_with_the_reason,
          a_rollback_waits_until_the_old_source_is_in_step,
          an_old_source_that_stays_behind_ends_the_window_and_the_rollback_is_refused,
          rewinds_that_break_wait_for_a_person_who_may_do_without_the_window,
          a_difference_after_a_rollback_keeps_the_target_until_somebody_resumes,
          an_abort_from_every_phase_before_the_decision_leaves_the_source_as_it_was)
