/*
 * Memory runs out, at each allocation of a plan and of a resume over fakes, once or for good. The
 * process ends by itself: done, or with the status for it and one line on standard error. What it
 * leaves on disk holds all that was acknowledged, and the next resume ends where the undisturbed
 * run does.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/log.h"
#include "orchestrator/rehearse.h"
#include "tests/disk/move.h"
#include "tests/disk/tally.h"
#include "tests/oom/oom.h"
#include "tests/unit/unit.h"

/* In the test run a resume is tried with so many of the places that allocate; ECE_OOM=places: with
 * the first allocation of each; ECE_OOM=all: with every single allocation. */
#define PLACES_TRIED 70

/* What a child leaves for its parent. */
struct shared {
    struct fake fake;
    struct anchor_head acked;
    int64_t count;
    size_t places;
    int64_t place[65536];
};

struct torture {
    struct move move;
    struct shared *shared;
    struct fake parked; /* the world of the migration that is to be resumed */
    struct anchor_head acked;
    int64_t count;
    char saved[80]; /* and its state directory with the anchors */
    char said[80];  /* the child's standard error */
    int (*run)(struct torture *torture, struct err *err);
    const char *name;
};

static int plan(struct torture *torture, struct err *err)
{
    struct arena *arena CLEANUP(arena_cleanup) = arena_new();
    const struct spec *old = torture->move.spec;
    struct spec *spec CLEANUP(spec_cleanup) = NULL;
    struct spec_faults faults = {0};
    struct rehearsal rehearsal;
    struct fake *fake = &torture->move.fake;
    struct ports ports = fake_ports(fake);
    fake->mode = WORLD_READ;
    return spec_parse(&spec, old->text, strlen(old->text), SPEC_TRUST_FILES, arena, &faults, err) <
                       0 ||
                   rehearse(spec, &ports, fake_clock(fake), arena, &rehearsal, err) < 0
               ? -1
               : 0;
}

static int resume(struct torture *torture, struct err *err)
{
    return move_run(&torture->move, err);
}

/* What main does at the end. */
static NORETURN void end_child(int result, const struct err *err)
{
    if (result < 0)
        dprintf(STDERR_FILENO, "ece-migrate: %s\n", err->text);
    _exit(err_exit_status(result < 0 ? err->code : ERR_NONE));
}

static NORETURN void child(struct torture *torture, enum oom_how how, int64_t n)
{
    struct err err = ERR_INIT;
    int fd = open(torture->said, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    dup2(fd, STDERR_FILENO);
    alarm(30);
    oom_arm(how, n);
    int result = torture->run(torture, &err);
    oom_disarm();
    torture->shared->count = oom_count();
    if (how == OOM_COUNT)
        torture->shared->places =
            oom_places(torture->shared->place, ARRAY_LEN(torture->shared->place));
    end_child(result, &err);
}

/* The world and the commits happen in the child; they are seen here as they stood when it ended. */
static int run_child(struct torture *torture, enum oom_how how, int64_t n)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0)
        child(torture, how, n);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return status;
}

static void read_stderr(const struct torture *torture, char out[4096])
{
    int fd = open(torture->said, O_RDONLY | O_CLOEXEC);
    ssize_t len = read(fd, out, 4095);
    close(fd);
    out[len > 0 ? len : 0] = '\0';
}

static size_t lines(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += *text == '\n' ? 1 : 0;
    return count;
}

static void assert_ended_cleanly(const struct torture *torture, int status, int64_t n)
{
    char said[4096];
    read_stderr(torture, said);
    ck_assert_msg(WIFEXITED(status), "%s, allocation %lld: ended by signal %d: %s", torture->name,
                  (long long)n, WTERMSIG(status), said);
    int code = WEXITSTATUS(status);
    ck_assert_msg(code == 0 || code == err_exit_status(ERR_MEMORY),
                  "%s, allocation %lld: exit status %d: %s", torture->name, (long long)n, code,
                  said);
    ck_assert_msg(code == 0 || (lines(said) == 1 && strstr(said, "out of memory") != NULL) ||
                      (lines(said) == 2 && strstr(said, "warning: ") != NULL),
                  "%s, allocation %lld: said %s", torture->name, (long long)n, said);
}

static void copy_file(const char *from, const char *to)
{
    static char bytes[1 << 20];
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ssize_t len = read(in, bytes, sizeof(bytes));
    ck_assert_int_lt(len, (ssize_t)sizeof(bytes));
    ck_assert_int_eq(write(out, bytes, (size_t)len), len);
    close(in);
    close(out);
}

/* The files of a directory and nothing else; the ballast is only room. */
static void copy_files(const char *from, const char *to)
{
    unit_remove_dir(to);
    ck_assert_int_eq(mkdir(to, 0700), 0);
    DIR *dir = opendir(from);
    ck_assert_ptr_nonnull(dir);
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        char source[512], target[512];
        snprintf(source, sizeof(source), "%s/%s", from, entry->d_name);
        snprintf(target, sizeof(target), "%s/%s", to, entry->d_name);
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, "state.ballast") != 0)
            copy_file(source, target);
    }
    closedir(dir);
}

static void copy_dir(const char *from, const char *to)
{
    char source[96], target[96];
    (void)!mkdir(to, 0700);
    snprintf(source, sizeof(source), "%s/state", from);
    snprintf(target, sizeof(target), "%s/state", to);
    copy_files(source, target);
    snprintf(source, sizeof(source), "%s/anchors", from);
    snprintf(target, sizeof(target), "%s/anchors", to);
    copy_files(source, target);
}

/* The state file alone is what changes from one try to the next; the notes follow it. */
static void restore(struct torture *torture)
{
    struct str told = torture->move.fake.story;
    copy_dir(torture->saved, torture->move.base);
    torture->move.fake = torture->parked;
    torture->move.fake.story = told;
    torture->shared->fake = torture->parked;
    torture->shared->acked = torture->move.acked = torture->acked;
}

static void try_resume(struct torture *torture, enum oom_how how, int64_t n)
{
    struct err err = ERR_INIT;
    restore(torture);
    int status = run_child(torture, how, n);
    assert_ended_cleanly(torture, status, n);
    ck_assert_msg(
        move_check(torture->move.state, torture->move.anchors, &torture->shared->acked, &err) == 0,
        "allocation %lld: %s", (long long)n, err.text);
    torture->move.fake = torture->shared->fake;
    torture->move.fake.story = (struct str)STR_INIT;
    ck_assert_msg(move_run(&torture->move, &err) == 0, "allocation %lld, then resumed: %s",
                  (long long)n, err.text);
    move_assert_done(&torture->move);
    str_free(&torture->move.fake.story);
}

static void torture_begin(struct torture *torture)
{
    memset(torture, 0, sizeof(*torture));
    torture->shared = mmap(NULL, sizeof(*torture->shared), PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(torture->shared, MAP_FAILED);
    move_init(&torture->move);
    snprintf(torture->saved, sizeof(torture->saved), "%s-saved", torture->move.base);
    snprintf(torture->said, sizeof(torture->said), "%s-stderr", torture->move.base);
}

static void torture_end(struct torture *torture)
{
    (void)!unlink(torture->said);
    move_remove_dir(torture->saved);
    move_free(&torture->move);
    munmap(torture->shared, sizeof(*torture->shared));
}

static bool wanted(const char *what)
{
    const char *text = getenv("ECE_OOM");
    return text != NULL && strcmp(text, what) == 0;
}

/* Which allocations fail: all of them, or the first of each of so many places, spread evenly. */
static size_t choose(struct torture *torture, const int64_t **out)
{
    int64_t *place = torture->shared->place;
    size_t len = torture->shared->places, kept = 0;
    if (wanted("all") || torture->run == plan)
        for (len = 0; len < (size_t)torture->shared->count && len < 65536; len++)
            place[len] = (int64_t)len + 1;
    torture->count = torture->shared->count;
    bool every = torture->run == plan || wanted("all") || wanted("places");
    size_t step = every ? 1 : len / PLACES_TRIED + 1;
    for (size_t i = 0; i < len; i += step)
        place[kept++] = place[i];
    *out = place;
    return kept;
}

static void tell(const struct torture *torture, enum oom_how how, size_t tried)
{
    char name[96];
    snprintf(name, sizeof(name), "memory runs out during a %s (%s)", torture->name,
             how == OOM_ONCE ? "once" : "for good");
    fprintf(stderr, "%s: %zu of %lld allocations, %zu places\n", name, tried,
            (long long)torture->count, torture->shared->places);
    tally(name, (int)tried, 0, "ECE_OOM=all build/asan/tests/oom/oom");
}

START_TEST(a_plan_without_memory_ends_cleanly)
{
    struct torture torture;
    const int64_t *n = NULL;
    enum oom_how how = _i == 0 ? OOM_ONCE : OOM_ON;
    torture_begin(&torture);
    torture.run = plan;
    torture.name = "plan";
    ck_assert_int_eq(run_child(&torture, OOM_COUNT, 0), 0);
    size_t tried = choose(&torture, &n);
    ck_assert_uint_gt(tried, 50);
    for (size_t i = 0; i < tried; i++) {
        int status = run_child(&torture, how, n[i]);
        assert_ended_cleanly(&torture, status, n[i]);
    }
    tell(&torture, how, tried);
    torture_end(&torture);
}
END_TEST

/* The child's world and what it was told, as they stand at every moment. */
static void share(void *arg, const char *phase, const char *action, enum runner_moment moment)
{
    (void)phase;
    (void)action;
    (void)moment;
    struct torture *torture = arg;
    torture->shared->fake = torture->move.fake;
    torture->shared->acked = torture->move.acked;
}

START_TEST(a_resume_without_memory_ends_cleanly_and_the_next_one_goes_on)
{
    struct torture torture;
    const int64_t *n = NULL;
    enum oom_how how = _i == 0 ? OOM_ONCE : OOM_ON;
    torture_begin(&torture);
    torture.run = resume;
    torture.name = "resume";
    move_run_until(&torture.move, 30);
    torture.parked = torture.move.fake;
    torture.acked = move_head(&torture.move);
    copy_dir(torture.move.base, torture.saved);
    torture.move.hook = share;
    torture.move.hook_arg = &torture;
    int status = run_child(&torture, OOM_COUNT, 0);
    ck_assert_int_eq(status, 0);
    size_t tried = choose(&torture, &n);
    ck_assert_uint_gt(tried, 50);
    for (size_t i = 0; i < tried; i++)
        try_resume(&torture, how, n[i]);
    tell(&torture, how, tried);
    torture_end(&torture);
}
END_TEST

int main(void)
{
    oom_begin();
    TCase *tcase = tcase_create("oom");
    tcase_add_loop_test(tcase, a_plan_without_memory_ends_cleanly, 0, 2);
    tcase_add_loop_test(tcase, a_resume_without_memory_ends_cleanly_and_the_next_one_goes_on, 0, 2);
    tcase_set_timeout(tcase, getenv("ECE_OOM") == NULL ? 550 : 72000);
    Suite *suite = suite_create("oom");
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
