/*
 * Base64; see base64.h.
 */
#include "steps/wire/base64.h"

#include <stdint.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(char *out, const unsigned char *bytes, size_t len)
{
    uint32_t bits = 0;
    int have = 0;
    for (size_t i = 0; i < len; i++) {
        bits = (bits << 8 | bytes[i]) & 0xffffff;
        for (have += 8; have >= 6; have -= 6)
            *out++ = alphabet[bits >> (have - 6) & 63];
    }
    if (have > 0)
        *out++ = alphabet[bits << (6 - have) & 63];
    *out = '\0';
}

size_t base64_decode(unsigned char *out, const char *text, size_t len)
{
    uint32_t bits = 0;
    int have = 0;
    size_t made = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] != '\0' && strchr(" \t\r\n", text[i]))
            continue;
        const char *at = text[i] == '\0' ? NULL : strchr(alphabet, text[i]);
        if (!at)
            break;
        bits = (bits << 6 | (uint32_t)(at - alphabet)) & 0xffffff;
        have += 6;
        if (have >= 8) {
            have -= 8;
            out[made++] = (unsigned char)(bits >> have);
        }
    }
    return made;
}
