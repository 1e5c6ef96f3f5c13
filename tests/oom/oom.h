/*
 * Memory that runs out on command. What our own code, SQLite and Jansson allocate is counted, and
 * the n-th allocation fails. Ours, and with it Jansson's, goes through the linker's --wrap,
 * SQLite's through the hook that it has for it, so that it works with and without sanitizers.
 */
#ifndef TESTS_OOM_OOM_H
#define TESTS_OOM_OOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum oom_how {
    OOM_COUNT, /* none fails */
    OOM_ONCE,  /* the n-th fails */
    OOM_ON,    /* the n-th fails and all after it */
};

/* Once, before SQLite and Jansson are used. */
void oom_begin(void);
/* From now on. */
void oom_arm(enum oom_how how, int64_t n);
void oom_disarm(void);
int64_t oom_count(void);
/* Counts an allocation; true when it is to fail. For what else allocates. */
bool oom_fails(void);

/* While it counts: the numbers of the allocations that come from a place (a stack of callers) from
 * which none came before, in order. Returns how many. */
size_t oom_places(int64_t *out, size_t room);

#endif
