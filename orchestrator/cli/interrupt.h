/*
 * Ctrl-C, SIGTERM and SIGHUP (a terminal that went away): the first stops the runner between two
 * actions, the second ends the program at once, which is as safe: an intent without an outcome is
 * looked at on resume.
 */
#ifndef ORCHESTRATOR_CLI_INTERRUPT_H
#define ORCHESTRATOR_CLI_INTERRUPT_H

#include <signal.h>

/* From now on these signals are caught. The flag it returns turns to the signal's number at the
 * first. */
const volatile sig_atomic_t *interrupt_catch(void);

#endif
