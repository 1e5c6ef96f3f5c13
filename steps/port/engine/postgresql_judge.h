/*
 * What a preflight concludes from what it has learned: findings, each with its remedy. Pure, so
 * that every finding has a test that needs no server.
 */
#ifndef STEPS_PORT_ENGINE_POSTGRESQL_JUDGE_H
#define STEPS_PORT_ENGINE_POSTGRESQL_JUDGE_H

#include <stdint.h>

#include "steps/port/engine/postgresql_facts.h"
#include "steps/port/finding.h"

struct postgresql_judge {
    const struct postgresql_facts *facts;
    struct findings *out;
    /* What the texts call things. */
    const char *service, *source, *target; /* the service and the names of its hosts */
    const char *role;                      /* our role and slot */
    const char *target_user;               /* the target's admin user */
    const char *target_address, *proxy_address, *database;
    uint16_t target_port;
    int64_t max_held_wal_bytes;
    bool windowed; /* a rollback window is asked for */
};

/* All of them, in the order of the report. */
void postgresql_judge_all(const struct postgresql_judge *judge);

/* The parts: the source's server and what it does, the pair of both, the target's host. */
void postgresql_judge_source(const struct postgresql_judge *judge);
void postgresql_judge_habits(const struct postgresql_judge *judge);
void postgresql_judge_pair(const struct postgresql_judge *judge);
void postgresql_judge_target(const struct postgresql_judge *judge);

#endif
