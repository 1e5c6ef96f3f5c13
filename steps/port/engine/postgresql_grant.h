/*
 * What the driver needs on both sides before the copy: role, password, lines in pg_hba.conf, the
 * fence (open) and a slot. And its opposite on an open source. Changes.
 *
 * On the way in, each thing stands before what relies on it: passfile, role, fence file, lines,
 * slot. On the way out, the other way round; the fence file goes after the lines that name it, for
 * a missing one makes the server refuse its whole pg_hba.conf.
 */
#ifndef STEPS_PORT_ENGINE_POSTGRESQL_GRANT_H
#define STEPS_PORT_ENGINE_POSTGRESQL_GRANT_H

#include "steps/port/engine/postgresql_self.h"

/* engine_ops.grant, .revoke, .slot_drop, .kit_secret */
int postgresql_grant(struct engine *engine, struct err *err);
int postgresql_grant_revoke(struct engine *engine, struct err *err);
int postgresql_grant_slot_drop(struct engine *engine, struct err *err);
int postgresql_grant_kit_secret(struct engine *engine, const struct spec_host *host,
                                const char *path, struct err *err);

/* The lines that belong into each side's pg_hba.conf, in arena. The source's place must be known.
 */
const char *postgresql_grant_source_lines(const struct postgresql *self, struct arena *arena);
const char *postgresql_grant_target_lines(const struct postgresql *self, struct arena *arena);

/* Writes word into the side's fence file, and makes the server read it. */
int postgresql_grant_fence(struct postgresql *self, struct postgresql_side *side, const char *word,
                           struct arena *arena, struct err *err) MUST_CHECK;
/* The same without telling the server, which may be down. */
int postgresql_grant_fence_put(struct postgresql *self, const struct postgresql_side *side,
                               const char *word, struct arena *arena, struct err *err) MUST_CHECK;
/* The certificate that proves a side, on the host of whoever connects to it, beside the passfile.
   Nothing when the migration file names none. */
int postgresql_grant_ca(struct postgresql *self, const struct postgresql_side *proved,
                        const struct spec_host *host, const char *path, struct arena *arena,
                        struct err *err) MUST_CHECK;

#endif
