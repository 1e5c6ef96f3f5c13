/*
 * Options by getopt_long(3), whose tables are filled from our rows and whose complaints are
 * silenced in favour of ours.
 */
#include "orchestrator/cli/option.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/near.h"
#include "base/str.h"

enum {
    LONG_BASE = 256
}; /* long options are known by this and their index, letters by themselves */

const struct option_row option_global[] = {
    {.name = "state",
     .argument = "DIR",
     .type = OPTION_DIR,
     .help = "where the state file is (default: $ECE_MIGRATE_STATE, else /var/lib/ece-migrate)"},
    {.name = "json", .type = OPTION_FLAG, .help = "print JSON on standard output"},
    {.name = "quiet",
     .letter = 'q',
     .type = OPTION_FLAG,
     .help = "say nothing but errors and answers"},
    {.name = "verbose",
     .letter = 'v',
     .type = OPTION_FLAG,
     .help = "say on standard error what is being done"},
    {.name = "help", .letter = 'h', .type = OPTION_FLAG, .help = "explain the command"},
    {.name = "version", .letter = 'V', .type = OPTION_FLAG, .help = "print the program's version"},
};
const size_t option_global_len = ARRAY_LEN(option_global);

void option_set_add(struct option_set *set, const struct option_row *rows, size_t len)
{
    if (set->len + len > OPTION_MAX)
        abort();
    for (size_t i = 0; i < len; i++)
        set->row[set->len++] = &rows[i];
}

/* The tables of getopt_long, for one call. */
struct tables {
    struct option longs[OPTION_MAX + 1];
    char letters[2 + 2 * OPTION_MAX + 1];
};

static void fill_tables(struct tables *tables, const struct option_set *set,
                        enum option_order order)
{
    char *letter = tables->letters;
    if (order == OPTION_STOP_AT_WORD)
        *letter++ = '+';
    *letter++ = ':'; /* a missing value is told from an unknown option */
    for (size_t i = 0; i < set->len; i++) {
        const struct option_row *row = set->row[i];
        int has_arg = row->argument == NULL ? no_argument : required_argument;
        tables->longs[i] = (struct option){row->name, has_arg, NULL, LONG_BASE + (int)i};
        if (row->letter == 0)
            continue;
        *letter++ = row->letter;
        if (has_arg == required_argument)
            *letter++ = ':';
    }
}

static size_t find_letter(const struct option_set *set, int letter)
{
    size_t i = 0;
    while (i < set->len && set->row[i]->letter != letter)
        i++;
    return i;
}

/* The index of the row that getopt's number means; set->len when there is none. */
static size_t find_row(const struct option_set *set, int number)
{
    return number >= LONG_BASE ? (size_t)(number - LONG_BASE) : find_letter(set, number);
}

/* The options that begin with what was written, when more than one does: getopt_long lets a
 * beginning stand for the whole. */
static bool list_beginnings(const struct option_set *set, const char *written, struct str *out)
{
    size_t found = 0;
    for (size_t i = 0; i < set->len; i++)
        if (str_starts(set->row[i]->name, written))
            str_printf(out, "%s'--%s'", found++ > 0 ? " or " : "", set->row[i]->name);
    return found > 1;
}

static bool sounds_secret(const char *name)
{
    return strcasestr(name, "pass") != NULL || strcasestr(name, "secret") != NULL ||
           strcasestr(name, "token") != NULL;
}

/* Never shows what stands behind an equals sign: it may be a secret. */
static int complain_unknown_long(const struct option_set *set, const char *word, struct err *err)
{
    char name[NEAR_MAX + 1];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word + 2, "="), word + 2);
    CLEANUP(str_free) struct str many = STR_INIT;
    if (list_beginnings(set, name, &many))
        return err_set(err, ERR_USAGE, "option '--%s' may mean %s", name, str_text(&many));
    struct near near = NEAR_INIT(name);
    for (size_t i = 0; i < set->len; i++)
        near_offer(&near, set->row[i]->name);
    if (near.best != NULL)
        return err_set(err, ERR_USAGE, "unknown option '--%s'; did you mean '--%s'?", name,
                       near.best);
    if (sounds_secret(name))
        return err_set(err, ERR_USAGE,
                       "unknown option '--%s'; secrets are never given on the command line: the "
                       "migration file says where they are",
                       name);
    return err_set(err, ERR_USAGE, "unknown option '--%s'", name);
}

/* optopt is 0 for an unknown long option, the option's number when it has a value and takes none,
 * or an unknown letter. */
static int complain_unknown(const struct option_set *set, char **argv, struct err *err)
{
    if (optopt == 0)
        return complain_unknown_long(set, argv[optind - 1], err);
    if (optopt >= LONG_BASE)
        return err_set(err, ERR_USAGE, "option '--%s' takes no value",
                       set->row[find_row(set, optopt)]->name);
    return err_set(err, ERR_USAGE, "unknown option '-%c'", optopt);
}

static int read_number(struct option_set *set, size_t i, struct err *err)
{
    const struct option_row *row = set->row[i];
    if (row->type != OPTION_NUMBER)
        return 0;
    int64_t number;
    if (str_to_i64(set->text[i], &number) < 0 || number < row->min || number > row->max)
        return err_set(err, ERR_USAGE, "option '--%s' takes a number from %" PRId64 " to %" PRId64,
                       row->name, row->min, row->max);
    set->number[i] = number;
    return 0;
}

static int take(struct option_set *set, int got, char **argv, struct err *err)
{
    if (got == '?')
        return complain_unknown(set, argv, err);
    if (got == ':')
        return err_set(err, ERR_USAGE, "option '--%s' needs a value: %s",
                       set->row[find_row(set, optopt)]->name,
                       set->row[find_row(set, optopt)]->argument);
    size_t i = find_row(set, got);
    set->text[i] = optarg == NULL ? "" : optarg;
    return read_number(set, i, err);
}

int option_parse(struct option_set *set, int argc, char **argv, enum option_order order,
                 int *out_first, struct err *err)
{
    struct tables tables = {0};
    fill_tables(&tables, set, order);
    optind = 0; /* glibc: begin anew, whatever was parsed before */
    opterr = 0;
    int got, result = 0;
    struct err later = ERR_INIT;
    while ((got = getopt_long(argc, argv, tables.letters, tables.longs, NULL)) != -1)
        if (take(set, got, argv, result == 0 ? err : &later) < 0)
            result = -1;
    *out_first = optind;
    return result;
}

static size_t must_find(const struct option_set *set, const char *name)
{
    for (size_t i = 0; i < set->len; i++)
        if (str_equal(set->row[i]->name, name))
            return i;
    abort();
}

bool option_given(const struct option_set *set, const char *name)
{
    return set->text[must_find(set, name)] != NULL;
}

const char *option_text(const struct option_set *set, const char *name, const char *otherwise)
{
    const char *text = set->text[must_find(set, name)];
    return text == NULL ? otherwise : text;
}

int64_t option_number(const struct option_set *set, const char *name, int64_t otherwise)
{
    size_t i = must_find(set, name);
    return set->text[i] == NULL ? otherwise : set->number[i];
}
