/*
 * A command that stays, with lines both ways; see remote.h. It has a connection of its own:
 * commands on the same host go on beside it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "steps/wire/remote.h"
#include "steps/wire/remote_quote.h"
#include "steps/wire/world_link.h"

#define START_MS 10000
#define WRITE_MS 5000

struct remote_stream {
    struct world *world;
    const struct spec_host *host;
    struct ssh_stream *lines;
    char *name; /* argv[0], for messages and the journal */
};

static void tell(struct remote_stream *stream, const char *in, const char *out, int64_t began_us,
                 const struct err *failure)
{
    const char *const argv[] = {stream->name, NULL};
    world_tell(
        stream->world,
        (struct world_io){.host = stream->host->name,
                          .kind = "stream",
                          .argv = argv,
                          .in = in,
                          .in_len = in ? strlen(in) : 0,
                          .out = out,
                          .out_len = out ? strlen(out) : 0,
                          .errout = failure ? ssh_stream_errout(stream->lines) : NULL,
                          .errout_len = failure ? strlen(ssh_stream_errout(stream->lines)) : 0,
                          .status = failure ? -1 : 0,
                          .failure = failure ? failure->text : NULL},
        began_us);
}

/* What a remote rc file prints comes before our mark. */
static int skip_to_mark(struct remote_stream *stream, struct err *err)
{
    const char *line;
    struct deadline deadline = deadline_in_ms(world_clock(stream->world), START_MS);
    do {
        int rc = ssh_stream_read(stream->lines, deadline_left_ms(&deadline), &line, err);
        if (rc < 0)
            return -1;
        if (rc > 0)
            return err_set(err, ERR_REMOTE, "the login shell on '%s' did not run '%s': '%.200s'",
                           stream->host->name, stream->name, ssh_stream_errout(stream->lines));
    } while (!str_equal(line, REMOTE_MARK));
    return 0;
}

static int open_lines(struct ssh_stream **out, struct world *world, const struct spec_host *host,
                      const char *const *argv, struct err *err)
{
    CLEANUP(str_free) struct str line = STR_INIT;
    struct ssh *ssh;
    if (remote_quote_line(&line, argv, REMOTE_QUOTE_COMMAND, 0, err) != 0 ||
        ssh_open(&ssh, host, world_keys(world), world_clock(world), err) != 0)
        return -1;
    return ssh_stream_open(out, ssh, line.text, err);
}

int remote_stream_open(struct remote_stream **out, struct world *world,
                       const struct spec_host *host, const char *const *argv, struct err *err)
{
    CLEANUP(str_free) struct str what = STR_INIT;
    struct ssh_stream *lines = NULL;
    str_printf(&what, "on '%s': ", host->name);
    remote_quote(&what, argv);
    if (world_may_change(world, what.text, err) != 0)
        return -1;
    int64_t began_us = world_now_us(world);
    int rc = open_lines(&lines, world, host, argv, err);
    struct remote_stream *stream = NULL;
    if (rc == 0) {
        stream = MEM_NEW(struct remote_stream);
        *stream = (struct remote_stream){world, host, lines, mem_strdup(argv[0])};
        rc = skip_to_mark(stream, err);
    }
    world_tell(world,
               (struct world_io){.host = host->name,
                                 .kind = "stream",
                                 .argv = argv,
                                 .status = rc == 0 ? 0 : -1,
                                 .failure = rc == 0 ? NULL : err->text},
               began_us);
    if (rc != 0) {
        remote_stream_close(stream);
        return err_add(err, "stream '%s' on '%s'", argv[0], host->name);
    }
    *out = stream;
    return 0;
}

int remote_stream_write(struct remote_stream *stream, const char *line, struct err *err)
{
    CLEANUP(str_free) struct str bytes = STR_INIT;
    int64_t began_us = world_now_us(stream->world);
    str_add(&bytes, line);
    str_add(&bytes, "\n");
    int rc = ssh_stream_write(stream->lines, bytes.text, bytes.len, WRITE_MS, err);
    tell(stream, line, NULL, began_us, rc == 0 ? NULL : err);
    return rc == 0 ? 0 : err_add(err, "stream '%s' on '%s'", stream->name, stream->host->name);
}

int remote_stream_read(struct remote_stream *stream, int64_t timeout_ms, const char **out,
                       struct err *err)
{
    int64_t began_us = world_now_us(stream->world);
    int rc = ssh_stream_read(stream->lines, timeout_ms, out, err);
    /* Nothing yet is no event: whoever polls would fill the journal with it. */
    if (rc >= 0 || err->code != ERR_TIMEOUT)
        tell(stream, NULL, *out, began_us, rc < 0 ? err : NULL);
    return rc >= 0 ? rc : err_add(err, "stream '%s' on '%s'", stream->name, stream->host->name);
}

void remote_stream_close(struct remote_stream *stream)
{
    if (!stream)
        return;
    ssh_stream_close(stream->lines);
    free(stream->name);
    free(stream);
}
