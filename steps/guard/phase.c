/*
 * Keeps the times of the sub-phases; says nothing while they run.
 */
#include "steps/guard/phase.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "steps/guard/note.h"
#include "steps/guard/until.h"

const char *phase_name(enum guard_phase phase)
{
    static const char *const names[] = {
#define PHASE_NAME(name) [PHASE_##name] = #name,
        GUARD_PHASES(PHASE_NAME)
#undef PHASE_NAME
    };
    return phase < PHASE_COUNT ? names[phase] : "none";
}

void timeline_end(struct timeline *timeline)
{
    if (timeline->running)
        timeline->ended_us[timeline->now] = until_now_us();
    timeline->running = false;
}

void timeline_enter(struct timeline *timeline, enum guard_phase phase)
{
    timeline_end(timeline);
    timeline->began_us[phase] = until_now_us();
    timeline->now = phase;
    timeline->running = true;
    if (timeline->stop_at && strcmp(timeline->stop_at, phase_name(phase)) == 0)
        raise(SIGSTOP);
}

static int64_t at_us(const struct timeline *timeline, int phase)
{
    return timeline->zero_us ? timeline->began_us[phase] - timeline->zero_us : 0;
}

static int64_t took_us(const struct timeline *timeline, int phase)
{
    int64_t end = timeline->ended_us[phase] ? timeline->ended_us[phase] : until_now_us();
    return end - timeline->began_us[phase];
}

void timeline_lines(const struct timeline *timeline, struct str *out)
{
    for (int i = 0; i < PHASE_COUNT; i++)
        if (timeline->began_us[i])
            str_printf(out, "phase %s %" PRId64 " %" PRId64 "\n", phase_name((enum guard_phase)i),
                       at_us(timeline, i), took_us(timeline, i));
}

void timeline_json(const struct timeline *timeline, struct str *out)
{
    str_add(out, "[");
    for (int i = 0; i < PHASE_COUNT; i++) {
        if (!timeline->began_us[i])
            continue;
        note_comma(out);
        str_add(out, "{");
        note_member(out, "phase", phase_name((enum guard_phase)i));
        note_member_i64(out, "at_us", at_us(timeline, i));
        note_member_i64(out, "took_us", took_us(timeline, i));
        str_add(out, "}");
    }
    str_add(out, "]");
}
