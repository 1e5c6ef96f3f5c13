/*
 * Writing, reading and comparing the notes of newest rows. A note is text, so that a person can
 * read it, with a hash of its own in its last line.
 */
#include "state/anchor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "state/digest.h"
#include "state/journal.h"

#define NOTE_BYTES 1024

struct anchor {
    struct store *store;
    char *migration;
    char *dir;
    char *path;
    char *fresh; /* where the next note is written before it takes its place */
    int64_t noted_seq;
    bool warned;
};

struct note {
    struct anchor_head head;
    int64_t wall_us;
};

int anchor_head(struct store *store, const char *migration, struct anchor_head *out,
                struct err *err)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    const struct store_value args[] = {store_text(migration)};
    struct store_rows rows;
    if (store_read(store, arena,
                   "SELECT m.head_seq, m.head_hash, l.fence FROM migration m, lease l "
                   "WHERE m.id = $1 AND l.migration = m.id",
                   "iti", args, 1, &rows, err))
        return -1;
    if (rows.rows != 1 || rows.cell[1].len != DIGEST_HEX - 1)
        return err_set(err, ERR_STATE, "there is no migration '%s' in the state file", migration);
    *out = (struct anchor_head){.seq = rows.cell[0].i, .fence = rows.cell[2].i};
    memcpy(out->hash, rows.cell[1].text, sizeof out->hash);
    return 0;
}

/* The hash of one row; "" when there is no such row. */
static int row_hash(struct store *store, const char *migration, int64_t seq, struct arena *arena,
                    const char **out, struct err *err)
{
    const struct store_value args[] = {store_text(migration), store_int(seq)};
    struct store_rows rows;
    if (store_read(store, arena, "SELECT hash FROM journal WHERE migration = $1 AND seq = $2", "t",
                   args, 2, &rows, err))
        return -1;
    *out = rows.rows == 1 ? rows.cell[0].text : "";
    return 0;
}

static int note_path(struct store *store, const char *migration, const char *dir,
                     struct arena *arena, const char **out, struct err *err)
{
    const char *first = "";
    if (row_hash(store, migration, 1, arena, &first, err))
        return -1;
    *out = arena_printf(arena, "%s/%s-%.16s", dir, migration, first);
    return 0;
}

static const char *note_body(const struct anchor *anchor, const struct note *note,
                             struct arena *arena)
{
    char at[CLOCK_TEXT];
    return arena_printf(arena,
                        "ece-migrate: the newest row of a migration's journal, 1\n"
                        "seq %" PRId64 "\nhash %s\nfence %" PRId64 "\nwall_us %" PRId64 "\n"
                        "migration %s\nstate %s\nat %s\n",
                        note->head.seq, note->head.hash, note->head.fence, note->wall_us,
                        anchor->migration, store_dir(anchor->store), clock_text(at, note->wall_us));
}

static void hash_text(char out[DIGEST_HEX], const char *text, size_t len)
{
    unsigned char digest[DIGEST_BYTES];
    digest_sha256(digest, text, len);
    digest_hex(out, digest);
}

/* Whole under another name, synced, then moved: what stands under the right name is always whole.
 */
static int write_note(const struct anchor *anchor, const struct note *note)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    const char *body = note_body(anchor, note, arena);
    char check[DIGEST_HEX];
    hash_text(check, body, strlen(body));
    const char *text = arena_printf(arena, "%scheck %s\n", body, check);
    int fd = open(anchor->fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    ssize_t len = (ssize_t)strlen(text);
    bool written = write(fd, text, (size_t)len) == len && fdatasync(fd) == 0;
    int saved = errno;
    close(fd);
    if (written && rename(anchor->fresh, anchor->path) == 0)
        return 0;
    errno = written ? errno : saved;
    return -1;
}

static void warn_once(struct anchor *anchor, const char *why)
{
    if (!anchor->warned)
        log_warn("the newest row of the journal of '%s' cannot be noted in '%s' (%s): an older "
                 "copy of the state file would not be noticed",
                 anchor->migration, anchor->dir, why);
    anchor->warned = true;
}

void anchor_note(void *arg)
{
    struct anchor *anchor = arg;
    struct err err = ERR_INIT;
    struct note note = {.wall_us = store_wall_us(anchor->store)};
    if (anchor_head(anchor->store, anchor->migration, &note.head, &err)) {
        warn_once(anchor, err.text);
        return;
    }
    if (note.head.seq == anchor->noted_seq)
        return;
    if (write_note(anchor, &note)) {
        char why[128];
        warn_once(anchor, strerror_r(errno, why, sizeof why));
        return;
    }
    anchor->noted_seq = note.head.seq;
}

/* Its parents too, as nobody sets this directory up by hand. */
static void make_dirs(const char *dir, struct arena *arena)
{
    char *path = arena_strdup(arena, dir);
    for (char *p = path + 1; *p; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        (void)!mkdir(path, 0755);
        *p = '/';
    }
    (void)!mkdir(path, 0700);
}

struct anchor *anchor_follow(struct store *store, const char *migration, const char *dir)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    struct anchor *anchor = MEM_NEW(struct anchor);
    struct err err = ERR_INIT;
    const char *path = "";
    *anchor =
        (struct anchor){.store = store, .migration = mem_strdup(migration), .dir = mem_strdup(dir)};
    make_dirs(dir, arena);
    if (note_path(store, migration, dir, arena, &path, &err)) {
        warn_once(anchor, err.text);
        return anchor;
    }
    anchor->path = mem_strdup(path);
    anchor->fresh = mem_strdup(arena_printf(arena, "%s.%d", path, (int)getpid()));
    anchor_note(anchor);
    store_on_commit(store, anchor_note, anchor);
    return anchor;
}

void anchor_free(struct anchor *anchor)
{
    if (!anchor)
        return;
    store_on_commit(anchor->store, NULL, NULL);
    free(anchor->migration);
    free(anchor->dir);
    free(anchor->path);
    free(anchor->fresh);
    free(anchor);
}

/* 1: there is none; 0: read; -1: err. */
static int read_text(const char *path, char out[NOTE_BYTES], struct err *err)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR
                   ? 1
                   : err_set_errno(err, ERR_STATE, "cannot read '%s'", path);
    ssize_t len = read(fd, out, NOTE_BYTES - 1);
    close(fd);
    if (len < 0)
        return err_set_errno(err, ERR_STATE, "cannot read '%s'", path);
    out[len] = '\0';
    return 0;
}

static bool parse(const char *text, struct note *out)
{
    char check[DIGEST_HEX];
    const char *last = strstr(text, "\ncheck ");
    if (!last)
        return false;
    hash_text(check, text, (size_t)(last + 1 - text));
    return strncmp(last + 7, check, DIGEST_HEX - 1) == 0 &&
           sscanf(text,
                  "%*[^\n] seq %" SCNd64 " hash %64[0-9a-f] fence %" SCNd64 " wall_us %" SCNd64,
                  &out->head.seq, out->head.hash, &out->head.fence, &out->wall_us) == 4;
}

static int read_note(const char *path, struct note *out, struct err *err)
{
    char text[NOTE_BYTES];
    int result = read_text(path, text, err);
    if (result == 0 && !parse(text, out))
        return err_set(err, ERR_STATE,
                       "'%s', where the newest row of the journal is noted, is damaged: "
                       "'ece-migrate log --verify --head HASH' checks the state file against a "
                       "head that somebody kept; then remove it",
                       path);
    return result;
}

static int refuse(struct store *store, const char *migration, const struct note *note,
                  const struct anchor_head *head, struct err *err)
{
    char at[CLOCK_TEXT];
    const char *what =
        note->head.seq > head->seq ? "an older copy" : "a copy that went another way";
    return err_set(
        err, ERR_STATE,
        "state file '%s/state.db' is %s: row %" PRId64 " of the journal of '%s' was written at %s "
        "(hash %.16s), and this file has %" PRId64
        " rows without it, so it does not know what was done since; put the newest copy back, or "
        "look at every host and then take it as it is, on record: 'ece-migrate accept %s --head "
        "%.16s'",
        store_dir(store), what, note->head.seq, migration, clock_text(at, note->wall_us),
        note->head.hash, head->seq, migration, head->hash);
}

static int compare(struct store *store, const char *migration, const struct note *note,
                   struct arena *arena, bool *out_fits, struct err *err)
{
    const char *hash = "";
    if (row_hash(store, migration, note->head.seq, arena, &hash, err))
        return -1;
    *out_fits = strcmp(hash, note->head.hash) == 0;
    return 0;
}

/* *out_fits: the file has the row that was noted, or nothing was. */
static int look(struct store *store, const char *migration, const char *dir, struct note *out,
                bool *out_known, bool *out_fits, struct err *err)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    const char *path = "";
    *out_known = false;
    *out_fits = true;
    if (note_path(store, migration, dir, arena, &path, err))
        return -1;
    int result = read_note(path, out, err);
    if (result)
        return result < 0 ? -1 : 0;
    *out_known = true;
    return compare(store, migration, out, arena, out_fits, err);
}

int anchor_check(struct store *store, const char *migration, const char *dir, bool *out_known,
                 struct err *err)
{
    struct note note = {0};
    struct anchor_head head;
    bool known = false, fits = true;
    if (look(store, migration, dir, &note, &known, &fits, err) ||
        (!fits && anchor_head(store, migration, &head, err)))
        return -1;
    if (out_known)
        *out_known = known;
    return fits ? 0 : refuse(store, migration, &note, &head, err);
}

static int journal(struct store *store, const char *migration, const struct note *note,
                   const struct anchor_head *head, const char *who, struct err *err)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    char at[CLOCK_TEXT];
    const struct journal_entry entry = {
        .kind = JOURNAL_EVENT,
        .action = "accept",
        .object = "state file",
        .actor = who,
        .result = "accepted",
        .text = arena_printf(arena,
                             "%s took the state file as it is, with %" PRId64
                             " rows, although row %" PRId64 " was noted at %s",
                             who, head->seq, note->head.seq, clock_text(at, note->wall_us)),
        .detail =
            arena_printf(arena,
                         "{\"head_seq\":%" PRId64 ",\"head_hash\":\"%s\",\"missing_seq\":%" PRId64
                         ",\"missing_hash\":\"%s\",\"missing_fence\":%" PRId64 "}",
                         head->seq, head->hash, note->head.seq, note->head.hash, note->head.fence),
    };
    return journal_append(store, migration, head->fence, &entry, err);
}

static int lift_fence(struct store *store, const char *migration, int64_t fence, struct err *err)
{
    const struct store_value args[] = {store_int(fence), store_text(migration)};
    return store_run(store, NULL, "UPDATE lease SET fence = $1 WHERE fence < $1 AND migration = $2",
                     args, 2, NULL, NULL, err);
}

int anchor_accept(struct store *store, const char *migration, const char *dir, const char *head,
                  const char *who, struct err *err)
{
    struct note note = {0};
    struct anchor_head mine;
    bool known = false, fits = true;
    if (look(store, migration, dir, &note, &known, &fits, err) ||
        anchor_head(store, migration, &mine, err))
        return -1;
    if (fits)
        return err_set(err, ERR_REFUSED,
                       known ? "there is nothing to accept: this is the newest state file of '%s' "
                               "that this host knows"
                             : "there is nothing to accept: this host has no note of '%s'",
                       migration);
    if (strlen(head) < 8 || strncmp(head, mine.hash, strlen(head)) != 0)
        return err_set(err, ERR_REFUSED, "'%s' is not the head of this state file, which is %.16s",
                       head, mine.hash);
    if (store_begin_write(store, err))
        return -1;
    if (journal(store, migration, &note, &mine, who, err) ||
        lift_fence(store, migration, note.head.fence, err))
        return store_rollback(store);
    if (store_end(store, STORE_COMMIT, err))
        return -1;
    anchor_free(anchor_follow(store, migration, dir));
    return 0;
}
