/*
 * What the wire's contract tests share: a world over hosts made by hand, an arena, an error, and
 * the short forms of a command.
 */
#ifndef TESTS_CONTRACT_WIRE_H
#define TESTS_CONTRACT_WIRE_H

#include "steps/wire/remote.h"
#include "steps/wire/world.h"
#include "tests/contract/sshd.h"
#include "tests/unit/unit.h"

#define ARGV(...) ((const char *const[]){__VA_ARGS__, NULL})

struct wire_test {
    struct world *world;
    struct arena *arena;
    struct err err;
    struct remote_reply reply;
};

static inline void wire_begin(struct wire_test *test, world_tap *tap, void *arg)
{
    static const struct spec spec = {.id = "test"};
    *test = (struct wire_test){
        .world = world_open(&spec, clock_real(), tap, arg), .arena = arena_new(), .err = ERR_INIT};
    world_set_mode(test->world, WORLD_CHANGE);
}

static inline void wire_end(struct wire_test *test)
{
    world_close(test->world);
    arena_free(test->arena);
}

static inline int wire_probe(struct wire_test *test, const struct spec_host *host,
                             int64_t timeout_ms, const char *const *argv)
{
    const struct remote_cmd cmd = {.argv = argv, .timeout_ms = timeout_ms};
    return remote_probe(test->world, host, &cmd, test->arena, &test->reply, &test->err);
}

static inline int wire_script(struct wire_test *test, const struct spec_host *host,
                              const char *script, const char *const *argv)
{
    const struct remote_cmd cmd = {.argv = argv, .script = script};
    return remote_probe(test->world, host, &cmd, test->arena, &test->reply, &test->err);
}

/* Checks for an error with a code and a part of its text. */
#define ck_assert_failed(test, rc, want, part)                                                     \
    do {                                                                                           \
        ck_assert_int_eq((rc), -1);                                                                \
        ck_assert_msg((test)->err.code == (want), "%s: %s", err_name((test)->err.code),            \
                      (test)->err.text);                                                           \
        ck_assert_msg(strstr((test)->err.text, (part)) != NULL, "no '%s' in: %s", (part),          \
                      (test)->err.text);                                                           \
    } while (0)
#define ck_assert_worked(test, rc)                                                                 \
    do {                                                                                           \
        int worked = (rc);                                                                         \
        ck_assert_msg(worked == 0, "%s: %s", err_name((test)->err.code), (test)->err.text);        \
    } while (0)

#endif
