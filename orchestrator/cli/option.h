/*
 * Options of the command line as rows: help, usage, completion and the parser (getopt_long(3)) are
 * all made from them. No option ever takes a secret: the arguments of a process can be read by
 * everybody on the machine.
 */
#ifndef ORCHESTRATOR_CLI_OPTION_H
#define ORCHESTRATOR_CLI_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

enum option_type {
    OPTION_FLAG, /* takes no value */
    OPTION_TEXT,
    OPTION_NUMBER, /* from min to max */
    OPTION_FILE,
    OPTION_DIR,
};

struct option_row {
    const char *name;     /* long, without the dashes */
    const char *argument; /* what help calls its value: "DIR"; NULL: a flag */
    const char *help;     /* one sentence, no full stop */
    int64_t min, max;
    enum option_type type;
    char letter; /* short, or 0 */
};

/* The rows that are known at one place of the command line, and what was given. */
#define OPTION_MAX 32
struct option_set {
    const struct option_row *row[OPTION_MAX];
    const char *text[OPTION_MAX]; /* NULL: not given; "" for a flag that was */
    int64_t number[OPTION_MAX];
    size_t len;
};

/* Options that every command takes; they may stand before the command too. */
extern const struct option_row option_global[];
extern const size_t option_global_len;

/* More rows than OPTION_MAX end the program: a table of ours is too long. */
void option_set_add(struct option_set *set, const struct option_row *rows, size_t len);

/* Whether the parser stops at the first word that is no option (there the command's name stands),
 * or goes on behind it. */
enum option_order { OPTION_STOP_AT_WORD, OPTION_ANYWHERE };

/* Reads the options of argv[1] and on; argv is permuted so that the other words stand last. The
   last of several wins. *out_first is the index of the first other word, argc when there is none.
   Goes on behind a fault, so that what stands there
   (--json) is known; the first fault is the one that is told.
   Errors: USAGE (unknown, with the nearest known one; no value, a value too many, not a number, out
   of range). */
int option_parse(struct option_set *set, int argc, char **argv, enum option_order order,
                 int *out_first, struct err *err) MUST_CHECK;

/* What was given. A name without a row in the set ends the program: it is a slip in a command's
 * code. */
bool option_given(const struct option_set *set, const char *name);
const char *option_text(const struct option_set *set, const char *name, const char *otherwise);
int64_t option_number(const struct option_set *set, const char *name, int64_t otherwise);

#endif
