/*
 * One command to its end; see ssh.h. Input is written and both outputs are read in turns: the
 * streams share one window, so a host that fills stderr while nobody reads it would never finish
 * stdout (10 MB deadlock, measured).
 */
#include <signal.h>
#include <string.h>

#include "steps/wire/ssh_session.h"

/* libssh2 takes at most 32700 bytes a write. */
#define CHUNK 32700

void ssh_result_free(struct ssh_result *result)
{
    str_free(&result->out);
    str_free(&result->errout);
}

/* RFC 4254 §6.10 names signals without SIG. */
static int signal_number(const char *name)
{
    static const struct {
        const char *name;
        int number;
    } known[] = {{"ABRT", SIGABRT}, {"ALRM", SIGALRM}, {"FPE", SIGFPE},   {"HUP", SIGHUP},
                 {"ILL", SIGILL},   {"INT", SIGINT},   {"KILL", SIGKILL}, {"PIPE", SIGPIPE},
                 {"QUIT", SIGQUIT}, {"SEGV", SIGSEGV}, {"TERM", SIGTERM}, {"USR1", SIGUSR1},
                 {"USR2", SIGUSR2}};
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (strcmp(name, known[i].name) == 0)
            return known[i].number;
    return 127; /* some signal, whose number we do not know: 255 in all */
}

/* A host that refuses a request is not a lost connection. */
static int refuse(struct ssh *ssh, int rc, const char *what, struct err *err)
{
    if (rc == LIBSSH2_ERROR_CHANNEL_FAILURE || rc == LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED ||
        rc == LIBSSH2_ERROR_REQUEST_DENIED)
        return err_set(err, ERR_REMOTE, "'%s' refuses to %s (libssh2 %d)", ssh->host->name, what,
                       rc);
    return ssh_fail(ssh, rc, what, err);
}

LIBSSH2_CHANNEL *ssh_run_channel(struct ssh *ssh, const char *command,
                                 const struct deadline *deadline, bool *started, struct err *err)
{
    LIBSSH2_CHANNEL *channel;
    int rc;
    do {
        channel = libssh2_channel_open_session(ssh->session);
        rc = channel ? 0 : libssh2_session_last_errno(ssh->session);
    } while (ssh_again(ssh, rc, deadline));
    if (!channel) {
        (void)refuse(ssh, rc, "open a session", err);
        return NULL;
    }
    *started = true;
    do
        rc = libssh2_channel_exec(channel, command);
    while (ssh_again(ssh, rc, deadline));
    if (rc == 0)
        return channel;
    /* Half a request leaves the channel in a state of its own: closing it with the connection is
     * the one sure way. */
    (void)refuse(ssh, rc, "start a command", err);
    ssh->broken = true;
    return NULL;
}

struct run {
    struct ssh *ssh;
    LIBSSH2_CHANNEL *channel;
    const struct deadline *deadline;
    const char *in;
    size_t in_left;
    bool eof_sent;
    struct ssh_result *result;
};

/* Each of these returns 1 when something moved, 0 when the host has to move first, or a libssh2
 * error. */
static int feed(struct run *run)
{
    if (run->eof_sent)
        return 0;
    ssize_t rc;
    if (run->in_left > 0) {
        size_t len = run->in_left < CHUNK ? run->in_left : CHUNK;
        do
            rc = libssh2_channel_write(run->channel, run->in, len);
        while (ssh_pushing(run->ssh, rc, run->deadline));
        if (rc > 0) {
            run->in += rc;
            run->in_left -= (size_t)rc;
        }
    } else {
        do
            rc = libssh2_channel_send_eof(run->channel);
        while (ssh_pushing(run->ssh, rc, run->deadline));
        run->eof_sent = rc == 0;
        rc = rc == 0 ? 1 : rc;
    }
    if (rc == LIBSSH2_ERROR_EAGAIN)
        return 0;
    return rc > 0 ? 1 : (int)rc;
}

static int drain(struct run *run, int stream, struct str *into)
{
    char bytes[16384];
    ssize_t rc;
    do
        rc = libssh2_channel_read_ex(run->channel, stream, bytes, sizeof bytes);
    while (ssh_pushing(run->ssh, rc, run->deadline));
    if (rc == LIBSSH2_ERROR_EAGAIN || rc == 0)
        return 0;
    if (rc < 0)
        return (int)rc;
    size_t room = SSH_KEEP_BYTES > into->len ? SSH_KEEP_BYTES - into->len : 0;
    str_add_n(into, bytes, (size_t)rc < room ? (size_t)rc : room);
    return 1;
}

/* A command may end without reading all its input: that is its own affair, and its exit status
 * tells. */
static int feed_unless_closed(struct run *run)
{
    if (libssh2_channel_eof(run->channel) != 0)
        return 0;
    int rc = feed(run);
    if (rc != LIBSSH2_ERROR_CHANNEL_CLOSED && rc != LIBSSH2_ERROR_CHANNEL_EOF_SENT)
        return rc;
    run->eof_sent = true;
    return 1;
}

static int move(struct run *run)
{
    int fed = feed_unless_closed(run);
    int out = fed < 0 ? 0 : drain(run, 0, &run->result->out);
    int errout =
        fed < 0 || out < 0 ? 0 : drain(run, SSH_EXTENDED_DATA_STDERR, &run->result->errout);
    if (fed < 0)
        return fed;
    if (out < 0)
        return out;
    return errout < 0 ? errout : fed | out | errout;
}

/* Until both streams are at their ends. Reading one stream queues what arrives for the other, so a
   quiet socket says nothing before the queue is empty too. */
static int move_all(struct run *run, struct err *err)
{
    for (;;) {
        int rc = move(run);
        if (rc < 0)
            return ssh_fail(run->ssh, rc, "running a command", err);
        if (rc == 0 && run->ssh->broken)
            return ssh_fail(run->ssh, LIBSSH2_ERROR_EAGAIN, "running a command", err);
        if (rc == 0 && libssh2_channel_eof(run->channel) != 0)
            return 0;
        if (rc == 0 && libssh2_poll_channel_read(run->channel, 1) != 0)
            continue;
        if ((rc == 0 && !ssh_wait(run->ssh, run->deadline)) || deadline_passed(run->deadline))
            return ssh_fail(run->ssh, LIBSSH2_ERROR_EAGAIN, "running a command", err);
    }
}

/* The exit status comes with the close. libssh2 says status 0 for a command that a signal ended,
 * and for a lost connection. */
static int finish(struct run *run, struct err *err)
{
    int rc;
    do
        rc = libssh2_channel_wait_closed(run->channel);
    while (ssh_again(run->ssh, rc, run->deadline));
    if (rc != 0)
        return ssh_fail(run->ssh, rc, "waiting for a command's end", err);
    char *name = NULL;
    size_t len = 0;
    if (libssh2_channel_get_exit_signal(run->channel, &name, &len, NULL, NULL, NULL, NULL) != 0)
        return ssh_fail(run->ssh, LIBSSH2_ERROR_PROTO, "reading a command's end", err);
    run->result->status =
        name && len > 0 ? 128 + signal_number(name) : libssh2_channel_get_exit_status(run->channel);
    libssh2_free(run->ssh->session, name);
    do
        rc = libssh2_channel_free(run->channel);
    while (ssh_again(run->ssh, rc, run->deadline));
    return rc == 0 ? 0 : ssh_fail(run->ssh, rc, "closing a command", err);
}

int ssh_run(struct ssh *ssh, const char *command, const char *in, size_t in_len, int64_t limit_ms,
            struct ssh_result *out, struct err *err)
{
    struct deadline deadline = deadline_in_ms(ssh->clock, limit_ms);
    out->started = false;
    struct run run = {
        .ssh = ssh, .deadline = &deadline, .in = in, .in_left = in_len, .result = out};
    run.channel = ssh_run_channel(ssh, command, &deadline, &out->started, err);
    if (!run.channel)
        return -1;
    return move_all(&run, err) == 0 ? finish(&run, err) : -1;
}
