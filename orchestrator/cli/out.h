/*
 * What the program prints. Text goes out with its control characters shown rather than obeyed: much
 * of it came from other machines, and a terminal must not do what they say. JSON goes to standard
 * output, one document a command.
 */
#ifndef ORCHESTRATOR_CLI_OUT_H
#define ORCHESTRATOR_CLI_OUT_H

#include "base/attr.h"
#include "base/err.h"
#include "base/json.h"

enum out_mode { OUT_TEXT, OUT_JSON };

/* To standard output, and to standard error. Newlines and tabs stand; every other control character
   (C0, DEL, C1) is shown as
   "\x1b". */
void out_text(const char *fmt, ...) PRINTF_LIKE(1, 2);
void out_error(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* A text of ours to standard output, byte for byte. */
void out_raw(const char *text);

/* Words to standard output in lines of at most 80 columns, each behind indent blanks. column is
 * where the cursor stands. */
void out_wrapped(const char *text, int indent, int column);

/* A document, indented, or in one line (for streams of them). */
enum out_form { OUT_INDENTED, OUT_ONE_LINE };
void out_json(const json_t *json, enum out_form form);

/* Whether everything reached standard output. Errors: OUTPUT (disk full, closed pipe). */
int out_finish(struct err *err) MUST_CHECK;

#endif
