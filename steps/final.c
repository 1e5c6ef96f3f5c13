/* Comparing both sides at a cut, and putting on record what came of it. */
#include "steps/final.h"

#include <string.h>

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

static const char *const closed_side[] = {
    [ENGINE_FORTH] = "the fenced source and the target differ at the position of the cut",
    [ENGINE_BACK] = "the closed target and the source differ at the position of the cut",
};

int final_compare(struct step_ctx *ctx, enum engine_way way, const char *snapshots,
                  const char *fact, const char *event, struct err *err)
{
    struct engine *engine = step_engine(ctx);
    struct engine_comparison found = {0};
    const char *const *list = split_lines(ctx->arena, snapshots);
    if (engine->ops->compare_final(engine, way, list, ctx->arena, &found, err) < 0)
        return -1;
    if (!found.equal)
        return err_set(err, ERR_REFUSED, "%s: %s; the closed side is kept as it is",
                       closed_side[way], found.what);
    char bytes[STR_HUMAN];
    step_note_fact(ctx, fact, "equal");
    step_note_event(ctx, event,
                    arena_printf(ctx->arena, "equal at the cut: %lld tables, %lld rows, %s: %s",
                                 (long long)found.tables, (long long)found.rows,
                                 str_bytes(bytes, (uint64_t)found.bytes), found.what),
                    NULL);
    return 0;
}

void final_unknown(struct step_ctx *ctx, const char *fact, const char *event)
{
    step_note_fact(ctx, fact, "unknown");
    step_note_event(ctx, event,
                    "could not compare at the cut: the guard that held the snapshots is gone "
                    "(this is not a pass)",
                    NULL);
}
