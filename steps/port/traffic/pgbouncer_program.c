/*
 * Finds and reads the guard's program; see pgbouncer_program.h.
 */
#include "steps/port/traffic/pgbouncer_program.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_BYTES = 64 << 20 };

const char *pgbouncer_program_path(struct arena *arena)
{
    static const char *const places[] = {"ece-guard", "../libexec/ece-migrate/ece-guard"};
    char self[PATH_MAX];
    const char *told = getenv("ECE_MIGRATE_GUARD");
    if (told)
        return access(told, R_OK) == 0 ? arena_strdup(arena, told) : NULL;
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (len <= 0)
        return NULL;
    self[len] = '\0';
    *(strrchr(self, '/') + 1) = '\0';
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        const char *path = arena_printf(arena, "%s%s", self, places[i]);
        if (access(path, R_OK) == 0)
            return path;
    }
    return NULL;
}

int pgbouncer_program_read(struct arena *arena, const char **out, size_t *out_len, struct err *err)
{
    struct stat stat;
    const char *path = pgbouncer_program_path(arena);
    if (!path)
        return err_set(
            err, ERR_SPEC,
            "the program 'ece-guard' is neither beside ours nor in ../libexec/ece-migrate");
    FILE *file = fopen(path, "re");
    if (!file || fstat(fileno(file), &stat) < 0 || stat.st_size <= 0 || stat.st_size > MOST_BYTES) {
        err_set_errno(err, ERR_SPEC, "cannot read '%s'", path);
        if (file)
            fclose(file);
        return -1;
    }
    char *bytes = arena_alloc(arena, (size_t)stat.st_size);
    *out_len = fread(bytes, 1, (size_t)stat.st_size, file);
    *out = bytes;
    fclose(file);
    if (*out_len != (size_t)stat.st_size)
        return err_set(err, ERR_SPEC, "cannot read '%s' whole", path);
    return 0;
}
