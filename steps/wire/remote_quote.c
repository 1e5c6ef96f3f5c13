/*
 * Quoting for a remote shell; see remote_quote.h.
 */
#include "steps/wire/remote_quote.h"

#include <string.h>

/* POSIX.1-2017, Shell, 2.2.2: within single quotes everything is itself, and only the single quote
 * cannot stand there. */
static void quote_one(struct str *out, const char *arg)
{
    str_add(out, "'");
    for (const char *at = arg; *at; at++) {
        if (*at == '\'')
            str_add(out, "'\\''");
        else
            str_add_n(out, at, 1);
    }
    str_add(out, "'");
}

void remote_quote(struct str *out, const char *const *argv)
{
    for (size_t i = 0; argv[i]; i++) {
        if (i > 0)
            str_add(out, " ");
        quote_one(out, argv[i]);
    }
}

int remote_quote_line(struct str *out, const char *const *argv, enum remote_quote_kind kind,
                      int64_t limit_ms, struct err *err)
{
    str_add(out, "echo '" REMOTE_MARK "'; exec ");
    if (limit_ms > 0)
        str_printf(out, "timeout -k %d %lld.%03lld ", REMOTE_KILL_S, (long long)(limit_ms / 1000),
                   (long long)(limit_ms % 1000));
    switch (kind) {
    case REMOTE_QUOTE_COMMAND:
        if (!argv[0])
            return err_set(err, ERR_INTERNAL, "a remote command without a name");
        break;
    case REMOTE_QUOTE_SCRIPT:
        str_add(out, "sh -s -- ");
        break;
    }
    remote_quote(out, argv);
    if (out->len > REMOTE_QUOTE_MAX)
        return err_set(err, ERR_INTERNAL, "a remote command line of %zu bytes (at most %d)",
                       out->len, REMOTE_QUOTE_MAX);
    return 0;
}

const char *remote_quote_after_mark(const char *out, size_t len)
{
    static const char mark[] = REMOTE_MARK "\n";
    const char *at = len > 0 ? memmem(out, len, mark, sizeof mark - 1) : NULL;
    return at ? at + sizeof mark - 1 : NULL;
}
