/*
 * Aligns, seals and drains the source's log.
 */
#include "steps/guard/seal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

enum {
    SLICE_BYTES = 1 << 20,   /* so much is padded at a time, and awaited */
    MARGIN_LEAST = 48 << 10, /* for the switch: a few commits and a checkpoint record fit */
    MARGIN_MOST =
        1 << 20, /* padding crosses the tunnel in the pause: more would cost more than it saves */
    HOLD_FORECAST_US = 80000, /* from the alignment to the seal */
};

int seal_prepare(struct seal *out, struct pgconn *source, const struct until *until,
                 struct err *err)
{
    *out = (struct seal){0};
    if (pgconn_ask(source, "SELECT setting FROM pg_settings WHERE name = 'wal_segment_size'", until,
                   err) < 0)
        return -1;
    if (str_to_i64(pgconn_cell(source, 0, 0), &out->segment) < 0 || out->segment < SLICE_BYTES)
        return err_set(err, ERR_DATABASE, "the source's wal_segment_size is '%s'",
                       pgconn_cell(source, 0, 0));
    return 0;
}

/* The end of the source's log as a number of bytes. */
static int log_end(struct pgconn *source, int64_t *out, const struct until *until, struct err *err)
{
    if (pgconn_ask(source, "SELECT pg_current_wal_insert_lsn() - '0/0'", until, err) < 0)
        return -1;
    if (str_to_i64(pgconn_cell(source, 0, 0), out) < 0)
        return err_set(err, ERR_DATABASE, "the source's log has no end: '%s'",
                       pgconn_cell(source, 0, 0));
    return 0;
}

static int drain_to(struct pgconn *target, const char *position, const struct until *until,
                    struct err *err)
{
    struct str sql CLEANUP(str_free) = STR_INIT;
    str_printf(&sql,
               "SELECT pg_last_wal_replay_lsn() >= '%s', '%s' - pg_last_wal_replay_lsn(), "
               "pg_is_in_recovery()",
               position, position);
    for (;;) {
        if (pgconn_ask(target, str_text(&sql), until, err) < 0)
            return -1;
        if (strcmp(pgconn_cell(target, 0, 2), "t") != 0)
            return err_set(err, ERR_REFUSED, "the target is no standby any more");
        if (strcmp(pgconn_cell(target, 0, 0), "t") == 0)
            return 0;
        struct err nap = ERR_INIT;
        if (until_nap(until, 300, "the target applied the log", &nap) < 0)
            return err_set(err, nap.code,
                           "the target has not applied the log in time: %s bytes are missing",
                           pgconn_cell(target, 0, 1));
    }
}

/* Flushes what was written and gives its end: a commit of our own is flushed at its end, and with
 * it everything before. */
static const char flush_sql[] =
    "BEGIN; SELECT pg_logical_emit_message(true, 'ece-migrate', 'seal'); COMMIT; "
    "SELECT pg_current_wal_flush_lsn()";

static int pad(struct links *links, int64_t bytes, const struct until *until, struct err *err)
{
    struct str sql CLEANUP(str_free) = STR_INIT;
    str_printf(&sql,
               "SELECT pg_logical_emit_message(false, 'ece-migrate', repeat('x', %" PRId64 ")); %s",
               bytes, flush_sql);
    if (pgconn_ask(&links->source, str_text(&sql), until, err) < 0)
        return -1;
    char position[32];
    snprintf(position, sizeof(position), "%s", pgconn_cell(&links->source, 0, 0));
    return drain_to(&links->target, position, until, err);
}

static int64_t margin_for(int64_t bytes_a_second)
{
    return MARGIN_LEAST + bytes_a_second * HOLD_FORECAST_US / 1000000;
}

int seal_align(struct seal *seal, struct links *links, const struct until *until, struct err *err)
{
    int64_t begin = 0, now = 0, padded = 0, rate = 0;
    int64_t begin_us = until_now_us();
    seal->margin = 0;
    if (log_end(&links->source, &begin, until, err) < 0)
        return -1;
    for (int i = 0; i < 100; i++) {
        if (log_end(&links->source, &now, until, err) < 0)
            return -1;
        if (i > 0)
            rate = (now - begin - padded) * 1000000 / (until_now_us() - begin_us + 1);
        int64_t margin = margin_for(rate > 0 ? rate : 0);
        int64_t left = seal->segment - now % seal->segment;
        if (margin > MARGIN_MOST)
            return 0;
        if (i > 0 && left <= 2 * margin && left > margin / 4) {
            seal->margin = 2 * margin;
            return 0;
        }
        /* Too close to the end is as bad as too far from it: pad over it into the next segment. */
        int64_t bytes = left > margin ? left - margin : left + SLICE_BYTES;
        bytes = bytes > SLICE_BYTES ? SLICE_BYTES : bytes;
        if (pad(links, bytes, until, err) < 0)
            return -1;
        padded += bytes;
    }
    return 0;
}

int seal_now(struct seal *seal, struct pgconn *source, const struct until *until, struct err *err)
{
    struct str sql CLEANUP(str_free) = STR_INIT;
    str_printf(&sql,
               "BEGIN; SELECT pg_logical_emit_message(true, 'ece-migrate', 'seal'); COMMIT; "
               "SELECT coalesce(CASE WHEN %" PRId64
               " - (pg_current_wal_insert_lsn() - '0/0') %% %" PRId64 " <= %" PRId64
               " THEN pg_switch_wal() END, pg_current_wal_flush_lsn())",
               seal->segment, seal->segment, seal->margin);
    if (pgconn_ask(source, str_text(&sql), until, err) < 0)
        return -1;
    snprintf(seal->position, sizeof(seal->position), "%s", pgconn_cell(source, 0, 0));
    if (!strchr(seal->position, '/'))
        return err_set(err, ERR_DATABASE, "the source told no final position but '%s'",
                       seal->position);
    return 0;
}

int seal_drain(const struct seal *seal, struct pgconn *target, const struct until *until,
               struct err *err)
{
    return drain_to(target, seal->position, until, err);
}
