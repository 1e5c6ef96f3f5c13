/*
 * Our role in the catalogue, its password in the passfiles, and what the role owns. Changes.
 */
#ifndef STEPS_PORT_ENGINE_POSTGRESQL_ROLE_H
#define STEPS_PORT_ENGINE_POSTGRESQL_ROLE_H

#include "steps/port/engine/postgresql_self.h"

/* Makes our directory and passfile on a database host, readable by its server. Errors: those of
 * remote_put_secret. */
int postgresql_role_passfile(struct postgresql *self, struct postgresql_side *side,
                             struct arena *arena, struct err *err) MUST_CHECK;
/* The password, from where it still is, or a new one; borrowed. */
int postgresql_role_password(struct postgresql *self, const struct secret **out,
                             struct err *err) MUST_CHECK;
/* A role of ours with the password, its schema and the canary's table, in the open session, which
   must be an admin's. Errors: FOREIGN (a role of that name is not ours), DATABASE. */
int postgresql_role_make(struct postgresql *self, struct postgresql_side *side, struct arena *arena,
                         struct err *err) MUST_CHECK;
/* Schema and role go, in the open session, even if it is the role's own; the session is closed
 * then. A role that is not ours stays. */
int postgresql_role_drop(struct postgresql *self, struct postgresql_side *side, struct arena *arena,
                         struct err *err) MUST_CHECK;
/* Whether a login was refused because there is no such role: a server that lets the role's lines in
 * says "wrong password" (28P01) then. */
bool postgresql_role_gone(const struct err *err);
/* What there is of our slot at the side, in its open session: "none", "ours", "active" (ours and in
 * use), "foreign". Errors: DATABASE. */
int postgresql_role_slot_state(struct postgresql *self, struct postgresql_side *side,
                               struct arena *arena, const char **out, struct err *err) MUST_CHECK;
/* Makes it, if there is none, holding the log from the last checkpoint on. Errors: FOREIGN. */
int postgresql_role_slot_make(struct postgresql *self, struct postgresql_side *side,
                              struct arena *arena, struct err *err) MUST_CHECK;
/* Our slot goes, and whoever still streams from it; a foreign one stays. Errors: TIMEOUT (somebody
 * keeps it active). */
int postgresql_role_slot_drop(struct postgresql *self, struct postgresql_side *side,
                              struct arena *arena, struct err *err) MUST_CHECK;
/* Schema and role go at a primary while its standby goes on streaming as that role; waits until the
   standby has applied it, and leaves the session open as another superuser. Errors: TIMEOUT. */
int postgresql_role_drop_streaming(struct postgresql *self, struct postgresql_side *primary,
                                   struct arena *arena, struct err *err) MUST_CHECK;
/* Removes files and directories of ours on a host, and our directory when nothing is left in it.
 * NULL-terminated. */
int postgresql_role_files_remove(struct postgresql *self, const struct spec_host *host,
                                 const char *const *paths, struct arena *arena,
                                 struct err *err) MUST_CHECK;

#endif
