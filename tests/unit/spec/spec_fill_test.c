/*
 * From file to struct: values, defaults, references, and what the struct remembers of the file.
 */
#include "tests/unit/spec/spec_edit.h"

static struct arena *arena;
static struct spec *spec;

static void parse(const char *text)
{
    struct spec_faults faults;
    struct err err = ERR_INIT;
    int result = spec_parse(&spec, text, strlen(text), SPEC_TRUST_FILES, arena, &faults, &err);
    ck_assert_msg(result == 0, "%s", err.text);
}

static void start(void)
{
    arena = arena_new();
    parse(example(arena));
}

static void stop(void)
{
    spec_free(spec);
    arena_free(arena);
}

START_TEST(fill_keeps_the_text_and_its_hash)
{
    start();
    const char *text = example(arena);
    ck_assert_uint_eq(spec->text_len, strlen(text));
    ck_assert_str_eq(spec->text, text);
    ck_assert_uint_eq(strspn(spec->hash, "0123456789abcdef"), 64);
    stop();
}
END_TEST

START_TEST(fill_hosts_stand_in_the_order_of_the_file_with_their_jumps)
{
    start();
    ck_assert_uint_eq(spec->hosts, 5);
    ck_assert_str_eq(spec->host[0].name, "sgw");
    ck_assert_str_eq(spec->host[4].name, "app");
    const struct spec_host *sdb = spec_find_host(spec, "sdb");
    ck_assert_str_eq(sdb->address, "10.10.0.10");
    ck_assert_str_eq(sdb->user, "root");
    ck_assert_str_eq(sdb->key_file, "/etc/ece-migrate/id_ed25519");
    ck_assert_uint_eq(sdb->port, 22);
    ck_assert_ptr_eq(sdb->jump, spec_find_host(spec, "sgw"));
    ck_assert_ptr_null(sdb->passphrase);
    ck_assert_ptr_null(spec->host[0].jump);
    ck_assert_ptr_null(spec_find_host(spec, "nobody"));
    stop();
}
END_TEST

START_TEST(fill_network_has_both_sides_and_the_tunnels_defaults)
{
    start();
    ck_assert_str_eq(spec->source.cidr, "10.10.0.0/16");
    ck_assert_ptr_eq(spec->target.gateway, spec_find_host(spec, "tgw"));
    ck_assert_str_eq(spec->source.wan_address, "203.0.113.10");
    ck_assert_ptr_null(spec->source.wan_next_hop);
    ck_assert_str_eq(spec->target.wan_next_hop, "198.51.100.1");
    ck_assert_str_eq(spec->tunnel.driver, "wireguard");
    ck_assert_uint_eq(spec->tunnel.port, 51820);
    ck_assert_int_eq(spec->tunnel.mtu, 1280);
    ck_assert_str_eq(spec->tunnel.inner, "169.254.77.0/30");
    ck_assert_int_eq(spec->tunnel.lease_s, 900);
    stop();
}
END_TEST

START_TEST(fill_service_has_both_ends)
{
    start();
    const struct spec_service *service = spec_find_service(spec, "orders-pg");
    ck_assert_str_eq(service->engine, "postgresql");
    ck_assert_int_eq(service->approvals, 1);
    ck_assert_ptr_eq(service->source.host, spec_find_host(spec, "sdb"));
    ck_assert_str_eq(service->source.address, "10.10.0.10");
    ck_assert_uint_eq(service->source.port, 5432);
    ck_assert_str_eq(service->source.admin_user, "postgres");
    ck_assert_str_eq(service->source.admin_database, "postgres");
    ck_assert_int_eq(service->source.admin_password.kind, SECRET_FILE);
    ck_assert_str_eq(service->target.admin_password.where, "/etc/ece-migrate/target-admin");
    ck_assert_ptr_null(service->source.data_directory);
    ck_assert_ptr_null(service->source.start_command);
    ck_assert_str_eq(service->target.data_directory, "/var/lib/postgresql/15/main");
    ck_assert_str_eq(service->target.owner, "postgres");
    ck_assert_str_eq(service->target.stop_command[1], "stop");
    ck_assert_ptr_null(service->target.stop_command[3]);
    ck_assert_ptr_null(spec_find_service(spec, "network"));
    stop();
}
END_TEST

START_TEST(fill_traffic_and_limits_have_their_defaults)
{
    start();
    const struct spec_traffic *traffic = &spec->service[0].traffic;
    const struct spec_limits *limits = &spec->service[0].limits;
    ck_assert_str_eq(traffic->config_file, "/etc/pgbouncer/pgbouncer.ini");
    ck_assert_str_eq(traffic->socket_dir, "/var/run/postgresql");
    ck_assert_str_eq(traffic->console_user, "pgbouncer");
    ck_assert_uint_eq(traffic->port, 6432);
    ck_assert_int_eq(limits->max_stall_ms, 300);
    ck_assert_int_eq(limits->guard_ms, 200);
    ck_assert_int_eq(limits->max_lag_bytes, 1048576);
    ck_assert_int_eq(limits->max_held_wal_bytes, INT64_C(10737418240));
    ck_assert_int_eq(limits->cutover_attempts, 5);
    stop();
}
END_TEST

START_TEST(fill_secrets_of_each_kind_are_told_apart)
{
    arena = arena_new();
    const char *text = example(arena);
    text =
        edit(arena, text, "{\n            \"file\": \"/etc/ece-migrate/source-admin\"\n          }",
             "{\"fd\": 7}");
    text =
        edit(arena, text, "{\n            \"file\": \"/etc/ece-migrate/target-admin\"\n          }",
             "{\"credential\": \"admin\"}");
    text = edit(arena, text, "\"file\": \"/etc/ece-migrate/id_ed25519\"",
                "\"file\": \"/k\", \"passphrase\": {\"file\": \"/p\"}");
    parse(text);
    ck_assert_int_eq(spec->service[0].source.admin_password.kind, SECRET_FD);
    ck_assert_int_eq(spec->service[0].source.admin_password.fd, 7);
    ck_assert_int_eq(spec->service[0].target.admin_password.kind, SECRET_CREDENTIAL);
    ck_assert_str_eq(spec->service[0].target.admin_password.where, "admin");
    ck_assert_int_eq(spec->host[0].passphrase->kind, SECRET_FILE);
    ck_assert_str_eq(spec->host[0].passphrase->where, "/p");
    stop();
}
END_TEST

START_TEST(fill_missing_limits_and_title_have_their_defaults)
{
    arena = arena_new();
    const char *text = example(arena);
    text = edit(
        arena, text,
        "\"limits\": {\n        \"max_stall_ms\": 300,\n        \"guard_ms\": 200\n      },", "");
    text = edit(arena, text,
                "  \"title\": \"Orders database into the enhanced compliance environment\",\n", "");
    parse(text);
    ck_assert_str_eq(spec->title, "");
    ck_assert_int_eq(spec->service[0].limits.max_stall_ms, 300);
    ck_assert_int_eq(spec->service[0].limits.guard_ms, 200);
    stop();
}
END_TEST

START_TEST(fill_load_of_a_file_that_is_not_there_says_so_without_faults)
{
    arena = arena_new();
    struct spec_faults faults;
    struct err err = ERR_INIT;
    spec = NULL;
    ck_assert_int_eq(spec_load(&spec, "/nowhere/x.json", SPEC_TRUST_FILES, arena, &faults, &err),
                     -1);
    ck_assert_int_eq(err.code, ERR_SPEC);
    ck_assert_str_eq(err.text,
                     "cannot open the migration file '/nowhere/x.json': No such file or directory");
    ck_assert_uint_eq(faults.len, 0);
    ck_assert_ptr_null(spec);
    err_clear(&err);
    ck_assert_int_eq(spec_load(&spec, "/tmp", SPEC_TRUST_FILES, arena, &faults, &err), -1);
    ck_assert_str_eq(err.text, "cannot read the migration file '/tmp': Is a directory");
    stop();
}
END_TEST

UNIT_MAIN("spec_fill", fill_keeps_the_text_and_its_hash,
          fill_hosts_stand_in_the_order_of_the_file_with_their_jumps,
          fill_network_has_both_sides_and_the_tunnels_defaults, fill_service_has_both_ends,
          fill_traffic_and_limits_have_their_defaults, fill_secrets_of_each_kind_are_told_apart,
          fill_missing_limits_and_title_have_their_defaults,
          fill_load_of_a_file_that_is_not_there_says_so_without_faults)
