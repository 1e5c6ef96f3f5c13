/*
 * Our lines in somebody else's file: put between two marking lines, and taken out again so that the
 * file is what it was, byte for byte. Pure. The file may lack its last newline, and may end its
 * lines with CR LF.
 */
#ifndef STEPS_PORT_ENGINE_POSTGRESQL_BLOCK_H
#define STEPS_PORT_ENGINE_POSTGRESQL_BLOCK_H

#include <stddef.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/str.h"

/* Where a block belongs. pg_hba.conf: the first line that matches decides, so ours stand on top.
   postgresql.auto.conf: the last line that sets a name decides, so ours stand at the bottom (and
   bring the newline before them). */
enum postgresql_block_place { POSTGRESQL_BLOCK_TOP, POSTGRESQL_BLOCK_BOTTOM };

struct postgresql_block {
    const char *begin, *end; /* the marking lines, without newlines */
    enum postgresql_block_place place;
};

/* Appends text without our block to out; without a block that is text itself. Errors: FOREIGN (a
   begin without its end, so that we cannot tell what is ours). */
int postgresql_block_cut(const struct postgresql_block *block, const char *text, size_t len,
                         struct str *out, struct err *err) MUST_CHECK;
/* Appends text with our block, holding lines (each with its newline), to out; a block that was
 * there is replaced. Errors: as cut. */
int postgresql_block_put(const struct postgresql_block *block, const char *text, size_t len,
                         const char *lines, struct str *out, struct err *err) MUST_CHECK;

#endif
