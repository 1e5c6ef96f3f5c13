/*
 * The path that the tunnel makes, as two steps need it: the one that makes and removes it, and the
 * one that keeps it alive while the services move. Seeing it, planning it up, and its actions.
 */
#ifndef STEPS_PATH_H
#define STEPS_PATH_H

#include "steps/step.h"

struct path_seen {
    struct tunnel_seen tunnel;
    const char *gateway[TUNNEL_SIDES];
    bool have_before[TUNNEL_SIDES]; /* the snapshot from before we touched the gateway is a fact */
    bool proved;                    /* bulk went through with the keys that are there now */
    bool gone;                      /* absence was proved */
    bool dry;                       /* nobody will carry out what is planned */
    int lease_s;
    const char *flows; /* what is opened, in words */
};

int path_see(struct step_ctx *ctx, struct path_seen *seen, struct err *err) MUST_CHECK;
/* Appends what is missing for a tunnel that is up and proved; nothing when it is. */
void path_plan_up(const struct path_seen *seen, struct arena *arena, struct step_plan *plan);
int path_apply(struct step_ctx *ctx, const struct step_action *action, struct err *err) MUST_CHECK;
/* The two public keys as one text: a proof is tied to them. */
const char *path_keys(const struct tunnel_seen *seen, struct arena *arena);

#endif
