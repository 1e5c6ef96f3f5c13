/*
 * Reads the plan: lines of key=value, each key once, all of those that must be there, none that we
 * do not know.
 */
#include "steps/guard/plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/mem.h"
#include "base/str.h"

enum kind { KIND_TEXT, KIND_NUMBER, KIND_FIXED };
enum need { NEED_MUST, NEED_MAY };

struct key {
    const char *name;
    enum kind kind;
    enum need need;
    size_t at;         /* of the member; unused for FIXED */
    const char *fixed; /* the only value */
};

#define TEXT(key)                                                                                  \
    {                                                                                              \
#key, KIND_TEXT, NEED_MUST, offsetof(struct guard_plan, key), NULL                         \
    }
#define TEXT_MAY(key)                                                                              \
    {                                                                                              \
#key, KIND_TEXT, NEED_MAY, offsetof(struct guard_plan, key), NULL                          \
    }
#define NUMBER(key)                                                                                \
    {                                                                                              \
#key, KIND_NUMBER, NEED_MUST, offsetof(struct guard_plan, key), NULL                       \
    }
#define FIXED(key, text)                                                                           \
    {                                                                                              \
#key, KIND_FIXED, NEED_MUST, 0, text                                                       \
    }

static const struct key keys[] = {
    TEXT(id),
    TEXT_MAY(way),
    NUMBER(max_stall_ms),
    NUMBER(guard_ms),
    FIXED(engine, "postgresql"),
    TEXT(source),
    TEXT(target),
    TEXT(trial),
    TEXT(fence_file),
    TEXT(fence_closed),
    TEXT(fence_open),
    TEXT(databases),
    FIXED(traffic, "pgbouncer"),
    TEXT(console),
    TEXT(console_user),
    TEXT(database),
    TEXT(config),
    TEXT(config_source),
    TEXT(config_target),
    TEXT_MAY(stop_at),
};

static int set_number(struct guard_plan *out, const struct key *key, const char *value,
                      struct err *err)
{
    int64_t number = 0;
    if (str_to_i64(value, &number) < 0 || number < 1 || number > 3600000)
        return err_set(err, ERR_SPEC,
                       "'%s' of the guard's plan is '%s', not a number from 1 to 3600000",
                       key->name, value);
    *(int *)((char *)out + key->at) = (int)number;
    return 0;
}

static int set(struct guard_plan *out, const struct key *key, const char *value, struct err *err)
{
    switch (key->kind) {
    case KIND_TEXT:
        *(const char **)((char *)out + key->at) = value;
        return 0;
    case KIND_NUMBER:
        return set_number(out, key, value, err);
    case KIND_FIXED:
        if (strcmp(value, key->fixed) != 0)
            return err_set(err, ERR_SPEC,
                           "'%s' of the guard's plan is '%s', this guard knows only '%s'",
                           key->name, value, key->fixed);
        return 0;
    }
    return err_set(err, ERR_INTERNAL, "a key of the plan has no kind");
}

static int read_line(struct guard_plan *out, char *line, bool seen[], struct err *err)
{
    char *equals = strchr(line, '=');
    if (!equals)
        return err_set(err, ERR_SPEC, "a line of the guard's plan has no '=': '%s'", line);
    *equals = '\0';
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (strcmp(keys[i].name, line) != 0)
            continue;
        if (seen[i])
            return err_set(err, ERR_SPEC, "'%s' stands twice in the guard's plan", line);
        seen[i] = true;
        return set(out, &keys[i], equals + 1, err);
    }
    return err_set(err, ERR_SPEC, "'%s' in the guard's plan is no key that this guard knows", line);
}

static int check(const struct guard_plan *plan, const bool seen[], struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (keys[i].need == NEED_MUST && !seen[i])
            return err_set(err, ERR_SPEC, "'%s' is missing in the guard's plan", keys[i].name);
    if (plan->guard_ms >= plan->max_stall_ms)
        return err_set(err, ERR_SPEC,
                       "guard_ms is %d ms and must be below max_stall_ms, which is %d ms",
                       plan->guard_ms, plan->max_stall_ms);
    if (plan->stop_at && !getenv("ECE_MIGRATE_REHEARSAL"))
        return err_set(err, ERR_SPEC,
                       "'stop_at' stands in the guard's plan, but this is no rehearsal");
    return 0;
}

int guard_plan_parse(struct guard_plan *out, char *text, struct err *err)
{
    bool seen[ARRAY_LEN(keys)] = {false};
    char *rest = text;
    *out = (struct guard_plan){0};
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n"))
        if (line[0] != '\0' && line[0] != '#' && read_line(out, line, seen, err) < 0)
            return -1;
    return check(out, seen, err);
}

int guard_plan_read(struct guard_plan *out, const char *dir, struct err *err)
{
    *out = (struct guard_plan){0};
    struct str path CLEANUP(str_free) = STR_INIT;
    str_printf(&path, "%s/plan", dir);
    FILE *file = fopen(str_text(&path), "re");
    if (!file)
        return err_set_errno(err, ERR_SPEC, "cannot read '%s'", str_text(&path));
    size_t room = 65536;
    char *text = mem_new(room);
    size_t len = fread(text, 1, room - 1, file);
    fclose(file);
    text[len] = '\0';
    int rc = guard_plan_parse(out, text, err);
    out->text = text;
    return rc;
}

void guard_plan_free(struct guard_plan *plan)
{
    free(plan->text);
    *plan = (struct guard_plan){0};
}
