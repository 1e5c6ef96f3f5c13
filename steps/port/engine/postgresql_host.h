/*
 * What a database host says about its server and about what is ours there, without asking the
 * server: two fixed scripts and their answers. Probes only. A server that is down, fenced or not
 * yet made is seen by these.
 */
#ifndef STEPS_PORT_ENGINE_POSTGRESQL_HOST_H
#define STEPS_PORT_ENGINE_POSTGRESQL_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "steps/port/engine.h"
#include "steps/port/engine/postgresql_name.h"
#include "steps/wire/world.h"

/* Where a server lives. What does not change while we look; "" is unknown. */
struct postgresql_place {
    const char *bindir;
    const char *data_directory;
    const char *owner, *group;         /* whom the server runs as */
    const char *config_file;           /* "" when no configuration belongs to the data directory */
    const char *hba_file, *ident_file; /* real paths: no symbolic links */
    const char *fence, *marker;        /* our own files */
};

enum postgresql_data { POSTGRESQL_DATA_MISSING, POSTGRESQL_DATA_EMPTY, POSTGRESQL_DATA_THERE };

/* How it stands now. Texts are "" when there is nothing. */
struct postgresql_host {
    bool running;       /* a postmaster is alive */
    const char *status; /* what it wrote of itself: "starting", "ready", "standby", "stopping" */
    enum postgresql_data data;
    bool control;      /* pg_control is there: a base backup brings it last */
    bool backup_label; /* a copy that no server has opened yet */
    bool standby_signal;
    bool slot;                          /* a slot of our name, on disk */
    bool passfile, directory, hba_file; /* there */
    const char *fence;                  /* the word in the fence file */
    const char *hba;                    /* lines of our block in pg_hba.conf */
    const char *settings;               /* lines of our block in postgresql.auto.conf */
    const char *history;                /* the newest timeline with a history file, 8 hex digits */
    int64_t wal_free_bytes;             /* -1 unknown */
    const char *marker;                 /* "copying", "done BYTES" */
    bool copy_job;
    const char *copy_status, *copy_log;
    const char *config_hash;
};

/* Looks for the server of an endpoint. Errors: those of remote_probe, REMOTE. */
int postgresql_host_find(struct world *world, const struct spec_endpoint *endpoint,
                         const struct postgresql_name *name, struct arena *arena,
                         struct postgresql_place *out, struct err *err) MUST_CHECK;
/* Errors: the same. */
int postgresql_host_look(struct world *world, const struct spec_host *host,
                         const struct postgresql_name *name, const struct postgresql_place *place,
                         struct arena *arena, struct postgresql_host *out,
                         struct err *err) MUST_CHECK;

/* Pure parts, for tests: what the scripts' answers mean. */
void postgresql_host_read_place(const char *text, struct arena *arena,
                                struct postgresql_place *out);
void postgresql_host_read(const char *text, struct arena *arena, struct postgresql_host *out);

/* The value of name in an answer of name=value lines: lines of a repeated name are joined, each
   with its newline; of a single one the value alone. "" when there is none. */
const char *postgresql_host_value(const char *text, const char *name, struct arena *arena);
/* Every line of a repeated name, each with its newline. */
const char *postgresql_host_lines(const char *text, const char *name, struct arena *arena);

/* A fixed script of ours by its file name, for remote_cmd.script. */
const char *postgresql_host_script(const char *name);

/* Pure: what the files say of server and copy. A target that was promoted has opened its copy and
 * is no standby. */
enum engine_server postgresql_host_server(const struct postgresql_host *host);
enum engine_copy postgresql_host_copy(const struct postgresql_host *host);
bool postgresql_host_promoted(const struct postgresql_host *host);
/* Why a copy is broken, in arena; "" when it is not. */
const char *postgresql_host_copy_error(const struct postgresql_host *host, struct arena *arena);

#endif
