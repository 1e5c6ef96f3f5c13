/*
 * Every name that the driver makes anywhere, and all of them come from the migration's id: a second
 * run finds what a first one left, and an audit can list it. Pure.
 */
#ifndef STEPS_PORT_ENGINE_POSTGRESQL_NAME_H
#define STEPS_PORT_ENGINE_POSTGRESQL_NAME_H

#include "base/arena.h"

struct postgresql_name {
    const char *id;        /* "orders-1" */
    const char *role;      /* "ece_orders_1": role, slot, schema and application_name */
    const char *comment;   /* what the role's comment says, so that we know it for ours */
    const char *open_word; /* "ece_orders_1_open": no database has this name */
    const char *begin; /* the lines around what we write into somebody's file, without newlines */
    const char *end;
    const char *dir;      /* "/run/ece-orders-1": on tmpfs, so a reboot forgets what is secret */
    const char *passfile; /* below dir, as all that follow */
    const char *ca_file;  /* that proves the source, on the target */
    const char *back_ca;  /* that proves the target, on the old source */
    const char *copy_dir; /* of a job: the copy's, or the rewind's */
};

/* The content of the fence file when the source is closed: pg_hba's word for every database. */
#define POSTGRESQL_CLOSED_WORD "all"

struct postgresql_name postgresql_name_make(struct arena *arena, const char *id);
/* The file that our pg_hba lines read: inside the data directory, where the server may write it. */
const char *postgresql_name_fence(const struct postgresql_name *name, struct arena *arena,
                                  const char *data_directory);
/* The file beside the data directory that says that what is inside is our copy. Beside, because a
   copy begins with an empty directory. */
const char *postgresql_name_marker(const struct postgresql_name *name, struct arena *arena,
                                   const char *data_directory);
/* The directory beside it where the old source's own files lie while its data is rewound. */
const char *postgresql_name_own(const struct postgresql_name *name, struct arena *arena,
                                const char *data_directory);

#endif
