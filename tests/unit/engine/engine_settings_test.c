/*
 * Names, links and settings as text.
 */
#include "steps/port/engine/postgresql_settings.h"

#include "steps/port/engine/postgresql_name.h"
#include "tests/unit/unit.h"

START_TEST(every_name_comes_from_the_id)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    struct postgresql_name name = postgresql_name_make(arena, "a-b-1");
    ck_assert_str_eq(name.role, "ece_a_b_1");
    ck_assert_str_eq(name.open_word, "ece_a_b_1_open");
    ck_assert_str_eq(name.passfile, "/run/ece-a-b-1/pgpass");
    ck_assert_str_eq(postgresql_name_fence(&name, arena, "/data/main/"),
                     "/data/main/ece_a_b_1.fence");
    ck_assert_str_eq(postgresql_name_marker(&name, arena, "/data/main//"), "/data/main.ece-a-b-1");
}
END_TEST

START_TEST(a_keyword_is_quoted_when_it_must_be)
{
    CLEANUP(str_free) struct str out = STR_INIT;
    postgresql_settings_keyword(&out, "a", "plain");
    postgresql_settings_keyword(&out, "b", "two words");
    postgresql_settings_keyword(&out, "c", "it's\\");
    postgresql_settings_keyword(&out, "d", "");
    ck_assert_str_eq(str_text(&out), "a=plain b='two words' c='it\\'s\\\\' d=''");
}
END_TEST

static struct postgresql_link link_of(const char *ca_file)
{
    return (struct postgresql_link){.address = "10.10.0.10",
                                    .port = 5432,
                                    .user = "ece_x",
                                    .passfile = "/run/ece-x/pgpass",
                                    .ca_file = ca_file,
                                    .application = "ece_x"};
}

START_TEST(a_link_requires_tls_and_channel_binding)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    struct postgresql_link link = link_of(NULL);
    const char *text = postgresql_settings_link(&link, arena);
    ck_assert_ptr_nonnull(strstr(text, "sslmode=require"));
    ck_assert_ptr_nonnull(strstr(text, "channel_binding=require"));
    ck_assert_ptr_null(strstr(text, "dbname"));
}
END_TEST

START_TEST(the_sender_gives_a_torn_link_up_as_early_as_the_receiver)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    struct postgresql_link link = link_of(NULL);
    const char *text = postgresql_settings_link(&link, arena);
    ck_assert_ptr_nonnull(strstr(text, "options='-c wal_sender_timeout=8s'"));
}
END_TEST

START_TEST(a_link_with_a_ca_checks_the_name_too)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    struct postgresql_link link = link_of("/run/ece-x/source-ca.pem");
    const char *text = postgresql_settings_link(&link, arena);
    ck_assert_ptr_nonnull(strstr(text, "sslmode=verify-full"));
    ck_assert_ptr_nonnull(strstr(text, "sslrootcert=/run/ece-x/source-ca.pem"));
}
END_TEST

START_TEST(only_floors_that_are_not_reached_are_raised)
{
    const struct postgresql_floor floors[] = {
        {"max_connections", 300, 100}, {"max_worker_processes", 8, 8}, {"max_wal_senders", 10, 20}};
    CLEANUP(str_free) struct str out = STR_INIT;
    postgresql_settings_follow("host=it's", "ece_x", floors, ARRAY_LEN(floors), &out);
    ck_assert_ptr_nonnull(strstr(str_text(&out), "primary_conninfo = 'host=it''s'\n"));
    ck_assert_ptr_nonnull(strstr(str_text(&out), "primary_slot_name = 'ece_x'\n"));
    ck_assert_ptr_nonnull(strstr(str_text(&out), "max_connections = 300\n"));
    ck_assert_ptr_null(strstr(str_text(&out), "max_worker_processes"));
    ck_assert_ptr_null(strstr(str_text(&out), "max_wal_senders"));
}
END_TEST

UNIT_MAIN("engine_settings", every_name_comes_from_the_id, a_keyword_is_quoted_when_it_must_be,
          a_link_requires_tls_and_channel_binding,
          the_sender_gives_a_torn_link_up_as_early_as_the_receiver,
          a_link_with_a_ca_checks_the_name_too, only_floors_that_are_not_reached_are_raised)
