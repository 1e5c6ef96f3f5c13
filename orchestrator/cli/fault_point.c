/* Dying on command. */
#include "orchestrator/cli/fault_point.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/attr.h"

/* What happens at the points that an environment variable names. */
static const struct {
    const char *variable;
    int number;
} fates[] = {
    {"ECE_MIGRATE_KILL_AT", SIGKILL},
    {"ECE_MIGRATE_TERM_AT", SIGTERM},
    {"ECE_MIGRATE_STOP_AT", SIGSTOP},
};

/* Whether the point stands in the list, whose members are separated by commas. */
static bool is_listed(const char *list, const char *here)
{
    size_t len = strlen(here);
    for (const char *at = list; at != NULL && *at != '\0';) {
        size_t member = strcspn(at, ",");
        if (member == len && strncmp(at, here, len) == 0)
            return true;
        at += member + (at[member] == ',' ? 1 : 0);
    }
    return false;
}

/* One write, so that a line is whole whatever happens next. */
static void write_down(const char *here)
{
    const char *path = getenv("ECE_MIGRATE_POINTS");
    if (path == NULL)
        return;
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    char line[260];
    int len = snprintf(line, sizeof(line), "%s\n", here);
    (void)!write(fd, line, (size_t)len);
    close(fd);
}

static void reach(void *arg, const char *phase, const char *action, enum runner_moment moment)
{
    (void)arg;
    char here[256];
    snprintf(here, sizeof(here), "%s.%s.%s", phase, action, runner_moment_name(moment));
    write_down(here);
    for (size_t i = 0; i < ARRAY_LEN(fates); i++)
        if (is_listed(getenv(fates[i].variable), here))
            (void)!raise(fates[i].number);
}

runner_hook *fault_point_hook(void)
{
    const char *rehearsal = getenv("ECE_MIGRATE_REHEARSAL");
    return rehearsal != NULL && strcmp(rehearsal, "1") == 0 ? reach : NULL;
}
