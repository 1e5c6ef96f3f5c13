// One client of the load: a connection, and the one operation that it is at. It is driven by
// run.c's poll loop and never blocks.
#ifndef ECE_LOAD_CLIENT_H
#define ECE_LOAD_CLIENT_H

#include "load.h"

//            connect                  connected               due
//   DOWN ───────────────▶ CONNECTING ───────────▶ READY ─────────────▶ BUSY
//    ▲                        │                   ▲  ▲   acknowledged    │
//    └────────────────────────┴── connection lost │  └── or refused ─────┤
//    └───────────────────────────────────────────────────────────────────┘
enum client_state { CLIENT_DOWN, CLIENT_CONNECTING, CLIENT_READY, CLIENT_BUSY };

struct client {
    int id;
    enum client_kind kind;
    enum client_state state;
    char *conninfo;
    PGconn *conn;
    short events;         // what poll must wait for
    bool met;             // was connected at least once; only then operations begin
    bool pending;         // an operation was tried and is not acknowledged yet
    bool unsure;          // a try of it ended without an answer: it may have been written
    int64_t seq;          // of the pending or next operation, from 1
    int64_t failed;       // attempts, connects included
    int64_t due_us;       // when the next operation begins
    int64_t retry_us;     // nothing is tried before this
    int64_t backoff_us;   // until the next retry
    int64_t deadline_us;  // a connect that takes longer has failed
    int64_t first_try_us; // of the pending operation
    int64_t first_wall_us;
};

// All times are microseconds of the monotonic clock, but for names with 'wall'.
int64_t client_now_us(void);

// What clients share.
struct client_pace {
    int64_t interval_us; // between two operations of a client
    double hold_s;
    const char *run;
    struct ledger *ledger;
    bool stopping; // no new operation begins
};

// Does what can be done now, given what poll saw on the client's socket (0: nothing).
void client_advance(struct client *client, struct client_pace *pace, short revents);

// The next time at which client_advance has something to do without the socket's help.
int64_t client_wake_us(const struct client *client, const struct client_pace *pace);

// May the run end, as far as this client goes? 'patience_us' is how long it has been waited for.
bool client_is_finished(const struct client *client, int64_t patience_us);

void client_close(struct client *client);

#endif
