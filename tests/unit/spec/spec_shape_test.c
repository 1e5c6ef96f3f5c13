/*
 * The shape of the migration file: a good file with one thing wrong, and the exact complaint.
 */
#include "tests/unit/spec/spec_edit.h"

START_TEST(shape_of_the_starter_file_is_right)
{
    struct arena *arena = arena_new();
    ck_assert_str_eq(faults_of(arena, spec_starter(arena)), "");
    ck_assert_str_eq(faults_of(arena, example(arena)), "");
    arena_free(arena);
}
END_TEST

START_TEST(shape_unknown_key_is_told_with_the_nearest_known_one)
{
    expect_faults(
        "\"guard_ms\"", "\"gaurd_ms\"",
        "108 /services/0/limits/gaurd_ms: unknown key 'gaurd_ms'; did you mean 'guard_ms'?\n");
    expect_faults(
        "\"approvals\": 1", "\"zebra\": 1",
        "110 /services/0/zebra: unknown key 'zebra'; write one of 'name', 'engine', 'source', "
        "'target', 'traffic', 'limits', 'rollback', 'approvals'\n");
}
END_TEST

START_TEST(shape_wrong_type_says_what_is_there_and_what_to_write)
{
    expect_faults("\"max_stall_ms\": 300", "\"max_stall_ms\": \"300\"",
                  "107 /services/0/limits/max_stall_ms: a string stands here; write an integer\n");
    expect_faults("\"approvals\": 1", "\"approvals\": 1.0",
                  "110 /services/0/approvals: a fraction stands here; write an integer\n");
    expect_faults("\"id\": \"orders\"", "\"id\": null",
                  "3 /id: null stands here; write a string\n");
    expect_faults("\"start\": [\n          \"systemctl\"", "\"start\": [\n          true",
                  "90 /services/0/target/start/0: true stands here; write a string\n");
}
END_TEST

START_TEST(shape_missing_key_stands_at_the_object_that_lacks_it)
{
    expect_faults("      \"user\": \"root\",\n", "",
                  "6 /hosts/sgw/user: 'user' is missing; write something such as 'root'\n");
    expect_faults(
        "\"tunnel\": {\n      \"driver\": \"wireguard\"\n    }", "\"tunnel\": {}",
        "61 /network/tunnel/driver: 'driver' is missing; write something such as 'wireguard'\n");
    expect_faults(
        "          \"user\": \"postgres\",\n          \"password\": {\n            \"file\": "
        "\"/etc/ece-migrate/source-admin\"\n          }",
        "          \"user\": \"postgres\"",
        "72 /services/0/source/admin/password: 'password' is missing; write where the secret "
        "is, such as {\"file\": \"/etc/ece-migrate/source-admin\"}\n");
}
END_TEST

START_TEST(shape_missing_objects_are_told_with_what_they_hold)
{
    struct arena *arena = arena_new();
    ck_assert_str_eq(
        faults_of(arena, "{}"),
        "1 /id: 'id' is missing; write something such as 'orders'\n"
        "1 /hosts: 'hosts' is missing; write an object with a member for each, with 'address', "
        "'user', "
        "'key', 'host_key'\n"
        "1 /network: 'network' is missing; write an object with 'source', 'target', 'tunnel'\n"
        "1 /services: 'services' is missing; write an array of objects with 'name', 'engine', "
        "'source', "
        "'target', 'traffic'\n");
    arena_free(arena);
}
END_TEST

START_TEST(shape_duplicate_keys_are_all_told)
{
    expect_faults("\"driver\": \"wireguard\"",
                  "\"driver\": \"wireguard\",\n\"mtu\": 1280,\n\"mtu\": 1280,\n\"mtu\": 1280",
                  "64 /network/tunnel/mtu: 'mtu' stands in line 63 already; keep one of the two\n"
                  "65 /network/tunnel/mtu: 'mtu' stands in line 63 already; keep one of the two\n");
}
END_TEST

START_TEST(shape_number_out_of_range_is_told_the_range)
{
    expect_faults(
        "\"guard_ms\": 200", "\"guard_ms\": 9",
        "108 /services/0/limits/guard_ms: 9 is out of range; write a number from 10 to 59999\n");
    expect_faults("\"user\": \"root\"", "\"user\": \"root\",\n\"port\": 65536",
                  "9 /hosts/sgw/port: 65536 is out of range; write a number from 1 to 65535\n");
    expect_faults("\"user\": \"root\"", "\"user\": \"root\",\n\"port\": 0",
                  "9 /hosts/sgw/port: 0 is out of range; write a number from 1 to 65535\n");
}
END_TEST

START_TEST(shape_text_of_another_form_is_told_the_form)
{
    expect_faults(
        "\"id\": \"orders\"", "\"id\": \"Orders\"",
        "3 /id: 'Orders' does not fit; write 2 to 10 lower-case letters, digits and '-', a "
        "letter first\n");
    expect_faults(
        "\"cidr\": \"10.10.0.0/16\"", "\"cidr\": \"10.10.0.0\"",
        "51 /network/source/cidr: '10.10.0.0' does not fit; write an IPv4 network such as "
        "'10.10.0.0/16'\n");
    expect_faults("\"driver\": \"wireguard\"", "\"driver\": \"ipsec\"",
                  "62 /network/tunnel/driver: 'ipsec' does not fit; write 'wireguard'\n");
    expect_faults(
        "\"address\": \"203.0.113.10\"", "\"address\": \"\"",
        "7 /hosts/sgw/address: 'address' is empty; write a host name or an address, without a "
        "port\n");
    expect_faults(
        "\"host_key\": \"SHA256:A", "\"host_key\": \"SHA256:",
        "12 /hosts/sgw/host_key: 'SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' does not "
        "fit; write the fingerprint as 'ssh-keygen -lf' prints it: 'SHA256:' and 43 characters\n");
}
END_TEST

START_TEST(shape_reference_to_an_unknown_host_lists_those_there_are)
{
    expect_faults(
        "\"jump\": \"sgw\"", "\"jump\": \"gws\"",
        "29 /hosts/sdb/jump: 'gws' is not among the hosts; write one of 'sgw', 'tgw', 'sdb', "
        "'tdb', 'app', or add it under /hosts\n");
}
END_TEST

START_TEST(shape_host_with_a_bad_name_is_told_where_it_stands)
{
    expect_faults(
        "\"app\": {", "\"App/1\": {",
        "40 /hosts/App~11: 'App/1' is no name for this; write at most 31 lower-case letters, "
        "digits, '_' and '-', a letter first\n"
        "102 /services/0/traffic/host: 'app' is not among the hosts; write one of 'sgw', 'tgw', "
        "'sdb', 'tdb', 'App/1', or add it under /hosts\n");
}
END_TEST

#define NO_SECRETS                                                                                 \
    "no secret may stand in the migration file: put it into a file of mode 0600 and write "        \
    "{\"file\": \"/path/of/it\"}, or {\"credential\": \"name\"} for a systemd credential\n"
#define SOURCE_PASSWORD                                                                            \
    "\"password\": {\n            \"file\": \"/etc/ece-migrate/source-admin\"\n          }"

START_TEST(shape_secret_in_the_file_is_told_where_to_go_and_is_not_shown)
{
    expect_faults(
        SOURCE_PASSWORD, "\"password\": \"hunter2x\"",
        "74 /services/0/source/admin/password: 'password' stands in the file itself; " NO_SECRETS);
    expect_faults("\"database\": \"orders\"",
                  "\"database\": \"orders\", \"db_password\": \"hunter2x\"",
                  "104 /services/0/traffic/db_password: unknown key 'db_password'; " NO_SECRETS);
    expect_faults(
        SOURCE_PASSWORD, "\"password\": {\"file\": \"hunter2x\"}",
        "74 /services/0/source/admin/password/file: this is not what 'file' must be; write an "
        "absolute path: it begins with '/'\n");
    expect_faults(
        "\"file\": \"/etc/ece-migrate/id_ed25519\"",
        "\"file\": \"-----BEGIN OPENSSH PRIVATE KEY-----\\nb3BlbnNza\"",
        "10 /hosts/sgw/key/file: a private key stands here; write the path of its file\n");
}
END_TEST

START_TEST(shape_secret_is_in_exactly_one_place)
{
    const char *expected =
        "74 /services/0/source/admin/password: 'password' must say one place; write one "
        "of {\"file\": \"/path\"}, {\"fd\": 3} and {\"credential\": \"name\"}\n";
    expect_faults(SOURCE_PASSWORD, "\"password\": {}", expected);
    expect_faults(SOURCE_PASSWORD, "\"password\": {\"file\": \"/a\", \"fd\": 3}", expected);
    expect_faults(
        SOURCE_PASSWORD, "\"password\": {\"fd\": 2}",
        "74 /services/0/source/admin/password/fd: 2 is out of range; write a number from 3 to "
        "1023\n");
    expect_faults(
        SOURCE_PASSWORD, "\"password\": {\"path\": \"/a\"}",
        "74 /services/0/source/admin/password/path: unknown key 'path'; write one of 'file', "
        "'fd', 'credential'\n");
}
END_TEST

START_TEST(shape_command_without_words_is_refused)
{
    expect_faults(
        "\"start\": [\n          \"systemctl\",\n          \"start\",\n          "
        "\"postgresql@15-main\"\n        ]",
        "\"start\": []",
        "89 /services/0/target/start: 'start' names no command; write its words, the program "
        "first, or leave the key out\n");
}
END_TEST

START_TEST(shape_lists_and_maps_must_not_be_empty)
{
    struct arena *arena = arena_new();
    const char *faults = faults_of(arena, "{\"id\": \"orders\", \"hosts\": {},\n\"services\": []}");
    ck_assert_str_eq(faults,
                     "1 /hosts: 'hosts' has 0 members; write 1 to 256\n"
                     "1 /network: 'network' is missing; write an object with 'source', 'target', "
                     "'tunnel'\n"
                     "2 /services: 'services' has 0 members; write 1 to 64\n");
    arena_free(arena);
}
END_TEST

START_TEST(shape_all_faults_are_told_in_the_order_of_the_lines)
{
    struct arena *arena = arena_new();
    const char *text = example(arena);
    text = edit(arena, text, "\"approvals\": 1", "\"approvals\": -1");
    text = edit(arena, text, "\"guard_ms\": 200", "\"guard_ms\": 300");
    text = edit(arena, text, "\"gateway\": \"tgw\"", "\"gateway\": \"tgv\"");
    text = edit(arena, text, "\"id\"", "\"ID\"");
    ck_assert_str_eq(
        faults_of(arena, text),
        "1 /id: 'id' is missing; write something such as 'orders'\n"
        "3 /ID: unknown key 'ID'; write one of '$schema', 'id', 'title', 'compliance', 'hosts', "
        "'network', 'services'\n"
        "57 /network/target/gateway: 'tgv' is not among the hosts; write one of "
        "'sgw', 'tgw', 'sdb', "
        "'tdb', 'app', or add it under /hosts\n"
        "108 /services/0/limits/guard_ms: the guard's 300 ms are not below "
        "max_stall_ms, which is 300 "
        "ms; write less, so that the guard can keep the promise\n"
        "110 /services/0/approvals: -1 is out of range; write a number from 0 to 9\n");
    arena_free(arena);
}
END_TEST

START_TEST(shape_more_faults_than_anybody_reads_are_counted)
{
    struct arena *arena = arena_new();
    struct str text = STR_INIT;
    str_add(&text, "{");
    for (int i = 0; i < 700; i++)
        str_printf(&text, "\"k%d\": 1,\n", i);
    str_add(&text, "\"k\": 1}");
    const char *faults = faults_of(arena, str_text(&text));
    ck_assert(str_ends(faults, " : 205 more faults are left out; correct these first\n"));
    str_free(&text);
    arena_free(arena);
}
END_TEST

UNIT_MAIN("spec_shape", shape_of_the_starter_file_is_right,
          shape_unknown_key_is_told_with_the_nearest_known_one,
          shape_wrong_type_says_what_is_there_and_what_to_write,
          shape_missing_key_stands_at_the_object_that_lacks_it,
          shape_missing_objects_are_told_with_what_they_hold, shape_duplicate_keys_are_all_told,
          shape_number_out_of_range_is_told_the_range, shape_text_of_another_form_is_told_the_form,
          shape_reference_to_an_unknown_host_lists_those_there_are,
          shape_host_with_a_bad_name_is_told_where_it_stands,
          shape_secret_in_the_file_is_told_where_to_go_and_is_not_shown,
          shape_secret_is_in_exactly_one_place, shape_command_without_words_is_refused,
          shape_lists_and_maps_must_not_be_empty,
          shape_all_faults_are_told_in_the_order_of_the_lines,
          shape_more_faults_than_anybody_reads_are_counted)
