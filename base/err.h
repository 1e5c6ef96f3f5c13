/*
 * Errors as values. A function that can fail takes a `struct err *` as its last argument and
 * returns 0 or -1; the caller adds what it was doing, outside-in, and main prints the whole line
 * once. An error's code says three things that stand in one table: its name, the exit status of the
 * program, and whether trying again can help.
 *
 * Texts: lower case, no full stop, the subject in single quotes, what went wrong first, numbers
 * with their units.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/attr.h"

enum err_retry {
    ERR_RETRY_NEVER,  /* the same call will fail again */
    ERR_RETRY_LATER,  /* the world may have changed by then */
    ERR_RETRY_PERSON, /* only after somebody did something */
};

/* X(code, name, exit status, retry class, hint for the person who reads the message) */
#define ERR_TABLE(X)                                                                               \
    X(NONE, "none", 0, NEVER, "")                                                                  \
    X(INTERNAL, "internal", 1, NEVER,                                                              \
      "this is a defect of ece-migrate: please report it with the journal")                        \
    X(USAGE, "usage", 2, NEVER, "see 'ece-migrate help'")                                          \
    X(SPEC, "spec", 3, NEVER, "correct the migration file and run 'ece-migrate check' again")      \
    X(REFUSED, "refused", 4, PERSON, "remove what blocks, then run the command again")             \
    X(WAITING, "waiting", 5, PERSON, "a person must act; then run 'ece-migrate resume'")           \
    X(UNREACHABLE, "unreachable", 6, LATER,                                                        \
      "check the network path and the host, then 'ece-migrate resume'")                            \
    X(HELD, "held", 7, PERSON,                                                                     \
      "both sides are closed to writes: see 'ece-migrate status' for what to do")                  \
    X(STATE, "state", 8, NEVER, "the state directory or file cannot be trusted as it is")          \
    X(BUSY, "busy", 9, LATER, "another runner holds this migration: see 'ece-migrate status'")     \
    X(AUTH, "auth", 10, PERSON,                                                                    \
      "check the key, the user and the pinned host key in the migration file")                     \
    X(REMOTE, "remote", 11, LATER, "see 'ece-migrate log' for the command and its output")         \
    X(DATABASE, "database", 12, LATER,                                                             \
      "see 'ece-migrate log' for the statement and the server's answer")                           \
    X(FOREIGN, "foreign", 13, PERSON,                                                              \
      "something is in the way that is not ours: look at it and remove it")                        \
    X(TIMEOUT, "timeout", 14, LATER, "the deadline passed: see 'ece-migrate status', then resume") \
    X(INTERRUPTED, "interrupted", 15, LATER,                                                       \
      "nothing is half done: go on with 'ece-migrate resume'")                                     \
    X(DRY, "dry", 16, NEVER,                                                                       \
      "a dry run tried to change something: this is a defect, please report it")                   \
    X(FENCED, "fenced", 17, NEVER, "another runner took this migration over: this one must stop")  \
    X(ABORTED, "aborted", 18, NEVER, "the migration was taken back: the source serves as before")  \
    X(OUTPUT, "output", 19, LATER,                                                                 \
      "look at where it was to be written: room, rights, and who reads it")                        \
    X(FULL, "full", 20, PERSON,                                                                    \
      "make room on the disk of the state directory, then 'ece-migrate resume'")                   \
    X(MEMORY, "memory", 21, LATER,                                                                 \
      "the machine has no memory left: free some, then 'ece-migrate resume'")

enum err_code {
#define ERR_ENUM(code, name, status, retry, hint) ERR_##code,
    ERR_TABLE(ERR_ENUM)
#undef ERR_ENUM
};

struct err {
    enum err_code code;
    int os_errno;    /* 0 when no system call was at fault */
    char text[2048]; /* cut at the end with "..." when it would be longer */
};

/* A fresh error value, for initialisation. */
#define ERR_INIT                                                                                   \
    {                                                                                              \
        .code = ERR_NONE                                                                           \
    }

/* Sets the error. Returns -1 always, so that `return err_set(…)` reads well. err must not be NULL.
 */
int err_set(struct err *err, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* As err_set, with errno's text appended after ": " and errno kept. */
int err_set_errno(struct err *err, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Puts "context: " before the text that is there. Returns -1 always. */
int err_add(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The three return -1 always. The compiler cannot see that, and would warn of results that are used
 * uninitialised after `return err_set(…)`; so it is told at each call. */
static inline int err_minus_one(void)
{
    return -1;
}
#define err_set(...)       (err_set(__VA_ARGS__), err_minus_one())
#define err_set_errno(...) (err_set_errno(__VA_ARGS__), err_minus_one())
#define err_add(...)       (err_add(__VA_ARGS__), err_minus_one())

/* Forgets the error: code NONE, empty text. */
void err_clear(struct err *err);

/* What the table says. The strings are static. */
const char *err_name(enum err_code code); /* "unreachable" */
const char *err_hint(enum err_code code);
int err_exit_status(enum err_code code);
enum err_retry err_retry(enum err_code code);

/* The number of rows of the table; codes run from 0 to err_count() - 1. */
int err_count(void);

#endif
