/*
 * Edits of configuration files on a database host: our block in, our block out, mode and owner as
 * they were. What the server would not understand is taken back before it reads it.
 */
#ifndef STEPS_PORT_ENGINE_POSTGRESQL_CONFIG_H
#define STEPS_PORT_ENGINE_POSTGRESQL_CONFIG_H

#include "steps/port/engine/postgresql_self.h"

/* Our block in the side's pg_hba.conf holds exactly lines (NULL: there is no block of ours). When a
   session is open the server is asked whether it understands the file, and told to read it; when
   none is, the server is down and will read it. A missing file is left missing. Errors: FOREIGN
   (half a block), DATABASE (a line is wrong: the old file is back), those of remote_put. */
int postgresql_config_hba(struct postgresql *self, struct postgresql_side *side, const char *lines,
                          struct arena *arena, struct err *err) MUST_CHECK;
/* The same for postgresql.auto.conf in the side's data directory, without asking the server. */
int postgresql_config_auto(struct postgresql *self, struct postgresql_side *side, const char *lines,
                           struct arena *arena, struct err *err) MUST_CHECK;

#endif
