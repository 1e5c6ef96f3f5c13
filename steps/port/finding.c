/* The list of findings. */
#include "steps/port/finding.h"

#include <stdarg.h>
#include <string.h>

void findings_init(struct findings *findings, struct arena *arena)
{
    *findings = (struct findings){.arena = arena};
}

static struct finding *grow(struct findings *findings)
{
    if (findings->len == findings->room) {
        size_t room = findings->room == 0 ? 32 : findings->room * 2;
        struct finding *grown = ARENA_ARRAY(findings->arena, struct finding, room);
        if (findings->len > 0)
            memcpy(grown, findings->item, findings->len * sizeof(*grown));
        findings->item = grown;
        findings->room = room;
    }
    return &findings->item[findings->len++];
}

void findings_add(struct findings *findings, enum finding_level level, const char *check, const char *object,
                  const char *remedy, const char *fmt, ...)
{
    struct finding *finding = grow(findings);
    va_list ap;
    va_start(ap, fmt);
    finding->text = arena_vprintf(findings->arena, fmt, ap);
    va_end(ap);
    finding->level = level;
    finding->check = arena_strdup(findings->arena, check);
    finding->object = arena_strdup(findings->arena, object);
    finding->remedy = remedy == NULL ? "" : arena_strdup(findings->arena, remedy);
}

size_t findings_count(const struct findings *findings, enum finding_level level)
{
    size_t count = 0;
    for (size_t i = 0; i < findings->len; i++)
        count += findings->item[i].level == level ? 1 : 0;
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
    return "";
}
