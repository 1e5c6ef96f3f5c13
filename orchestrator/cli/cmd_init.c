/*
 * `init`: writes a migration file to begin with. Never writes over a file that is there.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "orchestrator/cli/cmd.h"
#include "steps/spec.h"

/* What somebody does next, in order. %s is the file. */
static const char *const next_steps[] = {
    "put the schema beside it, so that your editor explains each key: ece-migrate schema > "
    "migration.schema.json",
    "fill in your hosts, networks and services, and the host keys",
    "check it: ece-migrate check %s",
};

static int write_all(int fd, const char *text)
{
    size_t left = strlen(text);
    while (left > 0) {
        ssize_t n = write(fd, text, left);
        if (n < 0 && errno != EINTR)
            return -1;
        if (n > 0) {
            text += n;
            left -= (size_t)n;
        }
    }
    return 0;
}

/* A file that could not be written whole is taken away again: it is ours, as it was made here. */
static int write_file(const char *path, const char *text, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0 && errno == EEXIST)
        return err_set(err, ERR_REFUSED, "'%s' exists already, and init writes over nothing", path);
    if (fd < 0)
        return err_set_errno(err, ERR_OUTPUT, "cannot make '%s'", path);
    int result = write_all(fd, text);
    if (result == 0)
        result = fsync(fd);
    if (result < 0) {
        result = err_set_errno(err, ERR_OUTPUT, "cannot write '%s'", path);
        unlink(path);
    }
    close(fd);
    return result;
}

static const char *step_text(struct invocation *inv, size_t i, const char *path)
{
    const char *mark = strstr(next_steps[i], "%s");
    if (mark == NULL)
        return next_steps[i];
    return arena_printf(inv->arena, "%.*s%s", (int)(mark - next_steps[i]), next_steps[i], path);
}

static void tell(struct invocation *inv, const char *path)
{
    json_t *next = json_make_array();
    if (inv->mode == OUT_TEXT)
        out_text("wrote '%s'; next:\n", path);
    for (size_t i = 0; i < ARRAY_LEN(next_steps); i++) {
        const char *text = step_text(inv, i, path);
        json_add(next, json_make_text(text));
        if (inv->mode == OUT_TEXT)
            out_text("  %zu. %s\n", i + 1, text);
    }
    if (inv->mode == OUT_JSON) {
        inv->answer = json_make_object();
        json_put(inv->answer, "file", json_make_text(path));
        json_put(inv->answer, "next", json_incref(next));
    }
    json_decref(next);
}

static int run(struct invocation *inv, struct err *err)
{
    const char *path = inv->arguments[0];
    const char *text = spec_starter(inv->arena);
    if (path == NULL) {
        out_raw(text);
        return 0;
    }
    if (write_file(path, text, err) < 0)
        return -1;
    tell(inv, path);
    return 0;
}

static const struct argument_row arguments[] = {
    {.name = "FILE",
     .type = ARGUMENT_FILE,
     .help = "where to write it; it must not exist yet (default: standard output)"},
};

const struct command cmd_init = {
    .name = "init",
    .summary = "write a migration file to begin with",
    .story = "Writes a starter migration file, with every key that most migrations need. It has no "
             "comments, as "
             "JSON has none: with the schema beside it an editor explains each key.",
    .arguments = arguments,
    .narguments = ARRAY_LEN(arguments),
    .run = run,
};
