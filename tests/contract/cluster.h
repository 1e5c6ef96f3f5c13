/*
 * A real PostgreSQL cluster on 127.0.0.1 for a test, in a directory of its own, run by the user
 * postgres: TLS with a certificate of its own CA, passwords by SCRAM. Needs root, to become
 * postgres.
 */
#ifndef TESTS_CONTRACT_CLUSTER_H
#define TESTS_CONTRACT_CLUSTER_H

#include <stdint.h>
#include <sys/types.h>

#include "steps/spec.h"

struct cluster {
    char dir[64];
    uint16_t port;
    pid_t pid; /* the server, a child of whoever started it */
    char ca_file[96];
    char password_file[96]; /* of the user admin, a superuser */
};

/* Ends the test program with status 77 and a message, unless it runs as root and PostgreSQL 15 is
 * there. */
void cluster_need(void);
/* extra: more lines of postgresql.conf, or "". Ends the test program when the server does not come
 * up. */
void cluster_start(struct cluster *cluster, const char *extra);
void cluster_stop(struct cluster *cluster);
/* Stops and starts, with its data. how is pg_ctl's mode: "fast", "immediate". */
void cluster_halt(struct cluster *cluster, const char *how);
void cluster_resume(struct cluster *cluster);
/* An endpoint of a migration file that is this cluster, through host, NULL: directly. */
struct spec_endpoint cluster_endpoint(const struct cluster *cluster, const struct spec_host *host);

#endif
