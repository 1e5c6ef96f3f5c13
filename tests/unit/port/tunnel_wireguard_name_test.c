/*
 * Names of a WireGuard tunnel: within the limits of the kernel and nft, and different for different
 * migrations.
 */
#include "steps/port/tunnel/wireguard_name.h"
#include "tests/unit/unit.h"

START_TEST(longest_id_fits_an_interface_name)
{
    struct wireguard_name name;
    wireguard_name_make(&name, "abcdefgh-9");
    ck_assert_str_eq(name.link, "ece-abcdefgh-9");
    ck_assert_str_eq(name.table, "ece_abcdefgh_9");
    ck_assert_uint_le(strlen(name.link), 15);
}
END_TEST

START_TEST(marks_and_metrics_tell_migrations_apart)
{
    struct wireguard_name a, b, again;
    wireguard_name_make(&a, "orders");
    wireguard_name_make(&b, "orders2");
    wireguard_name_make(&again, "orders");
    ck_assert_uint_ne(a.mark, b.mark);
    ck_assert_uint_ne(a.metric, b.metric);
    ck_assert_uint_eq(a.mark, again.mark);
    ck_assert_uint_eq(a.mark >> 24, 0xec);
    ck_assert_uint_ge(a.metric, 4000000000u);
}
END_TEST

START_TEST(source_has_the_first_address_of_the_inner_network)
{
    char address[WIREGUARD_NAME_ADDRESS];
    wireguard_name_inner(address, "169.254.77.0/30", TUNNEL_SOURCE);
    ck_assert_str_eq(address, "169.254.77.1");
    wireguard_name_inner(address, "169.254.77.0/30", TUNNEL_TARGET);
    ck_assert_str_eq(address, "169.254.77.2");
    wireguard_name_inner(address, "10.255.255.252/30", TUNNEL_TARGET);
    ck_assert_str_eq(address, "10.255.255.254");
}
END_TEST

START_TEST(no_network_gives_no_address)
{
    char address[WIREGUARD_NAME_ADDRESS];
    wireguard_name_inner(address, "", TUNNEL_SOURCE);
    ck_assert_str_eq(address, "");
    wireguard_name_inner(address, "not an address at all/30", TUNNEL_SOURCE);
    ck_assert_str_eq(address, "");
    wireguard_name_inner(address, "fe80::/64", TUNNEL_SOURCE);
    ck_assert_str_eq(address, "");
}
END_TEST

UNIT_MAIN("wireguard_name", longest_id_fits_an_interface_name,
          marks_and_metrics_tell_migrations_apart,
          source_has_the_first_address_of_the_inner_network, no_network_gives_no_address)
