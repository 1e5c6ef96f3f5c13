/*
 * Memory runs out on the way to a real sshd and a real PostgreSQL server: whatever allocation
 * fails, in our code, libssh2, libcrypto or (without sanitizers) libpq, the process ends by
 * itself, in time, with a status of the table.
 */
#include <stdlib.h>
#include <unistd.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "state/digest.h"
#include "steps/wire/pg.h"
#include "tests/contract/cluster.h"
#include "tests/contract/wire.h"
#include "tests/disk/tally.h"
#include "tests/oom/oom.h"

/* In the test run; ECE_OOM=places: the first allocation of each place. */
#define TRIED 40

static struct sshd sshd;
static struct cluster cluster;
static struct spec_host host;
static struct spec_endpoint straight;
static struct {
    size_t places;
    int64_t place[8192];
} * shared;

static int over_ssh(struct wire_test *t)
{
    return wire_probe(t, &host, 0, ARGV("echo", "hello"));
}

static int over_pg(struct wire_test *t)
{
    struct pg *pg = NULL;
    const char *out = NULL;
    int result = pg_open(&pg, t->world, &straight, NULL, &t->err);
    if (result == 0)
        result = pg_probe_value(pg, "select 42", t->arena, &out, &t->err);
    pg_close(pg);
    return result;
}

static const struct way {
    const char *name;
    int (*go)(struct wire_test *t);
} ways[] = {{"a command over SSH", over_ssh}, {"a query", over_pg}};

static NORETURN void child(const struct way *way, enum oom_how how, int64_t n)
{
    struct wire_test t;
    alarm(40);
    if (!freopen("/dev/null", "w", stderr))
        _exit(EXIT_FAILURE);
    oom_arm(how, n);
    wire_begin(&t, NULL, NULL);
    int result = way->go(&t);
    enum err_code code = result == 0 ? ERR_NONE : t.err.code;
    wire_end(&t);
    oom_disarm();
    if (how == OOM_COUNT)
        shared->places = oom_places(shared->place, ARRAY_LEN(shared->place));
    _exit(result == 0 || t.err.text[0] != '\0' ? err_exit_status(code) : 99);
}

static int run_child(const struct way *way, enum oom_how how, int64_t n)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0)
        child(way, how, n);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return status;
}

static bool is_of_the_table(int status)
{
    for (int code = 0; code < err_count(); code++)
        if (status == err_exit_status((enum err_code)code) && code != ERR_INTERNAL)
            return true;
    return false;
}

START_TEST(memory_that_runs_out_on_the_wire_ends_the_process_cleanly)
{
    const struct way *way = &ways[_i % 2];
    enum oom_how how = _i / 2 == 0 ? OOM_ONCE : OOM_ON;
    int tried = 0, count[256] = {0};
    ck_assert_int_eq(run_child(way, OOM_COUNT, 0), 0);
    size_t step = getenv("ECE_OOM") == NULL ? shared->places / TRIED + 1 : 1;
    for (size_t i = 0; i < shared->places; i += step, tried++) {
        int status = run_child(way, how, shared->place[i]);
        ck_assert_msg(WIFEXITED(status) && is_of_the_table(WEXITSTATUS(status)),
                      "%s, allocation %lld: %s %d", way->name, (long long)shared->place[i],
                      WIFEXITED(status) ? "status" : "signal",
                      WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
        count[WEXITSTATUS(status)]++;
    }
    char name[96];
    snprintf(name, sizeof(name), "memory runs out during %s (%s)", way->name,
             how == OOM_ONCE ? "once" : "for good");
    fprintf(stderr, "%s: %d of %zu places:", name, tried, shared->places);
    for (int i = 0; i < 256; i++)
        if (count[i] > 0)
            fprintf(stderr, " %d with status %d", count[i], i);
    fprintf(stderr, "\n");
    tally(name, tried, 0, "ECE_OOM=places build/asan/tests/oom/oom_wire");
}
END_TEST

int main(void)
{
    sshd_need();
    cluster_need();
    oom_begin();
    digest_begin();
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sshd_start(&sshd, "");
    cluster_start(&cluster, "");
    host = sshd_host(&sshd, "host");
    straight = cluster_endpoint(&cluster, NULL);
    TCase *tcase = tcase_create("oom_wire");
    tcase_add_loop_test(tcase, memory_that_runs_out_on_the_wire_ends_the_process_cleanly, 0, 4);
    tcase_set_timeout(tcase, getenv("ECE_OOM") == NULL ? 250 : 7200);
    Suite *suite = suite_create("oom_wire");
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    cluster_stop(&cluster);
    sshd_stop(&sshd);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
