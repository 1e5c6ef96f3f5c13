/*
 * The engine driver `postgresql`: physical streaming replication between servers of the same major
 * version. Each slot is in a file of its own idea; this one joins them.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "steps/port/engine/postgresql_back.h"
#include "steps/port/engine/postgresql_check.h"
#include "steps/port/engine/postgresql_compare.h"
#include "steps/port/engine/postgresql_copy.h"
#include "steps/port/engine/postgresql_cutover.h"
#include "steps/port/engine/postgresql_follow.h"
#include "steps/port/engine/postgresql_grant.h"
#include "steps/port/engine/postgresql_retire.h"
#include "steps/port/engine/postgresql_see.h"
#include "steps/port/engine/postgresql_self.h"

static struct engine *open_engine(const struct spec *spec, const struct spec_service *service,
                                  struct world *world, struct clock clock)
{
    struct postgresql *self = MEM_NEW(struct postgresql);
    self->engine.ops = &engine_postgresql;
    self->spec = spec;
    self->service = service;
    self->world = world;
    self->clock = clock;
    self->arena = arena_new();
    self->name = postgresql_name_make(self->arena, spec->id);
    self->source.endpoint = &service->source;
    self->target.endpoint = &service->target;
    return &self->engine;
}

static void close_engine(struct engine *engine)
{
    if (!engine)
        return;
    struct postgresql *self = postgresql_self(engine);
    postgresql_self_leave(&self->source);
    postgresql_self_leave(&self->target);
    secret_free(self->password);
    arena_free(self->arena);
    free(self);
}

const struct engine_ops engine_postgresql = {
    .name = "postgresql",
    .open = open_engine,
    .close = close_engine,
    .check = postgresql_check,
    .see = postgresql_see,
    .grant = postgresql_grant,
    .copy_start = postgresql_copy_start,
    .copy_clear = postgresql_copy_clear,
    .follow_start = postgresql_follow_start,
    .follow_kick = postgresql_follow_kick,
    .slot_drop = postgresql_grant_slot_drop,
    .canary_write = postgresql_follow_canary,
    .compare_live = postgresql_compare_live,
    .cutover_prepare = postgresql_cutover_prepare,
    .kit = postgresql_cutover_kit,
    .kit_secret = postgresql_grant_kit_secret,
    .compare_final = postgresql_compare_final,
    .back_grant = postgresql_back_grant,
    .back_rewind = postgresql_back_rewind,
    .back_follow = postgresql_back_follow,
    .back_kick = postgresql_back_kick,
    .back_stop = postgresql_back_stop,
    .target_release = postgresql_retire_release,
    .source_retire = postgresql_retire_source,
    .target_abandon = postgresql_retire_abandon,
    .revoke = postgresql_grant_revoke,
};
