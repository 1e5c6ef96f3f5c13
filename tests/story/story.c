/* What all stories share. */
#include "tests/story/story.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "orchestrator/machine.h"
#include "state/journal.h"
#include "state/request.h"

static void must(int result, const struct err *err)
{
    ck_assert_msg(result == 0, "%s", err->text);
}

void story_begin(struct story *story, int approvals)
{
    story_begin_window(story, approvals, 0);
}

void story_begin_window(struct story *story, int approvals, int window_h)
{
    memset(story, 0, sizeof(*story));
    struct err err = ERR_INIT;
    fake_init(&story->fake);
    story->spec = fake_spec_window(approvals, window_h);
    story->arena = arena_new();
    /* In memory: nothing here is about the disk, and a story makes some hundred commits. */
    strcpy(story->dir,
           access("/dev/shm", W_OK) == 0 ? "/dev/shm/ece-story-XXXXXX" : "/tmp/ece-story-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(story->dir));
    must(store_open(&story->store, story->dir, STORE_CREATE, fake_clock(&story->fake), &err), &err);
    struct track *tracks = NULL;
    size_t len = 0;
    runner_first_tracks(story->spec, story->arena, &tracks, &len);
    must(migration_create(story->store, story->spec->id, story->spec->text, MACHINE_VERSION, tracks,
                          len, &err),
         &err);
}

void story_end(struct story *story)
{
    store_close(story->store);
    char command[128];
    snprintf(command, sizeof(command), "rm -rf %s", story->dir);
    ck_assert_int_eq(system(command), 0);
    spec_free(story->spec);
    arena_free(story->arena);
    fake_free(&story->fake);
}

int story_run(struct story *story, struct err *err)
{
    struct lease *lease CLEANUP(lease_cleanup) = NULL;
    struct runner *runner CLEANUP(runner_cleanup) = runner_new();
    must(lease_take(&lease, story->store, story->spec->id, err), err);
    struct ports ports = fake_ports(&story->fake);
    struct runner_config config = {
        .store = story->store,
        .lease = lease,
        .spec = story->spec,
        .ports = &ports,
        .clock = fake_clock(&story->fake),
        .gate = story->gate,
        .watch = story->watch,
        .watch_arg = story->watch_arg,
        .hook = story->hook,
        .hook_arg = story->hook_arg,
        .stop = &story->stop,
    };
    return runner_run(runner, &config, err);
}

static void ask(struct story *story, enum request_kind kind, const char *who)
{
    struct err err = ERR_INIT;
    struct request request = {
        .kind = kind, .track = "", .who = who, .spec_hash = story->spec->hash, .comment = ""};
    must(request_make(story->store, story->spec->id, &request, &err), &err);
}

void story_approve(struct story *story, const char *who)
{
    ask(story, REQUEST_APPROVE, who);
}

void story_abort(struct story *story, const char *who)
{
    ask(story, REQUEST_ABORT, who);
}

void story_rollback(struct story *story, const char *who)
{
    ask(story, REQUEST_ROLLBACK, who);
}

void story_end_window(struct story *story, const char *who)
{
    ask(story, REQUEST_END_WINDOW, who);
}

static const char *or_dash(const char *text)
{
    return text == NULL || text[0] == '\0' ? "-" : text;
}

const char *story_journal(struct story *story)
{
    struct err err = ERR_INIT;
    struct journal_rows rows = {0};
    struct journal_filter filter = {.without_io = true};
    must(journal_read(story->store, story->spec->id, &filter, story->arena, &rows, &err), &err);
    struct str out CLEANUP(str_free) = STR_INIT;
    for (size_t i = 0; i < rows.len; i++) {
        const struct journal_entry *entry = &rows.row[i].entry;
        bool telling = entry->kind == JOURNAL_PHASE || entry->kind == JOURNAL_OUTCOME ||
                       entry->kind == JOURNAL_HOLD || entry->kind == JOURNAL_REQUEST;
        if (!telling)
            continue;
        str_printf(&out, "%s %s %s", or_dash(entry->track), or_dash(entry->phase),
                   journal_kind_name(entry->kind));
        if (entry->kind == JOURNAL_OUTCOME)
            str_printf(&out, " %s %s", or_dash(entry->action), or_dash(entry->object));
        str_printf(&out, " %s\n", or_dash(entry->result));
    }
    return arena_strdup(story->arena, str_text(&out));
}

const char *story_said(struct story *story)
{
    struct err err = ERR_INIT;
    struct journal_rows rows = {0};
    struct journal_filter filter = {.without_io = true};
    must(journal_read(story->store, story->spec->id, &filter, story->arena, &rows, &err), &err);
    struct str out CLEANUP(str_free) = STR_INIT;
    for (size_t i = 0; i < rows.len; i++)
        str_printf(&out, "%s\n", rows.row[i].entry.text);
    return arena_strdup(story->arena, str_text(&out));
}

void story_assert_journal(struct story *story, const char *expected)
{
    const char *told = story_journal(story);
    for (int line = 1; *told != '\0' || *expected != '\0'; line++) {
        size_t told_len = strcspn(told, "\n"), expected_len = strcspn(expected, "\n");
        ck_assert_msg(told_len == expected_len && strncmp(told, expected, told_len) == 0,
                      "line %d: expected '%.*s', told '%.*s'", line, (int)expected_len, expected,
                      (int)told_len, told);
        told += told_len + (told[told_len] == '\n' ? 1 : 0);
        expected += expected_len + (expected[expected_len] == '\n' ? 1 : 0);
    }
}

const char *story_stand(struct story *story)
{
    struct err err = ERR_INIT;
    struct track *track = NULL;
    size_t len = 0;
    must(migration_tracks(story->store, story->spec->id, story->arena, &track, &len, &err), &err);
    struct str out CLEANUP(str_free) = STR_INIT;
    for (size_t i = 0; i < len; i++)
        str_printf(&out, "%s%s %s", i == 0 ? "" : ", ", track[i].name, track[i].phase);
    return arena_strdup(story->arena, str_text(&out));
}

void story_assert_clean_end(struct story *story)
{
    struct err err = ERR_INIT;
    must(journal_verify(story->store, story->spec->id, NULL, &err), &err);
    const struct fake *fake = &story->fake;
    ck_assert_int_eq(fake->both_writable, 0);
    ck_assert_int_eq(fake->gateway[0].state, TUNNEL_ABSENT);
    ck_assert_int_eq(fake->gateway[1].state, TUNNEL_ABSENT);
    ck_assert(!fake->source.access && !fake->source.slot && !fake->target.access);
    ck_assert(!fake->target.slot && !fake->target.fenced);
    ck_assert_int_eq(fake->source.rewind, ENGINE_COPY_NONE);
    ck_assert(!fake->proxy.installed && !fake->proxy.guard && !fake->proxy.held);
}

void story_assert_source_as_before(struct story *story)
{
    const struct fake *fake = &story->fake;
    ck_assert_int_eq(fake->source.server, ENGINE_PRIMARY);
    ck_assert(!fake->source.fenced);
    ck_assert_int_eq(fake->target.copy, ENGINE_COPY_NONE);
    ck_assert_int_eq(fake->target.server, ENGINE_DOWN);
    ck_assert_int_eq(fake->proxy.points, TRAFFIC_AT_SOURCE);
}

void story_assert_rolled_back(struct story *story)
{
    const struct fake *fake = &story->fake;
    story_assert_source_as_before(story);
    ck_assert_int_eq(fake->source.replayed, fake->target.written);
    ck_assert_int_gt(fake->target.written, 0);
    ck_assert_int_eq(fake->source.rewind, ENGINE_COPY_NONE);
}

void story_assert_target_serves(struct story *story)
{
    const struct fake *fake = &story->fake;
    ck_assert_int_eq(fake->target.server, ENGINE_PRIMARY);
    ck_assert_int_eq(fake->proxy.points, TRAFFIC_AT_TARGET);
    ck_assert(fake->source.retired);
    ck_assert_int_eq(fake->target.applied, fake->source.position);
}
