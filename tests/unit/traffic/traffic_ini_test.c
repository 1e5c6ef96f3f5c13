/*
 * PgBouncer's configuration: read as it reads it, and changed in two values and no other byte.
 */
#include "steps/port/traffic/pgbouncer_ini.h"

#include "tests/unit/unit.h"

static struct arena *arena;

static void set_up(struct pgbouncer_ini *ini, const char *text)
{
    struct err err = ERR_INIT;
    arena = arena_new();
    ck_assert_msg(pgbouncer_ini_read(text, strlen(text), arena, ini, &err) == 0, "%s", err.text);
}

/* The entry of that name in [databases]; the last one. */
static const struct pgbouncer_ini_line *entry(const struct pgbouncer_ini *ini, const char *key)
{
    const struct pgbouncer_ini_line *found = NULL;
    for (size_t i = 0; i < ini->len; i++)
        if (ini->line[i].kind == PGBOUNCER_INI_SETTING && strcmp(ini->line[i].key, key) == 0)
            found = &ini->line[i];
    ck_assert_ptr_nonnull(found);
    return found;
}

static void check_point(const char *before, const char *key, unsigned port, const char *after)
{
    struct pgbouncer_ini ini;
    struct err err = ERR_INIT;
    const char *out;
    size_t len;
    set_up(&ini, before);
    ck_assert_int_eq(pgbouncer_ini_point(before, strlen(before), entry(&ini, key), "10.20.0.10",
                                         port, arena, &out, &len, &err),
                     0);
    ck_assert_uint_eq(len, strlen(after));
    ck_assert_mem_eq(out, after, len);
    arena_free(arena);
}

START_TEST(point_changes_host_and_port_and_no_other_byte)
{
    check_point("; a comment with orders = host=1\n[databases]\r\n\torders\t= host=10.10.0.10  "
                "port=5432 dbname=orders\r\n"
                "others = host=10.10.0.10 port=5432\n\n[pgbouncer]\npool_mode = transaction\n# "
                "end, no newline",
                "orders", 5433,
                "; a comment with orders = host=1\n[databases]\r\n\torders\t= host=10.20.0.10  "
                "port=5433 dbname=orders\r\n"
                "others = host=10.10.0.10 port=5432\n\n[pgbouncer]\npool_mode = transaction\n# "
                "end, no newline");
}
END_TEST

START_TEST(point_takes_quoted_values_and_blanks_around_equals)
{
    check_point("[databases]\na = dbname='it''s host=x' host = '10.10.0.10' port = '6000' "
                "connect_query='select ''port=1'''",
                "a", 5432,
                "[databases]\na = dbname='it''s host=x' host = 10.20.0.10 port = 5432 "
                "connect_query='select ''port=1'''");
}
END_TEST

START_TEST(point_adds_a_port_only_when_it_is_not_the_default)
{
    check_point("[databases]\na=host=old dbname=b\n", "a", 5432,
                "[databases]\na=host=10.20.0.10 dbname=b\n");
    check_point("[databases]\na=host=old dbname=b\n", "a", 6000,
                "[databases]\na=host=10.20.0.10 port=6000 dbname=b\n");
}
END_TEST

START_TEST(point_changes_the_last_of_several_values_as_pgbouncer_reads_it)
{
    check_point("[databases]\na = host=one host=two port=1 port=2\n", "a", 3,
                "[databases]\na = host=one host=10.20.0.10 port=1 port=3\n");
}
END_TEST

START_TEST(point_refuses_an_entry_without_host)
{
    static const char text[] = "[databases]\n\na = dbname=b password='host=x'\n";
    struct pgbouncer_ini ini;
    struct err err = ERR_INIT;
    const char *out;
    size_t len;
    set_up(&ini, text);
    ck_assert_int_eq(
        pgbouncer_ini_point(text, strlen(text), entry(&ini, "a"), "h", 1, arena, &out, &len, &err),
        -1);
    ck_assert_str_eq(err.text, "line 3: 'a' has no host= of its own");
    arena_free(arena);
}
END_TEST

START_TEST(reading_tells_sections_settings_and_includes_in_order)
{
    struct pgbouncer_ini ini;
    set_up(&ini, "  [databases]\n* = host=x\n%include /etc/more.ini \n;c\n[users] me = "
                 "pool_mode=session\n\nlast = 1");
    ck_assert_uint_eq(ini.len, 6);
    ck_assert_int_eq(ini.line[0].kind, PGBOUNCER_INI_SECTION);
    ck_assert_str_eq(ini.line[0].value, "databases");
    ck_assert_str_eq(ini.line[1].key, "*");
    ck_assert_int_eq(ini.line[2].kind, PGBOUNCER_INI_INCLUDE);
    ck_assert_str_eq(ini.line[2].value, "/etc/more.ini");
    ck_assert_str_eq(ini.line[3].value, "users");
    ck_assert_str_eq(ini.line[4].key, "me");
    ck_assert_uint_eq(ini.line[4].number, 5);
    arena_free(arena);
}
END_TEST

START_TEST(reading_names_the_line_that_makes_no_sense)
{
    static const struct {
        const char *text, *error;
    } broken[] = {
        {"[databases]\norders host=x\n", "line 2: a setting without '='"},
        {"\n\n[databases\n", "line 3: a section without ']'"},
        {"%include/etc/x.ini\n", "line 1: a setting without '='"},
    };
    for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
        struct pgbouncer_ini ini;
        struct err err = ERR_INIT;
        struct arena *mine CLEANUP(arena_cleanup) = arena_new();
        ck_assert_int_eq(
            pgbouncer_ini_read(broken[i].text, strlen(broken[i].text), mine, &ini, &err), -1);
        ck_assert_str_eq(err.text, broken[i].error);
    }
}
END_TEST

START_TEST(pair_gives_values_unquoted_and_stops_where_an_entry_is_broken)
{
    struct arena *mine CLEANUP(arena_cleanup) = arena_new();
    ck_assert_str_eq(pgbouncer_ini_pair("host=a dbname='it''s'", "dbname", mine), "it's");
    ck_assert_str_eq(pgbouncer_ini_pair("host=a host=b", "host", mine), "b");
    ck_assert_ptr_null(pgbouncer_ini_pair("ghost=a", "host", mine));
    ck_assert_ptr_null(pgbouncer_ini_pair("dbname='open host=a", "host", mine));
    ck_assert_ptr_null(pgbouncer_ini_pair("", "host", mine));
}
END_TEST

UNIT_MAIN("traffic ini", point_changes_host_and_port_and_no_other_byte,
          point_takes_quoted_values_and_blanks_around_equals,
          point_adds_a_port_only_when_it_is_not_the_default,
          point_changes_the_last_of_several_values_as_pgbouncer_reads_it,
          point_refuses_an_entry_without_host,
          reading_tells_sections_settings_and_includes_in_order,
          reading_names_the_line_that_makes_no_sense,
          pair_gives_values_unquoted_and_stops_where_an_entry_is_broken)
