// ece-load: the load client's command line. It is a tool of the tests and the demo, never part of
// the program; it writes to the database that it is told, and nowhere else but its ledger.
#include "load.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: ece-load [run] --conninfo C --run ID --ledger FILE [options]   write until the end\n"
    "       ece-load verify --conninfo C --run ID --ledger FILE [--since MS --until MS]\n"
    "       ece-load fill --conninfo C --mb N                              add about N MB\n"
    "\n"
    "  --clients N          clients that write through C (8)\n"
    "  --rate R             operations a second, of each client (100)\n"
    "  --seconds S          how long to write (10); SIGTERM and SIGINT end it sooner\n"
    "  --hold MS            each INSERT keeps its server connection for MS (0)\n"
    "  --grow[=MS]          start with a quarter of the clients; add one each MS, or evenly\n"
    "  --bypass C2          clients that write to C2, past the proxy\n"
    "  --bypass-clients N   how many of them (4)\n"
    "  --bypass-rw          every second of them sets default_transaction_read_only=off\n"
    "  --slow-ms MS         list operations at least this slow in the ledger (20)\n"
    "  --since, --until     verify: also the longest stall in this window, in ms since 1970\n"
    "\n"
    "The password comes from PGPASSFILE or PGPASSWORD. 'run' prints a line of JSON when all\n"
    "clients that start at once have written, and one at the end; 'verify' exits with 1 when\n"
    "an acknowledged row is lost or a row is there twice.\n";

PGconn *load_connect(const char *conninfo)
{
    PGconn *conn = PQconnectdb(conninfo);

    if (PQstatus(conn) == CONNECTION_OK)
        return conn;
    fprintf(stderr, "ece-load: no connection: %s", PQerrorMessage(conn));
    PQfinish(conn);
    return NULL;
}

int load_execute(PGconn *conn, const char *sql)
{
    PGresult *result = PQexec(conn, sql);
    ExecStatusType status = PQresultStatus(result);
    bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;

    if (!good)
        fprintf(stderr, "ece-load: %s", PQerrorMessage(conn));
    PQclear(result);
    return good ? 0 : -1;
}

enum option_id {
    OPTION_CONNINFO = 256,
    OPTION_RUN,
    OPTION_LEDGER,
    OPTION_CLIENTS,
    OPTION_RATE,
    OPTION_SECONDS,
    OPTION_HOLD,
    OPTION_GROW,
    OPTION_BYPASS,
    OPTION_BYPASS_CLIENTS,
    OPTION_BYPASS_RW,
    OPTION_SLOW,
    OPTION_SINCE,
    OPTION_UNTIL,
    OPTION_MB,
};

static const struct option option_rows[] = {
    {"conninfo", required_argument, NULL, OPTION_CONNINFO},
    {"run", required_argument, NULL, OPTION_RUN},
    {"ledger", required_argument, NULL, OPTION_LEDGER},
    {"clients", required_argument, NULL, OPTION_CLIENTS},
    {"rate", required_argument, NULL, OPTION_RATE},
    {"seconds", required_argument, NULL, OPTION_SECONDS},
    {"hold", required_argument, NULL, OPTION_HOLD},
    {"grow", optional_argument, NULL, OPTION_GROW},
    {"bypass", required_argument, NULL, OPTION_BYPASS},
    {"bypass-clients", required_argument, NULL, OPTION_BYPASS_CLIENTS},
    {"bypass-rw", no_argument, NULL, OPTION_BYPASS_RW},
    {"slow-ms", required_argument, NULL, OPTION_SLOW},
    {"since", required_argument, NULL, OPTION_SINCE},
    {"until", required_argument, NULL, OPTION_UNTIL},
    {"mb", required_argument, NULL, OPTION_MB},
    {0},
};

static double number(const char *text, double least, double most)
{
    char *end;
    double value = strtod(text, &end);

    if (*text && *end == '\0' && value >= least && value <= most)
        return value;
    fprintf(stderr, "ece-load: '%s' is no number from %g to %g\n", text, least, most);
    exit(2);
}

static int whole(const char *text, int least, int most)
{
    return (int)number(text, least, most);
}

static void take_option(struct load_options *options, enum option_id id, const char *value)
{
    switch (id) {
    case OPTION_CONNINFO:
        options->conninfo = value;
        break;
    case OPTION_RUN:
        options->run = value;
        break;
    case OPTION_LEDGER:
        options->ledger = value;
        break;
    case OPTION_CLIENTS:
        options->clients = whole(value, 1, 1000);
        break;
    case OPTION_RATE:
        options->rate = number(value, 0.01, 10000);
        break;
    case OPTION_SECONDS:
        options->seconds = number(value, 0.1, 1e6);
        break;
    case OPTION_HOLD:
        options->hold_ms = whole(value, 0, 60000);
        break;
    case OPTION_GROW:
        options->grow = true;
        options->grow_ms = value ? whole(value, 1, 60000) : 0;
        break;
    case OPTION_BYPASS:
        options->bypass = value;
        break;
    case OPTION_BYPASS_CLIENTS:
        options->bypass_clients = whole(value, 1, 1000);
        break;
    case OPTION_BYPASS_RW:
        options->bypass_rw = true;
        break;
    case OPTION_SLOW:
        options->slow_ms = whole(value, 0, 60000);
        break;
    case OPTION_SINCE:
        options->since_us = (int64_t)(number(value, 0, 1e15) * 1e3);
        break;
    case OPTION_UNTIL:
        options->until_us = (int64_t)(number(value, 0, 1e15) * 1e3);
        break;
    case OPTION_MB:
        options->megabytes = whole(value, 1, 1000000);
        break;
    }
}

static void read_options(struct load_options *options, int argc, char **argv)
{
    int id;

    while ((id = getopt_long(argc, argv, "", option_rows, NULL)) != -1) {
        if (id == '?') {
            fputs(usage, stderr);
            exit(2);
        }
        take_option(options, (enum option_id)id, optarg);
    }
    if (!options->bypass)
        options->bypass_clients = 0;
}

static int refuse(const char *what)
{
    fprintf(stderr, "ece-load: %s\n%s", what, usage);
    return 2;
}

int main(int argc, char **argv)
{
    struct load_options options = {
        .clients = 8, .rate = 100, .seconds = 10, .bypass_clients = 4, .slow_ms = 20};
    const char *command = "run";

    if (argc > 1 && argv[1][0] != '-') {
        command = argv[1];
        argc--;
        argv++;
    }
    read_options(&options, argc, argv);
    if (optind != argc)
        return refuse("an argument too many");
    if (!options.conninfo)
        return refuse("'--conninfo' is missing");
    if (strcmp(command, "fill") == 0)
        return options.megabytes ? fill_command(&options) : refuse("'--mb' is missing");
    if (!options.run || !options.ledger)
        return refuse("'--run' or '--ledger' is missing");
    if (strlen(options.run) > 60 || strpbrk(options.run, " \t\n"))
        return refuse("'--run' is longer than 60 bytes or has blanks");
    if (strcmp(command, "verify") == 0)
        return verify_command(&options);
    return strcmp(command, "run") == 0 ? run_command(&options) : refuse("no such command");
}
