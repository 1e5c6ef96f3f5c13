// The ledger: what was acknowledged and how long it took, in memory and as a file of plain lines.
// It holds no opinion about what is lost: verify does, with the table beside it.
//
//   run ID
//   client ID proxied|bypass ACKED FAILED
//   stalls proxied|bypass MAX_US P99_US P50_US MAX_WALL_US MAX_CLIENT
//   slow CLIENT proxied|bypass WALL_US STALL_US
//   error proxied|bypass COUNT TEXT
#include "load.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const kind_names[CLIENT_KINDS] = {"proxied", "bypass"};

static void *grow(void *memory, size_t count, size_t size)
{
    void *more = reallocarray(memory, count, size);

    if (!more) {
        fputs("ece-load: out of memory\n", stderr);
        exit(2);
    }
    return more;
}

void ledger_add(struct ledger *ledger, const struct operation *done)
{
    if (ledger->operation_count == ledger->operation_room) {
        ledger->operation_room = ledger->operation_room ? ledger->operation_room * 2 : 4096;
        ledger->operations =
            grow(ledger->operations, ledger->operation_room, sizeof *ledger->operations);
    }
    ledger->operations[ledger->operation_count++] = *done;
}

void ledger_fail(struct ledger *ledger, enum client_kind kind, const char *text)
{
    char line[LEDGER_TEXT];

    snprintf(line, sizeof line, "%.*s", (int)strcspn(text, "\n"), text);
    for (size_t i = 0; i < ledger->error_count; i++) {
        if (ledger->errors[i].kind == kind && strcmp(ledger->errors[i].text, line) == 0) {
            ledger->errors[i].count++;
            return;
        }
    }
    if (ledger->error_count == LEDGER_ERRORS)
        return;
    struct ledger_error *first = &ledger->errors[ledger->error_count++];
    first->count = 1;
    first->kind = kind;
    memcpy(first->text, line, sizeof line);
}

static int by_stall(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

    return (a > b) - (a < b);
}

static void sum_stalls(struct ledger *ledger, enum client_kind kind, int64_t *stalls)
{
    struct ledger_summary *sum = &ledger->summary[kind];
    size_t count = 0;

    for (size_t i = 0; i < ledger->operation_count; i++) {
        const struct operation *done = &ledger->operations[i];

        if (done->kind != kind)
            continue;
        stalls[count++] = done->stall_us;
        if (done->stall_us > sum->max_us) {
            sum->max_us = done->stall_us;
            sum->max_wall_us = done->wall_us;
            sum->max_client = done->client;
        }
    }
    if (count == 0)
        return;
    qsort(stalls, count, sizeof *stalls, by_stall);
    sum->p50_us = stalls[(count - 1) / 2];
    sum->p99_us = stalls[(count - 1) * 99 / 100];
}

static void sum_clients(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->client_count; i++) {
        struct ledger_summary *sum = &ledger->summary[ledger->clients[i].kind];

        sum->acked += ledger->clients[i].acked;
        sum->failed += ledger->clients[i].failed;
    }
}

void ledger_sum(struct ledger *ledger)
{
    int64_t *stalls = grow(NULL, ledger->operation_count + 1, sizeof *stalls);

    memset(ledger->summary, 0, sizeof ledger->summary);
    sum_clients(ledger);
    sum_stalls(ledger, CLIENT_PROXIED, stalls);
    sum_stalls(ledger, CLIENT_BYPASS, stalls);
    free(stalls);
}

static void write_lines(const struct ledger *ledger, FILE *file, int64_t slow_us)
{
    fprintf(file, "run %s\n", ledger->run);
    for (size_t i = 0; i < ledger->client_count; i++) {
        const struct ledger_client *client = &ledger->clients[i];

        fprintf(file, "client %d %s %" PRId64 " %" PRId64 "\n", client->id,
                kind_names[client->kind], client->acked, client->failed);
    }
    for (size_t kind = 0; kind < CLIENT_KINDS; kind++) {
        const struct ledger_summary *sum = &ledger->summary[kind];

        fprintf(file, "stalls %s %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %d\n",
                kind_names[kind], sum->max_us, sum->p99_us, sum->p50_us, sum->max_wall_us,
                sum->max_client);
    }
    for (size_t i = 0; i < ledger->operation_count; i++) {
        const struct operation *done = &ledger->operations[i];

        if (done->stall_us >= slow_us)
            fprintf(file, "slow %d %s %" PRId64 " %" PRId64 "\n", done->client,
                    kind_names[done->kind], done->wall_us, done->stall_us);
    }
    for (size_t i = 0; i < ledger->error_count; i++)
        fprintf(file, "error %s %" PRId64 " %s\n", kind_names[ledger->errors[i].kind],
                ledger->errors[i].count, ledger->errors[i].text);
}

// Opens the temporary file beside the ledger and puts its name into 'out_name'.
static FILE *open_part(const char *path, char *out_name, size_t size)
{
    if (snprintf(out_name, size, "%s.part", path) < (int)size)
        return fopen(out_name, "w");
    errno = ENAMETOOLONG;
    return NULL;
}

int ledger_try(const char *path)
{
    char name[4096];
    FILE *file = open_part(path, name, sizeof name);

    if (!file)
        return -1;
    fclose(file);
    return unlink(name);
}

int ledger_write(const struct ledger *ledger, const char *path, int64_t slow_us)
{
    char name[4096];
    FILE *file = open_part(path, name, sizeof name);

    if (!file)
        return -1;
    write_lines(ledger, file, slow_us);
    bool bad = ferror(file) != 0;
    if (fclose(file) != 0 || bad)
        return -1;
    return rename(name, path);
}

static enum client_kind kind_of(const char *text)
{
    return strcmp(text, kind_names[CLIENT_BYPASS]) == 0 ? CLIENT_BYPASS : CLIENT_PROXIED;
}

// Takes one line in; false when it is none of ours.
static bool read_line(struct ledger *ledger, const char *line)
{
    struct ledger_client client;
    struct ledger_summary sum = {0};
    struct operation done;
    int64_t count;
    int at = 0;
    char kind[16];

    if (sscanf(line, "run %63s", ledger->run) == 1)
        return true;
    if (sscanf(line, "client %d %15s %" SCNd64 " %" SCNd64, &client.id, kind, &client.acked,
               &client.failed) == 4) {
        client.kind = kind_of(kind);
        ledger->clients = grow(ledger->clients, ledger->client_count + 1, sizeof *ledger->clients);
        ledger->clients[ledger->client_count++] = client;
        return true;
    }
    if (sscanf(line, "stalls %15s %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %d", kind,
               &sum.max_us, &sum.p99_us, &sum.p50_us, &sum.max_wall_us, &sum.max_client) == 6) {
        ledger->summary[kind_of(kind)] = sum;
        return true;
    }
    if (sscanf(line, "slow %d %15s %" SCNd64 " %" SCNd64, &done.client, kind, &done.wall_us,
               &done.stall_us) == 4) {
        done.kind = kind_of(kind);
        ledger_add(ledger, &done);
        return true;
    }
    if (sscanf(line, "error %15s %" SCNd64 " %n", kind, &count, &at) == 2 && at > 0) {
        ledger_fail(ledger, kind_of(kind), line + at);
        return true;
    }
    return false;
}

int ledger_read(struct ledger *out_ledger, const char *path)
{
    char line[512];
    FILE *file = fopen(path, "r");

    *out_ledger = (struct ledger){0};
    if (!file) {
        fprintf(stderr, "ece-load: ledger '%s' cannot be read: %s\n", path, strerror(errno));
        return -1;
    }
    bool good = true;
    while (good && fgets(line, sizeof line, file))
        good = read_line(out_ledger, line);
    fclose(file);
    if (!good || out_ledger->client_count == 0) {
        fprintf(stderr, "ece-load: '%s' is no ledger: %s", path, good ? "no clients\n" : line);
        ledger_free(out_ledger);
        return -1;
    }
    sum_clients(out_ledger);
    return 0;
}

void ledger_free(struct ledger *ledger)
{
    free(ledger->clients);
    free(ledger->operations);
    *ledger = (struct ledger){0};
}

int64_t ledger_window_max(const struct ledger *ledger, int64_t since_us, int64_t until_us)
{
    int64_t longest = 0;

    for (size_t i = 0; i < ledger->operation_count; i++) {
        const struct operation *done = &ledger->operations[i];
        bool overlaps = done->wall_us <= until_us && done->wall_us + done->stall_us >= since_us;

        if (done->kind == CLIENT_PROXIED && overlaps && done->stall_us > longest)
            longest = done->stall_us;
    }
    return longest;
}
