/* Sharing out, gathering, reporting. */
#include "tests/crash/crew.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS_MAX 2

struct shared {
    volatile int broken; /* somebody found something */
    struct crew_tally tally[WORKERS_MAX];
};

void crew_broken(struct crew_tally *tally, const char *fmt, ...)
{
    va_list ap;
    tally->broken++;
    if (tally->first[0] != '\0')
        return;
    va_start(ap, fmt);
    vsnprintf(tally->first, sizeof(tally->first), fmt, ap);
    va_end(ap);
}

static void work(struct shared *shared, int me, int workers, long first, long last, crew_job *job,
                 void *arg, int stop_at_first)
{
    for (long number = first + me; number <= last; number += workers) {
        if (stop_at_first && shared->broken)
            return;
        job(arg, number, &shared->tally[me]);
        if (shared->tally[me].broken > 0)
            shared->broken = 1;
    }
}

static void add(struct crew_tally *total, const struct crew_tally *part)
{
    total->tried += part->tried;
    total->broken += part->broken;
    total->parked += part->parked;
    for (int i = 0; i < 8; i++)
        total->counts[i] += part->counts[i];
    if (part->stall_max_us > total->stall_max_us)
        total->stall_max_us = part->stall_max_us;
    if (total->first[0] == '\0')
        memcpy(total->first, part->first, sizeof(total->first));
}

void crew_run(long first, long last, crew_job *job, void *arg, int stop_at_first,
              struct crew_tally *total)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    int workers = processors >= WORKERS_MAX ? WORKERS_MAX : 1;
    pid_t worker[WORKERS_MAX];
    struct shared *shared =
        mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        abort();
    fflush(NULL);
    for (int i = 0; i < workers; i++) {
        worker[i] = fork();
        if (worker[i] == 0) {
            work(shared, i, workers, first, last, job, arg, stop_at_first);
            fflush(NULL);
            _exit(0);
        }
    }
    for (int i = 0; i < workers; i++) {
        int status = 0;
        if (waitpid(worker[i], &status, 0) != worker[i] || status != 0)
            crew_broken(&shared->tally[i], "a worker ended with status 0x%x", (unsigned)status);
    }
    for (int i = 0; i < workers; i++)
        add(total, &shared->tally[i]);
    munmap(shared, sizeof(*shared));
}

void crew_report(const char *fault, const struct crew_tally *tally, const char *command)
{
    char line[512], stall[32] = "null";
    const char *path = getenv("ECE_RELIABILITY");
    if (path == NULL || *path == '\0')
        return;
    if (tally->stall_max_us > 0)
        snprintf(stall, sizeof(stall), "%ld", tally->stall_max_us / 1000);
    int len = snprintf(line, sizeof(line),
                       "{\"fault\":\"%s\",\"tried\":%ld,\"broken\":%ld,\"parked\":%ld,"
                       "\"lost\":null,\"duplicated\":null,\"failed\":null,\"stall_max_ms\":%s,"
                       "\"command\":\"%s\"}\n",
                       fault, tally->tried, tally->broken, tally->parked, stall, command);
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, line, (size_t)len) != len)
        fprintf(stderr, "'%s' could not be written\n", path);
    if (fd >= 0)
        close(fd);
}
