/*
 * IPv4 addresses and networks: what is one, what is not, and how two lie to each other.
 */
#include "base/cidr.h"

#include "tests/unit/unit.h"

static struct cidr net(const char *text)
{
    struct cidr cidr = {0};
    ck_assert_msg(cidr_parse(text, &cidr) == 0, "'%s' is a network", text);
    return cidr;
}

START_TEST(cidr_address_is_read_in_host_order_and_written_back)
{
    static const struct {
        const char *text;
        uint32_t address;
    } cases[] = {{"0.0.0.0", 0},
                 {"10.0.0.1", 0x0a000001},
                 {"192.168.255.3", 0xc0a8ff03},
                 {"255.255.255.255", UINT32_MAX}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        uint32_t address = 1;
        char buf[CIDR_TEXT];
        ck_assert_int_eq(cidr_parse_address(cases[i].text, &address), 0);
        ck_assert_uint_eq(address, cases[i].address);
        ck_assert_str_eq(cidr_address_text(buf, address), cases[i].text);
    }
}
END_TEST

START_TEST(cidr_address_of_another_form_is_refused_and_leaves_the_result)
{
    static const char *const cases[] = {
        "",           "10",         "10.1",       "10.0.0",     "10.0.0.",           ".10.0.0.1",
        "10..0.1",    "10.0.0.256", "010.0.0.1",  "10.0.0.01",  "10.0.0.1 ",         " 10.0.0.1",
        "0x0a.0.0.1", "10.0.0.-1",  "10.0.0.1/8", "10.0.0.1.2", "99999999999.0.0.1", "::1",
        "ten.0.0.1"};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        uint32_t address = 7;
        ck_assert_msg(cidr_parse_address(cases[i], &address) == -1, "'%s'", cases[i]);
        ck_assert_uint_eq(address, 7);
    }
}
END_TEST

START_TEST(cidr_network_is_read_and_written_back)
{
    static const char *const cases[] = {"0.0.0.0/0", "10.10.0.0/16", "169.254.77.0/30",
                                        "255.255.255.255/32", "10.10.3.7/16"};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char buf[CIDR_TEXT];
        ck_assert_str_eq(cidr_text(buf, net(cases[i])), cases[i]);
    }
}
END_TEST

START_TEST(cidr_network_of_another_form_is_refused)
{
    static const char *const cases[] = {"",
                                        "/",
                                        "10.0.0.0",
                                        "10.0.0.0/",
                                        "10.0.0.0/33",
                                        "10.0.0.0/-1",
                                        "10.0.0.0/08",
                                        "10.0.0.0/8 ",
                                        "10.0.0/8",
                                        "10.0.0.0//8",
                                        "10.0.0.0/255.0.0.0",
                                        "/8",
                                        "fd00::/8"};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct cidr cidr;
        ck_assert_msg(cidr_parse(cases[i], &cidr) == -1, "'%s'", cases[i]);
    }
}
END_TEST

START_TEST(cidr_canonical_clears_the_bits_behind_the_prefix)
{
    static const char *const cases[][2] = {{"10.10.3.7/16", "10.10.0.0/16"},
                                           {"10.10.3.7/32", "10.10.3.7/32"},
                                           {"10.10.3.7/0", "0.0.0.0/0"},
                                           {"10.10.3.7/31", "10.10.3.6/31"},
                                           {"192.168.1.129/25", "192.168.1.128/25"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char buf[CIDR_TEXT];
        ck_assert_str_eq(cidr_text(buf, cidr_canonical(net(cases[i][0]))), cases[i][1]);
        ck_assert(cidr_is_canonical(net(cases[i][1])));
    }
    ck_assert(!cidr_is_canonical(net("10.10.3.7/16")));
}
END_TEST

START_TEST(cidr_contains_its_first_and_last_address_and_no_neighbour)
{
    struct cidr cidr = net("10.10.16.0/20");
    ck_assert(cidr_contains(cidr, 0x0a0a1000));
    ck_assert(cidr_contains(cidr, 0x0a0a1fff));
    ck_assert(!cidr_contains(cidr, 0x0a0a0fff));
    ck_assert(!cidr_contains(cidr, 0x0a0a2000));
    ck_assert(cidr_contains(net("0.0.0.0/0"), UINT32_MAX));
    ck_assert(!cidr_contains(net("10.0.0.1/32"), 0x0a000002));
}
END_TEST

START_TEST(cidr_overlap_is_the_same_both_ways)
{
    static const struct {
        const char *a, *b;
        bool overlap;
    } cases[] = {{"10.10.0.0/16", "10.10.0.0/16", true},  {"10.10.0.0/16", "10.10.128.0/17", true},
                 {"10.10.0.0/16", "10.11.0.0/16", false}, {"0.0.0.0/0", "203.0.113.0/24", true},
                 {"10.0.0.0/9", "10.128.0.0/9", false},   {"10.0.0.1/32", "10.0.0.0/8", true},
                 {"10.10.3.7/16", "10.10.9.9/16", true}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        ck_assert(cidr_overlap(net(cases[i].a), net(cases[i].b)) == cases[i].overlap);
        ck_assert(cidr_overlap(net(cases[i].b), net(cases[i].a)) == cases[i].overlap);
    }
}
END_TEST

UNIT_MAIN("cidr", cidr_address_is_read_in_host_order_and_written_back,
          cidr_address_of_another_form_is_refused_and_leaves_the_result,
          cidr_network_is_read_and_written_back, cidr_network_of_another_form_is_refused,
          cidr_canonical_clears_the_bits_behind_the_prefix,
          cidr_contains_its_first_and_last_address_and_no_neighbour,
          cidr_overlap_is_the_same_both_ways)
