/*
 * The program: runs the command and, when it failed, says why, once.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/secret.h"
#include "orchestrator/cli/command.h"
#include "state/digest.h"

/* A parent may have closed the standard descriptors; a file of ours that took their number would be
 * written over by messages. */
static void keep_standard_descriptors(void)
{
    int fd = open("/dev/null", O_RDONLY);
    while (fd >= 0 && fd <= STDERR_FILENO)
        fd = open("/dev/null", O_RDONLY);
    if (fd >= 0)
        close(fd);
}

/* A wrong call is helped best by the help of the very command. */
static const char *hint_of(const struct invocation *inv, const struct err *err)
{
    if (err->code == ERR_USAGE && inv->command != NULL)
        return arena_printf(inv->arena, "usage: %s; see 'ece-migrate help %s'",
                            command_usage(inv->command, inv->arena), inv->command->name);
    return err_hint(err->code);
}

static json_t *error_json(const struct err *err, const char *hint)
{
    json_t *error = json_make_object();
    json_put(error, "code", json_make_text(err_name(err->code)));
    json_put(error, "exit_status", json_integer(err_exit_status(err->code)));
    json_put(error, "text", json_make_text(err->text));
    json_put(error, "hint", json_make_text(hint));
    return error;
}

/* Standard error is for people in both modes. In JSON the error joins the command's answer; alone
   it is one line, as it may end a stream of them. */
static void tell_error(struct invocation *inv, const struct err *err)
{
    const char *hint = hint_of(inv, err);
    out_error("ece-migrate: %s\n", err->text);
    if (*hint != '\0')
        out_error("  hint: %s\n", hint);
    if (inv->mode != OUT_JSON)
        return;
    enum out_form form = inv->answer == NULL ? OUT_ONE_LINE : OUT_INDENTED;
    if (inv->answer == NULL)
        inv->answer = json_make_object();
    json_put(inv->answer, "error", error_json(err, hint));
    out_json(inv->answer, form);
}

int main(int argc, char **argv)
{
    keep_standard_descriptors();
    digest_begin();
    json_begin();
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    struct err err = ERR_INIT, late = ERR_INIT;
    struct invocation inv = {.arena = arena};
    int result = command_run(&inv, argc, argv, &err);
    if (result < 0)
        tell_error(&inv, &err);
    else if (inv.answer != NULL)
        out_json(inv.answer, OUT_INDENTED);
    if (out_finish(&late) < 0 && result == 0) {
        inv.mode = OUT_TEXT;
        tell_error(&inv, &late);
        err = late;
    }
    json_cleanup(&inv.answer);
    secret_forget_all();
    return err_exit_status(err.code);
}
