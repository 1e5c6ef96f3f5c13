/* What every step needs: building a plan, and leaving notes for the runner. */
#include "steps/step.h"

#include <string.h>

static void set(struct step_plan *plan, enum step_verdict verdict, int64_t again_ms,
                enum err_code code, const char *reason)
{
    plan->verdict = verdict;
    plan->again_ms = again_ms;
    plan->hold_code = code;
    plan->reason = reason;
}

void step_act(struct step_plan *plan, const char *name, const char *object, const char *story,
              int64_t number)
{
    plan->verdict = STEP_ACT;
    if (plan->actions < STEP_ACTIONS_MAX)
        plan->action[plan->actions] =
            (struct step_action){.name = name, .object = object, .story = story, .number = number};
    plan->actions++;
}

void step_wait(struct step_plan *plan, int64_t again_ms, const char *reason)
{
    set(plan, STEP_WAIT, again_ms, ERR_NONE, reason);
}

int64_t step_pause_ms(int64_t tried)
{
    int64_t ms = 2000;
    for (int64_t i = 1; i < tried && ms < 60000; i++)
        ms *= 2;
    return ms < 60000 ? ms : 60000;
}

void step_gate(struct step_plan *plan, int64_t again_ms, const char *reason)
{
    set(plan, STEP_GATE, again_ms, ERR_WAITING, reason);
}

void step_hold(struct step_plan *plan, enum err_code code, const char *reason)
{
    set(plan, STEP_HOLD, 0, code, reason);
}

static struct step_note *note_new(struct step_notes *notes)
{
    if (notes->len == notes->room) {
        size_t room = notes->room == 0 ? 16 : notes->room * 2;
        struct step_note *grown = ARENA_ARRAY(notes->arena, struct step_note, room);
        if (notes->len > 0)
            memcpy(grown, notes->note, notes->len * sizeof(*grown));
        notes->note = grown;
        notes->room = room;
    }
    return &notes->note[notes->len++];
}

void step_note_fact(struct step_ctx *ctx, const char *name, const char *value)
{
    struct step_note *note = note_new(ctx->notes);
    note->kind = NOTE_FACT;
    note->name = arena_strdup(ctx->arena, name);
    note->text = arena_strdup(ctx->arena, value);
}

void step_note_event(struct step_ctx *ctx, const char *name, const char *text, const char *detail)
{
    struct step_note *note = note_new(ctx->notes);
    note->kind = NOTE_EVENT;
    note->name = arena_strdup(ctx->arena, name);
    note->text = arena_strdup(ctx->arena, text);
    note->detail = arena_strdup(ctx->arena, detail);
}

void step_note_sample(struct step_ctx *ctx, const char *series, int64_t value)
{
    struct step_note *note = note_new(ctx->notes);
    note->kind = NOTE_SAMPLE;
    note->name = arena_strdup(ctx->arena, series);
    note->value = value;
}

void step_note_findings(struct step_ctx *ctx, const struct findings *findings)
{
    for (size_t i = 0; i < findings->len; i++) {
        const struct finding *finding = &findings->item[i];
        struct step_note *note = note_new(ctx->notes);
        note->kind = NOTE_FINDING;
        note->level = finding->level;
        note->name = finding->check;
        note->object = finding->object;
        note->text = finding->text;
        note->detail = finding->remedy;
    }
}

const char *step_fact(const struct step_ctx *ctx, const char *name)
{
    return fact_find(ctx->facts, ctx->track, name);
}

struct engine *step_engine(const struct step_ctx *ctx)
{
    return ctx->ports->engine[ctx->service_index];
}

struct traffic *step_traffic(const struct step_ctx *ctx)
{
    return ctx->ports->traffic[ctx->service_index];
}
