/*
 * The bytes that a journal row's hash covers, as state/journal.h lays them down. They do not depend
 * on how the row is stored, so an auditor can recompute them from an export with any other program.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "state/journal_private.h"

/* With the terminating zero byte. */
static const char domain[] = "ece-migrate-j1";

static void add_length(struct str *bytes, uint64_t len)
{
    char big_endian[8];
    for (int i = 7; i >= 0; i--, len >>= 8)
        big_endian[i] = (char)(len & 0xff);
    str_add_n(bytes, big_endian, sizeof big_endian);
}

static void add_field(struct str *bytes, const char *field, size_t len)
{
    add_length(bytes, len);
    str_add_n(bytes, field, len);
}

static void add_cell(struct str *bytes, const struct store_value *cell)
{
    char number[24];
    switch (cell->type) {
    case STORE_NULL:
        add_length(bytes, UINT64_MAX);
        return;
    case STORE_INT:
        snprintf(number, sizeof number, "%" PRId64, cell->i);
        add_field(bytes, number, strlen(number));
        return;
    case STORE_TEXT:
    case STORE_BLOB:
        add_field(bytes, cell->text, cell->len);
        return;
    }
}

int journal_hash(char out[DIGEST_HEX], const char *prev,
                 const struct store_value cells[JOURNAL_HASHED])
{
    unsigned char digest[DIGEST_BYTES];
    if (digest_from_hex(digest, prev))
        return -1;
    CLEANUP(str_free) struct str bytes = STR_INIT;
    str_add_n(&bytes, domain, sizeof domain);
    str_add_n(&bytes, (const char *)digest, sizeof digest);
    for (size_t i = 0; i < JOURNAL_HASHED; i++)
        add_cell(&bytes, &cells[i]);
    digest_sha256(digest, bytes.text, bytes.len);
    digest_hex(out, digest);
    return 0;
}
