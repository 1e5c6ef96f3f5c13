/*
 * Approve: the gate before the clients move. People approve the very migration file that runs, by
 * its hash; the standby goes on following meanwhile, for as long as it takes.
 */
#include <string.h>

#include "steps/following.h"

#define LOOK_EVERY_MS 1000

struct approve_seen {
    struct following following;
    int have, need;
    const char *id, *hash;
};

/* Different people, each counted once, who named this hash. */
static int count_approvals(const struct step_ctx *ctx)
{
    int people = 0;
    for (size_t i = 0; i < ctx->requests; i++) {
        const struct request *request = &ctx->request[i];
        bool ours = request->kind == REQUEST_APPROVE &&
                    strcmp(request->spec_hash, ctx->spec->hash) == 0 &&
                    (request->track[0] == '\0' || strcmp(request->track, ctx->track) == 0);
        for (size_t j = 0; ours && j < i; j++)
            if (ctx->request[j].kind == REQUEST_APPROVE &&
                strcmp(ctx->request[j].who, request->who) == 0 &&
                strcmp(ctx->request[j].spec_hash, request->spec_hash) == 0)
                ours = false;
        people += ours ? 1 : 0;
    }
    return people;
}

static int observe(struct step_ctx *ctx, const void **out_seen, struct err *err)
{
    struct approve_seen *seen = ARENA_NEW(ctx->arena, struct approve_seen);
    seen->have = count_approvals(ctx);
    seen->need = ctx->service->approvals;
    seen->id = ctx->spec->id;
    seen->hash = ctx->spec->hash;
    *out_seen = seen;
    return following_see(ctx, &seen->following, err);
}

static int plan(const void *what, enum step_goal goal, struct arena *arena, struct step_plan *plan,
                struct err *err)
{
    (void)err;
    const struct approve_seen *seen = what;
    if (goal == STEP_ABSENT || following_plan(&seen->following, arena, plan))
        return 0;
    if (seen->have < seen->need)
        step_gate(
            plan, LOOK_EVERY_MS,
            arena_printf(arena,
                         "%d of %d approvals of %.12s; approve with: ece-migrate approve %s; %s",
                         seen->have, seen->need, seen->hash, seen->id, seen->following.text));
    return 0;
}

const struct step step_approve = {
    .name = "approve",
    .story = "people approve the migration file that runs, by its hash",
    .observe = observe,
    .plan = plan,
    .apply = following_apply,
};
