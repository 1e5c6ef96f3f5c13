/*
 * Decision files: made elsewhere, synced, and given their name by link(2), which fails when the
 * name is taken. Outcome files: the same, by rename(2), as a later and better account may replace
 * an earlier one.
 */
#include "steps/guard/claim.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "steps/guard/note.h"

const char *claim_name(enum claim claim)
{
    switch (claim) {
    case CLAIM_NONE:
        break;
    case CLAIM_COMMIT:
        return "commit";
    case CLAIM_CALL_OFF:
        return "call-off";
    }
    return "none";
}

const char *claim_outcome_name(enum claim_outcome outcome)
{
    switch (outcome) {
    case OUTCOME_NONE:
        break;
    case OUTCOME_SWITCHED:
        return "switched";
    case OUTCOME_RETURNED:
        return "returned";
    case OUTCOME_HELD:
        return "held";
    }
    return "none";
}

static void path_of(struct str *out, const char *dir, const char *what, int64_t attempt)
{
    str_printf(out, "%s/%s.%" PRId64, dir, what, attempt);
}

static int sync_dir(const char *dir, struct err *err)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc =
        fd < 0 || fsync(fd) < 0 ? err_set_errno(err, ERR_INTERNAL, "cannot sync '%s'", dir) : 0;
    if (fd >= 0)
        close(fd);
    return rc;
}

/* A file of this process's own beside the final one, synced when asked. */
static int write_draft(struct str *path, const char *dir, const char *what, const char *text,
                       bool sync, struct err *err)
{
    str_printf(path, "%s/draft.%s.%ld", dir, what, (long)getpid());
    int fd = open(str_text(path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set_errno(err, ERR_INTERNAL, "cannot write '%s'", str_text(path));
    size_t len = strlen(text);
    int rc = 0;
    if (write(fd, text, len) != (ssize_t)len || (sync && fsync(fd) < 0))
        rc = err_set_errno(err, ERR_INTERNAL, "cannot write '%s'", str_text(path));
    close(fd);
    return rc;
}

/* The whole of a small file; *out stays empty when there is none. */
static int read_file(const char *path, struct str *out, struct err *err)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return errno == ENOENT ? 0 : err_set_errno(err, ERR_INTERNAL, "cannot read '%s'", path);
    char block[4096];
    for (size_t n = fread(block, 1, sizeof(block), file); n > 0;
         n = fread(block, 1, sizeof(block), file))
        str_add_n(out, block, n);
    int failed = ferror(file);
    fclose(file);
    return failed ? err_set(err, ERR_INTERNAL, "cannot read '%s'", path) : 0;
}

/* The name appears with its content: a way that is not known would be taken for the other one. */
int claim_begin(const char *dir, int64_t attempt, const char *way, struct err *err)
{
    struct str path CLEANUP(str_free) = STR_INIT;
    struct str from CLEANUP(str_free) = STR_INIT;
    path_of(&path, dir, "attempt", attempt);
    if (write_draft(&from, dir, "attempt", way ? way : "", true, err) < 0)
        return -1;
    if (rename(str_text(&from), str_text(&path)) < 0)
        return err_set_errno(err, ERR_INTERNAL, "cannot write '%s'", str_text(&path));
    return sync_dir(dir, err);
}

int claim_way(const char *dir, int64_t attempt, struct str *out, struct err *err)
{
    struct str path CLEANUP(str_free) = STR_INIT;
    path_of(&path, dir, "attempt", attempt);
    return read_file(str_text(&path), out, err);
}

int claim_newest(const char *dir, int64_t *out, struct err *err)
{
    *out = 0;
    DIR *list = opendir(dir);
    if (!list)
        return err_set_errno(err, ERR_INTERNAL, "cannot list '%s'", dir);
    for (struct dirent *entry = readdir(list); entry; entry = readdir(list)) {
        int64_t n = 0;
        if (str_starts(entry->d_name, "attempt.") &&
            str_to_i64(entry->d_name + strlen("attempt."), &n) == 0 && n > *out)
            *out = n;
    }
    closedir(list);
    return 0;
}

int claim_read(const char *dir, int64_t attempt, enum claim *out, struct err *err)
{
    struct str path CLEANUP(str_free) = STR_INIT;
    struct str text CLEANUP(str_free) = STR_INIT;
    path_of(&path, dir, "decision", attempt);
    *out = CLAIM_NONE;
    if (read_file(str_text(&path), &text, err) < 0)
        return -1;
    if (text.len == 0)
        return 0;
    for (enum claim c = CLAIM_COMMIT; c <= CLAIM_CALL_OFF; c++)
        if (str_starts(text.text, claim_name(c)))
            *out = c;
    if (*out == CLAIM_NONE)
        return err_set(err, ERR_INTERNAL, "'%s' holds no decision but '%s'", str_text(&path),
                       text.text);
    return 0;
}

/* Writes the draft of a decision; path is where it is. */
static int draft(struct str *path, const char *dir, enum claim want, struct err *err)
{
    struct str text CLEANUP(str_free) = STR_INIT;
    str_printf(&text, "%s\n", claim_name(want));
    return write_draft(path, dir, claim_name(want), str_text(&text), true, err);
}

int claim_draft(const char *dir, enum claim want, struct err *err)
{
    struct str path CLEANUP(str_free) = STR_INIT;
    return draft(&path, dir, want, err);
}

int claim_decide(const char *dir, int64_t attempt, enum claim want, enum claim *out,
                 struct err *err)
{
    struct str path CLEANUP(str_free) = STR_INIT;
    struct str from CLEANUP(str_free) = STR_INIT;
    path_of(&path, dir, "decision", attempt);
    str_printf(&from, "%s/draft.%s.%ld", dir, claim_name(want), (long)getpid());
    if (access(str_text(&from), F_OK) < 0) {
        str_clear(&from);
        if (draft(&from, dir, want, err) < 0)
            return -1;
    }
    int linked = link(str_text(&from), str_text(&path));
    int why = errno;
    unlink(str_text(&from));
    if (linked < 0 && why != EEXIST) {
        errno = why;
        return err_set_errno(err, ERR_INTERNAL, "cannot claim '%s'", str_text(&path));
    }
    /* A name that is not on disk yet is nobody's to act on, whoever made it. */
    if (sync_dir(dir, err) < 0)
        return -1;
    return claim_read(dir, attempt, out, err);
}

void claim_note_position(const char *dir, int64_t attempt, const char *position)
{
    struct err ignored = ERR_INIT;
    struct str path CLEANUP(str_free) = STR_INIT;
    struct str from CLEANUP(str_free) = STR_INIT;
    path_of(&path, dir, "position", attempt);
    if (write_draft(&from, dir, "position", position, false, &ignored) == 0)
        rename(str_text(&from), str_text(&path));
}

int claim_position(const char *dir, int64_t attempt, struct str *out, struct err *err)
{
    struct str path CLEANUP(str_free) = STR_INIT;
    path_of(&path, dir, "position", attempt);
    return read_file(str_text(&path), out, err);
}

int claim_record(const char *dir, int64_t attempt, const struct claim_end *end, struct err *err)
{
    struct str path CLEANUP(str_free) = STR_INIT;
    struct str from CLEANUP(str_free) = STR_INIT;
    struct str text CLEANUP(str_free) = STR_INIT;
    str_add(&text, "{");
    note_member_i64(&text, "attempt", attempt);
    note_member(&text, "outcome", claim_outcome_name(end->outcome));
    note_member(&text, "reason", end->reason);
    note_member(&text, "position", end->position);
    note_member(&text, "who", end->who);
    note_member_raw(&text, "timeline", end->timeline[0] ? end->timeline : "[]");
    str_add(&text, "}\n");
    path_of(&path, dir, "outcome", attempt);
    if (write_draft(&from, dir, "outcome", str_text(&text), true, err) < 0)
        return -1;
    if (rename(str_text(&from), str_text(&path)) < 0)
        return err_set_errno(err, ERR_INTERNAL, "cannot write '%s'", str_text(&path));
    return sync_dir(dir, err);
}

int claim_recorded(const char *dir, int64_t attempt, struct str *out, struct err *err)
{
    struct str path CLEANUP(str_free) = STR_INIT;
    path_of(&path, dir, "outcome", attempt);
    if (read_file(str_text(&path), out, err) < 0)
        return -1;
    while (out->len > 0 && out->text[out->len - 1] == '\n')
        out->text[--out->len] = '\0';
    return 0;
}
