/*
 * A text file that was built into the program (cmake/EmbedText.cmake). Who embeds under the name
 * `foo` declares
 *
 *     extern const struct embed foo[];
 *     extern const size_t foo_len;
 */
#ifndef BASE_EMBED_H
#define BASE_EMBED_H

#include <stddef.h>

struct embed {
    const char *name; /* the file's name without its folder: "0001_first.sql" */
    const char *text; /* its bytes, terminated */
    size_t len;       /* without the terminator */
};

#endif
