/*
 * The state file with some of its bytes changed: it is refused, or its journal reads as it was
 * written. Never is a change to a row taken for the truth.
 *
 * An input is a row of changes of four bytes each: where (three, big-endian) and what is to stand
 * there; 0xff 0xff LENGTH LENGTH cuts the file off.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "state/journal.h"
#include "state/migration.h"
#include "tests/fuzz/fuzz.h"

#define MIGRATION "orders"

/* The state file as it was written, and what its journal said. */
static struct {
    char dir[64], path[80];
    char *bytes;
    size_t len;
    char *said;
} whole;

static void forget(void)
{
    DIR *list = opendir(whole.dir);
    for (struct dirent *entry; list && (entry = readdir(list)) != NULL;)
        unlinkat(dirfd(list), entry->d_name, 0);
    if (list)
        closedir(list);
    rmdir(whole.dir);
    free(whole.bytes);
    free(whole.said);
}

/* Everything that the journal says, in one text; NULL when it says that it was changed. */
static char *say(struct store *store)
{
    struct arena *arena CLEANUP(arena_cleanup) = arena_new();
    struct str out CLEANUP(str_free) = STR_INIT;
    const struct journal_filter all = {0};
    struct journal_rows rows;
    struct err err = ERR_INIT;
    int64_t verified = 0;
    if (journal_verify(store, MIGRATION, &verified, &err) ||
        journal_read(store, MIGRATION, &all, arena, &rows, &err)) {
        fuzz_must(err.code != ERR_NONE && err.text[0] != '\0', "a refusal says why");
        return NULL;
    }
    fuzz_must((size_t)verified == rows.len, "all rows that are shown were verified");
    for (size_t i = 0; i < rows.len; i++) {
        const struct journal_row *row = &rows.row[i];
        const struct journal_entry *entry = &row->entry;
        const char *const texts[] = {row->origin,   entry->track, entry->phase,  entry->action,
                                     entry->object, entry->actor, entry->result, entry->text,
                                     entry->detail, row->hash};
        str_printf(&out, "%lld %lld %lld %d", (long long)row->seq, (long long)row->wall_us,
                   (long long)row->fence, (int)entry->kind);
        for (size_t t = 0; t < ARRAY_LEN(texts); t++)
            str_printf(&out, "|%s", texts[t] ? texts[t] : "(null)");
        str_add(&out, "\n");
    }
    return mem_strdup(str_text(&out));
}

static void must(int result, const struct err *err)
{
    fuzz_must(result == 0, err->text);
}

static void write_rows(struct store *store)
{
    static const struct track tracks[] = {
        {.name = "network", .phase = "preflight", .goal = "present", .attempt = 1}};
    struct err err = ERR_INIT;
    must(migration_create(store, MIGRATION, "{}", 1, tracks, ARRAY_LEN(tracks), &err), &err);
    must(store_begin_write(store, &err), &err);
    for (int i = 0; i < 8; i++) {
        const struct journal_entry entry = {.kind = i % 2 ? JOURNAL_OUTCOME : JOURNAL_INTENT,
                                            .track = "network",
                                            .action = i % 3 ? "up" : NULL,
                                            .actor = "runner",
                                            .text = "the tunnel is raised",
                                            .detail = "{\"n\": 1}"};
        must(journal_append(store, MIGRATION, 1, &entry, &err), &err);
    }
    must(store_end(store, STORE_COMMIT, &err), &err);
}

static void read_file(void)
{
    struct stat st;
    int fd = open(whole.path, O_RDONLY | O_CLOEXEC);
    fuzz_must(fd >= 0 && fstat(fd, &st) == 0, "the state file is there");
    whole.len = (size_t)st.st_size;
    whole.bytes = mem_new(whole.len);
    fuzz_must(read(fd, whole.bytes, whole.len) == (ssize_t)whole.len, "the state file is read");
    close(fd);
}

/* Once: a journal of a few rows, in memory where there is a file system in memory. */
static void prepare(void)
{
    struct store *store = NULL;
    struct err err = ERR_INIT;
    snprintf(whole.dir, sizeof whole.dir, "%s/ece-fuzz-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    fuzz_must(mkdtemp(whole.dir) != NULL, "a directory can be made");
    snprintf(whole.path, sizeof whole.path, "%s/state.db", whole.dir);
    atexit(forget);
    must(store_open(&store, whole.dir, STORE_CREATE, clock_real(), &err), &err);
    write_rows(store);
    whole.said = say(store);
    fuzz_must(whole.said != NULL, "a journal that nobody touched is whole");
    store_close(store);
    read_file();
}

static void write_changed(const uint8_t *data, size_t size)
{
    char *bytes = mem_new(whole.len);
    size_t len = whole.len;
    memcpy(bytes, whole.bytes, len);
    for (; size >= 4; data += 4, size -= 4) {
        size_t at = (size_t)data[0] << 16 | (size_t)data[1] << 8 | data[2];
        if (data[0] == 0xff && data[1] == 0xff)
            len = ((size_t)data[2] << 8 | data[3]) % (whole.len + 1);
        else
            bytes[at % whole.len] = (char)data[3];
    }
    int fd = open(whole.path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    fuzz_must(fd >= 0 && write(fd, bytes, len) == (ssize_t)len, "a state file is written");
    close(fd);
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct store *store = NULL;
    struct err err = ERR_INIT;
    if (whole.bytes == NULL)
        prepare();
    write_changed(data, size);
    if (store_open(&store, whole.dir, STORE_READ, clock_real(), &err) == 0) {
        char *said = say(store);
        fuzz_must(said == NULL || strcmp(said, whole.said) == 0,
                  "what a changed state file says is what was written, or it is refused");
        free(said);
        store_close(store);
    } else {
        fuzz_must(err.text[0] != '\0', "a refusal says why");
    }
    return 0;
}
