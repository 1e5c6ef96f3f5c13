/*
 * What a preflight has learned, as names and values: "source.wal_level" from the server,
 * "source_host.libc" from its host. A name may stand there several times. What was not learned
 * reads as "". Pure.
 */
#ifndef STEPS_PORT_ENGINE_POSTGRESQL_FACTS_H
#define STEPS_PORT_ENGINE_POSTGRESQL_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "steps/wire/pg.h"

struct postgresql_fact {
    const char *name, *value;
};

struct postgresql_facts {
    struct arena *arena;
    struct postgresql_fact *fact;
    size_t len, room;
};

void postgresql_facts_add(struct postgresql_facts *facts, const char *group, const char *name,
                          const char *value); /* NULL or empty values are left out */
/* Rows of name and value. */
void postgresql_facts_add_rows(struct postgresql_facts *facts, const char *group,
                               const struct pg_rows *rows);
/* Lines of name=value. */
void postgresql_facts_add_lines(struct postgresql_facts *facts, const char *group,
                                const char *text);

const char *postgresql_facts_get(const struct postgresql_facts *facts, const char *name);
/* The value as a number; -1 when it is none, or beyond 2^53 either way. */
int64_t postgresql_facts_number(const struct postgresql_facts *facts, const char *name);
bool postgresql_facts_is(const struct postgresql_facts *facts, const char *name, const char *value);
/* All values of a name with between in between; in the facts' arena. */
const char *postgresql_facts_all(const struct postgresql_facts *facts, const char *name,
                                 const char *between);

#endif
