/*
 * Every port in memory, a clock that is turned by sleeping, and a fault counter. One fake world
 * holds two gateways, two servers and a proxy, and keeps the rules that the real ones keep: a
 * fenced source takes no write, a standby streams only through an open tunnel, a lease that runs
 * out takes the tunnel away. What the runner is told to do to it is written down as text, for
 * stories.
 */
#ifndef TESTS_FAKE_FAKE_H
#define TESTS_FAKE_FAKE_H

#include "base/str.h"
#include "steps/port/ports.h"

struct fake_gateway {
    enum tunnel_state state;
    int key;      /* number of the key it has; 0 none */
    int peer_key; /* of the other side's key it knows */
    int64_t lease_end_us;
    const char *foreign;
    bool residue; /* an entry that only a snapshot sees, until the side is removed again */
};

struct fake {
    int64_t now_us;

    struct fake_gateway gateway[TUNNEL_SIDES];
    bool wan_down;
    enum world_mode mode; /* WORLD_CHANGE unless a test turns it */
    int keys;             /* made so far: every gateway that is prepared gets one of its own */
    int lease_s;          /* of a gateway that is prepared or renewed */

    struct {
        enum engine_server server;
        bool fenced, access, slot, retired;
        int64_t position; /* grows by write_rate a second while open and held by nobody */
        int64_t write_rate, last_write_us;
        int64_t size, canary;
        const char *config;
        enum engine_copy rewind; /* in a rollback window: onto the target's history */
        int64_t rewind_start_us, rewind_takes_us;
        int64_t replayed; /* of what was written at the target */
    } source;
    struct {
        enum engine_server server;
        bool access;
        enum engine_copy copy;
        int64_t copy_start_us, copy_takes_us;
        int64_t applied, canary;
        bool fenced, slot; /* a rollback closed it; the old source's slot */
        int64_t written;   /* by clients, since it was promoted */
    } target;
    struct {
        enum traffic_points points;
        bool held, installed, guard;
        int64_t attempt;
        enum traffic_way plan_way, way; /* of the plan that lies there; of the newest attempt */
        enum traffic_decision decision;
        enum traffic_outcome outcome;
        const char *reason;
    } proxy;

    /* What goes wrong. */
    const char *block; /* a preflight finding that blocks; NULL none */
    int break_copies;  /* that many copies end badly, with copy_error */
    const char *copy_error;
    int call_off_attempts;       /* that many attempts end in "returned" */
    int call_off_back;           /* the same on the way back */
    bool differ;                 /* the final comparison finds a difference */
    int break_rewinds;           /* that many rewinds of the old source end badly */
    int64_t back_hangs_until_us; /* until then the old source replays nothing */
    int fail_call;               /* the call (1, 2, …) that fails; 0 none */
    int leave_residue;           /* that many removals of a gateway's side leave an entry behind */
    enum err_code fail_code;
    bool fail_after_effect; /* … after its effect took place */
    const char *fail_slot;  /* only calls of this slot count; NULL: all changing calls */
    int calls;

    int both_writable; /* how often two sides took writes at once: must stay 0 */
    struct str story;  /* each changing call, a line */
    bool silent;       /* no story is told: processes share this world */

    struct tunnel tunnel;
    struct engine engine, *engines[1];
    struct traffic traffic, *traffics[1];
    struct clock_ops clock_ops;
};

/* A fresh world: the source serves, nothing of ours is anywhere. */
void fake_init(struct fake *fake);
void fake_free(struct fake *fake);
struct clock fake_clock(struct fake *fake);
struct ports fake_ports(struct fake *fake);

/* A valid spec for one service "orders", with one approval needed or none. */
struct spec *fake_spec(int approvals);
/* The same with a rollback window of so many hours; 0: none. */
struct spec *fake_spec_window(int approvals, int window_h);

/* Lets the world come up to date with its clock: leases, copies, writes, replication. Each call of
 * a port does it first. */
void fake_settle(struct fake *fake);

/* Whether the tunnel is up on both sides, with each other's key, and the way between is open. */
bool fake_tunnel_carries(const struct fake *fake);

/* Whether the old source streams from the target. */
bool fake_follows_back(const struct fake *fake);

/* For the ports: tells the story, counts, and fails when it is this call's turn. Returns -1 when
   the call must fail before its effect; 1 when after it (err is set); 0 otherwise. */
int fake_call(struct fake *fake, const char *slot, const char *object, struct err *err);

extern const struct tunnel_ops fake_tunnel_ops;
extern const struct engine_ops fake_engine_ops;
extern const struct traffic_ops fake_traffic_ops;

#endif
