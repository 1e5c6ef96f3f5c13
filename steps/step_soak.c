/*
 * Soak: the fenced source and the target are compared row by row at the position of the cut, with
 * the snapshots that the guard exported while clients waited. When the guard is gone (we were
 * restarted) those snapshots are gone too: that is put on record as a warning, never as a pass.
 */
#include <string.h>

#include "steps/step.h"

struct soak_seen {
    struct traffic_seen traffic;
    bool compared; /* or put on record as not comparable */
    bool have_snapshots;
    const char *target, *proxy;
};

static int observe(struct step_ctx *ctx, const void **out_seen, struct err *err)
{
    struct soak_seen *seen = ARENA_NEW(ctx->arena, struct soak_seen);
    struct traffic *traffic = step_traffic(ctx);
    seen->compared = step_fact(ctx, "compared.final") != NULL;
    seen->target = ctx->service->target.host->name;
    seen->proxy = ctx->service->traffic.host->name;
    *out_seen = seen;
    if (traffic->ops->see(traffic, ctx->arena, &seen->traffic, err) < 0)
        return -1;
    seen->have_snapshots = step_fact(ctx, "cutover.snapshots") != NULL && seen->traffic.guard_alive;
    if (ctx->dry)
        seen->have_snapshots = seen->traffic.guard_alive = true;
    return 0;
}

static int plan(const void *what, enum step_goal goal, struct arena *arena, struct step_plan *plan,
                struct err *err)
{
    (void)arena;
    (void)err;
    const struct soak_seen *seen = what;
    if (goal == STEP_ABSENT) {
        plan->verdict = STEP_LATE;
        plan->reason = "the clients are served by the target already";
        return 0;
    }
    if (!seen->compared && seen->have_snapshots)
        step_act(
            plan, "compare", seen->target,
            "compare every row of the fenced source with the target at the position of the cut", 0);
    else if (!seen->compared)
        step_act(
            plan, "cannot-compare", seen->target,
            "put on record that the snapshots of the cut are gone and equality could not be shown",
            0);
    if (seen->traffic.guard_alive)
        step_act(plan, "disarm", seen->proxy, "let the guard go", 0);
    return 0;
}

/* "db=id\ndb=id" into a NULL-terminated list. */
static const char *const *split_lines(struct arena *arena, const char *text)
{
    size_t lines = 1;
    for (const char *c = text; *c != '\0'; c++)
        lines += *c == '\n' ? 1 : 0;
    const char **list = ARENA_ARRAY(arena, const char *, lines + 1);
    for (size_t i = 0; i < lines; i++) {
        size_t len = strcspn(text, "\n");
        list[i] = arena_strndup(arena, text, len);
        text += len + (text[len] == '\n' ? 1 : 0);
    }
    return list;
}

static int compare(struct step_ctx *ctx, struct err *err)
{
    struct engine *engine = step_engine(ctx);
    struct engine_comparison found = {0};
    const char *const *snapshots = split_lines(ctx->arena, step_fact(ctx, "cutover.snapshots"));
    if (engine->ops->compare_final(engine, snapshots, ctx->arena, &found, err) < 0)
        return -1;
    if (!found.equal)
        return err_set(err, ERR_REFUSED,
                       "the fenced source and the target differ at the position of the cut: %s; "
                       "the source is kept as it is",
                       found.what);
    char bytes[STR_HUMAN];
    step_note_fact(ctx, "compared.final", "equal");
    step_note_event(ctx, "compared-final",
                    arena_printf(ctx->arena, "equal at the cut: %lld tables, %lld rows, %s: %s",
                                 (long long)found.tables, (long long)found.rows,
                                 str_bytes(bytes, (uint64_t)found.bytes), found.what),
                    NULL);
    return 0;
}

static int apply(struct step_ctx *ctx, const struct step_action *action, struct err *err)
{
    struct traffic *traffic = step_traffic(ctx);
    if (strcmp(action->name, "compare") == 0)
        return compare(ctx, err);
    if (strcmp(action->name, "cannot-compare") == 0) {
        step_note_fact(ctx, "compared.final", "unknown");
        step_note_event(ctx, "compared-final",
                        "could not compare at the cut: the guard that held the snapshots is gone "
                        "(this is not a pass)",
                        NULL);
        return 0;
    }
    if (strcmp(action->name, "disarm") == 0)
        return traffic->ops->disarm(traffic, err);
    return err_set(err, ERR_INTERNAL, "the soak step has no action '%s'", action->name);
}

const struct step step_soak = {
    .name = "soak",
    .story = "both sides were equal, row by row, at the position of the cut",
    .observe = observe,
    .plan = plan,
    .apply = apply,
};
