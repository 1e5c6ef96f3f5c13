/*
 * Argument vectors as one line for a remote shell: the only place where shell text is made. Pure.
 */
#ifndef STEPS_WIRE_REMOTE_QUOTE_H
#define STEPS_WIRE_REMOTE_QUOTE_H

#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

/* sshd gives up on a command line of 32 kB and more (measured): scripts go through standard input.
 */
#define REMOTE_QUOTE_MAX 30000

/* Our line of standard output that precedes the command's own: whatever a remote rc file prints
 * comes before it. */
#define REMOTE_MARK "#ece-migrate#"

/* How long after SIGTERM at the limit `timeout` sends SIGKILL. */
#define REMOTE_KILL_S 5

/* Appends argv with each argument in single quotes, separated by blanks. */
void remote_quote(struct str *out, const char *const *argv);

/* The whole line: mark, time limit (limit_ms 0: none), and argv, or `sh -s -- argv…` for a script.
   Errors: INTERNAL (longer than REMOTE_QUOTE_MAX, empty argv). */
enum remote_quote_kind { REMOTE_QUOTE_COMMAND, REMOTE_QUOTE_SCRIPT };
int remote_quote_line(struct str *out, const char *const *argv, enum remote_quote_kind kind,
                      int64_t limit_ms, struct err *err) MUST_CHECK;

/* Where the command's own output begins: after the line with the mark. NULL when there is no such
 * line. */
const char *remote_quote_after_mark(const char *out, size_t len);

#endif
