/*
 * ece-guard: the program on the proxy host that runs the critical section of a cutover and ends the
 * clients' wait whatever dies.
 *
 *   ece-guard run DIR ATTEMPT   worker and warden (worker.h, warden.h)
 *   ece-guard finish DIR        brings an interrupted attempt to its end
 *   ece-guard see DIR           how things stand, as JSON
 *   ece-guard version
 */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "steps/guard/claim.h"
#include "steps/guard/finish.h"
#include "steps/guard/guard.h"
#include "steps/guard/keep.h"
#include "steps/guard/lock.h"
#include "steps/guard/tail.h"
#include "steps/guard/warden.h"
#include "steps/guard/worker.h"

static int fail(const struct err *err)
{
    printf("failed %s\n", err->text);
    return err_exit_status(err->code);
}

/* The new half of the guard: away from the session that started it. Its standard error stays until
 * its connections are open. */
static int become_warden(struct guard *guard, pid_t worker, int to_warden[2], int to_worker[2])
{
    close(to_warden[1]);
    close(to_worker[0]);
    setsid();
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null >= 0) {
        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
        close(null);
    }
    /* setpriority, the out-of-memory setting and prctl are inherited; locked memory is not. */
    keep_alive();
    return warden_run(guard, worker, to_warden[0], to_worker[1]);
}

static int run(const char *dir, int64_t attempt)
{
    struct err err = ERR_INIT;
    struct guard guard CLEANUP(guard_unload) = {0};
    int lock_fd = -1, to_warden[2] = {-1, -1}, to_worker[2] = {-1, -1};
    enum claim claim = CLAIM_NONE;
    if (guard_load(&guard, dir, attempt, &err) < 0 ||
        lock_take(dir, guard.plan.max_stall_ms + 5000, &lock_fd, &err) < 0 ||
        claim_read(dir, attempt, &claim, &err) < 0)
        return fail(&err);
    if (claim != CLAIM_NONE)
        err_set(&err, ERR_REFUSED, "attempt %" PRId64 " is decided already: %s", attempt,
                claim_name(claim));
    else if (claim_begin(dir, attempt, guard.plan.way, &err) == 0 &&
             (pipe2(to_warden, O_CLOEXEC) < 0 || pipe2(to_worker, O_CLOEXEC) < 0))
        err_set_errno(&err, ERR_INTERNAL, "cannot make a pipe");
    if (err.code != ERR_NONE)
        return fail(&err);
    signal(SIGPIPE, SIG_IGN);
    keep_alive();
    fflush(stdout);
    pid_t worker = getpid();
    pid_t warden = fork();
    if (warden == 0)
        return become_warden(&guard, worker, to_warden, to_worker);
    close(to_warden[0]);
    close(to_worker[1]);
    return worker_run(&guard, to_warden[1], to_worker[0]);
}

int main(int argc, char **argv)
{
    int64_t attempt = 0;
    if (argc == 4 && strcmp(argv[1], "run") == 0 && str_to_i64(argv[3], &attempt) == 0 &&
        attempt > 0)
        return run(argv[2], attempt);
    if (argc == 3 && strcmp(argv[1], "finish") == 0)
        return finish_run(argv[2]);
    if (argc == 3 && strcmp(argv[1], "see") == 0)
        return finish_see(argv[2]);
    if (argc == 2 && strcmp(argv[1], "version") == 0) {
        puts("ece-guard " ECE_GUARD_VERSION);
        return 0;
    }
    fputs("usage: ece-guard run DIR ATTEMPT | finish DIR | see DIR | version\n", stderr);
    return 2;
}
