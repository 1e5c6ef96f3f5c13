/*
 * `log`: prints the journal, or checks its chain.
 */
#include <string.h>

#include "orchestrator/cli/cmd.h"
#include "orchestrator/cli/session.h"
#include "state/journal.h"

static json_t *row_json(const struct journal_row *row)
{
    char at[CLOCK_TEXT];
    const struct journal_entry *entry = &row->entry;
    json_t *json = json_make_object();
    json_put(json, "seq", json_integer(row->seq));
    json_put(json, "at", json_make_text(clock_text(at, row->wall_us)));
    json_put(json, "fence", json_integer(row->fence));
    json_put(json, "kind", json_make_text(journal_kind_name(entry->kind)));
    const struct {
        const char *key, *text;
    } texts[] = {{"track", entry->track},   {"phase", entry->phase}, {"action", entry->action},
                 {"object", entry->object}, {"actor", entry->actor}, {"result", entry->result},
                 {"text", entry->text}};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        json_put(json, texts[i].key, json_make_text(texts[i].text == NULL ? "" : texts[i].text));
    json_t *detail =
        entry->detail == NULL ? NULL : json_loads(entry->detail, JSON_DECODE_ANY, NULL);
    json_put(json, "detail", detail == NULL ? json_null() : detail);
    json_put(json, "hash", json_make_text(row->hash));
    return json;
}

static const char *or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

static void print_row(const struct journal_row *row, bool verbose)
{
    char at[CLOCK_TEXT];
    const struct journal_entry *entry = &row->entry;
    out_text("%5lld  %s  %-8s %-11s %-8s", (long long)row->seq, clock_text(at, row->wall_us),
             or_empty(entry->track), or_empty(entry->phase), journal_kind_name(entry->kind));
    const char *parts[] = {entry->action, entry->object, entry->result, entry->text};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (parts[i] != NULL && parts[i][0] != '\0')
            out_text("  %s", parts[i]);
    out_text("\n");
    if (verbose && entry->detail != NULL)
        out_text("       %s\n", entry->detail);
}

/* A head that somebody kept: the journal must have that row. */
static int find_head(struct session *session, struct err *err)
{
    const char *head = option_text(&session->inv->options, "head", NULL);
    int64_t seq = 0;
    if (head == NULL)
        return 0;
    if (strlen(head) < 8)
        return err_set(err, ERR_USAGE, "'%s' is too short: give 8 digits of the head or more",
                       head);
    if (journal_find(session->store, session->migration.id, head, &seq, err) < 0)
        return -1;
    if (seq == 0)
        return err_set(err, ERR_STATE,
                       "no row of the journal of '%s' has a hash that begins with '%s': this is an "
                       "older copy of the state file, or another journal",
                       session->migration.id, head);
    if (session->inv->mode == OUT_TEXT)
        out_text("row %lld of the journal has the head that was given\n", (long long)seq);
    return 0;
}

static int verify(struct session *session, struct err *err)
{
    int64_t rows = 0;
    if (session_check(session, err) < 0 ||
        journal_verify(session->store, session->migration.id, &rows, err) < 0 ||
        find_head(session, err) < 0)
        return -1;
    if (session->inv->mode == OUT_JSON) {
        session->inv->answer = json_make_object();
        json_put(session->inv->answer, "rows", json_integer(rows));
        json_put(session->inv->answer, "verified", json_true());
    } else {
        out_text("the journal of migration '%s' is whole: %lld rows, each with the hash of the one "
                 "before\n",
                 session->migration.id, (long long)rows);
    }
    return 0;
}

static int print(struct session *session, struct err *err)
{
    struct invocation *inv = session->inv;
    bool verbose = option_given(&inv->options, "verbose");
    struct journal_filter filter = {
        .limit = option_number(&inv->options, "newest", 0),
        .track = option_text(&inv->options, "track", NULL),
        .phase = option_text(&inv->options, "phase", NULL),
        .without_io = !verbose && inv->mode == OUT_TEXT,
    };
    struct journal_rows rows = {0};
    if (journal_read(session->store, session->migration.id, &filter, inv->arena, &rows, err) < 0)
        return -1;
    if (inv->mode == OUT_JSON)
        inv->answer = json_make_array();
    for (size_t i = 0; i < rows.len; i++) {
        if (inv->mode == OUT_JSON)
            json_add(inv->answer, row_json(&rows.row[i]));
        else
            print_row(&rows.row[i], verbose);
    }
    return 0;
}

static int run(struct invocation *inv, struct err *err)
{
    struct session session CLEANUP(session_close) = {0};
    if (session_load(&session, inv, STORE_READ, inv->arguments[0], SPEC_TRUST_FILES, err) < 0)
        return -1;
    return option_given(&inv->options, "verify") ? verify(&session, err) : print(&session, err);
}

static const struct option_row options[] = {
    {.name = "verify",
     .type = OPTION_FLAG,
     .help = "check the chain of hashes instead of printing"},
    {.name = "head",
     .argument = "HASH",
     .type = OPTION_TEXT,
     .help = "with --verify: the journal must have this row, which was its head once"},
    {.name = "newest",
     .letter = 'n',
     .argument = "N",
     .type = OPTION_NUMBER,
     .min = 1,
     .max = 1000000,
     .help = "the newest N rows only"},
    {.name = "track", .argument = "NAME", .type = OPTION_TEXT, .help = "one track only"},
    {.name = "phase", .argument = "NAME", .type = OPTION_TEXT, .help = "one phase only"},
};

static const struct argument_row arguments[] = {
    SESSION_ID_ARGUMENT,
};

const struct command cmd_log = {
    .name = "log",
    .summary = "print the journal of a migration, or verify it",
    .story = "Prints what was intended, done and answered, a row each. With --verbose the remote "
             "calls and all details too; with --json all of "
             "it. --verify checks that no row was changed or taken away.",
    .options = options,
    .noptions = ARRAY_LEN(options),
    .arguments = arguments,
    .narguments = ARRAY_LEN(arguments),
    .run = run,
};
