/* The ten, each where it can be seen. */
#include "tests/crash/invariants.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"
#include "state/journal.h"

#define TICK_US 20000
#define CANARY  "zaunkoenig-5Jq7Lm2x"

const char *invariants_canary(void)
{
    static bool known;
    if (!known)
        secret_free(secret_copy(CANARY, strlen(CANARY), "canary"));
    known = true;
    return CANARY;
}

static const char *world_broken(struct invariants *seen, struct trial *trial)
{
    const struct shaky *world = &trial->shared->world;
    const struct fake *fake = &world->fake;
    bool served = fake->target.server == ENGINE_PRIMARY;
    bool target_open = served && !fake->target.fenced;
    if (fake->source.position < seen->position)
        return arena_printf(trial->arena, "1: the source went back from %lld to %lld",
                            (long long)seen->position, (long long)fake->source.position);
    seen->position = fake->source.position;
    if (target_open && fake->target.applied != fake->source.position)
        return arena_printf(trial->arena,
                            "1: the target was promoted at %lld, the source is at %lld",
                            (long long)fake->target.applied, (long long)fake->source.position);
    if (fake->source.replayed > fake->target.written)
        return "1: the old source has more than the target wrote";
    if (served && fake->source.server == ENGINE_PRIMARY && !fake->source.fenced &&
        fake->source.replayed != fake->target.written)
        return arena_printf(trial->arena,
                            "1: the old source was promoted at %lld, the target wrote %lld",
                            (long long)fake->source.replayed, (long long)fake->target.written);
    if (!served && fake->proxy.points == TRAFFIC_AT_TARGET)
        return "1: clients are sent to a target that takes no writes";
    if (fake->both_writable > 0 ||
        (target_open && fake->source.server == ENGINE_PRIMARY && !fake->source.fenced))
        return "2: two sides were writable at once";
    int64_t limit_us = trial->spec->service[0].limits.max_stall_ms * INT64_C(1000) + TICK_US;
    if (world->stall_max_us > limit_us)
        return arena_printf(trial->arena, "3: clients waited %lld us, more than %lld",
                            (long long)world->stall_max_us, (long long)limit_us);
    return NULL;
}

static const char *row_broken(struct invariants *seen, struct trial *trial,
                              const struct journal_row *row)
{
    const struct journal_entry *entry = &row->entry;
    if (row->fence > 0 && row->fence < seen->row_fence)
        return arena_printf(trial->arena, "5: row %lld has fence %lld after %lld",
                            (long long)row->seq, (long long)row->fence, (long long)seen->row_fence);
    if (row->fence > seen->row_fence)
        seen->open = false;
    if (row->fence > 0)
        seen->row_fence = row->fence;
    if (entry->kind == JOURNAL_INTENT) {
        if (seen->open)
            return arena_printf(trial->arena,
                                "4: '%s' began in row %lld before '%s' had an outcome",
                                entry->action, (long long)row->seq, seen->open_action);
        seen->open = true;
        str_copy(seen->open_action, sizeof(seen->open_action), entry->action);
    }
    if (entry->kind == JOURNAL_OUTCOME) {
        if (!seen->open || strcmp(seen->open_action, entry->action) != 0)
            return arena_printf(trial->arena, "4: '%s' ended in row %lld and never began",
                                entry->action, (long long)row->seq);
        seen->open = false;
    }
    return NULL;
}

static const char *rows_broken(struct invariants *seen, struct trial *trial,
                               const struct journal_rows *rows)
{
    size_t from = 0;
    if (seen->head_seq > 0) {
        if (rows->len == 0 || rows->row[0].seq != seen->head_seq ||
            strcmp(rows->row[0].hash, seen->head_hash) != 0)
            return arena_printf(trial->arena, "4: committed row %lld is missing or another",
                                (long long)seen->head_seq);
        from = 1;
    }
    for (size_t i = from; i < rows->len; i++) {
        const char *broken = row_broken(seen, trial, &rows->row[i]);
        if (broken != NULL)
            return broken;
    }
    if (rows->len > 0) {
        seen->head_seq = rows->row[rows->len - 1].seq;
        str_copy(seen->head_hash, sizeof(seen->head_hash), rows->row[rows->len - 1].hash);
    }
    return NULL;
}

static const char *store_broken(struct invariants *seen, struct trial *trial)
{
    struct err err = ERR_INIT;
    struct store *store CLEANUP(store_cleanup) = NULL;
    struct arena *arena CLEANUP(arena_cleanup) = arena_new();
    struct lease_view lease;
    struct journal_rows rows = {0};
    struct journal_filter filter = {.after_seq = seen->head_seq > 0 ? seen->head_seq - 1 : 0};
    const char *id = trial->spec->id;
    /* A writer: what a dead one left must be rolled back by the next who opens it, as in life. */
    if (store_open(&store, trial->dir, STORE_WRITE, fake_clock(trial_fake(trial)), &err) < 0 ||
        journal_verify(store, id, NULL, &err) < 0 || store_seal_check(store, &err) < 0 ||
        lease_look(store, id, arena, &lease, &err) < 0 ||
        journal_read(store, id, &filter, arena, &rows, &err) < 0)
        return arena_printf(trial->arena, "4: %s", err.text);
    if (lease.fence < seen->fence)
        return arena_printf(trial->arena, "5: the lease's fence fell from %lld to %lld",
                            (long long)seen->fence, (long long)lease.fence);
    seen->fence = lease.fence;
    return rows_broken(seen, trial, &rows);
}

static bool file_has_canary(const char *path)
{
    struct stat st;
    bool found = false;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0) {
        size_t len = (size_t)st.st_size;
        void *bytes = mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0);
        found = bytes != MAP_FAILED && memmem(bytes, len, CANARY, strlen(CANARY)) != NULL;
        if (bytes != MAP_FAILED)
            munmap(bytes, len);
    }
    if (fd >= 0)
        close(fd);
    return found;
}

static const char *secret_broken(struct trial *trial)
{
    const char *found = NULL;
    DIR *dir = opendir(trial->dir);
    for (struct dirent *entry = dir == NULL ? NULL : readdir(dir); entry; entry = readdir(dir)) {
        char path[512];
        snprintf(path, sizeof(path), "%s/%s", trial->dir, entry->d_name);
        if (entry->d_name[0] != '.' && file_has_canary(path))
            found = arena_printf(trial->arena, "9: a secret is in '%s'", entry->d_name);
    }
    if (dir != NULL)
        closedir(dir);
    return found;
}

const char *invariants_broken(struct invariants *seen, struct trial *trial)
{
    shaky_settle(&trial->shared->world);
    const char *broken = world_broken(seen, trial);
    if (broken == NULL)
        broken = store_broken(seen, trial);
    return broken == NULL ? secret_broken(trial) : broken;
}

static const char *trace_left(const struct fake *fake)
{
    if (fake->gateway[0].state != TUNNEL_ABSENT || fake->gateway[1].state != TUNNEL_ABSENT)
        return "8: part of the tunnel is left";
    if (fake->source.access || fake->source.slot)
        return "8: our role or slot is left at the source";
    if (fake->target.access || fake->target.slot || fake->target.fenced)
        return "8: our lines, slot or fence are left at the target";
    if (fake->source.rewind != ENGINE_COPY_NONE)
        return "8: a rewind's mark is left at the source";
    if (fake->proxy.installed || fake->proxy.guard)
        return "8: the guard is left on the proxy host";
    if (fake->proxy.held)
        return "8: clients are held";
    return NULL;
}

static const char *source_changed(const struct fake *fake)
{
    if (fake->source.server != ENGINE_PRIMARY || fake->source.fenced ||
        strcmp(fake->source.config, "as-it-was") != 0)
        return "7: the source is not as it was";
    if (fake->target.server != ENGINE_DOWN || fake->target.copy != ENGINE_COPY_NONE)
        return "7: the target is not as it was";
    if (fake->proxy.points != TRAFFIC_AT_SOURCE)
        return "7: clients are not at the source";
    return NULL;
}

static const char *target_serves_not(const struct fake *fake)
{
    if (fake->target.server != ENGINE_PRIMARY || fake->proxy.points != TRAFFIC_AT_TARGET)
        return "6: it is done, and the target does not serve";
    if (!fake->source.retired || fake->source.server != ENGINE_DOWN)
        return "6: it is done, and the source is not retired";
    return NULL;
}

const char *invariants_broken_at_end(struct invariants *seen, struct trial *trial)
{
    const char *broken = invariants_broken(seen, trial);
    const struct fake *fake = trial_fake(trial);
    const char *stand = trial_stand(trial);
    if (broken == NULL)
        broken = trace_left(fake);
    if (broken == NULL && strstr(stand, "migration=aborted\n") != NULL)
        broken = source_changed(fake);
    else if (broken == NULL && strstr(stand, "migration=done\n") != NULL)
        broken = target_serves_not(fake);
    else if (broken == NULL)
        broken = "6: it came to no end";
    return broken;
}

const char *invariants_parked(struct trial *trial, const struct err *why)
{
    static const enum err_code never[] = {ERR_NONE,  ERR_INTERNAL, ERR_DRY,
                                          ERR_STATE, ERR_FENCED,   ERR_BUSY};
    for (size_t i = 0; i < ARRAY_LEN(never); i++)
        if (why->code == never[i])
            return arena_printf(trial->arena, "6: the run ended with %s: %s", err_name(why->code),
                                why->text);
    return why->text[0] == '\0' ? "6: the run ended without a reason" : NULL;
}
