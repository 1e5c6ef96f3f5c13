// The load client: writes rows at a paced rate, never gives a row up, and keeps an exact ledger of
// what was acknowledged, so that whoever reads the table back knows what was lost or doubled.
// This header is shared by the client's own files only.
#ifndef ECE_LOAD_H
#define ECE_LOAD_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum client_kind {
    CLIENT_PROXIED, // goes where the service's clients go, and must never see an error
    CLIENT_BYPASS,  // goes to the source directly; a fenced source may refuse it for good
};

enum { CLIENT_KINDS = 2, LEDGER_ERRORS = 8, LEDGER_TEXT = 200 };

struct load_options {
    const char *conninfo;
    const char *bypass; // NULL: no bypass clients
    const char *run;    // names this run's rows in the table
    const char *ledger; // path of the ledger file
    int clients;
    int bypass_clients;
    bool bypass_rw; // every second bypass client asks for default_transaction_read_only=off
    double rate;    // operations a second, of each client
    double seconds;
    bool grow;        // start with one client in four, add the others one by one
    int grow_ms;      // between two added clients; 0 spreads them over the whole run
    int hold_ms;      // each INSERT keeps its server connection this long
    int slow_ms;      // operations at least this slow are listed one by one in the ledger
    int megabytes;    // fill: how much to add
    int64_t since_us; // verify: look for stalls in this window of wall-clock time too
    int64_t until_us; // 0: no window
};

// One acknowledged operation. A stall is how long its client waited, from the first try to the
// acknowledgement, all retries included.
struct operation {
    int64_t wall_us; // when it was first tried, since 1970
    int64_t stall_us;
    int client;
    enum client_kind kind;
};

struct ledger_client {
    int id;
    enum client_kind kind;
    int64_t acked; // sequence numbers 1 to 'acked' were acknowledged, none beyond
    int64_t failed;
};

struct ledger_error {
    int64_t count;
    enum client_kind kind;
    char text[LEDGER_TEXT];
};

struct ledger_summary {
    int64_t acked;
    int64_t failed;
    int64_t max_us;
    int64_t p99_us;
    int64_t p50_us;
    int64_t max_wall_us;
    int max_client;
};

// What a run leaves behind. 'operations' holds all of them while the client runs, and only the
// slow ones when it was read from a file; the summaries are exact in both cases.
struct ledger {
    char run[64];
    struct ledger_client *clients;
    size_t client_count;
    struct operation *operations;
    size_t operation_count;
    size_t operation_room;
    struct ledger_summary summary[CLIENT_KINDS];
    struct ledger_error errors[LEDGER_ERRORS]; // the first distinct ones
    size_t error_count;
};

// Records one acknowledged operation. Ends the program when memory does.
void ledger_add(struct ledger *ledger, const struct operation *done);

// Counts one failed attempt's text; texts beyond the first LEDGER_ERRORS distinct ones are dropped.
void ledger_fail(struct ledger *ledger, enum client_kind kind, const char *text);

// Fills the summaries from clients and operations.
void ledger_sum(struct ledger *ledger);

// Can a ledger be written there? Returns 0, or -1 with errno set; leaves nothing.
int ledger_try(const char *path);

// Writes the ledger to 'path' by way of a temporary file beside it, so that a ledger is whole or
// absent. Operations below 'slow_us' are not listed. Returns 0, or -1 with errno set.
int ledger_write(const struct ledger *ledger, const char *path, int64_t slow_us);

// Reads what ledger_write wrote. Returns 0, or -1 after saying on stderr what is wrong.
int ledger_read(struct ledger *out_ledger, const char *path);

void ledger_free(struct ledger *ledger);

// Longest stall of proxied clients among the listed operations that overlap a window, 0 if none.
int64_t ledger_window_max(const struct ledger *ledger, int64_t since_us, int64_t until_us);

// The commands. Each returns the program's exit status: 0; 1 when verify found a loss or a
// duplicate; 2 when the work could not be done, which was said on stderr.
int run_command(const struct load_options *options);
int verify_command(const struct load_options *options);
int fill_command(const struct load_options *options);

// Connects, waiting for it. Returns NULL after saying on stderr why not; the caller owns the
// result.
PGconn *load_connect(const char *conninfo);

// Runs SQL that returns nothing of interest. Returns 0, or -1 after saying on stderr why not.
int load_execute(PGconn *conn, const char *sql);

#define LOAD_TABLE "ece_load"

#endif
