/*
 * Who is the host, and are we let in; see ssh.h. No host key is ever accepted because it is new,
 * and no password is ever sent.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/str.h"
#include "steps/wire/base64.h"
#include "steps/wire/socket.h"
#include "steps/wire/ssh_key.h"
#include "steps/wire/ssh_session.h"

#define SHA256_BYTES 32

/* As ssh-keygen -l prints it: base64 without padding. */
static void fingerprint_text(char out[SSH_SEEN], const unsigned char hash[SHA256_BYTES])
{
    char text[BASE64_ROOM(SHA256_BYTES)];
    base64_encode(text, hash, SHA256_BYTES);
    (void)snprintf(out, SSH_SEEN, "SHA256:%s", text);
}

static const char *type_name(int type)
{
    return type == LIBSSH2_HOSTKEY_TYPE_ED25519 ? "ed25519" : "ecdsa";
}

bool ssh_login_host_matches(struct ssh *ssh, char seen[SSH_SEEN])
{
    size_t len;
    int type = LIBSSH2_HOSTKEY_TYPE_UNKNOWN;
    const char *hash = libssh2_hostkey_hash(ssh->session, LIBSSH2_HOSTKEY_HASH_SHA256);
    if (!hash || !libssh2_session_hostkey(ssh->session, &len, &type)) {
        (void)snprintf(seen, SSH_SEEN, "no key at all");
        return false;
    }
    fingerprint_text(seen, (const unsigned char *)hash);
    bool same = str_equal(seen, ssh->host->host_key);
    size_t end = strlen(seen);
    (void)snprintf(seen + end, SSH_SEEN - end, " (%s)", type_name(type));
    return same;
}

/* libssh2 has many numbers for trouble with a key, and none that names it (a wrong passphrase is
   -16, -48 or -14, by the form of the file): what we know about the file tells them apart. */
static int explain(struct ssh *ssh, const struct ssh_key *key, int rc, struct err *err)
{
    const struct spec_host *host = ssh->host;
    /* A connection that ends during the login is "unverified" to libssh2 too, but may work next
     * time. */
    if (rc == LIBSSH2_ERROR_EAGAIN || socket_hung_up(ssh->fd)) {
        (void)ssh_fail(ssh, rc, "logging in", err);
        err->code = ERR_UNREACHABLE;
        return -1;
    }
    ssh->broken = true;
    bool unread =
        rc != LIBSSH2_ERROR_AUTHENTICATION_FAILED && rc != LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED;
    if (unread && key->encrypted && !host->passphrase)
        return err_set(err, ERR_AUTH,
                       "private key '%s' for '%s' has a passphrase and none is given",
                       host->key_file, host->name);
    if (unread && key->encrypted)
        return err_set(err, ERR_AUTH, "the passphrase does not open private key '%s' for '%s'",
                       host->key_file, host->name);
    if (unread)
        return err_set(err, ERR_AUTH, "private key '%s' for '%s' is damaged or of an unknown kind",
                       host->key_file, host->name);
    return err_set(err, ERR_AUTH,
                   "'%s' refuses user '%s' with private key '%s': is its public key in that user's "
                   "authorized_keys (libssh2 %d)",
                   host->name, host->user, host->key_file, rc);
}

int ssh_login(struct ssh *ssh, const struct deadline *deadline, struct err *err)
{
    const struct spec_host *host = ssh->host;
    const struct secret *passphrase = NULL;
    struct ssh_key key CLEANUP(ssh_key_wipe) = {0};
    if (ssh_key_read(&key, host->key_file, err) != 0)
        return err_add(err, "login at '%s'", host->name);
    if (host->passphrase) {
        passphrase = keyring_get(ssh->keys, host->passphrase, "ssh-passphrase", err);
        if (!passphrase)
            return err_add(err, "login at '%s'", host->name);
    }
    int rc;
    do
        rc = libssh2_userauth_publickey_frommemory(ssh->session, host->user, strlen(host->user),
                                                   NULL, 0, key.text, key.len,
                                                   passphrase ? secret_reveal(passphrase) : NULL);
    while (ssh_again(ssh, rc, deadline));
    return rc == 0 ? 0 : explain(ssh, &key, rc, err);
}
