/*
 * What the tunnel step shares with the step that keeps the tunnel alive while the services move: seeing it, planning it up, and its
 * actions. (A step includes no other step; both include this, which step_tunnel.c provides.)
 */
#ifndef STEPS_STEP_TUNNEL_H
#define STEPS_STEP_TUNNEL_H

#include "steps/step.h"

struct step_tunnel_seen {
    struct tunnel_seen tunnel;
    const char *gateway[TUNNEL_SIDES];
    bool have_before[TUNNEL_SIDES]; /* the snapshot from before we touched the gateway is a fact */
    bool proved;                    /* bulk went through with the keys that are there now */
    bool gone;                      /* absence was proved */
    int lease_s;
};

int step_tunnel_see(struct step_ctx *ctx, struct step_tunnel_seen *seen, struct err *err) MUST_CHECK;
/* Appends what is missing for a tunnel that is up and proved; nothing when it is. */
void step_tunnel_plan_up(const struct step_tunnel_seen *seen, struct arena *arena, struct step_plan *plan);
int step_tunnel_apply(struct step_ctx *ctx, const struct step_action *action, struct err *err) MUST_CHECK;
/* The two public keys as one text: a proof is tied to them. */
const char *step_tunnel_keys(const struct tunnel_seen *seen, struct arena *arena);

#endif
