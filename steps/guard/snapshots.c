/*
 * Opens, exports and lists snapshots.
 */
#include "steps/guard/snapshots.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* One name from *at on; moves *at behind it. Returns NULL when a quote is not closed. */
static char *take_name(const char **at)
{
    struct str name CLEANUP(str_free) = STR_INIT;
    const char *c = *at;
    bool quoted = *c == '"';
    for (c += quoted; *c && (quoted || *c != ' '); c++) {
        if (quoted && *c == '"') {
            if (c[1] != '"')
                break;
            c++;
        }
        str_add_n(&name, c, 1);
    }
    if (quoted && *c != '"')
        return NULL;
    *at = c + quoted;
    return mem_strdup(str_text(&name));
}

int snapshots_names(const char *list, char ***out)
{
    int len = 0;
    *out = NULL;
    for (const char *at = list + strspn(list, " "); *at; at += strspn(at, " ")) {
        char *name = take_name(&at);
        if (!name) {
            while (len > 0)
                free((*out)[--len]);
            free(*out);
            *out = NULL;
            return -1;
        }
        *out = mem_resize(*out, mem_product((size_t)len + 1, sizeof(**out)));
        (*out)[len++] = name;
    }
    return len;
}

int snapshots_open(const struct guard *guard, struct snapshots *out, const struct until *until,
                   struct err *err)
{
    *out = (struct snapshots){0};
    int len = snapshots_names(guard->plan.databases, &out->database);
    if (len < 0)
        return err_set(err, ERR_SPEC, "a quote is not closed in the plan's 'databases'");
    out->len = (size_t)len;
    out->conn = mem_new(mem_product(out->len, sizeof(*out->conn)));
    for (size_t i = 0; i < out->len; i++)
        if (links_server(&out->conn[i], "the target's snapshot session", guard->plan.target,
                         out->database[i], until, err) < 0)
            return err_add(err, "database '%s'", out->database[i]);
    return 0;
}

int snapshots_send(struct snapshots *snapshots, const struct until *until, struct err *err)
{
    static const char sql[] =
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT pg_export_snapshot()";
    for (size_t i = 0; i < snapshots->len; i++)
        if (pgconn_send(&snapshots->conn[i], sql, until, err) < 0)
            return -1;
    return 0;
}

int snapshots_collect(struct snapshots *snapshots, const struct until *until, struct err *err)
{
    for (size_t i = 0; i < snapshots->len; i++)
        if (pgconn_collect(&snapshots->conn[i], until, err) < 0)
            return err_add(err, "database '%s'", snapshots->database[i]);
    return 0;
}

void snapshots_lines(const struct snapshots *snapshots, struct str *out)
{
    for (size_t i = 0; i < snapshots->len; i++)
        if (pgconn_rows(&snapshots->conn[i]) > 0)
            str_printf(out, "snapshot %s=%s\n", snapshots->database[i],
                       pgconn_cell(&snapshots->conn[i], 0, 0));
}

void snapshots_close(struct snapshots *snapshots)
{
    for (size_t i = 0; i < snapshots->len; i++) {
        if (snapshots->conn)
            pgconn_close(&snapshots->conn[i]);
        free(snapshots->database[i]);
    }
    free(snapshots->conn);
    free(snapshots->database);
    *snapshots = (struct snapshots){0};
}
