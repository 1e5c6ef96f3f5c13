/*
 * One script on one host: the arguments of its side, its text, and what its end means. Nothing here
 * knows what the scripts do.
 */
#include "steps/port/tunnel/wireguard.h"

#include <string.h>

#include "base/str.h"
#include "steps/port/tunnel/wireguard_lines.h"
#include "steps/port/tunnel/wireguard_script.h"

/* What a script exits with when something in the way is not ours (common.sh). */
enum { STATUS_FOREIGN = 40 };

typedef int remote_call(struct world *world, const struct spec_host *host,
                        const struct remote_cmd *cmd, struct arena *arena, struct remote_reply *out,
                        struct err *err);

static const char *const *argv_of(const struct wireguard *wg, const struct wireguard_run *run,
                                  struct arena *arena)
{
    const struct wireguard_side *side = &wg->side[run->side];
    const char **argv = ARENA_ARRAY(arena, const char *, side->argc + ARRAY_LEN(run->more) + 1);
    memcpy(argv, side->argv, side->argc * sizeof *argv);
    size_t len = side->argc;
    for (size_t i = 0; i < ARRAY_LEN(run->more) && run->more[i]; i++)
        argv[len++] = run->more[i];
    return argv;
}

/* The last line says why a script ended; before it may stand what a login shell or a tool said. */
static const char *last_line(const char *text, struct arena *arena)
{
    char *copy = str_trim(arena_strdup(arena, text));
    const char *newline = strrchr(copy, '\n');
    return newline ? newline + 1 : copy;
}

static int run_script(remote_call *call, struct wireguard *wg, const struct wireguard_run *run,
                      struct arena *arena, const char **out, struct err *err)
{
    const struct spec_host *host = run->host ? run->host : wg->side[run->side].gateway;
    const struct remote_cmd cmd = {
        .argv = argv_of(wg, run, arena),
        .script = wireguard_script_text(run->script, arena),
        .timeout_ms = run->timeout_ms,
    };
    struct remote_reply reply;
    if (!cmd.script)
        return err_set(err, ERR_INTERNAL, "no script '%s'", run->script);
    if (call(wg->world, host, &cmd, arena, &reply, err) != 0)
        return err_add(err, "'%s' on '%s'", run->script, host->name);
    *out = reply.out;
    if (reply.status == 0)
        return 0;
    if (reply.status == STATUS_FOREIGN)
        return err_set(err, ERR_FOREIGN, "host '%s': %s", host->name,
                       last_line(reply.errout, arena));
    return err_set(err, ERR_REMOTE, "'%s' on '%s' ended with status %d: %s", run->script,
                   host->name, reply.status, last_line(reply.errout, arena));
}

int wireguard_run_probe(struct wireguard *wg, const struct wireguard_run *run, struct arena *arena,
                        const char **out, struct err *err)
{
    return run_script(remote_probe, wg, run, arena, out, err);
}

int wireguard_run_change(struct wireguard *wg, const struct wireguard_run *run, struct arena *arena,
                         const char **out, struct err *err)
{
    return run_script(remote_change, wg, run, arena, out, err);
}

const char *wireguard_run_word(struct arena *arena, const char *key, const char *value)
{
    return arena_printf(arena, "%s=%s", key, value);
}

int wireguard_see_side(struct wireguard *wg, enum tunnel_side side, struct arena *arena,
                       struct wireguard_seen *out, struct err *err)
{
    const struct wireguard_run run = {.script = "see.sh", .side = side};
    const char *reply;
    if (wireguard_run_probe(wg, &run, arena, &reply, err) != 0)
        return -1;
    if (!wireguard_seen_read(out, reply, arena))
        return err_set(err, ERR_REMOTE, "the reply of '%s' was cut off: '%.200s'",
                       wg->side[side].gateway->name, reply);
    return 0;
}

int wireguard_see_both(struct wireguard *wg, struct arena *arena,
                       struct wireguard_seen out[TUNNEL_SIDES], struct err *err)
{
    if (wireguard_see_side(wg, TUNNEL_SOURCE, arena, &out[TUNNEL_SOURCE], err) != 0)
        return -1;
    return wireguard_see_side(wg, TUNNEL_TARGET, arena, &out[TUNNEL_TARGET], err);
}

bool wireguard_see_match(const struct wireguard_seen seen[TUNNEL_SIDES])
{
    const struct wireguard_seen *source = &seen[TUNNEL_SOURCE], *target = &seen[TUNNEL_TARGET];
    return source->peers == 1 && target->peers == 1 && source->key[0] && target->key[0] &&
           str_equal(source->peer, target->key) && str_equal(target->peer, source->key);
}

static enum wireguard_reach reach_of(const char *word)
{
    if (str_equal(word, "connected"))
        return WIREGUARD_CONNECTED;
    if (str_equal(word, "refused"))
        return WIREGUARD_REFUSED;
    if (str_equal(word, "timeout"))
        return WIREGUARD_TIMEOUT;
    return WIREGUARD_NO_ROUTE;
}

/* Only this flow goes in, so the arguments of a side would be wrong: they name all of them. */
int wireguard_flow_try(struct wireguard *wg, const struct tunnel_flow *flow, int tries, int limit_s,
                       struct wireguard_flow_seen *out, struct err *err)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    const struct wireguard_run run = {
        .script = "flow.sh",
        .host = flow->from_host,
        .side = TUNNEL_TARGET,
        .more = {arena_printf(arena, "flow_to=%s", flow->to),
                 arena_printf(arena, "flow_port=%u", (unsigned)flow->port),
                 arena_printf(arena, "tries=%d", tries), arena_printf(arena, "limit=%d", limit_s)},
        .timeout_ms = 1000 * (5 + (int64_t)tries * limit_s),
    };
    const char *reply;
    struct wireguard_lines lines;
    if (wireguard_run_probe(wg, &run, arena, &reply, err) != 0)
        return -1;
    if (!wireguard_lines_read(&lines, reply, arena))
        return err_set(err, ERR_REMOTE, "the reply of '%s' was cut off", flow->from_host->name);
    *out = (struct wireguard_flow_seen){
        .reach = reach_of(wireguard_lines_get(&lines, "result", "")),
        .answered = wireguard_lines_get(&lines, "answer", NULL) != NULL,
    };
    for (size_t i = 0; i < lines.len && out->tries < ARRAY_LEN(out->connect_us); i++)
        if (str_equal(lines.line[i].key, "connect_us") &&
            str_to_i64(lines.line[i].value, &out->connect_us[out->tries]) == 0)
            out->tries++;
    return 0;
}
