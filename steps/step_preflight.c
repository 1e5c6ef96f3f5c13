/*
 * Preflight: every driver is asked what would make the move fail. One block, and nothing starts.
 * Its goal absent is empty, for it leaves nothing behind.
 */
#include <stdio.h>
#include <string.h>

#include "steps/window.h"

struct preflight_seen {
    size_t blocks, warnings;
    const struct finding *first_block;
};

static int ask_services(struct step_ctx *ctx, struct findings *findings, struct err *err)
{
    for (size_t i = 0; i < ctx->ports->services; i++) {
        struct engine *engine = ctx->ports->engine[i];
        struct traffic *traffic = ctx->ports->traffic[i];
        if (engine->ops->check(engine, findings, err) < 0 ||
            traffic->ops->check(traffic, findings, err) < 0)
            return err_add(err, "preflight of service '%s'", ctx->spec->service[i].name);
    }
    return 0;
}

static int observe(struct step_ctx *ctx, const void **out_seen, struct err *err)
{
    struct findings findings;
    findings_init(&findings, ctx->arena);
    struct tunnel *tunnel = ctx->ports->tunnel;
    if (tunnel->ops->check(tunnel, &findings, err) < 0)
        return err_add(err, "preflight of the tunnel");
    if (ask_services(ctx, &findings, err) < 0)
        return -1;
    window_findings(ctx->spec, &findings);

    struct preflight_seen *seen = ARENA_NEW(ctx->arena, struct preflight_seen);
    seen->blocks = findings_count(&findings, FINDING_BLOCK);
    seen->warnings = findings_count(&findings, FINDING_WARN);
    for (size_t i = 0; i < findings.len && seen->first_block == NULL; i++)
        if (findings.item[i].level == FINDING_BLOCK)
            seen->first_block = &findings.item[i];
    step_note_findings(ctx, &findings);
    *out_seen = seen;
    return 0;
}

static int plan(const void *what, enum step_goal goal, struct arena *arena, struct step_plan *plan,
                struct err *err)
{
    (void)err;
    const struct preflight_seen *seen = what;
    if (goal == STEP_ABSENT || seen->blocks == 0)
        return 0;
    const struct finding *block = seen->first_block;
    step_hold(plan, ERR_REFUSED,
              arena_printf(arena, "%zu finding%s block%s the move; the first: %s: %s; remedy: %s",
                           seen->blocks, seen->blocks == 1 ? "" : "s", seen->blocks == 1 ? "s" : "",
                           block->object, block->text, block->remedy));
    return 0;
}

static int apply(struct step_ctx *ctx, const struct step_action *action, struct err *err)
{
    (void)ctx;
    return err_set(err, ERR_INTERNAL, "preflight has no action '%s'", action->name);
}

const struct step step_preflight = {
    .name = "preflight",
    .story = "find everything that would make the move fail",
    .observe = observe,
    .plan = plan,
    .apply = apply,
};
