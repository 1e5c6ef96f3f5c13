/*
 * A command that stays, line by line; see ssh.h. One thread writes and reads in turns, over a
 * connection that nobody else uses.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "steps/wire/ssh_session.h"

#define LINE_MAX_BYTES   ((size_t)1 << 20)
#define ERROUT_MAX_BYTES ((size_t)64 << 10)

struct ssh_stream {
    struct ssh *ssh;
    LIBSSH2_CHANNEL *channel;
    struct str out;
    size_t taken; /* so many bytes at the start of out were handed to the caller */
    struct str errout;
};

int ssh_stream_open(struct ssh_stream **out, struct ssh *ssh, const char *command, struct err *err)
{
    struct deadline deadline = deadline_in_ms(ssh->clock, SSH_CONNECT_MS);
    bool started = false;
    LIBSSH2_CHANNEL *channel = ssh_run_channel(ssh, command, &deadline, &started, err);
    if (!channel) {
        ssh_close(ssh);
        return -1;
    }
    *out = MEM_NEW(struct ssh_stream);
    (*out)->ssh = ssh;
    (*out)->channel = channel;
    return 0;
}

int ssh_stream_write(struct ssh_stream *stream, const char *bytes, size_t len, int64_t limit_ms,
                     struct err *err)
{
    struct deadline deadline = deadline_in_ms(stream->ssh->clock, limit_ms);
    if (stream->ssh->broken)
        return err_set(err, ERR_UNREACHABLE, "the stream to '%s' is lost", stream->ssh->host->name);
    while (len > 0) {
        ssize_t rc;
        do
            rc = libssh2_channel_write(stream->channel, bytes, len);
        while (ssh_again(stream->ssh, rc, &deadline));
        if (rc < 0)
            return ssh_fail(stream->ssh, rc, "writing to a stream", err);
        bytes += rc;
        len -= (size_t)rc;
    }
    return 0;
}

/* 1 when something came, 0 when there is nothing now, or a libssh2 error. */
static int drain(struct ssh_stream *stream, int which, struct str *into, size_t max,
                 const struct deadline *deadline)
{
    char bytes[4096];
    ssize_t rc;
    do
        rc = libssh2_channel_read_ex(stream->channel, which, bytes, sizeof bytes);
    while (ssh_pushing(stream->ssh, rc, deadline));
    if (rc == LIBSSH2_ERROR_EAGAIN || rc == 0)
        return 0;
    if (rc < 0)
        return (int)rc;
    size_t room = max > into->len ? max - into->len : 0;
    str_add_n(into, bytes, (size_t)rc < room ? (size_t)rc : room);
    return 1;
}

static int drain_both(struct ssh_stream *stream, const struct deadline *deadline)
{
    int errout =
        drain(stream, SSH_EXTENDED_DATA_STDERR, &stream->errout, ERROUT_MAX_BYTES, deadline);
    if (errout < 0)
        return errout;
    int out = drain(stream, 0, &stream->out, LINE_MAX_BYTES + 1, deadline);
    return out < 0 ? out : out | errout;
}

/* What was handed out goes, so that what is left begins with a fresh line. */
static void forget_taken(struct ssh_stream *stream)
{
    struct str *out = &stream->out;
    if (stream->taken == 0)
        return;
    out->len -= stream->taken;
    memmove(out->text, out->text + stream->taken, out->len);
    out->text[out->len] = '\0';
    stream->taken = 0;
}

static bool take_line(struct ssh_stream *stream, const char **out)
{
    char *end = stream->out.len > 0 ? memchr(stream->out.text, '\n', stream->out.len) : NULL;
    if (!end)
        return false;
    *end = '\0';
    *out = stream->out.text;
    stream->taken = (size_t)(end - stream->out.text) + 1;
    return true;
}

/* A last line without a newline is a line too. */
static int take_rest(struct ssh_stream *stream, const char **out)
{
    if (stream->out.len == 0)
        return 1;
    *out = stream->out.text;
    stream->taken = stream->out.len;
    return 0;
}

int ssh_stream_read(struct ssh_stream *stream, int64_t limit_ms, const char **out, struct err *err)
{
    struct ssh *ssh = stream->ssh;
    struct deadline deadline = deadline_in_ms(ssh->clock, limit_ms);
    *out = NULL;
    forget_taken(stream);
    while (!take_line(stream, out)) {
        if (ssh->broken)
            return err_set(err, ERR_UNREACHABLE, "the stream to '%s' is lost", ssh->host->name);
        if (stream->out.len > LINE_MAX_BYTES)
            return err_set(err, ERR_REMOTE, "a line from '%s' is longer than %zu bytes",
                           ssh->host->name, LINE_MAX_BYTES);
        int rc = drain_both(stream, &deadline);
        if (rc < 0)
            return ssh_fail(ssh, rc, "reading a stream", err);
        if (rc == 0 && libssh2_channel_eof(stream->channel) != 0)
            return take_rest(stream, out);
        if (rc == 0 && libssh2_poll_channel_read(stream->channel, 1) == 0 &&
            !ssh_wait(ssh, &deadline))
            return err_set(err, ERR_TIMEOUT, "no line from '%s' within %lld ms", ssh->host->name,
                           (long long)limit_ms);
    }
    return 0;
}

const char *ssh_stream_errout(const struct ssh_stream *stream)
{
    return str_text(&stream->errout);
}

void ssh_stream_close(struct ssh_stream *stream)
{
    if (!stream)
        return;
    ssh_close(stream->ssh);
    str_free(&stream->out);
    str_free(&stream->errout);
    free(stream);
}
