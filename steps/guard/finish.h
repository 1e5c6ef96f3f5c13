/*
 * For an orchestrator that comes back: finish brings an interrupted attempt to its end, see tells
 * how things stand.
 */
#ifndef GUARD_FINISH_H
#define GUARD_FINISH_H

/* Obeys the newest attempt's decision: commit → forward; otherwise call-off is claimed, and back.
   Waits for a guard that is still at work. Prints "position …" and "outcome …" lines as the worker
   does. Returns the exit status. */
int finish_run(const char *dir);
/* Prints one line of JSON: what struct traffic_seen needs and only this host knows. Probes only.
 * Returns the exit status. */
int finish_see(const char *dir);

#endif
