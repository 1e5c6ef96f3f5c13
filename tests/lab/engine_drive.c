/*
 * Drives the engine driver by hand, one slot a word, for the lab's checks: engine_drive FILE WORD…
 * Prints what see, check and the comparisons found as name=value lines. It is a test's tool and no
 * part of the program.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "steps/port/engine.h"
#include "steps/wire/world.h"

struct drive {
    const struct spec *spec;
    struct world *world;
    struct engine *engine;
    struct arena *arena;
};

static const char *const servers[] = {"down", "starting", "standby", "primary"};
static const char *const presences[] = {"absent", "partial", "present", "foreign"};
static const char *const copies[] = {"none", "running", "broken", "done", "foreign"};

static void print_source(const struct engine_seen *seen)
{
    printf("source.server=%s\nsource.fenced=%d\nsource.access=%s\nsource.slot=%s\n",
           servers[seen->source.server], seen->source.fenced, presences[seen->source.access],
           presences[seen->source.slot]);
    printf("source.slot_active=%d\nsource.slot_lost=%d\nsource.held_bytes=%" PRId64
           "\nsource.held_free_bytes=%" PRId64 "\nsource.position=%" PRIu64
           "\nsource.size_bytes=%" PRId64 "\nsource.write_rate=%" PRId64
           "\nsource.config_hash=%s\n",
           seen->source.slot_active, seen->source.slot_lost, seen->source.held_bytes,
           seen->source.held_free_bytes, seen->source.position, seen->source.size_bytes,
           seen->source.write_rate, seen->source.config_hash);
}

static void print_target(const struct engine_seen *seen)
{
    printf("target.server=%s\ntarget.access=%s\ntarget.copy=%s\ntarget.copied_bytes=%" PRId64
           "\ntarget.total_bytes=%" PRId64 "\ntarget.received=%" PRIu64 "\ntarget.applied=%" PRIu64
           "\ntarget.streaming=%d\ntarget.copy_error=%s\ntarget.canary=%" PRId64
           "\nlag_bytes=%" PRId64 "\nlag_ms=%" PRId64 "\n",
           servers[seen->target.server], presences[seen->target.access], copies[seen->target.copy],
           seen->target.copied_bytes, seen->target.total_bytes, seen->target.received,
           seen->target.applied, seen->target.streaming, seen->target.copy_error,
           seen->target.canary, seen->lag_bytes, seen->lag_ms);
}

static int do_see(struct drive *drive, struct err *err)
{
    struct engine_seen seen;
    if (drive->engine->ops->see(drive->engine, drive->arena, &seen, err))
        return -1;
    print_source(&seen);
    print_target(&seen);
    return 0;
}

static int do_check(struct drive *drive, struct err *err)
{
    struct findings findings;
    findings_init(&findings, drive->arena);
    if (drive->engine->ops->check(drive->engine, &findings, err))
        return -1;
    for (size_t i = 0; i < findings.len; i++)
        printf("%s %s %s: %s%s%s\n", finding_level_name(findings.item[i].level),
               findings.item[i].check, findings.item[i].object, findings.item[i].text,
               findings.item[i].remedy[0] ? " -> " : "", findings.item[i].remedy);
    return 0;
}

static int do_kit(struct drive *drive, struct err *err)
{
    CLEANUP(str_free) struct str out = STR_INIT;
    if (drive->engine->ops->kit(drive->engine, ENGINE_FORTH, drive->arena, &out, err))
        return -1;
    fputs(str_text(&out), stdout);
    return 0;
}

static void print_comparison(const struct engine_comparison *found)
{
    printf("equal=%d\ntables=%" PRId64 "\nrows=%" PRId64 "\nbytes=%" PRId64 "\nwhat=%s\n",
           found->equal, found->tables, found->rows, found->bytes, found->what);
}

static int do_live(struct drive *drive, struct err *err)
{
    struct engine_comparison found;
    if (drive->engine->ops->compare_live(drive->engine, drive->arena, &found, err))
        return -1;
    print_comparison(&found);
    return 0;
}

/* final:DATABASE=SNAPSHOT,… */
static int do_final(struct drive *drive, const char *list, struct err *err)
{
    const char *pairs[16] = {NULL};
    struct engine_comparison found;
    size_t len = 0;
    char *save = NULL;
    for (char *pair = strtok_r(arena_strdup(drive->arena, list), ",", &save);
         pair && len + 1 < ARRAY_LEN(pairs); pair = strtok_r(NULL, ",", &save))
        pairs[len++] = pair;
    if (drive->engine->ops->compare_final(drive->engine, ENGINE_FORTH, pairs, drive->arena, &found,
                                          err))
        return -1;
    print_comparison(&found);
    return 0;
}

static int do_secret(struct drive *drive, const char *path, struct err *err)
{
    const struct spec_host *host = drive->spec->service[0].traffic.host;
    return drive->engine->ops->kit_secret(drive->engine, host, path, err);
}

static int do_change(struct drive *drive, const char *word, struct err *err)
{
    const struct engine_ops *ops = drive->engine->ops;
    const struct {
        const char *word;
        int (*slot)(struct engine *engine, struct err *err);
    } slots[] = {
        {"grant", ops->grant},
        {"copy_start", ops->copy_start},
        {"copy_clear", ops->copy_clear},
        {"follow_start", ops->follow_start},
        {"kick", ops->follow_kick},
        {"slot_drop", ops->slot_drop},
        {"release", ops->target_release},
        {"retire", ops->source_retire},
        {"abandon", ops->target_abandon},
        {"revoke", ops->revoke},
    };
    for (size_t i = 0; i < ARRAY_LEN(slots); i++)
        if (strcmp(word, slots[i].word) == 0)
            return slots[i].slot(drive->engine, err);
    if (strcmp(word, "prepare") == 0)
        return ops->cutover_prepare(drive->engine, ENGINE_FORTH, err);
    return err_set(err, ERR_USAGE, "'%s' is no word of this program", word);
}

static int do_word(struct drive *drive, const char *word, struct err *err)
{
    world_set_mode(drive->world, WORLD_READ);
    if (strcmp(word, "see") == 0)
        return do_see(drive, err);
    if (strcmp(word, "check") == 0)
        return do_check(drive, err);
    if (strcmp(word, "kit") == 0)
        return do_kit(drive, err);
    if (strcmp(word, "live") == 0)
        return do_live(drive, err);
    if (strncmp(word, "final:", 6) == 0)
        return do_final(drive, word + 6, err);
    if (strncmp(word, "dry:", 4) == 0)
        return do_change(drive, word + 4, err);
    world_set_mode(drive->world, WORLD_CHANGE);
    if (strncmp(word, "canary:", 7) == 0)
        return drive->engine->ops->canary_write(drive->engine, strtoll(word + 7, NULL, 10), err);
    if (strncmp(word, "secret:", 7) == 0)
        return do_secret(drive, word + 7, err);
    return do_change(drive, word, err);
}

/* With DRIVE_TRACE set: each call, so that a check can look for what must not be there. */
static void trace(void *arg, const struct world_io *io)
{
    (void)arg;
    fprintf(stderr, "%s %s", io->host, io->kind);
    for (size_t i = 0; io->argv && io->argv[i]; i++)
        fprintf(stderr, " [%s]", io->argv[i]);
    fprintf(stderr, " in=[%.*s] out=[%.*s] err=[%.*s] status=%d %" PRId64 " us\n", (int)io->in_len,
            io->in ? io->in : "", (int)io->out_len, io->out ? io->out : "", (int)io->errout_len,
            io->errout ? io->errout : "", io->status, io->took_us);
}

int main(int argc, char **argv)
{
    struct err err = ERR_INIT;
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    CLEANUP(spec_cleanup) struct spec *spec = NULL;
    struct spec_faults faults;
    int status = argc < 3 ? err_set(&err, ERR_USAGE, "usage: engine_drive FILE WORD...")
                          : spec_load(&spec, argv[1], SPEC_CHECK_FILES, arena, &faults, &err);
    if (status == 0) {
        struct world *world =
            world_open(spec, clock_real(), getenv("DRIVE_TRACE") ? trace : NULL, NULL);
        struct engine *engine =
            engine_postgresql.open(spec, &spec->service[0], world, clock_real());
        struct drive drive = {spec, world, engine, arena};
        for (int i = 2; i < argc && status == 0; i++)
            status = do_word(&drive, argv[i], &err);
        engine->ops->close(engine);
        world_close(world);
    }
    if (status == 0)
        return 0;
    fprintf(stderr, "engine_drive: %s: %s\n", err_name(err.code), err.text);
    return err_exit_status(err.code);
}
