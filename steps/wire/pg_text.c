/*
 * Texts that PostgreSQL reads: log positions, quoted names, password verifiers; see pg.h.
 */
#include <stdio.h>
#include <string.h>

#include "steps/wire/pg_session.h"

/* 1 to 8 hexadecimal digits (pg_lsn_in takes no more). Returns where they end, NULL when there are
 * none. */
static const char *read_hex(const char *text, uint64_t *out)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    size_t len = strspn(text, digits);
    if (len < 1 || len > 8)
        return NULL;
    *out = 0;
    for (size_t i = 0; i < len; i++)
        *out = *out << 4 | ((size_t)(strchr(digits, text[i]) - digits) & 15);
    return text + len;
}

int pg_lsn_parse(const char *text, uint64_t *out, struct err *err)
{
    uint64_t high, low;
    const char *slash = text ? read_hex(text, &high) : NULL;
    const char *end = slash && *slash == '/' ? read_hex(slash + 1, &low) : NULL;
    if (!end || *end)
        return err_set(err, ERR_DATABASE, "'%.64s' is not a log position", text ? text : "NULL");
    *out = high << 32 | low;
    return 0;
}

const char *pg_lsn_text(char buf[PG_LSN_TEXT], uint64_t lsn)
{
    (void)snprintf(buf, PG_LSN_TEXT, "%X/%X", (unsigned)(lsn >> 32), (unsigned)lsn);
    return buf;
}

/* libpq refuses only text that is not in the session's encoding, which is UTF-8: an empty name is
 * an error wherever it is used. */
static const char *take(char *quoted, struct arena *arena)
{
    const char *copy = arena_strdup(arena, quoted ? quoted : "\"\"");
    PQfreemem(quoted);
    return copy;
}

const char *pg_quote_ident(struct pg *pg, const char *name, struct arena *arena)
{
    return take(PQescapeIdentifier(pg->conn, name, strlen(name)), arena);
}

const char *pg_quote_literal(struct pg *pg, const char *text, struct arena *arena)
{
    return take(PQescapeLiteral(pg->conn, text, strlen(text)), arena);
}

int pg_scram_verifier(struct pg *pg, const char *user, const struct secret *password,
                      struct arena *arena, const char **out, struct err *err)
{
    char *verifier =
        PQencryptPasswordConn(pg->conn, secret_reveal(password), user, "scram-sha-256");
    if (!verifier)
        return err_set(err, ERR_INTERNAL, "no verifier for the password of '%s': %s", user,
                       PQerrorMessage(pg->conn));
    /* Guesses can be tried against a verifier: it is a secret for the journal too, and the scrubber
     * goes on knowing it. */
    secret_free(secret_copy(verifier, strlen(verifier), "scram-verifier"));
    *out = take(verifier, arena);
    return 0;
}
