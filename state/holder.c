/*
 * Reads who this process is from uname(2) and proc(5).
 */
#include "state/holder.h"

#include <stdio.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/proc.h"
#include "base/str.h"

/* The first line of a small file of /proc; "" when there is none. */
static const char *first_line(struct arena *arena, const char *path)
{
    char line[1024] = "";
    FILE *file = fopen(path, "re");
    if (!file)
        return "";
    if (!fgets(line, sizeof line, file))
        line[0] = '\0';
    fclose(file);
    return arena_strdup(arena, str_trim(line));
}

struct holder holder_self(struct arena *arena)
{
    struct utsname name = {0};
    uname(&name);
    const char *boot = first_line(arena, "/proc/sys/kernel/random/boot_id");
    return (struct holder){
        .host = arena_strdup(arena, name.nodename[0] ? name.nodename : "unknown"),
        .boot_id = boot[0] ? boot : "unknown",
        .pid = getpid(),
        .pid_start = proc_start_ticks(first_line(arena, "/proc/self/stat")),
    };
}

const char *holder_text(const struct holder *holder, struct arena *arena)
{
    return arena_printf(arena, "host %s, pid %lld, boot %.8s", holder->host, (long long)holder->pid,
                        holder->boot_id);
}
