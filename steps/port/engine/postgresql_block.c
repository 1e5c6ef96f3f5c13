/*
 * Marked blocks in files; see postgresql_block.h.
 */
#include "steps/port/engine/postgresql_block.h"

#include <stdbool.h>
#include <string.h>

struct line {
    size_t from, next; /* from its first byte to the first of the next line */
};

static struct line line_at(const char *text, size_t len, size_t from)
{
    const char *newline = memchr(text + from, '\n', len - from);
    return (struct line){from, newline ? (size_t)(newline - text) + 1 : len};
}

/* An editor may have given the whole file other line ends: our marks are known all the same. */
static bool line_is(const char *text, struct line line, const char *mark)
{
    size_t to = line.next;
    while (to > line.from && (text[to - 1] == '\n' || text[to - 1] == '\r'))
        to--;
    return to - line.from == strlen(mark) && memcmp(text + line.from, mark, to - line.from) == 0;
}

/* The line that holds mark, at or after from; *found tells whether there is one. */
static struct line line_find(const char *text, size_t len, size_t from, const char *mark,
                             bool *found)
{
    struct line line = {from, from};
    for (size_t at = from; at < len; at = line.next) {
        line = line_at(text, len, at);
        *found = line_is(text, line, mark);
        if (*found)
            return line;
    }
    *found = false;
    return line;
}

int postgresql_block_cut(const struct postgresql_block *block, const char *text, size_t len,
                         struct str *out, struct err *err)
{
    size_t kept = 0;
    for (;;) {
        bool found = false;
        struct line begin = line_find(text, len, kept, block->begin, &found);
        if (!found)
            break;
        struct line end = line_find(text, len, begin.next, block->end, &found);
        if (!found)
            return err_set(err, ERR_FOREIGN, "'%s' has no '%s' after it", block->begin, block->end);
        bool own_newline = block->place == POSTGRESQL_BLOCK_BOTTOM && begin.from > kept;
        str_add_n(out, text + kept, begin.from - kept - (own_newline ? 1 : 0));
        kept = end.next;
    }
    str_add_n(out, text + kept, len - kept);
    return 0;
}

int postgresql_block_put(const struct postgresql_block *block, const char *text, size_t len,
                         const char *lines, struct str *out, struct err *err)
{
    CLEANUP(str_free) struct str rest = STR_INIT;
    if (postgresql_block_cut(block, text, len, &rest, err))
        return -1;
    if (block->place == POSTGRESQL_BLOCK_BOTTOM && rest.len > 0) {
        str_add_n(out, rest.text, rest.len);
        str_add(out, "\n");
    }
    str_printf(out, "%s\n%s%s\n", block->begin, lines, block->end);
    if (block->place == POSTGRESQL_BLOCK_TOP)
        str_add_n(out, str_text(&rest), rest.len);
    return 0;
}
