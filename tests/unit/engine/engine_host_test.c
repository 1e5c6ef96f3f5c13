/*
 * What a host's answer means.
 */
#include "steps/port/engine/postgresql_back.h"
#include "steps/port/engine/postgresql_host.h"

#include "tests/unit/unit.h"

static struct arena *arena;
static struct postgresql_host host;

static void answer(const char *text)
{
    if (!arena)
        arena = arena_new();
    postgresql_host_read(text, arena, &host);
}

START_TEST(every_script_is_built_in)
{
    static const char *const names[] = {
        "copy_clear.sh", "copy_job.sh",   "copy_start.sh",        "find.sh", "host_check.sh",
        "kick.sh",       "libraries.sh",  "libraries_missing.sh", "look.sh", "reload.sh",
        "server.sh",     "server_log.sh", "setting.sh",
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        ck_assert_msg(postgresql_host_script(names[i])[0] != '\0', "%s", names[i]);
}
END_TEST

START_TEST(lines_of_one_name_are_joined_and_one_value_stands_alone)
{
    answer("hba=one\nfence=all\nhba=two = 2\nhbax=no\n");
    ck_assert_str_eq(host.hba, "one\ntwo = 2\n");
    ck_assert_str_eq(host.fence, "all");
    ck_assert_str_eq(host.settings, "");
    ck_assert_int_eq(host.wal_free_bytes, -1);
    arena_free(arena);
    arena = NULL;
}
END_TEST

static const struct {
    const char *text;
    enum engine_server server;
} servers[] = {
    {"data=there\n", ENGINE_DOWN},
    {"data=there\nstatus=ready\n", ENGINE_DOWN},
    {"pid=7\nstatus=starting\n", ENGINE_STARTING},
    {"pid=7\nstatus=standby\nstandby_signal=1\n", ENGINE_STARTING},
    {"pid=7\nstatus=ready\nstandby_signal=1\n", ENGINE_STANDBY},
    {"pid=7\nstatus=ready\n", ENGINE_PRIMARY},
};

START_TEST(a_server_is_what_its_files_say)
{
    for (size_t i = 0; i < ARRAY_LEN(servers); i++) {
        answer(servers[i].text);
        ck_assert_msg(postgresql_host_server(&host) == servers[i].server, "answer %zu", i);
    }
    arena_free(arena);
    arena = NULL;
}
END_TEST

static const struct {
    const char *text;
    enum engine_copy copy;
    const char *error;
} copies[] = {
    {"data=missing\n", ENGINE_COPY_NONE, ""},
    {"data=empty\n", ENGINE_COPY_NONE, ""},
    {"data=there\n", ENGINE_COPY_FOREIGN, ""},
    {"data=there\nmarker=copying\ncopy_job=12\n", ENGINE_COPY_RUNNING, ""},
    {"data=there\nmarker=done 123\ncopy_status=0\n", ENGINE_COPY_DONE, ""},
    {"data=there\nmarker=done 123\n", ENGINE_COPY_DONE, ""},
    {"data=there\nmarker=copying\n", ENGINE_COPY_BROKEN,
     "the copy's job is gone: its host was restarted, or the job was killed"},
    {"data=empty\nmarker=copying\ncopy_status=1\ncopy_log=No space left on device\n",
     ENGINE_COPY_BROKEN, "No space left on device"},
    {"data=empty\nmarker=copying\ncopy_status=137\n", ENGINE_COPY_BROKEN,
     "the copy ended with status 137 and said nothing"},
};

START_TEST(a_copy_is_ours_by_its_marker_only)
{
    for (size_t i = 0; i < ARRAY_LEN(copies); i++) {
        answer(copies[i].text);
        ck_assert_msg(postgresql_host_copy(&host) == copies[i].copy, "answer %zu", i);
        ck_assert_str_eq(postgresql_host_copy_error(&host, arena), copies[i].error);
    }
    arena_free(arena);
    arena = NULL;
}
END_TEST

START_TEST(only_a_copy_that_was_opened_and_follows_nobody_was_promoted)
{
    static const struct {
        const char *text;
        bool promoted;
    } cases[] = {
        {"data=there\nbackup_label=1\n", false},
        {"data=there\nbackup_label=1\ncontrol=1\n", false},
        {"data=there\ncontrol=1\nstandby_signal=1\n", false},
        {"data=there\ncontrol=1\n", true},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        answer(cases[i].text);
        ck_assert_msg(postgresql_host_promoted(&host) == cases[i].promoted, "answer %zu", i);
    }
    arena_free(arena);
    arena = NULL;
}
END_TEST

START_TEST(a_source_is_rewound_by_its_marker_only)
{
    static const struct {
        const char *text;
        enum engine_copy rewound;
    } cases[] = {
        {"data=there\ncontrol=1\n", ENGINE_COPY_NONE},
        {"data=there\nmarker=rewinding\ncopy_job=4711\n", ENGINE_COPY_RUNNING},
        {"data=there\nmarker=rewinding\n", ENGINE_COPY_BROKEN},
        {"data=there\nmarker=rewinding\ncopy_status=1\n", ENGINE_COPY_BROKEN},
        {"data=there\nmarker=done\ncopy_status=0\n", ENGINE_COPY_DONE},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        answer(cases[i].text);
        ck_assert_msg(postgresql_back_rewound(&host) == cases[i].rewound, "answer %zu", i);
    }
    arena_free(arena);
    arena = NULL;
}
END_TEST

UNIT_MAIN("engine_host", every_script_is_built_in,
          lines_of_one_name_are_joined_and_one_value_stands_alone, a_server_is_what_its_files_say,
          a_copy_is_ours_by_its_marker_only,
          only_a_copy_that_was_opened_and_follows_nobody_was_promoted,
          a_source_is_rewound_by_its_marker_only)
