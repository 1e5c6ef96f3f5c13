/*
 * Whoever ends or holds up the runner, at whatever moment of whatever action: the end is that of
 * the undisturbed run, and what must hold holds all the way.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "tests/crash/crash_main.h"
#include "tests/crash/matrix.h"

static struct matrix matrix;

static void try_all(enum matrix_fault fault, const char *name, const char *command)
{
    struct crew_tally tally = {0};
    matrix_try(&matrix, fault, &tally);
    printf("%s: %ld moments, %ld broken\n", name, tally.tried, tally.broken);
    fflush(stdout);
    crew_report(name, &tally, command);
    ck_assert_msg(tally.broken == 0, "%ld of %ld: %s", tally.broken, tally.tried, tally.first);
    ck_assert_int_gt(tally.tried, 120);
}

#define COMMAND "build/asan/tests/crash/crash_matrix"

START_TEST(every_slot_of_the_fake_world_has_a_door)
{
    ck_assert_msg(shaky_without_door() == NULL, "a slot of the port '%s' has none",
                  shaky_without_door());
}
END_TEST

/* The names that apply switches on, as the source of the steps has them. */
static bool is_tried(const char *action)
{
    for (long i = 0; i < matrix.points; i++)
        if (strcmp(matrix.point[i].action, action) == 0)
            return true;
    return false;
}

static int look_in(const char *path, const char *name)
{
    static const char mark[] = "strcmp(action->name, \"";
    char line[1024];
    int names = 0;
    FILE *file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof(line), file) != NULL) {
        char *at = strstr(line, mark);
        if (at == NULL)
            continue;
        at += strlen(mark);
        at[strcspn(at, "\"")] = '\0';
        names++;
        ck_assert_msg(is_tried(at),
                      "no scenario needs action '%s' of %s: add one to tests/crash/scenario.c", at,
                      name);
    }
    fclose(file);
    return names;
}

START_TEST(every_action_that_a_step_knows_is_in_a_run)
{
    int names = 0;
    DIR *dir = opendir(CRASH_STEPS_DIR);
    ck_assert_ptr_nonnull(dir);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        size_t len = strlen(entry->d_name);
        char path[512];
        snprintf(path, sizeof(path), "%s/%s", CRASH_STEPS_DIR, entry->d_name);
        if (len > 2 && strcmp(entry->d_name + len - 2, ".c") == 0)
            names += look_in(path, entry->d_name);
    }
    closedir(dir);
    printf("%d actions in the steps, %ld moments\n", names, matrix.points);
    ck_assert_int_ge(names, 32);
}
END_TEST

START_TEST(a_kill_at_every_moment_of_every_action_ends_like_the_undisturbed_run)
{
    try_all(MATRIX_KILL, "the runner is killed at every moment of every action, over fakes",
            COMMAND);
}
END_TEST

START_TEST(sigterm_ends_it_between_two_actions_and_resume_goes_on)
{
    try_all(MATRIX_TERM, "the runner gets SIGTERM at every moment of every action, over fakes",
            COMMAND);
}
END_TEST

START_TEST(a_runner_that_is_stopped_for_longer_than_the_leases_keeps_its_place_and_goes_on)
{
    try_all(MATRIX_STOP,
            "the runner is stopped for twice the lease at every moment of every action, over fakes",
            COMMAND);
}
END_TEST

START_TEST(a_runner_that_was_replaced_while_it_was_stopped_writes_nothing_and_touches_nothing)
{
    try_all(MATRIX_REPLACE,
            "the runner is stopped at every moment, its lock removed and its place taken, over "
            "fakes",
            COMMAND);
}
END_TEST

START_TEST(every_scenario_is_sound_when_nobody_disturbs_it)
{
    ck_assert_msg(matrix.wrong[0] == '\0', "%s", matrix.wrong);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        every_slot_of_the_fake_world_has_a_door,
        every_scenario_is_sound_when_nobody_disturbs_it,
        every_action_that_a_step_knows_is_in_a_run,
        a_kill_at_every_moment_of_every_action_ends_like_the_undisturbed_run,
        sigterm_ends_it_between_two_actions_and_resume_goes_on,
        a_runner_that_is_stopped_for_longer_than_the_leases_keeps_its_place_and_goes_on,
        a_runner_that_was_replaced_while_it_was_stopped_writes_nothing_and_touches_nothing,
    };
    /* Once, for the processes of all tests. */
    matrix_find(&matrix, 0);
    return crash_run("crash matrix", tests, ARRAY_LEN(tests));
}
