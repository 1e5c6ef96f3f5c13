/*
 * The fixed scripts that this driver runs on gateways, built into the program. A line `#include
 * NAME` in one stands for the text of another; beyond that nothing is ever put into them: what
 * differs from migration to migration goes in as arguments. Pure.
 */
#ifndef STEPS_PORT_TUNNEL_WIREGUARD_SCRIPT_H
#define STEPS_PORT_TUNNEL_WIREGUARD_SCRIPT_H

#include "base/arena.h"
#include "base/embed.h"

/* The text of a script with all that it includes, in arena; NULL when one of the names is unknown
   or they include each other more than 8 deep. */
const char *wireguard_script_render(const struct embed *files, size_t len, const char *name,
                                    struct arena *arena);

/* The same from the scripts that are built in. A name that is not is a defect: NULL. */
const char *wireguard_script_text(const char *name, struct arena *arena);

#endif
