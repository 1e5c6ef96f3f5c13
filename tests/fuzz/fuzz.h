/*
 * What the fuzz targets share. A target reads one made-up input with code of ours, must come back,
 * and checks what has to hold for any input (fuzz_must): that is what finds more than a crash.
 *
 * Each target is built twice: with libFuzzer, which makes the inputs up (scripts/fuzz.sh), and in
 * every ordinary build with replay.c, which plays the corpus again (ctest fuzz_corpus_*).
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* One input. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An input is taken apart from its beginning: lines for the small things, the rest for the text. */
struct fuzz_input {
    const char *at;
    size_t left;
};
struct fuzz_input fuzz_input(const uint8_t *data, size_t size);

/* The next line without its newline, terminated, in arena; a NUL byte in it ends it for whoever
   reads it as a text. "" when nothing is left. */
char *fuzz_line(struct fuzz_input *input, struct arena *arena);
/* All that is left, terminated, in memory of exactly that size: a read behind it is seen. To be
 * freed. */
char *fuzz_rest(struct fuzz_input *input, size_t *out_len);
/* The next line as a number from 0 to below; 0 when it is none. */
size_t fuzz_choice(struct fuzz_input *input, size_t below);

/* Ends the program with the sentence when it does not hold. */
void fuzz_must(bool holds, const char *sentence);

#endif
