/*
 * Findings: what a preflight or an audit has to say, one sentence each with its remedy. A list that
 * grows, in an arena.
 */
#ifndef STEPS_PORT_FINDING_H
#define STEPS_PORT_FINDING_H

#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"

enum finding_level {
    FINDING_PASS,
    FINDING_WARN,  /* the move works, but somebody should know */
    FINDING_BLOCK, /* the move would fail or be unsafe: nothing starts */
};

struct finding {
    enum finding_level level;
    const char *check;  /* a stable short name: "wal_level", "tunnel_port" */
    const char *object; /* host or service it is about */
    const char *text;   /* what was found, with numbers */
    const char *remedy; /* the exact command, setting or GRANT; "" for PASS */
};

struct findings {
    struct arena *arena;
    struct finding *item;
    size_t len, room;
};

void findings_init(struct findings *findings, struct arena *arena);
/* The text is formatted; remedy is copied and may be NULL. */
void findings_add(struct findings *findings, enum finding_level level, const char *check,
                  const char *object, const char *remedy, const char *fmt, ...) PRINTF_LIKE(6, 7);
size_t findings_count(const struct findings *findings, enum finding_level level);
const char *finding_level_name(enum finding_level level); /* "pass", "warn", "block" */

#endif
