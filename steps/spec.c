/*
 * The migration file from bytes to a struct: text, places, shape, meaning, files, in this order,
 * and all their faults together.
 */
#include "steps/spec.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/str.h"
#include "state/migration.h"
#include "steps/spec_fault.h"
#include "steps/spec_files.h"
#include "steps/spec_lines.h"
#include "steps/spec_meaning.h"
#include "steps/spec_read.h"
#include "steps/spec_text.h"

/* A spec stands in its own arena, which has to be found again to free it. */
struct owned {
    struct spec spec; /* first: a pointer to it is a pointer to all */
    struct arena *arena;
};

static struct spec *make_spec(const char *text, size_t len)
{
    struct arena *arena = arena_new();
    struct owned *owned = ARENA_NEW(arena, struct owned);
    owned->arena = arena;
    owned->spec.text = arena_strndup(arena, text, len);
    owned->spec.text_len = len;
    migration_hash(owned->spec.hash, text, len);
    return &owned->spec;
}

void spec_free(struct spec *spec)
{
    if (spec != NULL)
        arena_free(((struct owned *)spec)->arena);
}

void spec_cleanup(struct spec **spec)
{
    spec_free(*spec);
    *spec = NULL;
}

static void complain_twin(void *arg, const struct spec_place *first, const struct spec_place *twin)
{
    struct spec_fault_list *list = arg;
    spec_fault_add(list, twin, NULL, "'%s' stands in line %d already; keep one of the two",
                   spec_fault_quote(twin->name, list->arena), first->line);
}

/* Everything that can be said of text that is JSON. */
static void check_all(struct spec *spec, json_t *root, enum spec_files files,
                      struct spec_fault_list *list)
{
    CLEANUP(arena_cleanup) struct arena *scratch = arena_new();
    list->lines = spec_lines_scan(spec->text, spec->text_len, scratch);
    spec_lines_twins(list->lines, complain_twin, list);
    spec_read(spec, root, ((struct owned *)spec)->arena, list);
    spec_meaning_check(spec, list);
    if (files == SPEC_CHECK_FILES)
        spec_files_check(spec, list);
    list->lines = NULL;
}

static int sum_up(const struct spec_faults *faults, struct err *err)
{
    const struct spec_fault *first = &faults->fault[0];
    return err_set(err, ERR_SPEC, "the migration file has %zu fault%s; the first is in line %d: %s",
                   faults->len, faults->len == 1 ? "" : "s", first->line, first->text);
}

int spec_parse(struct spec **out, const char *text, size_t len, enum spec_files files,
               struct arena *arena, struct spec_faults *out_faults, struct err *err)
{
    struct spec_fault_list list;
    spec_fault_start(&list, arena);
    CLEANUP(spec_cleanup) struct spec *spec = NULL;
    CLEANUP(json_cleanup) json_t *root = spec_text_parse(text, len, &list);
    if (root != NULL) {
        spec = make_spec(text, len);
        check_all(spec, root, files, &list);
    }
    spec_fault_finish(&list, out_faults);
    if (out_faults->len > 0)
        return sum_up(out_faults, err);
    *out = spec;
    spec = NULL;
    return 0;
}

/* Reads at most one byte more than is allowed, so that a file that is too large is known to be. */
static int read_file(const char *path, struct str *text, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return err_set_errno(err, ERR_SPEC, "cannot open the migration file '%s'", path);
    char chunk[16384];
    ssize_t n = 0;
    while (text->len <= SPEC_TEXT_MAX &&
           ((n = read(fd, chunk, sizeof chunk)) > 0 || (n < 0 && errno == EINTR)))
        if (n > 0)
            str_add_n(text, chunk, (size_t)n);
    int failed =
        n < 0 ? err_set_errno(err, ERR_SPEC, "cannot read the migration file '%s'", path) : 0;
    close(fd);
    return failed;
}

int spec_load(struct spec **out, const char *path, enum spec_files files, struct arena *arena,
              struct spec_faults *out_faults, struct err *err)
{
    *out_faults = (struct spec_faults){0};
    CLEANUP(str_free) struct str text = STR_INIT;
    if (read_file(path, &text, err) < 0)
        return -1;
    return spec_parse(out, str_text(&text), text.len, files, arena, out_faults, err);
}

bool spec_has_window(const struct spec *spec)
{
    for (size_t i = 0; i < spec->services; i++)
        if (spec->service[i].rollback.window_h > 0)
            return true;
    return false;
}

const struct spec_host *spec_find_host(const struct spec *spec, const char *name)
{
    for (size_t i = 0; i < spec->hosts; i++)
        if (str_equal(spec->host[i].name, name))
            return &spec->host[i];
    return NULL;
}

const struct spec_service *spec_find_service(const struct spec *spec, const char *name)
{
    for (size_t i = 0; i < spec->services; i++)
        if (str_equal(spec->service[i].name, name))
            return &spec->service[i];
    return NULL;
}
