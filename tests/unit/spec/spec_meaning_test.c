/*
 * What fits together and what does not.
 */
#include "tests/unit/spec/spec_edit.h"

START_TEST(meaning_network_with_host_bits_is_told_the_right_one)
{
    expect_faults("\"cidr\": \"10.10.0.0/16\"", "\"cidr\": \"10.10.0.10/16\"",
                  "51 /network/source/cidr: '10.10.0.10/16' has bits set behind its prefix; write "
                  "'10.10.0.0/16'\n");
}
END_TEST

START_TEST(meaning_overlapping_networks_are_told_with_each_other)
{
    expect_faults("\"cidr\": \"10.20.0.0/16\"", "\"cidr\": \"10.0.0.0/8\"",
                  "56 /network/target/cidr: '10.0.0.0/8' overlaps '10.10.0.0/16' of "
                  "/network/source/cidr; write networks that have no address in common\n");
    expect_faults("\"driver\": \"wireguard\"",
                  "\"driver\": \"wireguard\",\n\"inner\": \"10.20.3.0/30\"",
                  "63 /network/tunnel/inner: '10.20.3.0/30' overlaps '10.20.0.0/16' of "
                  "/network/target/cidr; write networks that have no address in common\n");
    expect_faults("\"driver\": \"wireguard\"",
                  "\"driver\": \"wireguard\",\n\"inner\": \"10.10.3.0/30\"",
                  "63 /network/tunnel/inner: '10.10.3.0/30' overlaps '10.10.0.0/16' of "
                  "/network/source/cidr; write networks that have no address in common\n");
}
END_TEST

START_TEST(meaning_default_network_is_checked_where_the_tunnel_stands)
{
    struct arena *arena = arena_new();
    const char *text = edit(arena, example(arena), "\"10.20.0.0/16\"", "\"169.254.0.0/16\"");
    text = edit(arena, text, "\"address\": \"10.20.0.10\",\n        \"admin\"",
                "\"address\": \"169.254.0.10\",\n        \"admin\"");
    ck_assert_str_eq(faults_of(arena, text),
                     "61 /network/tunnel/inner: '169.254.77.0/30' overlaps '169.254.0.0/16' of "
                     "/network/target/cidr; write networks that have no address in common\n");
    arena_free(arena);
}
END_TEST

START_TEST(meaning_inner_network_has_two_addresses)
{
    expect_faults(
        "\"driver\": \"wireguard\"", "\"driver\": \"wireguard\",\n\"inner\": \"169.254.77.0/29\"",
        "63 /network/tunnel/inner: '169.254.77.0/29' is not a /30; write a network of two usable "
        "addresses, such as '169.254.77.0/30'\n");
}
END_TEST

START_TEST(meaning_the_two_gateways_differ)
{
    struct arena *arena = arena_new();
    const char *text = edit(arena, example(arena), "\"gateway\": \"tgw\"", "\"gateway\": \"sgw\"");
    text = edit(arena, text, "\"wan_address\": \"198.51.100.20\"",
                "\"wan_address\": \"203.0.113.10\"");
    ck_assert_str_eq(faults_of(arena, text), "57 /network/target/gateway: 'sgw' is the source's "
                                             "gateway too; write the host at the target "
                                             "VPC's edge\n"
                                             "58 /network/target/wan_address: '203.0.113.10' is "
                                             "the source gateway's address too; write the "
                                             "target gateway's\n");
    arena_free(arena);
}
END_TEST

START_TEST(meaning_every_host_of_a_jump_cycle_is_told_and_no_other)
{
    struct arena *arena = arena_new();
    const char *key = "\"host_key\": \"SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"\n";
    const char *text =
        edit(arena, example(arena), key,
             "\"host_key\": \"SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",\n"
             "\"jump\": \"tgw\"\n");
    text = edit(arena, text, key,
                "\"host_key\": \"SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",\n"
                "\"jump\": \"sgw\"\n");
    ck_assert_str_eq(
        faults_of(arena, text),
        "13 /hosts/sgw/jump: the jumps from 'sgw' lead back to it; write a host that is "
        "reached without it, or leave 'jump' out\n"
        "22 /hosts/tgw/jump: the jumps from 'tgw' lead back to it; write a host that is "
        "reached without it, or leave 'jump' out\n");
    arena_free(arena);
}
END_TEST

START_TEST(meaning_long_jump_cycle_is_told_at_each_of_its_hosts)
{
    struct arena *arena = arena_new();
    const char *text = edit(arena, example(arena), "\"jump\": \"sgw\"", "\"jump\": \"tdb\"");
    text = edit(arena, text, "\"user\": \"root\"", "\"user\": \"root\", \"jump\": \"sdb\"");
    text = edit(arena, text, "\"jump\": \"tgw\"", "\"jump\": \"sgw\"");
    ck_assert_str_eq(
        faults_of(arena, text),
        "8 /hosts/sgw/jump: the jumps from 'sgw' lead back to it; write a host that is "
        "reached without it, or leave 'jump' out\n"
        "29 /hosts/sdb/jump: the jumps from 'sdb' lead back to it; write a host that is "
        "reached without it, or leave 'jump' out\n"
        "38 /hosts/tdb/jump: the jumps from 'tdb' lead back to it; write a host that is "
        "reached without it, or leave 'jump' out\n");
    arena_free(arena);
}
END_TEST

START_TEST(meaning_host_that_jumps_through_itself_is_a_cycle)
{
    expect_faults(
        "\"jump\": \"sgw\"", "\"jump\": \"sdb\"",
        "29 /hosts/sdb/jump: the jumps from 'sdb' lead back to it; write a host that is reached "
        "without it, or leave 'jump' out\n");
}
END_TEST

START_TEST(meaning_server_outside_of_its_vpc_is_told_the_vpc)
{
    expect_faults("\"address\": \"10.20.0.10\",\n        \"admin\"",
                  "\"address\": \"10.21.0.10\",\n        \"admin\"",
                  "81 /services/0/target/address: '10.21.0.10' is outside of the target VPC "
                  "'10.20.0.0/16'; write the server's address inside it, or correct "
                  "/network/target/cidr\n");
}
END_TEST

START_TEST(meaning_guard_must_act_before_the_promise_ends)
{
    expect_faults(
        "\"max_stall_ms\": 300", "\"max_stall_ms\": 150",
        "108 /services/0/limits/guard_ms: the guard's 200 ms are not below max_stall_ms, which is "
        "150 ms; write less, so that the guard can keep the promise\n");
    expect_faults(
        "\"limits\": {\n        \"max_stall_ms\": 300,\n        \"guard_ms\": 200\n      },", "",
        "");
}
END_TEST

START_TEST(meaning_services_share_nothing_that_is_theirs)
{
    struct arena *arena = arena_new();
    const char *text = example(arena);
    const char *service = strstr(text, "    {\n      \"name\"");
    const char *end = strstr(text, "\n  ]\n}");
    const char *both = arena_printf(arena, "%.*s,\n%s", (int)(end - text), text, service);
    ck_assert_str_eq(
        faults_of(arena, both),
        "113 /services/1/name: 'orders-pg' is the name of /services/0 too; write another\n"
        "117 /services/1/source/address: /services/0 moves this server already; write each server "
        "once\n"
        "127 /services/1/target/address: /services/0 moves to this server already; write a server "
        "of its "
        "own\n"
        "134 /services/1/target/data_directory: /services/0 uses this directory already; write one "
        "of "
        "its own\n"
        "150 /services/1/traffic/database: /services/0 moves 'orders' of this proxy already; write "
        "another entry\n");
    arena_free(arena);
}
END_TEST

START_TEST(meaning_service_cannot_be_called_network)
{
    expect_faults("\"name\": \"orders-pg\"", "\"name\": \"network\"",
                  "67 /services/0/name: 'network' is the network track's name; write another\n");
}
END_TEST

START_TEST(meaning_a_window_under_a_regime_needs_somebody_who_answers_for_it)
{
    struct arena *arena = arena_new();
    const char *text =
        edit(arena, example(arena), "\"approvals\": 1", "\"rollback\": {\"window_h\": 24}");
    ck_assert_str_eq(faults_of(arena, text), "");
    const char *under =
        edit(arena, text, "\"hosts\"", "\"compliance\": [\"pci-dss\", \"hipaa\"], \"hosts\"");
    ck_assert_str_eq(
        faults_of(arena, under),
        "110 /services/0/rollback: while the rollback window is open, data under 'pci-dss' flows "
        "back into the source VPC, which is not the compliant one; write "
        "\"acknowledge_data_leaves_compliance\": true here when whoever answers for compliance "
        "agrees, or leave 'rollback' out\n");
    ck_assert_str_eq(faults_of(arena, edit(arena, under, "\"window_h\": 24",
                                           "\"window_h\": 24, "
                                           "\"acknowledge_data_leaves_compliance\": true")),
                     "");
    ck_assert_str_eq(
        faults_of(arena, edit(arena, under, "\"window_h\": 24",
                              "\"acknowledge_data_leaves_compliance\": \"yes\"")),
        "110 /services/0/rollback/acknowledge_data_leaves_compliance: a string stands here; write "
        "true or false\n"
        "110 /services/0/rollback: while the rollback window is open, data under 'pci-dss' flows "
        "back into the source VPC, which is not the compliant one; write "
        "\"acknowledge_data_leaves_compliance\": true here when whoever answers for compliance "
        "agrees, or leave 'rollback' out\n");
    ck_assert_str_eq(faults_of(arena, edit(arena, example(arena), "\"hosts\"",
                                           "\"compliance\": [\"gdpr\"], \"hosts\"")),
                     "5 /compliance/0: 'gdpr' does not fit; write 'hipaa' or 'pci-dss'\n");
    arena_free(arena);
}
END_TEST

UNIT_MAIN("spec_meaning", meaning_network_with_host_bits_is_told_the_right_one,
          meaning_overlapping_networks_are_told_with_each_other,
          meaning_default_network_is_checked_where_the_tunnel_stands,
          meaning_inner_network_has_two_addresses, meaning_the_two_gateways_differ,
          meaning_every_host_of_a_jump_cycle_is_told_and_no_other,
          meaning_long_jump_cycle_is_told_at_each_of_its_hosts,
          meaning_host_that_jumps_through_itself_is_a_cycle,
          meaning_server_outside_of_its_vpc_is_told_the_vpc,
          meaning_guard_must_act_before_the_promise_ends,
          meaning_services_share_nothing_that_is_theirs, meaning_service_cannot_be_called_network,
          meaning_a_window_under_a_regime_needs_somebody_who_answers_for_it)
