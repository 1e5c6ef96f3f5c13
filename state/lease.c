/*
 * The lease: an open-file-description lock decides who may run (fcntl(2)), as the kernel gives it
 * back in the instant its holder dies and never before; the row's fence makes the writes of a
 * holder void that was taken for dead and was not.
 */
#include "state/lease.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "state/holder.h"

struct lease {
    struct store *store;
    char *migration;
    int fd;
    int64_t fence;
};

struct row {
    int64_t fence;
    bool held;
    const char *holder;
};

static int read_row(struct store *store, const char *migration, struct arena *arena,
                    struct row *out, struct err *err)
{
    static const char select[] =
        "SELECT fence, held, host, boot_id, pid, since_us FROM lease WHERE migration = $1";
    const struct store_value args[] = {store_text(migration)};
    struct store_rows rows;
    char since[CLOCK_TEXT];
    if (store_read(store, arena, select, "iittii", args, 1, &rows, err))
        return err_add(err, "lease");
    if (rows.rows != 1)
        return err_set(err, ERR_STATE, "there is no migration '%s' in the state file", migration);
    const struct store_value *cell = rows.cell;
    struct holder holder = {.host = cell[2].text, .boot_id = cell[3].text, .pid = cell[4].i};
    *out = (struct row){.fence = cell[0].i, .held = cell[1].i != 0, .holder = ""};
    if (out->held)
        out->holder = arena_printf(arena, "%s, since %s", holder_text(&holder, arena),
                                   clock_text(since, cell[5].i));
    return 0;
}

static const char *lock_path(struct store *store, const char *migration, struct arena *arena)
{
    return arena_printf(arena, "%s/lease-%s.lock", store_dir(store), migration);
}

static struct flock whole_file(void)
{
    return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

static int busy(struct store *store, const char *migration, struct err *err)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    struct row row;
    if (read_row(store, migration, arena, &row, err))
        return -1;
    return err_set(err, ERR_BUSY, "migration '%s' is being run by %s", migration,
                   row.held ? row.holder : "a process that is just starting");
}

/* Gives the descriptor that holds the lock: closing it gives the lock back, and so does the end of
 * the process. */
static int lock_file(struct store *store, const char *migration, int *out_fd, struct err *err)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    const char *path = lock_path(store, migration, arena);
    struct flock want = whole_file();
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set_errno(err, errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_STATE,
                             "cannot open lock file '%s'", path);
    if (fcntl(fd, F_OFD_SETLK, &want)) {
        int result = errno == EAGAIN || errno == EACCES
                         ? busy(store, migration, err)
                         : err_set_errno(err, ERR_STATE, "cannot lock '%s'", path);
        close(fd);
        return result;
    }
    *out_fd = fd;
    return 0;
}

static int write_row(struct lease *lease, struct arena *arena, struct err *err)
{
    static const char update[] =
        "UPDATE lease SET fence = $1, held = 1, host = $2, boot_id = $3, pid = $4, "
        "pid_start = $5, since_us = $6 WHERE migration = $7";
    struct holder self = holder_self(arena);
    const struct store_value args[] = {
        store_int(lease->fence),      store_text(self.host),
        store_text(self.boot_id),     store_int(self.pid),
        store_int(self.pid_start),    store_int(store_wall_us(lease->store)),
        store_text(lease->migration),
    };
    return store_run(lease->store, NULL, update, args, ARRAY_LEN(args), NULL, NULL, err);
}

/* The row still says held although we have the lock: its holder died, perhaps while it wrote. */
static int raise_fence(struct lease *lease, struct arena *arena, struct err *err)
{
    struct row row;
    if (read_row(lease->store, lease->migration, arena, &row, err) ||
        (row.held && store_quick_check(lease->store, err)))
        return -1;
    lease->fence = row.fence + 1;
    return write_row(lease, arena, err);
}

static int take_over(struct lease *lease, struct err *err)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    if (store_begin_write(lease->store, err))
        return -1;
    int result = raise_fence(lease, arena, err);
    return result ? store_rollback(lease->store) : store_end(lease->store, STORE_COMMIT, err);
}

static void lease_free(struct lease *lease)
{
    close(lease->fd);
    free(lease->migration);
    free(lease);
}

int lease_take(struct lease **out, struct store *store, const char *migration, struct err *err)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    struct row row;
    int fd = -1;
    /* A migration that does not exist must not leave a lock file behind. */
    if (read_row(store, migration, arena, &row, err) || lock_file(store, migration, &fd, err))
        return -1;
    struct lease *lease = MEM_NEW(struct lease);
    *lease = (struct lease){.store = store, .migration = mem_strdup(migration), .fd = fd};
    if (take_over(lease, err)) {
        lease_free(lease);
        return -1;
    }
    *out = lease;
    return 0;
}

/* When the row cannot be written, the lock is given back all the same and the next holder takes it
 * from a dead one. */
void lease_release(struct lease *lease)
{
    if (!lease)
        return;
    struct err ignored = ERR_INIT;
    const struct store_value args[] = {store_text(lease->migration), store_int(lease->fence)};
    if (!store_begin_write(lease->store, &ignored)) {
        int result = store_run(lease->store, NULL,
                               "UPDATE lease SET held = 0 WHERE migration = $1 AND fence = $2",
                               args, 2, NULL, NULL, &ignored);
        if (store_end(lease->store, result ? STORE_ROLLBACK : STORE_COMMIT, &ignored))
            err_clear(&ignored);
    }
    lease_free(lease);
}

void lease_cleanup(struct lease **lease)
{
    lease_release(*lease);
    *lease = NULL;
}

int64_t lease_fence(const struct lease *lease)
{
    return lease->fence;
}

struct store *lease_store(const struct lease *lease)
{
    return lease->store;
}

static int check_fence(const struct lease *lease, struct err *err)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    struct row row;
    if (read_row(lease->store, lease->migration, arena, &row, err))
        return -1;
    if (row.fence != lease->fence)
        return err_set(err, ERR_FENCED,
                       "migration '%s' was taken over (our fence is %" PRId64 ", now it is %" PRId64
                       "%s%s)",
                       lease->migration, lease->fence, row.fence, row.held ? ", " : "", row.holder);
    return 0;
}

int lease_check(struct lease *lease, struct err *err)
{
    return check_fence(lease, err);
}

int lease_begin(struct lease *lease, struct err *err)
{
    if (store_begin_write(lease->store, err))
        return -1;
    if (!check_fence(lease, err))
        return 0;
    return store_rollback(lease->store);
}

/* Asks whether somebody holds the lock without taking it, so that looking never gets in a runner's
 * way. */
static bool is_locked(const char *path)
{
    struct flock want = whole_file();
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    bool locked = fd >= 0 && fcntl(fd, F_OFD_GETLK, &want) == 0 && want.l_type != F_UNLCK;
    if (fd >= 0)
        close(fd);
    return locked;
}

int lease_look(struct store *store, const char *migration, struct arena *arena,
               struct lease_view *out, struct err *err)
{
    struct row row;
    if (read_row(store, migration, arena, &row, err))
        return -1;
    *out = (struct lease_view){.holder = row.holder,
                               .fence = row.fence,
                               .alive = is_locked(lock_path(store, migration, arena))};
    return 0;
}
