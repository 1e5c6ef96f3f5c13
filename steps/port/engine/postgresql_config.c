/*
 * Edits of configuration files; see postgresql_config.h.
 */
#include "steps/port/engine/postgresql_config.h"

#include <stdlib.h>
#include <string.h>

#include "steps/port/engine/postgresql_block.h"
#include "steps/wire/remote.h"

enum { FILE_MAX = 1 << 20 };

struct file {
    const char *path, *text;
    size_t len;
    bool missing;
    mode_t mode;
    const char *owner;
};

static int file_get(struct postgresql *self, const struct spec_host *host, const char *path,
                    struct arena *arena, struct file *out, struct err *err)
{
    const char *argv[] = {"stat", "-L", "-c", "%a %U:%G", path, NULL};
    struct remote_cmd cmd = {.argv = argv};
    struct remote_reply reply;
    *out = (struct file){.path = path, .text = "", .owner = ""};
    if (remote_get(self->world, host, path, FILE_MAX, arena, &out->text, &out->len, &out->missing,
                   err))
        return -1;
    if (out->missing)
        return 0;
    if (remote_probe_ok(self->world, host, &cmd, arena, &reply, err))
        return -1;
    char *stat = str_trim(arena_strdup(arena, reply.out));
    char *space = strchr(stat, ' ');
    if (!space)
        return err_set(err, ERR_REMOTE, "'%s' on '%s' has no owner", path, host->name);
    out->mode = (mode_t)strtoul(stat, NULL, 8);
    out->owner = space + 1;
    return 0;
}

static int file_put(struct postgresql *self, const struct spec_host *host, const struct file *file,
                    const char *text, size_t len, struct err *err)
{
    return remote_put(self->world, host, file->path, file->mode, file->owner, text, len, err);
}

/* *changed tells that the file on the host is another now. */
static int edit(struct postgresql *self, const struct spec_host *host,
                const struct postgresql_block *block, const struct file *file, const char *lines,
                bool *changed, struct err *err)
{
    CLEANUP(str_free) struct str text = STR_INIT;
    *changed = false;
    if (file->missing)
        return 0;
    int status = lines ? postgresql_block_put(block, file->text, file->len, lines, &text, err)
                       : postgresql_block_cut(block, file->text, file->len, &text, err);
    if (status)
        return err_add(err, "'%s' on '%s'", file->path, host->name);
    if (text.len == file->len && memcmp(str_text(&text), file->text, text.len) == 0)
        return 0;
    *changed = true;
    return file_put(self, host, file, str_text(&text), text.len, err);
}

/* An error anywhere in the file makes the server ignore all of it (21.1): then the file must not
 * stay. */
static int hba_understood(struct postgresql_side *side, struct arena *arena, struct err *err)
{
    static const char sql[] =
        "SELECT 'line ' || line_number || ': ' || error FROM pg_hba_file_rules "
        "WHERE error IS NOT NULL ORDER BY line_number LIMIT 1";
    const char *complaint = NULL;
    if (pg_probe_value(side->pg, sql, arena, &complaint, err))
        return -1;
    if (complaint)
        return err_set(err, ERR_DATABASE, "'%s' would be refused by the server: %s",
                       side->place.hba_file, complaint);
    return 0;
}

int postgresql_config_hba(struct postgresql *self, struct postgresql_side *side, const char *lines,
                          struct arena *arena, struct err *err)
{
    const struct spec_host *host = side->endpoint->host;
    const struct postgresql_block block = {self->name.begin, self->name.end, POSTGRESQL_BLOCK_TOP};
    struct err ignored = ERR_INIT;
    struct file file;
    bool changed = false;
    if (!side->place.hba_file[0])
        return 0;
    if (file_get(self, host, side->place.hba_file, arena, &file, err) ||
        edit(self, host, &block, &file, lines, &changed, err))
        return err_add(err, "editing pg_hba.conf on '%s'", host->name);
    if (!side->pg)
        return 0;
    if (changed && hba_understood(side, arena, err)) {
        (void)file_put(self, host, &file, file.text, file.len, &ignored);
        return err_add(err, "editing pg_hba.conf on '%s'", host->name);
    }
    return postgresql_self_reload(self, side, arena, err);
}

int postgresql_config_auto(struct postgresql *self, struct postgresql_side *side, const char *lines,
                           struct arena *arena, struct err *err)
{
    const struct spec_host *host = side->endpoint->host;
    const struct postgresql_block block = {self->name.begin, self->name.end,
                                           POSTGRESQL_BLOCK_BOTTOM};
    struct file file;
    bool changed = false;
    const char *path = arena_printf(arena, "%s/postgresql.auto.conf", side->place.data_directory);
    if (file_get(self, host, path, arena, &file, err) ||
        edit(self, host, &block, &file, lines, &changed, err))
        return err_add(err, "editing postgresql.auto.conf on '%s'", host->name);
    return 0;
}
