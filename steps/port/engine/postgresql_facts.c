/*
 * Names and values; see postgresql_facts.h.
 */
#include "steps/port/engine/postgresql_facts.h"

#include <string.h>

#include "base/str.h"

/* 8 PiB, or 285 years in microseconds: a host that tells of more tells nothing, and what is
 * reckoned with it would not fit. */
#define FACT_MOST (INT64_C(1) << 53)

void postgresql_facts_add(struct postgresql_facts *facts, const char *group, const char *name,
                          const char *value)
{
    if (!value || !value[0])
        return;
    if (facts->len == facts->room) {
        size_t room = facts->room ? facts->room * 2 : 64;
        struct postgresql_fact *more = ARENA_ARRAY(facts->arena, struct postgresql_fact, room);
        if (facts->len > 0)
            memcpy(more, facts->fact, facts->len * sizeof *more);
        facts->fact = more;
        facts->room = room;
    }
    facts->fact[facts->len++] = (struct postgresql_fact){
        arena_printf(facts->arena, "%s.%s", group, name), arena_strdup(facts->arena, value)};
}

void postgresql_facts_add_rows(struct postgresql_facts *facts, const char *group,
                               const struct pg_rows *rows)
{
    for (size_t row = 0; row < rows->rows; row++)
        postgresql_facts_add(facts, group, rows->cell[row * rows->cols],
                             rows->cell[row * rows->cols + 1]);
}

void postgresql_facts_add_lines(struct postgresql_facts *facts, const char *group, const char *text)
{
    char *save = NULL;
    char *copy = arena_strdup(facts->arena, text);
    for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        char *equals = strchr(line, '=');
        if (!equals)
            continue;
        *equals = '\0';
        postgresql_facts_add(facts, group, line, str_trim(equals + 1));
    }
}

const char *postgresql_facts_get(const struct postgresql_facts *facts, const char *name)
{
    for (size_t i = 0; i < facts->len; i++)
        if (strcmp(facts->fact[i].name, name) == 0)
            return facts->fact[i].value;
    return "";
}

int64_t postgresql_facts_number(const struct postgresql_facts *facts, const char *name)
{
    int64_t value = -1;
    bool told = str_to_i64(postgresql_facts_get(facts, name), &value) == 0;
    return told && value >= -FACT_MOST && value <= FACT_MOST ? value : -1;
}

bool postgresql_facts_is(const struct postgresql_facts *facts, const char *name, const char *value)
{
    return strcmp(postgresql_facts_get(facts, name), value) == 0;
}

const char *postgresql_facts_all(const struct postgresql_facts *facts, const char *name,
                                 const char *between)
{
    CLEANUP(str_free) struct str out = STR_INIT;
    for (size_t i = 0; i < facts->len; i++)
        if (strcmp(facts->fact[i].name, name) == 0)
            str_printf(&out, "%s%s", out.len ? between : "", facts->fact[i].value);
    return arena_strdup(facts->arena, str_text(&out));
}
