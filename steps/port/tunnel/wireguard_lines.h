/*
 * What a script of this driver prints: key=value lines between two sentinels. A login shell may
 * print what it likes before and after; a reply without both sentinels was cut off and counts as
 * none. Pure.
 */
#ifndef STEPS_PORT_TUNNEL_WIREGUARD_LINES_H
#define STEPS_PORT_TUNNEL_WIREGUARD_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct wireguard_line {
    const char *key;
    const char *value;
};

struct wireguard_lines {
    const char *text; /* all between the sentinels */
    struct wireguard_line *line;
    size_t len;
};

/* False when a sentinel is missing. Lines that are not key=value are left out. In arena. */
bool wireguard_lines_read(struct wireguard_lines *out, const char *text, struct arena *arena);
/* The first value of a key, or fallback. */
const char *wireguard_lines_get(const struct wireguard_lines *lines, const char *key,
                                const char *fallback);
/* The same as a number; fallback also when it is none. */
int64_t wireguard_lines_number(const struct wireguard_lines *lines, const char *key,
                               int64_t fallback);
bool wireguard_lines_has(const struct wireguard_lines *lines, const char *key, const char *value);

#endif
