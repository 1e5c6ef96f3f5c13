/*
 * Worker and warden: words in order, the clock, and the end of the one that died.
 */
#include "steps/guard/pact.h"

#include "steps/guard/until.h"
#include "tests/unit/unit.h"

START_TEST(words_are_heard_in_order_with_the_time_they_were_said)
{
    int fds[2];
    struct err err = ERR_INIT;
    struct pact_message message;
    ck_assert_int_eq(pipe(fds), 0);
    int64_t before_us = until_now_us();
    ck_assert_int_eq(pact_say(fds[1], PACT_HOLD, &err), 0);
    ck_assert_int_eq(pact_say(fds[1], PACT_DONE, &err), 0);
    ck_assert_int_eq(pact_hear(fds[0], -1, &message), 1);
    ck_assert_int_eq(message.word, PACT_HOLD);
    ck_assert_int_ge(message.at_us, before_us);
    ck_assert_int_eq(pact_hear(fds[0], -1, &message), 1);
    ck_assert_int_eq(message.word, PACT_DONE);
}
END_TEST

START_TEST(silence_ends_at_the_deadline_even_when_it_lies_in_the_past)
{
    int fds[2];
    struct pact_message message;
    ck_assert_int_eq(pipe(fds), 0);
    int64_t begin_us = until_now_us();
    ck_assert_int_eq(pact_hear(fds[0], begin_us + 20000, &message), 0);
    ck_assert_int_ge(until_now_us() - begin_us, 20000);
    ck_assert_int_eq(pact_hear(fds[0], begin_us - 5000000, &message), 0);
}
END_TEST

START_TEST(death_of_the_other_half_is_heard_after_its_last_word)
{
    int fds[2];
    struct err err = ERR_INIT;
    struct pact_message message;
    ck_assert_int_eq(pipe(fds), 0);
    ck_assert_int_eq(pact_say(fds[1], PACT_HOLD, &err), 0);
    close(fds[1]);
    ck_assert_int_eq(pact_hear(fds[0], -1, &message), 1);
    ck_assert_int_eq(pact_hear(fds[0], -1, &message), -1);
}
END_TEST

UNIT_MAIN("guard pact", words_are_heard_in_order_with_the_time_they_were_said,
          silence_ends_at_the_deadline_even_when_it_lies_in_the_past,
          death_of_the_other_half_is_heard_after_its_last_word)
