/*
 * What every tunnel driver must keep, whatever it is made of: one suite over struct tunnel_ops, run
 * against each real driver in a lab and against the fake. The subject under test brings the driver
 * and, as hooks, what the suite cannot do through the port: the harm that a world does to a tunnel,
 * a stream of bytes through it, and the passing of time.
 *
 * A hook that is NULL, or a harm that `can` denies, skips the tests that need it, aloud.
 */
#ifndef TESTS_CONTRACT_TUNNEL_CONTRACT_H
#define TESTS_CONTRACT_TUNNEL_CONTRACT_H

#include <check.h>
#include <stdbool.h>
#include <stdint.h>

#include "steps/port/tunnel.h"

/* What may happen to one gateway, or to the way between, without anybody asking us. */
enum tunnel_harm {
    HARM_DAEMON_KILLED,
    HARM_LINK_DELETED,
    HARM_HALF_THE_RULES, /* the kill switch among them */
    HARM_ALL_RULES,
    HARM_BLACKHOLES,
    HARM_WATCHER_KILLED,
    HARM_FILES,
    HARM_REBOOT,         /* everything that is not on a disk is gone */
    HARM_PORT_BLOCKED,   /* packets from the other gateway do not arrive */
    HARM_BLACK_HOLE,     /* packets longer than 1100 bytes do not arrive */
    HARM_WRONG_KEY,      /* peered with a key that nobody has */
    HARM_SERVICE_CLOSED, /* the first flow's port refuses; the side means nothing */
    HARM_FOREIGN_LINK,   /* somebody else has our interface's name */
    HARM_FOREIGN_RULES,  /* and our rules' name */
    HARM_FOREIGN_PORT,   /* and our UDP port */
    HARM_POLICY_DROP,    /* a base chain drops by policy */
    HARM_NO_FORWARDING,
    HARM_STRICT_RP_FILTER,
    HARM_BYPASS,  /* at the target: the first flow finds its service without the tunnel */
    HARM_NO_ICMP, /* the host that sends a stream hears no "fragmentation needed"; the side means
                     nothing */
};

struct tunnel_setup {
    int lease_s;
    bool stream; /* a second flow, for stream_* */
};

struct tunnel_subject {
    void *arg; /* of every hook */
    /* A driver in a world that may be changed, with one flow; close takes the world with it. */
    struct tunnel *(*open)(void *arg, const struct tunnel_setup *setup);
    void (*close)(void *arg, struct tunnel *tunnel);
    void (*set_mode)(void *arg, enum world_mode mode);

    bool (*can)(void *arg, enum tunnel_harm harm);
    void (*harm)(void *arg, enum tunnel_harm harm, enum tunnel_side side);
    void (*heal)(void *arg); /* undoes whatever harm stays by itself; never fails */

    /* Whether the database host of that side connects to the other's, at a port where something
     * listens. */
    bool (*reaches)(void *arg, enum tunnel_side from, uint16_t port);

    /* Waits until the condition holds, at most so many seconds. */
    bool (*await)(void *arg, bool (*holds)(void *of), void *of, int limit_s);

    void (*stream_start)(void *arg);    /* a client begins to read for ever; leaks count from 0 */
    int64_t (*stream_bytes)(void *arg); /* that arrived until now */
    int64_t (*stream_leaks)(void *arg); /* segments that left a gateway beside the tunnel */
    bool (*stream_over)(void *arg);     /* neither end thinks it is connected any more */
};

/* Runs the suite; 0 when all held. ECE_CONTRACT_TEST in the environment leaves out the tests whose
 * name does not hold it. */
int tunnel_contract_run(const struct tunnel_subject *subject);

/* For the suite's own files: each adds its tests. */
void tunnel_contract_life(TCase *tcase);
void tunnel_contract_harm(TCase *tcase);
void tunnel_contract_trouble(TCase *tcase);
void tunnel_contract_flow(TCase *tcase);
/* Leaks on purpose: a case of its own, so that a lab can count leaks of all the others. */
void tunnel_contract_unguarded(TCase *tcase);

/* A test, that many times with another _i each. */
void bench_add(TCase *tcase, const TTest *test, int times);

struct bench {
    const struct tunnel_subject *subject;
    struct tunnel *tunnel;
    const struct tunnel_ops *ops;
    struct arena *arena;
    struct err err;
    struct tunnel_seen seen;
};
/* Both gateways clean and whole again; then a driver. */
void bench_open(struct bench *bench, struct tunnel_setup setup);
void bench_close(struct bench *bench);
void bench_need(const struct bench *bench,
                enum tunnel_harm harm); /* skips when it cannot be done */
void bench_harm(struct bench *bench, enum tunnel_harm harm, enum tunnel_side side);
void bench_see(struct bench *bench);
void bench_up(struct bench *bench); /* prepare both, connect */
void bench_down(struct bench *bench);
const char *bench_snapshot(struct bench *bench, enum tunnel_side side);

/* For tests in which no lease runs out. */
#define LONG_LEASE ((struct tunnel_setup){.lease_s = 120})

#define ck_assert_ok(bench, call)                                                                  \
    do {                                                                                           \
        int ok_rc = (call);                                                                        \
        ck_assert_msg(ok_rc == 0, "%s: %s: %s", #call, err_name((bench)->err.code),                \
                      (bench)->err.text);                                                          \
    } while (0)
#define ck_assert_err(bench, call, want, part)                                                     \
    do {                                                                                           \
        ck_assert_int_eq((call), -1);                                                              \
        ck_assert_msg((bench)->err.code == (want), "%s: %s", err_name((bench)->err.code),          \
                      (bench)->err.text);                                                          \
        ck_assert_msg(strstr((bench)->err.text, (part)) != NULL, "no '%s' in: %s", (part),         \
                      (bench)->err.text);                                                          \
        err_clear(&(bench)->err);                                                                  \
    } while (0)
#define ck_assert_state(bench, s, want)                                                            \
    ck_assert_msg((bench)->seen.side[s].state == (want), "state %d, lacks '%s', foreign '%s'",     \
                  (int)(bench)->seen.side[s].state, (bench)->seen.side[s].missing,                 \
                  (bench)->seen.side[s].foreign)

#endif
