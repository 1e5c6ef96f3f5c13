/*
 * A real sshd on 127.0.0.1 for a test, with host keys, user keys and a directory of its own. Needs
 * root, as sshd does; who starts one says so and is skipped otherwise.
 */
#ifndef TESTS_CONTRACT_SSHD_H
#define TESTS_CONTRACT_SSHD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "steps/spec.h"

struct sshd {
    char dir[64];
    uint16_t port;
    pid_t pid;
    char host_key[96];       /* fingerprint of its ed25519 key */
    char host_key_ecdsa[96]; /* and of its ecdsa key */
    char user_key[128];      /* path of a private key that root may log in with */
};

/* Ends the test program with status 77 and a message, unless it runs as root and sshd is there. */
void sshd_need(void);
/* extra: more lines of sshd_config, or "". Ends the test program when sshd does not come up. */
void sshd_start(struct sshd *sshd, const char *extra);
void sshd_stop(struct sshd *sshd);
/* A host of a migration file that is this sshd. */
struct spec_host sshd_host(const struct sshd *sshd, const char *name);
/* Sends a signal to every process that serves a connection of it, but not to the listener. Returns
 * how many. */
int sshd_signal_sessions(const struct sshd *sshd, int signal);
/* A TCP port on 127.0.0.1 that nobody listens on now. */
uint16_t sshd_free_port(void);
/* Runs a local command to its end; ends the test program when its status is not 0. */
void sshd_shell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Whether the process whose number is in the file is there and no zombie. */
bool sshd_process_runs(const char *pid_file);
/* Reads a small file of the test's own, terminated. */
void sshd_read_file(const char *path, char *out, size_t room);

#endif
