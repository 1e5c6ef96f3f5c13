/*
 * Commands as rows. Each stands in a file of its own, cmd_<name>.c, as one const struct that cmd.h
 * declares and commands.c lists; help, usage and completion are made from the rows.
 */
#ifndef ORCHESTRATOR_CLI_COMMAND_H
#define ORCHESTRATOR_CLI_COMMAND_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "orchestrator/cli/option.h"
#include "orchestrator/cli/out.h"

enum argument_type { ARGUMENT_TEXT, ARGUMENT_FILE, ARGUMENT_CHOICE, ARGUMENT_COMMAND };
enum argument_need { ARGUMENT_OPTIONAL, ARGUMENT_REQUIRED };

/* One word behind the command. Optional ones come last. */
struct argument_row {
    const char *name; /* as help shows it: "FILE" */
    enum argument_type type;
    enum argument_need need;
    const char *choices; /* CHOICE: what is allowed; COMMAND: what is, besides the commands.
                            Separated by blanks */
    const char *help;
};

/* A command as it was called. */
struct invocation {
    const struct command *command;
    struct option_set options; /* the command's and the global ones */
    const char *const
        *arguments; /* as many as were given; the others are NULL up to the number of rows */
    size_t narguments;
    const char *state_dir;
    enum out_mode mode;
    struct arena *arena; /* until the command ends */
    json_t *answer; /* OUT_JSON: the object that main prints; a command may set it, also when it
                       fails */
};

struct command {
    const char *name;
    const char *summary; /* one line for the list of commands, no full stop */
    const char *story;   /* what it does, for its own help; paragraphs are separated by "\n" */
    const struct option_row *options;
    size_t noptions;
    const struct argument_row *arguments;
    size_t narguments;
    /* Returns 0, or -1 with err set; err's code decides the exit status. Prints text itself in
     * OUT_TEXT. */
    int (*run)(struct invocation *inv, struct err *err);
};

/* All of them, in the order in which help lists them. */
extern const struct command *const commands[];
extern const size_t commands_len;

const struct command *command_find(const char *name); /* or NULL */

/* "ece-migrate check [OPTIONS] FILE". In arena. */
const char *command_usage(const struct command *command, struct arena *arena);

/* Parses argv of the program and runs the command; *inv has what is known of it, also on errors.
   Errors: USAGE (with the nearest command or option), those of the command. */
int command_run(struct invocation *inv, int argc, char **argv, struct err *err) MUST_CHECK;

#endif
