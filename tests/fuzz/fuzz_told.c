/*
 * What the guard tells the traffic driver, and what PgBouncer's console tells the guard: lines,
 * JSON and rows. The first line of an input says which.
 */
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "steps/guard/console.h"
#include "steps/port/traffic/pgbouncer_told.h"
#include "tests/fuzz/fuzz.h"

static void heard(void *arg, const char *phase, int64_t at_us)
{
    (void)at_us;
    fuzz_must(phase[0] != '\0' && strlen(phase) < 32, "a phase has a name");
    *(size_t *)arg += 1;
}

static void try_lines(struct fuzz_input *input, struct arena *arena)
{
    struct pgbouncer_told told;
    size_t phases = 0, lines = 0;
    pgbouncer_told_begin(&told, arena, heard, &phases);
    for (; input->left > 0; lines++)
        pgbouncer_told_line(&told, fuzz_line(input, arena));
    fuzz_must(phases + told.snapshots <= lines, "a line tells one thing");
    fuzz_must(told.snapshot[told.snapshots] == NULL, "the list of snapshots ends");
}

static void try_look(struct fuzz_input *input, struct arena *arena)
{
    struct traffic_seen seen = {.reason = "", .timeline = "", .final_position = ""};
    struct pgbouncer_look look;
    char *text = fuzz_rest(input, NULL);
    if (pgbouncer_told_look(text, arena, &seen, &look) == 0) {
        fuzz_must(look.port <= 65535, "a port is a port");
        fuzz_must(look.host && look.console_error && seen.reason && seen.timeline &&
                      seen.final_position,
                  "texts are there, if empty");
    }
    free(text);
}

/* A result as libpq would hold it: the first line has the names of the columns, each other line a
 * row, cells between '|'. */
static PGresult *rows_of(struct fuzz_input *input, struct arena *arena)
{
    enum { COLS = 12 };
    PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    PGresAttDesc names[COLS] = {{0}};
    int cols = 0;
    char *rest = fuzz_line(input, arena);
    for (char *name = strsep(&rest, "|"); name && cols < COLS; name = strsep(&rest, "|"))
        names[cols++].name = name;
    PQsetResultAttrs(result, cols, names);
    for (int row = 0; input->left > 0 && row < 64; row++) {
        rest = fuzz_line(input, arena);
        for (int col = 0; col < cols; col++) {
            char *cell = strsep(&rest, "|");
            PQsetvalue(result, row, col, cell, cell ? (int)strlen(cell) : -1);
        }
    }
    return result;
}

static void try_console(struct fuzz_input *input, struct arena *arena)
{
    struct console_entry entry;
    struct pgconn console = {.what = "the console"};
    PGresult *result = rows_of(input, arena);
    console.result = (struct pg_result *)result;
    console_entry_read(&console, "orders", &entry);
    fuzz_must(memchr(entry.host, '\0', sizeof entry.host) != NULL &&
                  memchr(entry.port, '\0', sizeof entry.port) != NULL,
              "host and port are terminated");
    fuzz_must(console_logins_read(&console, "orders") <= pgconn_rows(&console),
              "no more logins than lines");
    (void)pgconn_cell(&console, 0, 0);
    (void)pgconn_cell(&console, -1, 99);
    PQclear(result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena CLEANUP(arena_cleanup) = arena_new();
    struct fuzz_input input = fuzz_input(data, size);
    switch (fuzz_choice(&input, 3)) {
    case 0:
        try_lines(&input, arena);
        break;
    case 1:
        try_look(&input, arena);
        break;
    default:
        try_console(&input, arena);
    }
    return 0;
}
