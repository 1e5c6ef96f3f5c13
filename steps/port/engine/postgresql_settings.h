/*
 * What we write into the target's postgresql.auto.conf so that it follows the source, as text.
 * Pure.
 */
#ifndef STEPS_PORT_ENGINE_POSTGRESQL_SETTINGS_H
#define STEPS_PORT_ENGINE_POSTGRESQL_SETTINGS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

/* How a program of libpq's reaches a server as our role. */
struct postgresql_link {
    const char *address;
    uint16_t port;
    const char *user;
    const char *database; /* NULL for a replication link */
    const char *passfile;
    const char *ca_file; /* on the host where the link begins; NULL: SCRAM's channel binding alone
                            proves the server */
    const char *application;
};

/* libpq keywords and values (34.1.1). TLS is required, the password cannot be had by somebody in
   the middle (channel binding), and a silent outage is noticed within ten seconds. In arena. */
const char *postgresql_settings_link(const struct postgresql_link *link, struct arena *arena);
/* One value for a list of keywords and values: quoted when it must be. */
void postgresql_settings_keyword(struct str *out, const char *keyword, const char *value);

/* A setting that a standby must have at least as high as its primary, or it refuses to go on
 * (27.4.5). */
struct postgresql_floor {
    const char *setting;
    int64_t source, target;
};

/* The names of those settings, NULL-terminated. */
extern const char *const postgresql_settings_floors[];

/* Appends the lines of a standby that follows link with the slot. Floors that the target's own
 * configuration reaches need no line. */
void postgresql_settings_follow(const char *link, const char *slot,
                                const struct postgresql_floor *floors, size_t len, struct str *out);

#endif
