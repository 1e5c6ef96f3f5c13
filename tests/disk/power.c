/*
 * The model of a disk that loses power. It knows files by number and names by path; both have a
 * part that is safe and a list of what is not yet.
 */
#include "tests/disk/power.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/disk/move.h"

#define SECTOR 512
#define NAMES  64

struct bytes {
    unsigned char *at;
    size_t size, room;
};

struct file {
    struct bytes safe;
    const struct disk_op **open; /* writes and sizes since the last sync */
    size_t opens, room;
};

struct name {
    const char *path;
    int file; /* -1: a directory */
};

struct names {
    struct name name[NAMES];
    size_t len;
};

struct power {
    const struct disk_trace *trace;
    size_t next;
    struct file *file;
    struct names safe;
    const struct disk_op **open; /* names since the last sync of their directory */
    size_t opens;
};

const char *power_model_name(enum power_model model)
{
    static const char *const names[] = {
        [POWER_SYNCED_ONLY] = "only what was synced",
        [POWER_TORN] = "torn",
        [POWER_NAMES_KEPT] = "names and sizes kept, bytes lost",
        [POWER_BYTES_KEPT] = "bytes kept, names and sizes lost",
    };
    return names[model];
}

static void *must(void *memory)
{
    if (memory == NULL)
        abort();
    return memory;
}

static void resize(struct bytes *bytes, size_t size)
{
    if (size > bytes->room) {
        bytes->room = size * 2;
        bytes->at = must(realloc(bytes->at, bytes->room));
    }
    if (size > bytes->size)
        memset(bytes->at + bytes->size, 0, size - bytes->size);
    bytes->size = size;
}

static void put(struct bytes *bytes, int64_t at, const unsigned char *from, size_t len)
{
    if (bytes->size < (size_t)at + len)
        resize(bytes, (size_t)at + len);
    memcpy(bytes->at + at, from, len);
}

static void apply(struct bytes *bytes, const struct disk_op *op)
{
    if (op->kind == DISK_WRITE)
        put(bytes, op->at, op->bytes, op->len);
    else
        resize(bytes, (size_t)op->at);
}

static void names_drop(struct names *names, const char *path)
{
    for (size_t i = 0; i < names->len; i++)
        if (strcmp(names->name[i].path, path) == 0) {
            names->name[i] = names->name[--names->len];
            return;
        }
}

static void names_put(struct names *names, const char *path, int file)
{
    names_drop(names, path);
    if (names->len == NAMES)
        abort();
    names->name[names->len++] = (struct name){path, file};
}

static void apply_name(struct names *names, const struct disk_op *op)
{
    if (op->kind == DISK_UNLINK || op->kind == DISK_RENAME)
        names_drop(names, op->name);
    if (op->kind != DISK_UNLINK)
        names_put(names, op->kind == DISK_RENAME ? op->to : op->name, op->file);
}

static bool is_in(const char *path, const char *dir)
{
    size_t len = strlen(dir);
    return strncmp(path, dir, len) == 0 && path[len] == '/' && !strchr(path + len + 1, '/');
}

static void sync_dir(struct power *power, const char *dir)
{
    size_t kept = 0;
    for (size_t i = 0; i < power->opens; i++) {
        if (is_in(power->open[i]->name, dir))
            apply_name(&power->safe, power->open[i]);
        else
            power->open[kept++] = power->open[i];
    }
    power->opens = kept;
}

static void sync_file(struct file *file)
{
    for (size_t i = 0; i < file->opens; i++)
        apply(&file->safe, file->open[i]);
    file->opens = 0;
}

static void add_open(struct file *file, const struct disk_op *op)
{
    if (file->opens == file->room) {
        file->room = file->room ? 2 * file->room : 64;
        file->open = must(realloc(file->open, file->room * sizeof(*file->open)));
    }
    file->open[file->opens++] = op;
}

struct power *power_begin(const struct disk_trace *trace)
{
    struct power *power = must(calloc(1, sizeof(*power)));
    power->trace = trace;
    power->file = must(calloc((size_t)trace->files + 1, sizeof(*power->file)));
    power->open = must(calloc(trace->len + 1, sizeof(*power->open)));
    return power;
}

const struct disk_op *power_step(struct power *power)
{
    if (power->next == power->trace->len)
        return NULL;
    const struct disk_op *op = &power->trace->op[power->next++];
    switch (op->kind) {
    case DISK_MKDIR:
    case DISK_CREATE:
    case DISK_UNLINK:
    case DISK_RENAME:
        power->open[power->opens++] = op;
        break;
    case DISK_WRITE:
    case DISK_RESIZE:
        add_open(&power->file[op->file], op);
        break;
    case DISK_SYNC:
        sync_file(&power->file[op->file]);
        break;
    case DISK_SYNC_DIR:
        sync_dir(power, op->name);
        break;
    case DISK_ACK:
        break;
    }
    return op;
}

void power_end(struct power *power)
{
    for (int i = 0; i < power->trace->files; i++) {
        free(power->file[i].safe.at);
        free(power->file[i].open);
    }
    free(power->file);
    free(power->open);
    free(power);
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state >> 11;
}

/* How likely the cut lets something through: rarely, half and half, or nearly all of it. */
static bool kept(uint64_t *random, unsigned percent)
{
    return next_random(random) % 100 < percent;
}

static void apply_torn(struct bytes *bytes, const struct disk_op *op, unsigned percent,
                       uint64_t *random)
{
    if (op->kind == DISK_RESIZE) {
        if (kept(random, percent))
            apply(bytes, op);
        return;
    }
    for (size_t done = 0; done < op->len;) {
        size_t room = SECTOR - ((size_t)op->at + done) % SECTOR;
        size_t len = op->len - done < room ? op->len - done : room;
        if (kept(random, percent))
            put(bytes, op->at + (int64_t)done, op->bytes + done, len);
        done += len;
    }
}

/* Names and sizes reach the disk, what stands in the file does not: new parts are zeros. */
static void apply_size(struct bytes *bytes, const struct disk_op *op)
{
    if (op->kind == DISK_RESIZE)
        apply(bytes, op);
    else if (bytes->size < (size_t)op->at + op->len)
        resize(bytes, (size_t)op->at + op->len);
}

static void apply_inside(struct bytes *bytes, const struct disk_op *op)
{
    if (op->kind != DISK_WRITE || (size_t)op->at >= bytes->size)
        return;
    size_t room = bytes->size - (size_t)op->at;
    put(bytes, op->at, op->bytes, op->len < room ? op->len : room);
}

static void file_after(const struct file *file, enum power_model model, unsigned percent,
                       uint64_t *random, struct bytes *out)
{
    *out = (struct bytes){0};
    resize(out, file->safe.size);
    if (file->safe.size)
        memcpy(out->at, file->safe.at, file->safe.size);
    for (size_t i = 0; i < file->opens; i++) {
        if (model == POWER_TORN)
            apply_torn(out, file->open[i], percent, random);
        else if (model == POWER_NAMES_KEPT)
            apply_size(out, file->open[i]);
        else if (model == POWER_BYTES_KEPT)
            apply_inside(out, file->open[i]);
    }
}

static void write_out(const char *path, const struct bytes *bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool whole = fd >= 0 && write(fd, bytes->at, bytes->size) == (ssize_t)bytes->size;
    if (!whole)
        abort();
    close(fd);
}

/* Directories come before what is in them, as their paths are shorter. A file in a directory that
 * is lost is lost with it. */
static int by_length(const void *a, const void *b)
{
    size_t la = strlen(((const struct name *)a)->path), lb = strlen(((const struct name *)b)->path);
    return la < lb ? -1 : la > lb;
}

void power_cut(struct power *power, enum power_model model, uint64_t seed, const char *from,
               const char *to)
{
    uint64_t random = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
    unsigned percent = (unsigned[]){10, 50, 90}[next_random(&random) % 3];
    struct names names = power->safe;
    for (size_t i = 0; i < power->opens; i++)
        if (model == POWER_NAMES_KEPT || (model == POWER_TORN && kept(&random, percent)))
            apply_name(&names, power->open[i]);
    qsort(names.name, names.len, sizeof(names.name[0]), by_length);
    move_remove_dir(to);
    if (mkdir(to, 0700))
        abort();
    for (size_t i = 0; i < names.len; i++) {
        char path[PATH_MAX];
        struct bytes bytes;
        snprintf(path, sizeof(path), "%s%s", to, names.name[i].path + strlen(from));
        char *slash = strrchr(path, '/');
        *slash = '\0';
        bool above = access(path, F_OK) == 0;
        *slash = '/';
        /* The ballast holds nothing, and would be most of what is written here. */
        if (!above || strstr(path, ".ballast"))
            continue;
        if (names.name[i].file < 0) {
            (void)!mkdir(path, 0700);
            continue;
        }
        file_after(&power->file[names.name[i].file], model, percent, &random, &bytes);
        write_out(path, &bytes);
        free(bytes.at);
    }
}
