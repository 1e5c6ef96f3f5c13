/*
 * The preflight: asks both hosts, the source's server and each of its databases, and lets
 * postgresql_judge conclude. Probes only.
 */
#ifndef STEPS_PORT_ENGINE_POSTGRESQL_CHECK_H
#define STEPS_PORT_ENGINE_POSTGRESQL_CHECK_H

#include "steps/port/engine/postgresql_self.h"

/* engine_ops.check */
int postgresql_check(struct engine *engine, struct findings *out, struct err *err);

#endif
