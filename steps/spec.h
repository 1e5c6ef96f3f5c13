/*
 * The migration file, read and checked, as structs. All its errors are found in one go; each names
 * the place (JSON pointer and line) and what to write instead. Holds no secret: only where one is.
 * Everything lives in the spec's own arena and is borrowed until spec_free.
 */
#ifndef STEPS_SPEC_H
#define STEPS_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/secret.h"

/* A host we reach over SSH. */
struct spec_host {
    const char *name;
    const char *address; /* as seen from the operator's host, or from the jump host */
    uint16_t port;       /* 22 */
    const char *user;
    const char *key_file; /* ed25519 or ECDSA private key on the operator's host, 0600 */
    const struct secret_ref *passphrase; /* NULL: the key has none */
    const char *host_key;                /* "SHA256:…", as ssh-keygen -lf prints it */
    const struct spec_host *jump;        /* NULL: reached directly */
};

/* One of the two VPCs. */
struct spec_side {
    const char *cidr; /* "10.10.0.0/16", canonical */
    const struct spec_host *gateway;
    const char *wan_address;  /* the gateway's address that the other gateway sends to */
    const char *wan_next_hop; /* router towards the other gateway; NULL: there is a route already */
};

struct spec_tunnel {
    const char *driver; /* "wireguard" */
    uint16_t port;      /* UDP port on both gateways; 51820 */
    int mtu;            /* 1280 */
    const char *inner;  /* the /30 inside the tunnel: "169.254.77.0/30" */
    int lease_s; /* after how many seconds without renewal a gateway removes it by itself; 900 */
};

/* One end of a service. */
struct spec_endpoint {
    const struct spec_host *host;
    const char *address; /* the address replication and clients use, inside the VPC */
    uint16_t port;
    const char *admin_user;
    struct secret_ref admin_password;
    const char *admin_database; /* "postgres" */
    const char *ca_file; /* CA that signed the server's certificate, on the operator's host; NULL:
                            channel binding proves the server */
    /* The target only (the source has them too when it is to be retired by our commands): */
    const char *data_directory;       /* of the target; NULL for the source: asked of the server */
    const char *owner;                /* the system user the server runs as: "postgres" */
    const char *const *start_command; /* argv, NULL-terminated, run as root on the host */
    const char *const *stop_command;
};

struct spec_traffic {
    const char *driver; /* "pgbouncer" */
    const struct spec_host *host;
    const char *config_file;  /* /etc/pgbouncer/pgbouncer.ini */
    const char *database;     /* the entry of [databases] that moves */
    const char *socket_dir;   /* of the admin console: /var/run/postgresql */
    uint16_t port;            /* 6432 */
    const char *console_user; /* "pgbouncer": reached through the socket with the daemon's own uid,
                                 no password */
    const char *address;      /* from which the source and the target see the proxy: "10.30.0.10" */
};

struct spec_limits {
    int max_stall_ms; /* the promise to the clients: 300 */
    int guard_ms;     /* how long the guard waits before it ends the hold; < max_stall_ms; 200 */
    int64_t max_lag_bytes;      /* cutover starts only below it: 1 MiB */
    int64_t max_held_wal_bytes; /* above it we let the slot go rather than fill the source's disk:
                                   10 GiB */
    int cutover_attempts;       /* how often it may be called off before a person is asked: 5 */
};

/* For how long the old source is kept in step after the cutover, so that clients can go back. */
struct spec_rollback {
    int window_h;      /* 0: not at all */
    bool acknowledged; /* somebody answers for data that flows back into the source VPC */
};

struct spec_service {
    const char *name;
    const char *engine; /* "postgresql" */
    struct spec_endpoint source, target;
    struct spec_traffic traffic;
    struct spec_limits limits;
    struct spec_rollback rollback;
    int approvals; /* how many people must approve before the cutover; 0 or more; 1 */
};

struct spec {
    const char *id;                /* [a-z][a-z0-9-]{1,9}: every name we make anywhere bears it */
    const char *title;             /* for people; may be "" */
    const char *const *compliance; /* "hipaa", "pci-dss"; NULL-terminated; NULL: none is named */
    const char *text;              /* the file, byte for byte */
    size_t text_len;
    char hash[65]; /* hex SHA-256 of text */
    struct spec_host *host;
    size_t hosts;
    struct spec_side source, target;
    struct spec_tunnel tunnel;
    struct spec_service *service;
    size_t services;
};

/* One complaint. */
struct spec_fault {
    const char *pointer; /* "/services/0/limits/guard_ms" */
    int line;            /* 1-based; 0 when the text is not JSON at all and the parser gave none */
    const char *text;    /* what is wrong and what to write instead */
};
struct spec_faults {
    size_t len;
    struct spec_fault *fault; /* in the order of the lines; in the arena of the caller */
};

struct arena;

/* Whether files that the migration file names (keys, secrets, CA) must exist and be right: a frozen
   file that is only shown again need not have them. */
enum spec_files { SPEC_CHECK_FILES, SPEC_TRUST_FILES };

/* Reads and checks. On faults returns -1, err says how many and the first, out_faults (never NULL)
   has all. Errors: SPEC. */
int spec_parse(struct spec **out, const char *text, size_t len, enum spec_files files,
               struct arena *arena, struct spec_faults *out_faults, struct err *err) MUST_CHECK;
/* The same from a file (at most 1 MiB). A file that cannot be read is an error without faults. */
int spec_load(struct spec **out, const char *path, enum spec_files files, struct arena *arena,
              struct spec_faults *out_faults, struct err *err) MUST_CHECK;
void spec_free(struct spec *spec); /* NULL is fine */
void spec_cleanup(struct spec **spec);

/* The published JSON Schema and a starter migration file, both generated from the one table of
 * keys. Static or in arena. */
const char *spec_schema(struct arena *arena);
const char *spec_starter(struct arena *arena);

/* Whether any service asks for a rollback window. */
bool spec_has_window(const struct spec *spec);

const struct spec_host *spec_find_host(const struct spec *spec, const char *name); /* or NULL */
const struct spec_service *spec_find_service(const struct spec *spec,
                                             const char *name); /* or NULL */

#endif
