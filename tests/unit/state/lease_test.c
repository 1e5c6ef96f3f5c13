/*
 * The lease: one holder, taken over the moment it is dead, and a fence that stops who was taken for
 * dead.
 */
#include "state/lease.h"

#include "tests/unit/state/state_fixture.h"

/* A process that takes the lease and keeps it until it is killed. */
static pid_t holder_start(const char *dir)
{
    int ready[2];
    ck_assert_int_eq(pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct err err = ERR_INIT;
        struct lease *lease = NULL;
        struct store *store = fixture_open(dir, STORE_WRITE);
        _exit(lease_take(&lease, store, MIGRATION, &err) || write(ready[1], "x", 1) != 1 ||
              pause());
    }
    close(ready[1]);
    wait_for_byte(ready[0]);
    close(ready[0]);
    return pid;
}

static void holder_kill(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

START_TEST(only_one_of_two_processes_has_the_lease)
{
    char dir[64];
    struct err err = ERR_INIT;
    struct lease *lease = NULL;
    struct lease_view view;
    store_close(fixture_new(dir));
    pid_t holder = holder_start(dir);
    struct store *store = fixture_open(dir, STORE_WRITE);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    ck_assert_int_eq(lease_take(&lease, store, MIGRATION, &err), -1);
    ck_assert_int_eq(err.code, ERR_BUSY);
    ck_assert_msg(strstr(err.text, format("pid %d, boot ", (int)holder)) &&
                      strstr(err.text, ", since 20"),
                  "%s", err.text);
    OK(lease_look(store, MIGRATION, arena, &view, &err));
    ck_assert(view.alive);
    ck_assert_int_eq(view.fence, 1);
    ck_assert_ptr_nonnull(strstr(view.holder, format("pid %d", (int)holder)));
    holder_kill(holder);
    fixture_end(store, dir);
}
END_TEST

START_TEST(a_killed_holder_is_taken_over_at_once_with_the_next_fence)
{
    char dir[64];
    struct err err = ERR_INIT;
    struct lease *lease = NULL;
    struct lease_view view;
    store_close(fixture_new(dir));
    pid_t holder = holder_start(dir);
    struct store *store = fixture_open(dir, STORE_WRITE);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    holder_kill(holder);
    OK(lease_look(store, MIGRATION, arena, &view, &err));
    ck_assert(!view.alive);
    ck_assert_ptr_nonnull(strstr(view.holder, format("pid %d", (int)holder)));
    OK(lease_take(&lease, store, MIGRATION, &err));
    ck_assert_int_eq(lease_fence(lease), 2);
    OK(append_event(store, lease, "goes on", &err));
    lease_release(lease);
    fixture_end(store, dir);
}
END_TEST

START_TEST(a_stopped_holder_keeps_the_lease)
{
    char dir[64];
    int status = 0;
    struct err err = ERR_INIT;
    struct lease *lease = NULL;
    store_close(fixture_new(dir));
    pid_t holder = holder_start(dir);
    struct store *store = fixture_open(dir, STORE_WRITE);
    kill(holder, SIGSTOP);
    ck_assert_int_eq(waitpid(holder, &status, WUNTRACED), holder);
    ck_assert(WIFSTOPPED(status));
    ck_assert_int_eq(lease_take(&lease, store, MIGRATION, &err), -1);
    ck_assert_int_eq(err.code, ERR_BUSY);
    holder_kill(holder);
    OK(lease_take(&lease, store, MIGRATION, &err));
    lease_release(lease);
    fixture_end(store, dir);
}
END_TEST

START_TEST(many_processes_at_once_get_the_lease_one_after_the_other)
{
    char dir[64];
    int won = 0;
    struct err err = ERR_INIT;
    struct lease_view view;
    store_close(fixture_new(dir));
    for (int i = 0; i < 8; i++) {
        if (fork() == 0) {
            struct store *store = fixture_open(dir, STORE_WRITE);
            struct lease *lease = NULL;
            int result = lease_take(&lease, store, MIGRATION, &err);
            lease_release(lease);
            store_close(store);
            _exit(result ? err.code == ERR_BUSY ? 1 : 2 : 0);
        }
    }
    for (int i = 0; i < 8; i++) {
        int status = 0;
        wait(&status);
        ck_assert(WIFEXITED(status) && WEXITSTATUS(status) < 2);
        won += WEXITSTATUS(status) == 0;
    }
    struct store *store = fixture_open(dir, STORE_READ);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    OK(lease_look(store, MIGRATION, arena, &view, &err));
    ck_assert_int_ge(won, 1);
    ck_assert_int_eq(view.fence, won);
    fixture_end(store, dir);
}
END_TEST

START_TEST(a_lease_that_was_given_back_has_no_holder)
{
    char dir[64];
    struct err err = ERR_INIT;
    struct lease *lease = NULL;
    struct lease_view view;
    struct store *store = fixture_new(dir);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    OK(lease_look(store, MIGRATION, arena, &view, &err));
    ck_assert(!view.alive && view.fence == 0);
    ck_assert_str_eq(view.holder, "");
    OK(lease_take(&lease, store, MIGRATION, &err));
    OK(lease_look(store, MIGRATION, arena, &view, &err));
    ck_assert(view.alive);
    lease_release(lease);
    OK(lease_look(store, MIGRATION, arena, &view, &err));
    ck_assert(!view.alive && view.fence == 1);
    ck_assert_str_eq(view.holder, "");
    lease_release(NULL);
    fixture_end(store, dir);
}
END_TEST

START_TEST(a_stale_fence_stops_every_write)
{
    char dir[64];
    struct err err = ERR_INIT;
    struct lease *lease = NULL;
    struct journal_rows before, after;
    struct store *store = fixture_new(dir);
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    OK(lease_take(&lease, store, MIGRATION, &err));
    OK(append_event(store, lease, "first", &err));
    ck_assert_int_eq(forge(dir, "UPDATE lease SET fence = 7, host = 'b', pid = 12, boot_id = "
                                "'abcdefghij', since_us = 0"),
                     SQLITE_OK);
    OK(journal_read(store, MIGRATION, NULL, arena, &before, &err));
    FAILS(append_event(store, lease, "second", &err), ERR_FENCED,
          "migration 'orders-to-ece' was taken over (our fence is 1, now it is 7, host b, pid 12, "
          "boot abcdefgh, "
          "since 1970-01-01T00:00:00.000Z)");
    OK(journal_read(store, MIGRATION, NULL, arena, &after, &err));
    ck_assert_uint_eq(after.len, before.len);
    OK(store_begin_write(store, &err)); /* no transaction was left open */
    OK(store_end(store, STORE_ROLLBACK, &err));
    lease_release(lease);
    struct lease_view view;
    OK(lease_look(store, MIGRATION, arena, &view, &err));
    ck_assert_str_ne(view.holder, ""); /* the new holder's row is not ours to give back */
    ck_assert_int_ne(forge(dir, "UPDATE lease SET fence = 6"), SQLITE_OK);
    fixture_end(store, dir);
}
END_TEST

START_TEST(a_migration_that_does_not_exist_leaves_no_lock_file)
{
    char dir[64];
    struct err err = ERR_INIT;
    struct lease *lease = NULL;
    struct store *store = fixture_new(dir);
    FAILS(lease_take(&lease, store, "nobody", &err), ERR_STATE,
          "there is no migration 'nobody' in the state file");
    ck_assert_int_eq(access(format("%s/lease-nobody.lock", dir), F_OK), -1);
    fixture_end(store, dir);
}
END_TEST

UNIT_MAIN("lease", only_one_of_two_processes_has_the_lease,
          a_killed_holder_is_taken_over_at_once_with_the_next_fence,
          a_stopped_holder_keeps_the_lease,
          many_processes_at_once_get_the_lease_one_after_the_other,
          a_lease_that_was_given_back_has_no_holder, a_stale_fence_stops_every_write,
          a_migration_that_does_not_exist_leaves_no_lock_file)
