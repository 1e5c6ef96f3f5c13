/*
 * Commands on remote hosts; see remote.h.
 */
#include "steps/wire/remote.h"

#include <string.h>

#include "steps/wire/remote_quote.h"
#include "steps/wire/world_link.h"

#define DEFAULT_MS 20000

/* Beyond the remote limit and its SIGKILL: a host that has not told us by then is not going to. */
#define GRACE_MS (REMOTE_KILL_S * 1000 + 1000)

/* What timeout(1) exits with: 124 at its limit, 137 when SIGKILL was needed. */
enum { STATUS_LIMIT = 124, STATUS_KILLED = 137 };

/* argv as it runs there, for the journal and for messages. */
static const char *const *shown_argv(const struct remote_cmd *cmd, struct arena *arena)
{
    if (!cmd->script)
        return cmd->argv;
    size_t len = 0;
    while (cmd->argv[len])
        len++;
    const char **argv = ARENA_ARRAY(arena, const char *, len + 4);
    argv[0] = "sh";
    argv[1] = "-s";
    argv[2] = "--";
    memcpy(argv + 3, cmd->argv, len * sizeof *argv);
    return argv;
}

static void keep(struct remote_reply *reply, const struct ssh_result *got, struct arena *arena)
{
    const char *whole = str_text(&got->out), *own = remote_quote_after_mark(whole, got->out.len);
    const char *from = own ? own : whole;
    *reply = (struct remote_reply){.status = got->status};
    reply->out_len = got->out.len - (size_t)(from - whole);
    reply->out = world_copy(arena, from, reply->out_len);
    reply->errout_len = got->errout.len;
    reply->errout = world_copy(arena, str_text(&got->errout), reply->errout_len);
}

/* A connection that was lost while it lay idle shows only when it is used. As long as nothing was
   asked of the host, asking again over a new connection is safe. */
static int run_line(struct world *world, const struct spec_host *host, const char *line,
                    const struct remote_cmd *cmd, int64_t limit_ms, struct ssh_result *got,
                    struct err *err)
{
    size_t in_len = cmd->script ? strlen(cmd->script) : 0;
    for (int attempt = 0;; attempt++) {
        struct ssh *ssh;
        if (world_link(&ssh, world, host, err) != 0)
            return -1;
        if (ssh_run(ssh, line, cmd->script, in_len, limit_ms + GRACE_MS, got, err) == 0)
            return 0;
        if (got->started || attempt > 0 || err->code != ERR_UNREACHABLE)
            return -1;
        err_clear(err);
    }
}

/* The command ran, but did it get to its own end? */
static int check_end(const struct spec_host *host, const struct ssh_result *got, int64_t limit_ms,
                     int64_t took_us, struct err *err)
{
    const char *out = str_text(&got->out);
    if (!remote_quote_after_mark(out, got->out.len))
        return err_set(err, ERR_REMOTE, "the login shell on '%s' did not run the command: '%.200s'",
                       host->name, got->out.len > 0 ? out : str_text(&got->errout));
    if ((got->status == STATUS_LIMIT || got->status == STATUS_KILLED) && took_us >= limit_ms * 1000)
        return err_set(err, ERR_TIMEOUT, "the command did not end within %lld ms and was ended",
                       (long long)limit_ms);
    return 0;
}

struct call {
    struct world *world;
    const struct spec_host *host;
    const struct remote_cmd *cmd;
    const char *kind;
};

static int run(const struct call *call, struct arena *arena, struct remote_reply *out,
               struct err *err)
{
    const struct remote_cmd *cmd = call->cmd;
    CLEANUP(str_free) struct str line = STR_INIT;
    CLEANUP(ssh_result_free) struct ssh_result got = SSH_RESULT_INIT;
    int64_t limit_ms = cmd->timeout_ms > 0 ? cmd->timeout_ms : DEFAULT_MS;
    if (remote_quote_line(&line, cmd->argv,
                          cmd->script ? REMOTE_QUOTE_SCRIPT : REMOTE_QUOTE_COMMAND, limit_ms,
                          err) != 0)
        return -1;
    int64_t began_us = world_now_us(call->world);
    int rc = run_line(call->world, call->host, line.text, cmd, limit_ms, &got, err);
    keep(out, &got, arena);
    out->took_us = world_now_us(call->world) - began_us;
    if (rc == 0)
        rc = check_end(call->host, &got, limit_ms, out->took_us, err);
    const char *const *argv = shown_argv(cmd, arena);
    if (rc != 0)
        (void)err_add(err, "'%s' on '%s'", argv[0], call->host->name);
    world_tell(call->world,
               (struct world_io){.host = call->host->name,
                                 .kind = call->kind,
                                 .argv = argv,
                                 .in = cmd->script,
                                 .in_len = cmd->script ? strlen(cmd->script) : 0,
                                 .out = out->out,
                                 .out_len = out->out_len,
                                 .errout = out->errout,
                                 .errout_len = out->errout_len,
                                 .status = rc == 0 ? out->status : -1,
                                 .failure = rc == 0 ? NULL : err->text},
               began_us);
    return rc;
}

int remote_probe(struct world *world, const struct spec_host *host, const struct remote_cmd *cmd,
                 struct arena *arena, struct remote_reply *out, struct err *err)
{
    return run(&(struct call){world, host, cmd, "probe"}, arena, out, err);
}

int remote_change(struct world *world, const struct spec_host *host, const struct remote_cmd *cmd,
                  struct arena *arena, struct remote_reply *out, struct err *err)
{
    CLEANUP(str_free) struct str what = STR_INIT;
    str_printf(&what, "on '%s': ", host->name);
    remote_quote(&what, shown_argv(cmd, arena));
    if (world_may_change(world, what.text, err) != 0)
        return -1;
    return run(&(struct call){world, host, cmd, "change"}, arena, out, err);
}

/* The last line that says something, without its newline: where programs put the reason. */
static const char *last_line(const char *text, struct arena *arena)
{
    char *copy = str_trim(arena_strdup(arena, text));
    char *newline = strrchr(copy, '\n');
    return newline ? newline + 1 : copy;
}

static int must_be_zero(const struct spec_host *host, const struct remote_cmd *cmd,
                        const struct remote_reply *reply, struct arena *arena, struct err *err)
{
    if (reply->status == 0)
        return 0;
    const char *line = last_line(reply->errout, arena);
    return err_set(err, ERR_REMOTE, "'%s' on '%s' ended with status %d: %s",
                   shown_argv(cmd, arena)[0], host->name, reply->status,
                   *line ? line : "nothing on stderr");
}

int remote_probe_ok(struct world *world, const struct spec_host *host, const struct remote_cmd *cmd,
                    struct arena *arena, struct remote_reply *out, struct err *err)
{
    if (remote_probe(world, host, cmd, arena, out, err) != 0)
        return -1;
    return must_be_zero(host, cmd, out, arena, err);
}

int remote_change_ok(struct world *world, const struct spec_host *host,
                     const struct remote_cmd *cmd, struct arena *arena, struct remote_reply *out,
                     struct err *err)
{
    if (remote_change(world, host, cmd, arena, out, err) != 0)
        return -1;
    return must_be_zero(host, cmd, out, arena, err);
}
