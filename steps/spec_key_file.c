/*
 * Private keys by their looks. The text is read with its length: a key file may hold anything.
 */
#include "steps/spec_key_file.h"

#include <stdint.h>
#include <string.h>

#include "base/attr.h"

/* Bytes that are still to be read. */
struct bytes {
    const unsigned char *at;
    size_t left;
};

static bool contains(const char *text, size_t len, const char *part)
{
    return memmem(text, len, part, strlen(part)) != NULL;
}

static bool begins(const char *text, size_t len, const char *part)
{
    return len >= strlen(part) && memcmp(text, part, strlen(part)) == 0;
}

/* Decodes base64 up to the first byte that is none (the dash of the END line), over line ends.
 * Returns how many bytes fit. */
static size_t decode(const char *text, size_t len, unsigned char *out, size_t room)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = 0;
    int have = 0;
    size_t made = 0;
    for (size_t i = 0; i < len && made < room; i++) {
        if (text[i] == '\n' || text[i] == '\r')
            continue;
        const char *digit = text[i] == '\0' ? NULL : strchr(digits, text[i]);
        if (digit == NULL)
            break;
        bits = (bits << 6 | (uint32_t)(digit - digits)) & 0xffffff;
        have += 6;
        if (have >= 8) {
            have -= 8;
            out[made++] = (unsigned char)(bits >> have & 0xff);
        }
    }
    return made;
}

/* The next string of the form: four bytes of length, then the bytes. Empty when there is none. */
static struct bytes take_string(struct bytes *bytes)
{
    struct bytes empty = {bytes->at, 0};
    if (bytes->left < 4)
        return empty;
    const unsigned char *at = bytes->at;
    size_t len = (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];
    if (len > bytes->left - 4)
        len = bytes->left - 4;
    bytes->at += 4 + len;
    bytes->left -= 4 + len;
    return (struct bytes){at + 4, len};
}

static enum spec_key_kind kind_of_algorithm(const char *name, size_t len)
{
    if (begins(name, len, "sk-"))
        return SPEC_KEY_HARDWARE;
    if (begins(name, len, "ssh-rsa"))
        return SPEC_KEY_RSA;
    if (begins(name, len, "ssh-dss"))
        return SPEC_KEY_DSA;
    if (begins(name, len, "ssh-ed25519") || begins(name, len, "ecdsa-sha2-"))
        return SPEC_KEY_GOOD;
    return SPEC_KEY_UNKNOWN;
}

/* magic, cipher, kdf, kdf options, number of keys, public key: a string that begins with the
 * algorithm's name. */
static struct spec_key_look look_openssh(const char *text, size_t len)
{
    static const char magic[] = "openssh-key-v1";
    unsigned char decoded[512];
    struct bytes bytes = {decoded, decode(text, len, decoded, sizeof decoded)};
    if (bytes.left < sizeof magic || memcmp(decoded, magic, sizeof magic) != 0)
        return (struct spec_key_look){SPEC_KEY_UNKNOWN, false};
    bytes.at += sizeof magic;
    bytes.left -= sizeof magic;
    struct bytes cipher = take_string(&bytes);
    take_string(&bytes);
    take_string(&bytes);
    size_t number = bytes.left < 4 ? bytes.left : 4;
    bytes.at += number;
    bytes.left -= number;
    struct bytes public = take_string(&bytes);
    struct bytes name = take_string(&public);
    return (struct spec_key_look){
        .kind = kind_of_algorithm((const char *)name.at, name.left),
        .encrypted = !(cipher.left == 4 && memcmp(cipher.at, "none", 4) == 0),
    };
}

/* PKCS #8 names the algorithm by an object identifier; RSA's is 1.2.840.113549.1.1.1,
 * DSA's 1.2.840.10040.4.1. */
static struct spec_key_look look_pkcs8(const char *text, size_t len)
{
    static const char rsa[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
    static const char dsa[] = "\x2a\x86\x48\xce\x38\x04\x01";
    unsigned char decoded[64];
    const char *bytes = (const char *)decoded;
    size_t n = decode(text, len, decoded, sizeof decoded);
    enum spec_key_kind kind = contains(bytes, n, rsa)   ? SPEC_KEY_RSA
                              : contains(bytes, n, dsa) ? SPEC_KEY_DSA
                                                        : SPEC_KEY_GOOD;
    return (struct spec_key_look){kind, false};
}

/* PEM's older forms name the algorithm in the line itself and say in a header that they are
 * encrypted. */
static const struct form {
    const char *label;
    struct spec_key_look (*look)(const char *text, size_t len);
    enum spec_key_kind kind;
    bool encrypted;
} forms[] = {
    {"-----BEGIN OPENSSH PRIVATE KEY-----", look_openssh, SPEC_KEY_UNKNOWN, false},
    {"-----BEGIN PRIVATE KEY-----", look_pkcs8, SPEC_KEY_UNKNOWN, false},
    {"-----BEGIN ENCRYPTED PRIVATE KEY-----", NULL, SPEC_KEY_GOOD, true},
    {"-----BEGIN EC PRIVATE KEY-----", NULL, SPEC_KEY_GOOD, false},
    {"-----BEGIN RSA PRIVATE KEY-----", NULL, SPEC_KEY_RSA, false},
    {"-----BEGIN DSA PRIVATE KEY-----", NULL, SPEC_KEY_DSA, false},
    {"PuTTY-User-Key-File", NULL, SPEC_KEY_PUTTY, false},
    {"-----BEGIN PUBLIC KEY-----", NULL, SPEC_KEY_PUBLIC, false},
    {"---- BEGIN SSH2 PUBLIC KEY ----", NULL, SPEC_KEY_PUBLIC, false},
    {"ssh-", NULL, SPEC_KEY_PUBLIC, false},
    {"ecdsa-sha2-", NULL, SPEC_KEY_PUBLIC, false},
    {"sk-", NULL, SPEC_KEY_PUBLIC, false},
};

struct spec_key_look spec_key_file_look(const char *text, size_t len)
{
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        const struct form *form = &forms[i];
        size_t label = strlen(form->label);
        if (!begins(text, len, form->label))
            continue;
        if (form->look != NULL)
            return form->look(text + label, len - label);
        bool encrypted = form->encrypted || contains(text, len, "Proc-Type: 4,ENCRYPTED");
        return (struct spec_key_look){form->kind, encrypted};
    }
    return (struct spec_key_look){SPEC_KEY_UNKNOWN, false};
}
