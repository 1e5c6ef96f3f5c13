/*
 * What the store*.c files share, and the door for their tests; nobody else includes it.
 */
#ifndef STATE_STORE_PRIVATE_H
#define STATE_STORE_PRIVATE_H

#include <sys/types.h>

#include "base/embed.h"
#include "base/str.h"
#include "state/store.h"

#define STORE_FILE           "state.db"
#define STORE_APPLICATION_ID 0x4543454D /* "ECEM" */

/* The first version whose files have the table store_self. */
#define STORE_SEALED_FROM  2
#define STORE_SEAL_QUERIES 16

struct sqlite3;
struct sqlite3_stmt;

enum store_tx { TX_NONE, TX_READ, TX_WRITE };

struct store {
    struct sqlite3 *db;
    struct clock clock;
    enum store_access access;
    enum store_tx tx;
    bool failed;  /* a statement of the open transaction failed: it must not be committed */
    bool suspect; /* it is being looked at: a statement that does not fit its schema is its fault */
    int64_t changes_before; /* sqlite3_total_changes64 when the transaction began */
    int64_t version;        /* the schema's, when the file was opened */
    store_commit *on_commit;
    void *on_commit_arg;
    struct sqlite3_stmt *seal[STORE_SEAL_QUERIES]; /* what the seal is made of, prepared once */
    size_t seals;
    struct str seal_bytes;
    char *dir; /* without symbolic links */
    char *path;
    char *origin;
};

/* What a test may set and the program never does. */
struct store_options {
    const struct embed *schema; /* numbered files, oldest first */
    size_t schema_len;
    int busy_ms;
};
int store_open_with(struct store **out, const char *dir, enum store_access access,
                    struct clock clock, const struct store_options *options,
                    struct err *err) MUST_CHECK;

/* store_path.c: the directory and the file as the file system shows them, before SQLite sees them.
 */
/* Gives the directory without symbolic links (owned by the caller) and a descriptor of it. */
int store_dir_open(const char *dir, bool create, char **out_dir, int *out_fd,
                   struct err *err) MUST_CHECK;
/* Looks at state.db below dir_fd. *out_exists says whether there is one; if so it is sound. */
int store_file_check(int dir_fd, const char *dir, bool *out_exists, struct err *err) MUST_CHECK;
/* Whether a rollback journal with content is there: the last writer did not end well, or is at
 * work. */
bool store_file_hot(int dir_fd);
/* The name of a file system where locks cannot be trusted, by statfs's f_type; NULL when it is
 * fine. */
const char *store_fs_refused(unsigned long type);
/* The process that holds a lock on the file, by proc(5) locks; 0 when it cannot be told. */
pid_t store_file_locker(const char *path);

/* store_open.c */
int store_connect(struct store *store, const char *path, int busy_ms, struct err *err) MUST_CHECK;
/* Whole statements without arguments and rows, for pragmas and schema files. */
int store_exec(struct store *store, const char *sql, struct err *err) MUST_CHECK;
int store_pragma_int(struct store *store, const char *pragma, int64_t *out,
                     struct err *err) MUST_CHECK;
/* Sets the error for what SQLite said last. Returns -1. */
int store_fail(struct store *store, int rc, const char *doing, struct err *err);

/* ERR_FULL when errno says that there is no room, ERR_STATE otherwise. */
enum err_code store_errno_code(void);

/* store_seal.c: see store_seal_check in store.h. */
/* Prepares what the seal reads, if the file has the table store_self; twice is fine. */
int store_seal_open(struct store *store, struct err *err) MUST_CHECK;
/* Inside a write transaction, before it is committed. */
int store_seal_write(struct store *store, struct err *err) MUST_CHECK;
void store_seal_close(struct store *store);

/* store_ballast.c */
#define STORE_BALLAST       "state.ballast"
#define STORE_BALLAST_BYTES (256 << 10)
/* Makes the ballast if it is not there and there is room for it and as much again. Never fails: a
 * disk that has no room for it is a disk that will be said to be full soon enough. */
void store_ballast_make(int dir_fd);

/* store_schema.c */
/* Checks that the files are numbered 1, 2, 3 …; gives the newest version. */
int store_schema_newest(const struct store_options *options, int64_t *out,
                        struct err *err) MUST_CHECK;
/* Makes a new file under another name and moves it into place when it is whole. */
int store_create(struct store *store, int dir_fd, const struct store_options *options,
                 struct err *err) MUST_CHECK;
/* Brings the open file up to the newest version, if its access allows. */
int store_upgrade(struct store *store, int dir_fd, const struct store_options *options,
                  struct err *err) MUST_CHECK;

#endif
