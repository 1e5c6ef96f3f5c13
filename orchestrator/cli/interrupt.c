/* The one place with a signal handler. */
#include "orchestrator/cli/interrupt.h"

#include <string.h>
#include <unistd.h>

#include "base/err.h"

static volatile sig_atomic_t caught;

static void say(const char *text)
{
    (void)!write(STDERR_FILENO, text, strlen(text));
}

static void handle(int number)
{
    if (caught != 0) {
        say("\nece-migrate: stopped at once; go on with 'ece-migrate resume'\n");
        _exit(err_exit_status(ERR_INTERRUPTED));
    }
    caught = number;
    say("\nece-migrate: stopping after the action at hand (again: at once, equally safe)\n");
}

const volatile sig_atomic_t *interrupt_catch(void)
{
    struct sigaction action = {.sa_handler = handle};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    return &caught;
}
