/*
 * What the files of the WireGuard driver share: the tunnel as a handle, and how a script is run on
 * one of its gateways. Nobody else includes this; the port is steps/port/tunnel.h.
 */
#ifndef STEPS_PORT_TUNNEL_WIREGUARD_H
#define STEPS_PORT_TUNNEL_WIREGUARD_H

#include "steps/port/tunnel.h"
#include "steps/port/tunnel/wireguard_name.h"
#include "steps/port/tunnel/wireguard_seen.h"
#include "steps/wire/remote.h"

struct wireguard_side {
    const struct spec_host *gateway;
    const char *const *argv; /* of every script on this side, NULL-terminated */
    size_t argc;
    struct wireguard_want want;
};

struct wireguard {
    struct tunnel tunnel; /* first: the port knows only this */
    const struct spec *spec;
    struct world *world;
    struct arena *arena; /* of all that lives as long as the handle */
    struct tunnel_flow *flow;
    size_t flows;
    struct wireguard_name name;
    struct wireguard_side side[TUNNEL_SIDES];
};

/* One run of a script. */
struct wireguard_run {
    const char *script;           /* "see.sh" */
    const struct spec_host *host; /* NULL: the side's gateway */
    enum tunnel_side side;        /* whose arguments it gets */
    const char *more[4];          /* further arguments; the first NULL ends them */
    int64_t timeout_ms;           /* 0: remote.h's default */
};

/* Runs it and gives what it printed. Errors: as remote.h has them; REMOTE with the last line of its
   stderr, or FOREIGN when it met what is not ours. */
int wireguard_run_probe(struct wireguard *wg, const struct wireguard_run *run, struct arena *arena,
                        const char **out, struct err *err) MUST_CHECK;
int wireguard_run_change(struct wireguard *wg, const struct wireguard_run *run, struct arena *arena,
                         const char **out, struct err *err) MUST_CHECK;

/* "peer_key=…" and the like. */
const char *wireguard_run_word(struct arena *arena, const char *key, const char *value);

/* Both gateways, as they are. Errors: as above; REMOTE when a reply was cut off. */
int wireguard_see_side(struct wireguard *wg, enum tunnel_side side, struct arena *arena,
                       struct wireguard_seen *out, struct err *err) MUST_CHECK;
int wireguard_see_both(struct wireguard *wg, struct arena *arena,
                       struct wireguard_seen out[TUNNEL_SIDES], struct err *err) MUST_CHECK;

/* Each side is peered with nobody but the other's present key. */
bool wireguard_see_match(const struct wireguard_seen seen[TUNNEL_SIDES]);

/* The slots that have a file of their own. */
int wireguard_check(struct tunnel *tunnel, struct findings *out, struct err *err);
int wireguard_prove(struct tunnel *tunnel, struct arena *arena, struct tunnel_proof *out,
                    struct err *err);
int wireguard_disprove(struct tunnel *tunnel, struct err *err);
int wireguard_snapshot(struct tunnel *tunnel, enum tunnel_side side, struct arena *arena,
                       const char **out, struct err *err);

/* One try, or a few, of a flow from the host that will use it. */
enum wireguard_reach {
    WIREGUARD_CONNECTED,
    WIREGUARD_REFUSED,
    WIREGUARD_TIMEOUT,
    WIREGUARD_NO_ROUTE,
};
struct wireguard_flow_seen {
    enum wireguard_reach reach;
    bool answered;          /* the service said something */
    int64_t connect_us[16]; /* how long each try took */
    size_t tries;
};
int wireguard_flow_try(struct wireguard *wg, const struct tunnel_flow *flow, int tries, int limit_s,
                       struct wireguard_flow_seen *out, struct err *err) MUST_CHECK;

#endif
