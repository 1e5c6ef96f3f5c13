/*
 * Closes and opens the source's door, and knocks at it.
 */
#include "steps/guard/fence.h"

#include "base/str.h"

/* A text as an SQL literal that no setting can change the meaning of. */
static void literal(struct str *out, const char *text)
{
    str_add(out, " E'");
    for (const char *c = text; *c; c++) {
        if (*c == '\'' || *c == '\\')
            str_add_n(out, c, 1);
        str_add_n(out, c, 1);
    }
    str_add(out, "'");
}

int fence_set(const struct guard *guard, struct pgconn *source, enum fence want,
              const struct until *until, struct err *err)
{
    struct str sql CLEANUP(str_free) = STR_INIT;
    str_add(&sql, "COPY (SELECT");
    literal(&sql, want == FENCE_CLOSED ? guard->plan.fence_closed : guard->plan.fence_open);
    str_add(&sql, ") TO");
    literal(&sql, guard->plan.fence_file);
    str_add(&sql, "; SELECT pg_reload_conf()");
    return pgconn_ask(source, str_text(&sql), until, err);
}

int fence_prove(const struct guard *guard, enum fence want, const struct until *until,
                struct err *err)
{
    enum pgconn_door wanted = want == FENCE_CLOSED ? PGCONN_REFUSED : PGCONN_ADMITTED;
    enum pgconn_door answered = PGCONN_UNCLEAR; /* the last that was an answer */
    for (;;) {
        struct err seen = ERR_INIT;
        enum pgconn_door door = pgconn_knock(guard->plan.trial, guard->trial_sslmode, until, &seen);
        if (door == wanted)
            return 0;
        answered = door == PGCONN_UNCLEAR ? answered : door;
        struct err nap = ERR_INIT;
        if (until_nap(until, 500, "the trial session was tried", &nap) < 0) {
            const char *came = answered == PGCONN_UNCLEAR    ? seen.text
                               : answered == PGCONN_ADMITTED ? "it was admitted"
                                                             : "it was refused";
            return err_set(err, nap.code, "the fence at the source is not proved to be %s: %s",
                           want == FENCE_CLOSED ? "closed" : "open", came);
        }
    }
}

int fence_rehearse(struct guard *guard, const struct until *until, struct err *err)
{
    static const char *const modes[] = {"disable", "require"};
    struct err seen = ERR_INIT;
    for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
        if (pgconn_knock(guard->plan.trial, modes[i], until, &seen) == PGCONN_ADMITTED) {
            guard->trial_sslmode = modes[i];
            return 0;
        }
    }
    return err_set(
        err, ERR_REFUSED,
        "the trial session is refused at the open source: its refusal would prove no fence%s%s",
        seen.text[0] ? ": " : "", seen.text);
}
