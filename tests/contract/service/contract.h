/*
 * What the two drivers of a service, engine and traffic, must keep whatever they are made of: one
 * suite over struct engine_ops and struct traffic_ops, run against the real drivers in a lab and
 * against the fakes that all stories stand on. They are one suite, as the guard needs both: the
 * engine's kit goes into the traffic driver's plan.
 *
 * The subject brings the drivers in a world whose tunnel is up, and what the suite cannot do
 * through the ports: turn the world read-only, and let time pass.
 */
#ifndef TESTS_CONTRACT_SERVICE_CONTRACT_H
#define TESTS_CONTRACT_SERVICE_CONTRACT_H

#include <check.h>
#include <stdbool.h>

#include "steps/port/engine.h"
#include "steps/port/traffic.h"

struct service_subject {
    void *arg; /* of every hook */
    /* Both drivers in a world that may be changed. */
    void (*open)(void *arg, struct engine **engine, struct traffic **traffic);
    void (*close)(void *arg);
    void (*set_mode)(void *arg, enum world_mode mode);
    void (*pass)(void *arg, int ms); /* that much time */
    const struct spec_host *proxy;   /* for kit_secret */
};

/* Runs the suite; 0 when all held. The test that moves the clients for good comes last. */
int service_contract_run(const struct service_subject *subject);

/* For the suite's own files. */
void service_contract_engine(TCase *tcase);
void service_contract_traffic(TCase *tcase);
void service_contract_cut(TCase *tcase);

struct bench {
    const struct service_subject *subject;
    struct engine *engine;
    struct traffic *traffic;
    const struct engine_ops *db;
    const struct traffic_ops *proxy;
    struct arena *arena;
    struct err err;
    struct engine_seen seen;
    struct traffic_seen clients;
};

/* Nothing of ours anywhere, the source serves; then both drivers. */
void bench_open(struct bench *bench);
void bench_close(struct bench *bench); /* takes back what the test made */
void bench_see(struct bench *bench);
/* See until the condition holds; fails the test after limit_s seconds. */
typedef bool bench_condition(const struct bench *bench);
void bench_await(struct bench *bench, bench_condition *holds, int limit_s);
/* From nothing to a standby that streams. */
void bench_follow(struct bench *bench);
/* The password of our role, where the guard reads it; a guard that was let go took it away. */
void bench_give_secret(struct bench *bench);
void bench_arm(struct bench *bench, int64_t attempt); /* installs first */

#define ck_assert_ok(bench, call)                                                                  \
    do {                                                                                           \
        int ok_rc = (call);                                                                        \
        ck_assert_msg(ok_rc == 0, "%s: %s: %s", #call, err_name((bench)->err.code),                \
                      (bench)->err.text);                                                          \
    } while (0)
/* Law 1 of a step: an action whose effect already holds succeeds. */
#define ck_assert_twice(bench, call)                                                               \
    do {                                                                                           \
        ck_assert_ok(bench, call);                                                                 \
        ck_assert_ok(bench, call);                                                                 \
    } while (0)
#define ck_assert_dry(bench, call)                                                                 \
    do {                                                                                           \
        ck_assert_int_eq((call), -1);                                                              \
        ck_assert_msg((bench)->err.code == ERR_DRY, "%s: %s: %s", #call,                           \
                      err_name((bench)->err.code), (bench)->err.text);                             \
        err_clear(&(bench)->err);                                                                  \
    } while (0)

#endif
