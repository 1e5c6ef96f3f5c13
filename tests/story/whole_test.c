/* Whole migrations over fakes: undisturbed, approved late, taken back, blocked, called off, healed.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/story/story.h"
#include "tests/unit/unit.h"

START_TEST(an_undisturbed_migration_reads_like_this)
{
    struct story story;
    struct err err = ERR_INIT;
    story_begin(&story, 1);
    story_approve(&story, "anna");
    ck_assert_msg(story_run(&story, &err) == 0, "%s", err.text);
    story_assert_journal(&story, "- - request -\n"
                                 "network tunnel-up phase forward\n"
                                 "network tunnel-up outcome snapshot sgw done\n"
                                 "network tunnel-up outcome prepare sgw done\n"
                                 "network tunnel-up outcome snapshot tgw done\n"
                                 "network tunnel-up outcome prepare tgw done\n"
                                 "network tunnel-up outcome connect both gateways done\n"
                                 "network tunnel-up outcome prove both gateways done\n"
                                 "network services phase forward\n"
                                 "orders seed outcome grant sdb done\n"
                                 "orders seed outcome copy tdb done\n"
                                 "orders follow phase forward\n"
                                 "orders follow outcome follow tdb done\n"
                                 "orders catch-up phase forward\n"
                                 "orders catch-up outcome canary sdb done\n"
                                 "orders compare phase forward\n"
                                 "orders compare outcome compare tdb done\n"
                                 "orders approve phase forward\n"
                                 "orders cutover phase forward\n"
                                 "orders cutover outcome install app done\n"
                                 "orders cutover outcome prepare sdb done\n"
                                 "orders cutover outcome arm app done\n"
                                 "orders cutover outcome cut app done\n"
                                 "orders soak phase forward\n"
                                 "orders soak outcome compare tdb done\n"
                                 "orders soak outcome disarm app done\n"
                                 "orders retire phase forward\n"
                                 "orders retire outcome remove-guard app done\n"
                                 "orders retire outcome retire-source sdb done\n"
                                 "orders retire outcome release-target tdb done\n"
                                 "orders done phase forward\n"
                                 "network tunnel-down phase forward\n"
                                 "network tunnel-down outcome remove sgw done\n"
                                 "network tunnel-down outcome remove tgw done\n"
                                 "network tunnel-down outcome prove-gone both gateways done\n"
                                 "network audit phase forward\n"
                                 "network done phase forward\n");
    story_assert_clean_end(&story);
    story_assert_target_serves(&story);
    story_end(&story);
}
END_TEST

START_TEST(without_approval_it_leaves_at_the_gate_and_goes_on_after_it)
{
    struct story story;
    struct err err = ERR_INIT;
    story_begin(&story, 2);
    story.gate = RUNNER_LEAVE_AT_GATE;
    story_approve(&story, "anna");
    story_approve(&story, "anna");
    ck_assert_int_eq(story_run(&story, &err), -1);
    ck_assert_int_eq(err.code, ERR_WAITING);
    ck_assert_ptr_nonnull(strstr(err.text, "1 of 2 approvals"));
    ck_assert_str_eq(story_stand(&story), "network services, orders approve");
    story_approve(&story, "bert");
    ck_assert_msg(story_run(&story, &err) == 0, "%s", err.text);
    story_assert_clean_end(&story);
    story_end(&story);
}
END_TEST

START_TEST(an_abort_before_the_cutover_leaves_the_source_as_it_was)
{
    struct story story;
    struct err err = ERR_INIT;
    story_begin(&story, 1);
    story.gate = RUNNER_LEAVE_AT_GATE;
    ck_assert_int_eq(story_run(&story, &err), -1);
    story_abort(&story, "anna");
    ck_assert_int_eq(story_run(&story, &err), -1);
    ck_assert_int_eq(err.code, ERR_ABORTED);
    ck_assert_str_eq(story_stand(&story), "network aborted, orders aborted");
    story_assert_clean_end(&story);
    story_assert_source_as_before(&story);
    story_end(&story);
}
END_TEST

START_TEST(a_block_in_the_preflight_stops_before_anything_is_touched)
{
    struct story story;
    struct err err = ERR_INIT;
    story_begin(&story, 0);
    story.fake.block = "forwarding is off";
    ck_assert_int_eq(story_run(&story, &err), -1);
    ck_assert_int_eq(err.code, ERR_REFUSED);
    ck_assert_ptr_nonnull(strstr(err.text, "forwarding is off"));
    ck_assert_ptr_nonnull(strstr(err.text, "sysctl net.ipv4.ip_forward=1"));
    ck_assert_str_eq(str_text(&story.fake.story), "");
    story_end(&story);
}
END_TEST

START_TEST(a_copy_that_breaks_twice_is_begun_a_third_time_after_pauses)
{
    struct story story;
    struct err err = ERR_INIT;
    story_begin(&story, 0);
    story.fake.break_copies = 2;
    story.fake.copy_error = "connection reset";
    ck_assert_msg(story_run(&story, &err) == 0, "%s", err.text);
    ck_assert_ptr_nonnull(strstr(str_text(&story.fake.story),
                                 "copy tdb\nclear tdb\ncopy tdb\nclear tdb\ncopy tdb\nfollow"));
    story_assert_clean_end(&story);
    story_end(&story);
}
END_TEST

START_TEST(copies_that_break_again_and_again_wait_for_a_person_with_the_reason)
{
    struct story story;
    struct err err = ERR_INIT;
    story_begin(&story, 0);
    story.fake.break_copies = 8;
    story.fake.copy_error = "connection reset";
    ck_assert_int_eq(story_run(&story, &err), -1);
    ck_assert_int_eq(err.code, ERR_WAITING);
    ck_assert_ptr_nonnull(strstr(
        err.text, "8 copies in a row ended badly on 'tdb', the last with: connection reset"));
    ck_assert_int_eq(story.fake.break_copies, 0);
    ck_assert_msg(story_run(&story, &err) == 0, "%s", err.text);
    story_assert_clean_end(&story);
    story_end(&story);
}
END_TEST

START_TEST(a_copy_on_a_full_disk_waits_for_a_person_at_once)
{
    struct story story;
    struct err err = ERR_INIT;
    story_begin(&story, 0);
    story.fake.break_copies = 2;
    story.fake.copy_error = "pg_basebackup: error: could not write: No space left on device";
    ck_assert_int_eq(story_run(&story, &err), -1);
    ck_assert_int_eq(err.code, ERR_WAITING);
    ck_assert_ptr_nonnull(strstr(err.text, "the disk on 'tdb' is full: pg_basebackup: error"));
    ck_assert_ptr_nonnull(strstr(err.text, "make room there and run 'ece-migrate resume'"));
    ck_assert_int_eq(story.fake.break_copies, 1);
    story_abort(&story, "anna");
    ck_assert_int_eq(story_run(&story, &err), -1);
    ck_assert_int_eq(err.code, ERR_ABORTED);
    story_assert_clean_end(&story);
    story_assert_source_as_before(&story);
    story_end(&story);
}
END_TEST

START_TEST(a_cutover_that_is_called_off_twice_is_tried_a_third_time)
{
    struct story story;
    struct err err = ERR_INIT;
    story_begin(&story, 0);
    story.fake.call_off_attempts = 2;
    ck_assert_msg(story_run(&story, &err) == 0, "%s", err.text);
    ck_assert_int_eq((int)story.fake.proxy.attempt, 3);
    story_assert_clean_end(&story);
    story_assert_target_serves(&story);
    story_end(&story);
}
END_TEST

START_TEST(a_cutover_that_is_called_off_too_often_waits_for_a_person_with_the_reason)
{
    struct story story;
    struct err err = ERR_INIT;
    story_begin(&story, 0);
    story.fake.call_off_attempts = 99;
    ck_assert_int_eq(story_run(&story, &err), -1);
    ck_assert_int_eq(err.code, ERR_WAITING);
    ck_assert_ptr_nonnull(strstr(err.text, "session 4711"));
    ck_assert(!story.fake.source.fenced && !story.fake.proxy.held);
    story_abort(&story, "anna");
    ck_assert_int_eq(story_run(&story, &err), -1);
    ck_assert_int_eq(err.code, ERR_ABORTED);
    story_assert_clean_end(&story);
    story_assert_source_as_before(&story);
    story_end(&story);
}
END_TEST

START_TEST(an_abort_after_the_cutover_is_refused_and_the_migration_ends_forward)
{
    struct story story;
    struct err err = ERR_INIT;
    story_begin(&story, 0);
    story.fake.differ = true;
    ck_assert_int_eq(story_run(&story, &err), -1);
    ck_assert_int_eq(err.code, ERR_REFUSED);
    ck_assert_str_eq(story_stand(&story), "network services, orders soak");
    story_abort(&story, "anna");
    story.fake.differ = false;
    ck_assert_msg(story_run(&story, &err) == 0, "%s", err.text);
    ck_assert_ptr_nonnull(strstr(story_journal(&story), "orders - request refused\n"));
    story_assert_clean_end(&story);
    story_assert_target_serves(&story);
    story_end(&story);
}
END_TEST

/* The WAN goes while the copy runs and comes back: nobody is asked. */
static void drop_wan(void *arg, const char *phase, const char *action, enum runner_moment moment)
{
    struct fake *fake = arg;
    if (strcmp(phase, "seed") == 0 && strcmp(action, "copy") == 0 &&
        moment == MOMENT_AFTER_OUTCOME && fake->calls < 1000) {
        fake->calls = 1000;
        fake->gateway[TUNNEL_SOURCE].lease_end_us = 0;
    }
}

START_TEST(a_gateway_that_lost_its_side_during_the_copy_is_healed_and_the_copy_begins_again)
{
    struct story story;
    struct err err = ERR_INIT;
    story_begin(&story, 0);
    story.hook = drop_wan;
    story.hook_arg = &story.fake;
    ck_assert_msg(story_run(&story, &err) == 0, "%s", err.text);
    const char *told = story_journal(&story);
    ck_assert_ptr_nonnull(strstr(told, "network services outcome prepare sgw done"));
    story_assert_clean_end(&story);
    story_assert_target_serves(&story);
    story_end(&story);
}
END_TEST

START_TEST(what_is_foreign_on_a_gateway_is_a_hold_and_is_not_touched)
{
    struct story story;
    struct err err = ERR_INIT;
    story_begin(&story, 0);
    story.fake.gateway[TUNNEL_TARGET].foreign = "UDP port 51820 is taken by 'openvpn'";
    ck_assert_int_eq(story_run(&story, &err), -1);
    ck_assert_int_eq(err.code, ERR_FOREIGN);
    ck_assert_ptr_nonnull(strstr(err.text, "openvpn"));
    ck_assert_str_eq(str_text(&story.fake.story), "");
    story_end(&story);
}
END_TEST

/* A packet of the other side, under way while this one was taken down, leaves a connection entry.
 */
START_TEST(what_a_late_packet_left_on_a_gateway_is_removed_and_nobody_is_asked)
{
    struct story story;
    struct err err = ERR_INIT;
    story_begin(&story, 0);
    story.fake.leave_residue = 2;
    ck_assert_msg(story_run(&story, &err) == 0, "%s", err.text);
    story_assert_clean_end(&story);
    story_assert_target_serves(&story);
    story_end(&story);
}
END_TEST

START_TEST(what_stays_on_a_gateway_however_often_it_is_removed_waits_for_a_person)
{
    struct story story;
    struct err err = ERR_INIT;
    story_begin(&story, 0);
    story.fake.leave_residue = 1000;
    ck_assert_int_eq(story_run(&story, &err), -1);
    ck_assert_int_eq(err.code, ERR_REFUSED);
    ck_assert_ptr_nonnull(strstr(err.text, "an entry is left"));
    story_end(&story);
}
END_TEST

UNIT_MAIN("whole migrations", an_undisturbed_migration_reads_like_this,
          without_approval_it_leaves_at_the_gate_and_goes_on_after_it,
          an_abort_before_the_cutover_leaves_the_source_as_it_was,
          a_block_in_the_preflight_stops_before_anything_is_touched,
          a_copy_that_breaks_twice_is_begun_a_third_time_after_pauses,
          copies_that_break_again_and_again_wait_for_a_person_with_the_reason,
          a_copy_on_a_full_disk_waits_for_a_person_at_once,
          a_cutover_that_is_called_off_twice_is_tried_a_third_time,
          a_cutover_that_is_called_off_too_often_waits_for_a_person_with_the_reason,
          an_abort_after_the_cutover_is_refused_and_the_migration_ends_forward,
          a_gateway_that_lost_its_side_during_the_copy_is_healed_and_the_copy_begins_again,
          what_is_foreign_on_a_gateway_is_a_hold_and_is_not_touched,
          what_a_late_packet_left_on_a_gateway_is_removed_and_nobody_is_asked,
          what_stays_on_a_gateway_however_often_it_is_removed_waits_for_a_person)
