/* The table of the world's fields, and both ways through it. */
#include "tests/crash/world_text.h"

#include <stdlib.h>
#include <string.h>

enum kind { NUMBER, TEXT };

struct field {
    const char *name;
    size_t at, size;
    enum kind kind;
    enum world_text which; /* END: counts at the end too */
};

#define FIELD(member, kind, which)                                                                 \
    {                                                                                              \
#member, offsetof(struct fake, member), sizeof(((struct fake *)NULL)->member), kind, which \
    }
#define AT_END(member)  FIELD(member, NUMBER, WORLD_TEXT_END)
#define NUMBERS(member) FIELD(member, NUMBER, WORLD_TEXT_ALL)

static const struct field fields[] = {
    AT_END(gateway[0].state),
    AT_END(gateway[1].state),
    AT_END(source.server),
    AT_END(source.fenced),
    AT_END(source.access),
    AT_END(source.slot),
    AT_END(source.retired),
    AT_END(source.rewind),
    AT_END(target.fenced),
    AT_END(target.slot),
    AT_END(target.server),
    AT_END(target.access),
    AT_END(target.copy),
    AT_END(proxy.points),
    AT_END(proxy.held),
    AT_END(proxy.installed),
    AT_END(proxy.guard),
    AT_END(both_writable),
    FIELD(source.config, TEXT, WORLD_TEXT_END),
    NUMBERS(now_us),
    NUMBERS(gateway[0].key),
    NUMBERS(gateway[1].key),
    NUMBERS(gateway[0].peer_key),
    NUMBERS(gateway[1].peer_key),
    NUMBERS(gateway[0].lease_end_us),
    NUMBERS(gateway[1].lease_end_us),
    NUMBERS(keys),
    NUMBERS(source.position),
    NUMBERS(source.write_rate),
    NUMBERS(source.last_write_us),
    NUMBERS(source.size),
    NUMBERS(source.canary),
    NUMBERS(target.copy_start_us),
    NUMBERS(target.copy_takes_us),
    NUMBERS(target.applied),
    NUMBERS(target.canary),
    NUMBERS(source.rewind_start_us),
    NUMBERS(source.replayed),
    NUMBERS(target.written),
    NUMBERS(proxy.plan_way),
    NUMBERS(proxy.way),
    NUMBERS(proxy.attempt),
    NUMBERS(proxy.decision),
    NUMBERS(proxy.outcome),
    FIELD(proxy.reason, TEXT, WORLD_TEXT_ALL),
};

static int64_t number_of(const struct fake *fake, const struct field *field)
{
    const char *at = (const char *)fake + field->at;
    if (field->size == sizeof(int64_t)) {
        int64_t wide;
        memcpy(&wide, at, sizeof(wide));
        return wide;
    }
    if (field->size == sizeof(bool))
        return *(const bool *)at;
    int narrow;
    memcpy(&narrow, at, sizeof(narrow));
    return narrow;
}

static void set_number(struct fake *fake, const struct field *field, int64_t value)
{
    char *at = (char *)fake + field->at;
    int narrow = (int)value;
    if (field->size == sizeof(int64_t))
        memcpy(at, &value, sizeof(value));
    else if (field->size == sizeof(bool))
        *(bool *)at = value != 0;
    else
        memcpy(at, &narrow, sizeof(narrow));
}

void world_text_add(struct str *out, const struct fake *fake, enum world_text which)
{
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        const struct field *field = &fields[i];
        if (which == WORLD_TEXT_END && field->which != WORLD_TEXT_END)
            continue;
        if (field->kind == TEXT) {
            const char *text;
            memcpy(&text, (const char *)fake + field->at, sizeof(text));
            str_printf(out, "%s=%s\n", field->name, text);
        } else {
            str_printf(out, "%s=%lld\n", field->name, (long long)number_of(fake, field));
        }
    }
}

static const struct field *find(const char *name, size_t len)
{
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        if (strlen(fields[i].name) == len && strncmp(fields[i].name, name, len) == 0)
            return &fields[i];
    return NULL;
}

const char *world_text_set(struct fake *fake, const char *text, struct arena *arena)
{
    while (*text != '\0') {
        size_t line = strcspn(text, "\n"), name = strcspn(text, "=");
        const struct field *field = name < line ? find(text, name) : NULL;
        if (field == NULL)
            return arena_strndup(arena, text, line);
        const char *value = arena_strndup(arena, text + name + 1, line - name - 1);
        if (field->kind == TEXT)
            memcpy((char *)fake + field->at, &value, sizeof(value));
        else
            set_number(fake, field, strtoll(value, NULL, 10));
        text += line + (text[line] == '\n' ? 1 : 0);
    }
    return NULL;
}
