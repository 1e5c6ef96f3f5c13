// The run: one thread and one poll loop drive every client, until the time is up or a signal asks
// for the end; then each finishes what it is at, and the ledger is written.
#include "load_client.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

struct run {
    const struct load_options *options;
    struct client *clients;
    struct pollfd *polls; // one for each client, and one more for signals
    int count;
    int first; // clients that start at once
    int64_t start_us;
    int64_t stop_us; // when 'stopping' was set
    bool announced;
    struct client_pace pace;
    struct ledger ledger;
};

static void *must_allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    if (!memory) {
        fputs("ece-load: out of memory\n", stderr);
        exit(2);
    }
    return memory;
}

static int create_table(const char *conninfo)
{
    PGconn *conn = load_connect(conninfo);
    int done = -1;

    if (conn)
        done = load_execute(conn, "SET client_min_messages = warning;"
                                  "CREATE TABLE IF NOT EXISTS " LOAD_TABLE
                                  " (run text NOT NULL, client int NOT NULL, seq bigint NOT NULL,"
                                  " payload text NOT NULL, at timestamptz NOT NULL)");
    PQfinish(conn);
    return done;
}

// The conninfo of a client: as given, or with a setting of its own that a fence must not trust.
static char *conninfo_of(const struct load_options *options, enum client_kind kind, int number)
{
    const char *base = kind == CLIENT_BYPASS ? options->bypass : options->conninfo;
    const char *more = " options='-c default_transaction_read_only=off'";
    bool insists = kind == CLIENT_BYPASS && options->bypass_rw && number % 2 == 0;
    size_t size = strlen(base) + strlen(more) + 1;
    char *text = must_allocate(size, 1);

    snprintf(text, size, "%s%s", base, insists ? more : "");
    return text;
}

static void set_client(struct run *run, int id, enum client_kind kind, int number)
{
    struct client *client = &run->clients[id];

    client->id = id;
    client->kind = kind;
    client->seq = 1;
    client->backoff_us = kind == CLIENT_BYPASS ? 20000 : 5000;
    client->retry_us = run->start_us;
    client->conninfo = conninfo_of(run->options, kind, number);
}

// Growing clients come one by one after the first quarter.
static void set_growth(struct run *run)
{
    const struct load_options *options = run->options;
    int later = options->clients - run->first;
    int64_t step_us = (int64_t)options->grow_ms * 1000;

    if (later > 0 && step_us == 0)
        step_us = (int64_t)(options->seconds * 1e6) / (later + 1);
    for (int i = 0; i < later; i++)
        run->clients[run->first + i].retry_us = run->start_us + step_us * (i + 1);
}

static void set_up(struct run *run, const struct load_options *options)
{
    *run = (struct run){
        .options = options,
        .count = options->clients + options->bypass_clients,
        .first = options->grow ? (options->clients + 3) / 4 : options->clients,
        .start_us = client_now_us(),
        .pace = {.interval_us = (int64_t)(1e6 / options->rate),
                 .hold_s = options->hold_ms / 1e3,
                 .run = options->run},
    };
    run->clients = must_allocate((size_t)run->count, sizeof *run->clients);
    run->polls = must_allocate((size_t)run->count + 1, sizeof *run->polls);
    snprintf(run->ledger.run, sizeof run->ledger.run, "%s", options->run);
    for (int i = 0; i < options->clients; i++)
        set_client(run, i, CLIENT_PROXIED, i);
    for (int i = 0; i < options->bypass_clients; i++)
        set_client(run, options->clients + i, CLIENT_BYPASS, i);
    set_growth(run);
}

// Signals arrive as a descriptor in the poll loop, so nothing is interrupted half way.
static int open_signals(void)
{
    sigset_t wanted;

    sigemptyset(&wanted);
    sigaddset(&wanted, SIGTERM);
    sigaddset(&wanted, SIGINT);
    sigprocmask(SIG_BLOCK, &wanted, NULL);
    return signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
}

// The first signal was heard; a second one ends the program at once.
static void admit_signals(int signals)
{
    struct signalfd_siginfo heard;
    sigset_t all;

    while (read(signals, &heard, sizeof heard) > 0)
        continue;
    sigfillset(&all);
    sigprocmask(SIG_UNBLOCK, &all, NULL);
}

static void wait_for_something(struct run *run)
{
    int64_t now = client_now_us(), wake = run->start_us + (int64_t)(run->options->seconds * 1e6);

    if (run->pace.stopping || wake - now > 100000)
        wake = now + 100000;
    for (int i = 0; i < run->count; i++) {
        const struct client *client = &run->clients[i];
        int64_t own = client_wake_us(client, &run->pace);

        if (own < wake)
            wake = own;
        run->polls[i].fd = client->conn && client->events ? PQsocket(client->conn) : -1;
        run->polls[i].events = client->events;
        run->polls[i].revents = 0;
    }
    int64_t left = wake > now ? wake - now : 0;
    struct timespec timeout = {.tv_sec = left / 1000000, .tv_nsec = (left % 1000000) * 1000};
    if (ppoll(run->polls, (nfds_t)run->count + 1, &timeout, NULL) < 0 && errno != EINTR)
        perror("ece-load: poll");
}

// Tells whoever started us that every client of the first hour has written.
static void announce(struct run *run)
{
    if (run->announced)
        return;
    for (int i = 0; i < run->first; i++)
        if (run->clients[i].seq == 1)
            return;
    run->announced = true;
    printf("{\"started\":true,\"clients\":%d}\n", run->first);
    fflush(stdout);
}

static void drive(struct run *run, int signals)
{
    run->polls[run->count] = (struct pollfd){.fd = signals, .events = POLLIN};
    for (;;) {
        bool finished = true;

        wait_for_something(run);
        int64_t now = client_now_us();
        bool over = now - run->start_us >= (int64_t)(run->options->seconds * 1e6);
        if (!run->pace.stopping && (over || run->polls[run->count].revents)) {
            run->pace.stopping = true;
            run->stop_us = now;
            run->polls[run->count].fd = -1;
            admit_signals(signals);
        }
        for (int i = 0; i < run->count; i++) {
            client_advance(&run->clients[i], &run->pace, run->polls[i].revents);
            finished = finished && client_is_finished(&run->clients[i], now - run->stop_us);
        }
        announce(run);
        if (run->pace.stopping && finished)
            return;
    }
}

static int refuse_ledger(const struct load_options *options)
{
    fprintf(stderr, "ece-load: ledger '%s' cannot be written: %s\n", options->ledger,
            strerror(errno));
    return 2;
}

static int report(struct run *run)
{
    struct ledger *ledger = &run->ledger;

    ledger->client_count = (size_t)run->count;
    ledger->clients = must_allocate(ledger->client_count, sizeof *ledger->clients);
    for (int i = 0; i < run->count; i++) {
        const struct client *client = &run->clients[i];

        ledger->clients[i] = (struct ledger_client){.id = client->id,
                                                    .kind = client->kind,
                                                    .acked = client->seq - 1,
                                                    .failed = client->failed};
    }
    ledger_sum(ledger);
    for (size_t i = 0; i < ledger->error_count; i++)
        fprintf(
            stderr, "ece-load: %lld %s attempts failed: %s\n", (long long)ledger->errors[i].count,
            ledger->errors[i].kind == CLIENT_BYPASS ? "bypass" : "proxied", ledger->errors[i].text);
    const struct ledger_summary *proxied = &ledger->summary[CLIENT_PROXIED];
    printf("{\"acked\":%lld,\"failed\":%lld,\"stall_max_ms\":%.3f,\"bypass_acked\":%lld}\n",
           (long long)proxied->acked, (long long)proxied->failed, (double)proxied->max_us / 1e3,
           (long long)ledger->summary[CLIENT_BYPASS].acked);
    if (ledger_write(ledger, run->options->ledger, (int64_t)run->options->slow_ms * 1000) == 0)
        return 0;
    return refuse_ledger(run->options);
}

int run_command(const struct load_options *options)
{
    struct run run;
    int signals, status;

    if (ledger_try(options->ledger) < 0)
        return refuse_ledger(options);
    if (create_table(options->conninfo) < 0)
        return 2;
    signals = open_signals();
    set_up(&run, options);
    run.pace.ledger = &run.ledger;
    drive(&run, signals);
    status = report(&run);
    for (int i = 0; i < run.count; i++)
        client_close(&run.clients[i]);
    ledger_free(&run.ledger);
    free(run.clients);
    free(run.polls);
    close(signals);
    return status;
}
