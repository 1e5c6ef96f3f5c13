/*
 * SHA-256 in one call, and its hex form.
 */
#include "state/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* A size of 0 is no want of memory: CRYPTO_malloc(3) gives NULL for it. */
static void *take(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return size ? mem_raw(size) : NULL;
}

static void give(void *old, const char *file, int line)
{
    (void)file;
    (void)line;
    free(old);
}

static void *take_again(void *old, size_t size, const char *file, int line)
{
    if (size)
        return mem_resize(old, size);
    give(old, file, line);
    return NULL;
}

void digest_begin(void)
{
    (void)CRYPTO_set_mem_functions(take, take_again, give);
}

void digest_sha256(unsigned char out[DIGEST_BYTES], const void *bytes, size_t len)
{
    if (EVP_Digest(bytes, len, out, NULL, EVP_sha256(), NULL) == 1)
        return;
    mem_exhausted_line("ece-migrate: libcrypto cannot compute SHA-256: no memory is left, or its "
                       "configuration forbids it\n");
}

void digest_hex(char out[DIGEST_HEX], const unsigned char digest[DIGEST_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    out[2 * DIGEST_BYTES] = '\0';
}

int digest_from_hex(unsigned char out[DIGEST_BYTES], const char *hex)
{
    static const char digits[] = "0123456789abcdef";
    if (strlen(hex) != DIGEST_HEX - 1)
        return -1;
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        const char *high = strchr(digits, hex[2 * i]), *low = strchr(digits, hex[2 * i + 1]);
        if (!high || !low)
            return -1;
        out[i] = (unsigned char)((high - digits) << 4 | (low - digits));
    }
    return 0;
}
