/*
 * The small readers of floor 0 and of the wire: addresses and networks, numbers, lines of /proc,
 * log positions, base64, key files, quoting for a remote shell. What is written reads as what it
 * was.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cidr.h"
#include "base/near.h"
#include "base/proc.h"
#include "base/str.h"
#include "steps/spec_key_file.h"
#include "steps/wire/base64.h"
#include "steps/wire/pg.h"
#include "steps/wire/remote_quote.h"
#include "steps/wire/ssh_key.h"
#include "tests/fuzz/fuzz.h"

static void try_numbers(const char *text)
{
    char buf[CIDR_TEXT], human[STR_HUMAN], lsn_text[PG_LSN_TEXT];
    struct cidr cidr, again;
    uint32_t address;
    uint64_t lsn, lsn_again;
    int64_t number;
    struct err err = ERR_INIT;
    if (cidr_parse(text, &cidr) == 0) {
        fuzz_must(str_equal(cidr_text(buf, cidr), text), "a network is written as it was read");
        again = cidr_canonical(cidr);
        fuzz_must(cidr_is_canonical(again) && cidr_overlap(cidr, again) &&
                      cidr_contains(again, cidr.address),
                  "a network holds its own address");
    }
    if (cidr_parse_address(text, &address) == 0)
        fuzz_must(str_equal(cidr_address_text(buf, address), text),
                  "an address is written as it was read");
    if (str_to_i64(text, &number) == 0) {
        (void)str_duration_ms(human, number);
        (void)str_bytes(human, (uint64_t)number);
    }
    if (pg_lsn_parse(text, &lsn, &err) == 0)
        fuzz_must(pg_lsn_parse(pg_lsn_text(lsn_text, lsn), &lsn_again, &err) == 0 &&
                      lsn == lsn_again,
                  "a log position is written as it was read");
}

static void try_proc(const char *text)
{
    int64_t pid = 0;
    uint64_t inode = 0;
    fuzz_must(proc_start_ticks(text) >= 0, "a start is not negative");
    if (proc_lock_holder(text, &pid, &inode))
        fuzz_must(pid >= 0, "a holder is not negative");
}

static void try_printable(const char *text, size_t len)
{
    struct str out CLEANUP(str_free) = STR_INIT;
    char cut[24];
    str_add_printable(&out, text, len);
    for (size_t i = 0; i < out.len; i++)
        fuzz_must((unsigned char)out.text[i] >= 0x20 && out.text[i] != 0x7f,
                  "no byte that steers a terminal is left");
    str_copy(cut, sizeof cut, text);
    fuzz_must(str_starts(text, cut), "a copy that was cut is a beginning");
}

static void try_base64(const char *text, size_t len)
{
    char *encoded = malloc(BASE64_ROOM(len));
    unsigned char *decoded = malloc(len + 1);
    base64_encode(encoded, (const unsigned char *)text, len);
    fuzz_must(strlen(encoded) < BASE64_ROOM(len), "base64 has the room that it needs");
    unsigned char *back = malloc(strlen(encoded) + 1);
    fuzz_must(base64_decode(back, encoded, strlen(encoded)) == len && memcmp(back, text, len) == 0,
              "base64 is read as it was written");
    (void)base64_decode(decoded, text, len);
    free(encoded);
    free(decoded);
    free(back);
}

static void try_keys(const char *text, size_t len)
{
    bool encrypted = false;
    (void)ssh_key_describe(text, len, &encrypted);
    (void)spec_key_file_look(text, len);
}

/* What sh makes of a line of quoted words: POSIX's single quotes and backslashes, and nothing
 * else. */
static void unquote(const char *line, struct str *out)
{
    bool quoted = false;
    for (const char *at = line; *at; at++) {
        if (quoted ? *at == '\'' : *at == '\'')
            quoted = !quoted;
        else if (!quoted && *at == '\\' && at[1])
            str_add_n(out, ++at, 1);
        else
            str_add_n(out, !quoted && *at == ' ' ? "\n" : at, 1);
        fuzz_must(quoted || strchr("' \\", *at) || at[-1] == '\\', "nothing stands unquoted");
    }
    fuzz_must(!quoted, "quotes are closed");
}

static void try_quote(const char *text)
{
    const char *const argv[] = {"printf", text, "", NULL};
    struct str line CLEANUP(str_free) = STR_INIT;
    struct str back CLEANUP(str_free) = STR_INIT;
    struct str want CLEANUP(str_free) = STR_INIT;
    remote_quote(&line, argv);
    unquote(str_text(&line), &back);
    str_printf(&want, "printf\n%s\n", text);
    fuzz_must(str_equal(str_text(&back), str_text(&want)), "words come out of quotes as they were");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = fuzz_input(data, size);
    struct near near = NEAR_INIT("max_stall_ms");
    size_t len;
    char *text = fuzz_rest(&input, &len);
    try_numbers(text);
    try_proc(text);
    try_printable(text, len);
    try_base64(text, len);
    try_keys(text, len);
    try_quote(text);
    const char *after = remote_quote_after_mark(text, len);
    fuzz_must(!after || (after > text && after <= text + len), "what follows the mark is inside");
    near_offer(&near, text);
    free(text);
    return 0;
}
