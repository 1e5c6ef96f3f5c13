/*
 * The list of findings; see finding.h. Everything it holds is in its arena, so that a report may
 * outlive the check that made it.
 */
#include "steps/port/finding.h"

#include <stdarg.h>
#include <string.h>

void findings_init(struct findings *findings, struct arena *arena)
{
    *findings = (struct findings){.arena = arena};
}

/* The old array stays in the arena: lists are short, and doubling wastes no more than they hold. */
static struct finding *next_item(struct findings *findings)
{
    if (findings->len == findings->room) {
        size_t room = findings->room ? 2 * findings->room : 16;
        struct finding *item = ARENA_ARRAY(findings->arena, struct finding, room);
        if (findings->len)
            memcpy(item, findings->item, findings->len * sizeof *item);
        findings->item = item;
        findings->room = room;
    }
    return &findings->item[findings->len++];
}

void findings_add(struct findings *findings, enum finding_level level, const char *check,
                  const char *object, const char *remedy, const char *fmt, ...)
{
    struct finding *item = next_item(findings);
    va_list ap;
    va_start(ap, fmt);
    *item = (struct finding){
        .level = level,
        .check = arena_strdup(findings->arena, check),
        .object = arena_strdup(findings->arena, object),
        .text = arena_vprintf(findings->arena, fmt, ap),
        .remedy = arena_strdup(findings->arena, remedy ? remedy : ""),
    };
    va_end(ap);
}

size_t findings_count(const struct findings *findings, enum finding_level level)
{
    size_t count = 0;
    for (size_t i = 0; i < findings->len; i++)
        count += findings->item[i].level == level;
    return count;
}

const char *finding_level_name(enum finding_level level)
{
    switch (level) {
    case FINDING_PASS:
        return "pass";
    case FINDING_WARN:
        return "warn";
    case FINDING_BLOCK:
        return "block";
    }
    return "unknown";
}
