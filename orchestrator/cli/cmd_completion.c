/*
 * `completion`: prints a script by which a shell completes commands, options and files.
 */
#include "orchestrator/cli/cmd.h"
#include "orchestrator/cli/completion.h"

static const struct {
    const char *shell;
    completion_script *add;
} scripts[] = {{"bash", completion_bash}, {"fish", completion_fish}, {"zsh", completion_zsh}};

static int run(struct invocation *inv, struct err *err)
{
    (void)err;
    CLEANUP(str_free) struct str script = STR_INIT;
    for (size_t i = 0; i < ARRAY_LEN(scripts); i++)
        if (str_equal(scripts[i].shell, inv->arguments[0]))
            scripts[i].add(&script);
    if (inv->mode == OUT_TEXT) {
        out_raw(str_text(&script));
        return 0;
    }
    inv->answer = json_make_object();
    json_put(inv->answer, "shell", json_make_text(inv->arguments[0]));
    json_put(inv->answer, "script", json_make_text(str_text(&script)));
    return 0;
}

static const struct argument_row arguments[] = {
    {.name = "SHELL",
     .type = ARGUMENT_CHOICE,
     .need = ARGUMENT_REQUIRED,
     .choices = "bash fish zsh",
     .help = "the shell: bash, fish or zsh"},
};

const struct command cmd_completion = {
    .name = "completion",
    .summary = "print a script that completes commands in the shell",
    .story = "Prints a script for the shell. To use it now: source <(ece-migrate completion bash), "
             "or ece-migrate completion fish | source. To keep it: write it to "
             "/etc/bash_completion.d/ece-migrate, ~/.config/fish/completions/ece-migrate.fish, or "
             "_ece-migrate in a folder of zsh's fpath. The package installs all three.",
    .arguments = arguments,
    .narguments = ARRAY_LEN(arguments),
    .run = run,
};
