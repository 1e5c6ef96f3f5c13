/*
 * pg_hba.conf: the lines we put there, and what an existing file says about somebody. Pure. The
 * manual, 21.1: the first line that matches type, database, user and address decides, and
 * "replication" is matched by no other word for a database.
 */
#ifndef STEPS_PORT_ENGINE_POSTGRESQL_HBA_H
#define STEPS_PORT_ENGINE_POSTGRESQL_HBA_H

#include "base/str.h"

struct postgresql_hba_lines {
    const char *role;
    const char *own_address; /* of this server: how we come in through SSH, in the clear but inside
                                the host */
    const char *proxy;       /* address of the proxy host, where the guard is */
    const char *standby;     /* the address of whoever follows this server; NULL: nobody */
    bool standby_asks;       /* and also asks it by SQL, as a rewind does */
    const char *fence_file;  /* names the databases that are closed; NULL: it is never closed */
};

/* Appends our lines, each with its newline. The fence comes after our own way in, so that it never
 * binds ourselves. */
void postgresql_hba_lines(const struct postgresql_hba_lines *lines, struct str *out);

enum postgresql_hba_answer {
    POSTGRESQL_HBA_ADMITS,
    POSTGRESQL_HBA_SOME,    /* only users whom lines name */
    POSTGRESQL_HBA_REJECTS, /* a line says reject */
    POSTGRESQL_HBA_SILENT,  /* no line matches, which refuses too */
};

/* What the file says to users of a database who come over TLS from an address (dotted IPv4). Host
 * names and samenet do not match. */
enum postgresql_hba_answer postgresql_hba_ask(const char *text, const char *database,
                                              const char *address);

#endif
