/*
 * Messages on standard error: one line each, scrubbed, escaped, by level.
 */
#include "base/log.h"

#include "base/secret.h"
#include "tests/unit/unit.h"

/* What say() wrote to standard error. */
static const char *captured(char buf[512], void (*say)(void))
{
    int ends[2], saved = dup(STDERR_FILENO);
    ck_assert_int_eq(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    say();
    dup2(saved, STDERR_FILENO);
    close(saved);
    ssize_t n = read(ends[0], buf, 511);
    buf[n > 0 ? n : 0] = '\0';
    close(ends[0]);
    return buf;
}

static void say_all(void)
{
    log_warn("disk %d %% full", 91);
    log_info("phase '%s'", "seed");
    log_debug("detail");
}

static void say_hostile(void)
{
    log_info("password hunter2hunter2\n\033[31mred");
}

START_TEST(log_shows_what_its_level_lets_through)
{
    char buf[512];
    log_set_level(LOG_INFO);
    ck_assert_str_eq(captured(buf, say_all),
                     "ece-migrate: warning: disk 91 % full\nece-migrate: phase 'seed'\n");
    log_set_level(LOG_QUIET);
    ck_assert_str_eq(captured(buf, say_all), "");
    log_set_level(LOG_DEBUG);
    ck_assert_ptr_nonnull(strstr(captured(buf, say_all), "ece-migrate: debug: detail\n"));
}
END_TEST

START_TEST(log_hides_secrets_and_control_characters)
{
    char buf[512];
    secret_free(secret_copy("hunter2hunter2", 14, "db"));
    log_set_level(LOG_INFO);
    ck_assert_str_eq(captured(buf, say_hostile),
                     "ece-migrate: password [secret:db]\\n\\x1b[31mred\n");
    secret_forget_all();
}
END_TEST

UNIT_MAIN("log", log_shows_what_its_level_lets_through, log_hides_secrets_and_control_characters)
