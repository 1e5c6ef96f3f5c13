/*
 * Private key files; see ssh_key.h.
 */
#include "steps/wire/ssh_key.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "steps/wire/base64.h"

#define KEY_MAX 65536

#define OPENSSH_HEAD  "-----BEGIN OPENSSH PRIVATE KEY-----"
#define OPENSSH_TAIL  "-----END OPENSSH PRIVATE KEY-----"
#define OPENSSH_MAGIC "openssh-key-v1"

/* A walk through SSH's length-prefixed strings (RFC 4251 §5). */
struct walk {
    const unsigned char *at;
    size_t left;
};

static bool walk_string(struct walk *walk, const unsigned char **out, size_t *out_len)
{
    if (walk->left < 4)
        return false;
    size_t len = (size_t)walk->at[0] << 24 | (size_t)walk->at[1] << 16 | (size_t)walk->at[2] << 8 |
                 (size_t)walk->at[3];
    if (len > walk->left - 4)
        return false;
    *out = walk->at + 4;
    *out_len = len;
    walk->at += 4 + len;
    walk->left -= 4 + len;
    return true;
}

static bool is(const unsigned char *bytes, size_t len, const char *text)
{
    return len == strlen(text) && memcmp(bytes, text, len) == 0;
}

static bool begins(const unsigned char *bytes, size_t len, const char *text)
{
    return len >= strlen(text) && memcmp(bytes, text, strlen(text)) == 0;
}

static enum ssh_key_kind kind_of_name(const unsigned char *name, size_t len)
{
    if (is(name, len, "ssh-ed25519"))
        return SSH_KEY_ED25519;
    if (begins(name, len, "ecdsa-sha2-"))
        return SSH_KEY_ECDSA;
    if (is(name, len, "ssh-rsa"))
        return SSH_KEY_RSA;
    return SSH_KEY_OTHER;
}

/* magic, cipher, kdf, kdf options, number of keys, then the public key, whose first string is its
 * type. */
static enum ssh_key_kind describe_binary(struct walk walk, bool *out_encrypted)
{
    const unsigned char *text;
    size_t len;
    if (walk.left < sizeof OPENSSH_MAGIC ||
        memcmp(walk.at, OPENSSH_MAGIC, sizeof OPENSSH_MAGIC) != 0)
        return SSH_KEY_NONE;
    walk.at += sizeof OPENSSH_MAGIC;
    walk.left -= sizeof OPENSSH_MAGIC;
    if (!walk_string(&walk, &text, &len))
        return SSH_KEY_NONE;
    *out_encrypted = !is(text, len, "none");
    if (!walk_string(&walk, &text, &len) || !walk_string(&walk, &text, &len) || walk.left < 4)
        return SSH_KEY_NONE;
    walk.at += 4;
    walk.left -= 4;
    if (!walk_string(&walk, &text, &len))
        return SSH_KEY_NONE;
    struct walk blob = {.at = text, .left = len};
    return walk_string(&blob, &text, &len) ? kind_of_name(text, len) : SSH_KEY_NONE;
}

static enum ssh_key_kind describe_openssh(const char *text, size_t len, bool *out_encrypted)
{
    const char *end = memmem(text, len, OPENSSH_TAIL, strlen(OPENSSH_TAIL));
    if (!end || len > KEY_MAX)
        return SSH_KEY_NONE;
    const char *start = text + strlen(OPENSSH_HEAD);
    unsigned char *raw = mem_new(len);
    size_t got = base64_decode(raw, start, (size_t)(end - start));
    enum ssh_key_kind kind = describe_binary((struct walk){.at = raw, .left = got}, out_encrypted);
    explicit_bzero(raw, len);
    free(raw);
    return kind;
}

static bool has(const char *text, size_t len, const char *what)
{
    return memmem(text, len, what, strlen(what)) != NULL;
}

enum ssh_key_kind ssh_key_describe(const char *text, size_t len, bool *out_encrypted)
{
    *out_encrypted = has(text, len, "Proc-Type: 4,ENCRYPTED") ||
                     has(text, len, "-----BEGIN ENCRYPTED PRIVATE KEY-----");
    const char *openssh = memmem(text, len, OPENSSH_HEAD, strlen(OPENSSH_HEAD));
    if (openssh)
        return describe_openssh(openssh, len - (size_t)(openssh - text), out_encrypted);
    if (has(text, len, "-----BEGIN RSA PRIVATE KEY-----"))
        return SSH_KEY_RSA;
    if (has(text, len, "-----BEGIN EC PRIVATE KEY-----"))
        return SSH_KEY_ECDSA;
    return has(text, len, " PRIVATE KEY-----") ? SSH_KEY_OTHER : SSH_KEY_NONE;
}

void ssh_key_wipe(struct ssh_key *key)
{
    if (key->text)
        explicit_bzero(key->text, key->len);
    free(key->text);
    key->text = NULL;
    key->len = 0;
}

static int check_file(int fd, const char *path, struct err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return err_set_errno(err, ERR_AUTH, "private key '%s' cannot be looked at", path);
    if (!S_ISREG(st.st_mode) || st.st_size <= 0 || st.st_size > KEY_MAX)
        return err_set(err, ERR_AUTH, "'%s' is not a private key file", path);
    if ((st.st_mode & 077) != 0)
        return err_set(err, ERR_AUTH,
                       "private key '%s' can be read by others (mode %04o): run 'chmod 600 %s'",
                       path, (unsigned)(st.st_mode & 07777), path);
    return 0;
}

static int refuse_kind(const struct ssh_key *key, const char *path, struct err *err)
{
    if (key->kind == SSH_KEY_NONE)
        return err_set(err, ERR_AUTH, "'%s' holds no private key that SSH knows", path);
    if (key->kind == SSH_KEY_RSA)
        return err_set(err, ERR_AUTH,
                       "private key '%s' is RSA, which libssh2 1.10 cannot use with today's "
                       "OpenSSH (no rsa-sha2): make an ed25519 key with 'ssh-keygen -t ed25519'",
                       path);
    return 0;
}

static int read_whole(struct ssh_key *key, int fd, const char *path, struct err *err)
{
    key->text = mem_new(KEY_MAX + 1);
    ssize_t got;
    while (key->len < KEY_MAX && (got = read(fd, key->text + key->len, KEY_MAX - key->len)) != 0) {
        if (got < 0)
            return err_set_errno(err, ERR_AUTH, "private key '%s' cannot be read", path);
        key->len += (size_t)got;
    }
    return 0;
}

int ssh_key_read(struct ssh_key *out, const char *path, struct err *err)
{
    *out = (struct ssh_key){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return err_set_errno(err, ERR_AUTH, "private key '%s' cannot be opened", path);
    int rc = check_file(fd, path, err);
    if (rc == 0)
        rc = read_whole(out, fd, path, err);
    close(fd);
    if (rc == 0) {
        out->kind = ssh_key_describe(out->text, out->len, &out->encrypted);
        rc = refuse_kind(out, path, err);
    }
    if (rc != 0)
        ssh_key_wipe(out);
    return rc;
}
