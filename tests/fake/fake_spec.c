/* A migration file for fakes: one service, nothing of it exists. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "tests/fake/fake.h"

static const char text_format[] =
    "{ \"id\": \"orders\", \"title\": \"a story\",\n"
    "  \"hosts\": {\n"
    "    \"sgw\": {\"address\": \"203.0.113.10\", \"user\": \"root\", \"key\": {\"file\": \"/k\"}, "
    "\"host_key\": "
    "\"SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"},\n"
    "    \"tgw\": {\"address\": \"198.51.100.20\", \"user\": \"root\", \"key\": {\"file\": "
    "\"/k\"}, \"host_key\": "
    "\"SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"},\n"
    "    \"sdb\": {\"address\": \"10.10.0.10\", \"user\": \"root\", \"key\": {\"file\": \"/k\"}, "
    "\"host_key\": "
    "\"SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\", \"jump\": \"sgw\"},\n"
    "    \"tdb\": {\"address\": \"10.20.0.10\", \"user\": \"root\", \"key\": {\"file\": \"/k\"}, "
    "\"host_key\": "
    "\"SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\", \"jump\": \"tgw\"},\n"
    "    \"app\": {\"address\": \"192.0.2.30\", \"user\": \"root\", \"key\": {\"file\": \"/k\"}, "
    "\"host_key\": "
    "\"SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"} },\n"
    "  \"network\": {\n"
    "    \"source\": {\"cidr\": \"10.10.0.0/16\", \"gateway\": \"sgw\", \"wan_address\": "
    "\"203.0.113.10\"},\n"
    "    \"target\": {\"cidr\": \"10.20.0.0/16\", \"gateway\": \"tgw\", \"wan_address\": "
    "\"198.51.100.20\", \"wan_next_hop\": "
    "\"198.51.100.1\"},\n"
    "    \"tunnel\": {\"driver\": \"wireguard\"} },\n"
    "  \"services\": [ {\"name\": \"orders\", \"engine\": \"postgresql\",\n"
    "    \"source\": {\"host\": \"sdb\", \"address\": \"10.10.0.10\", \"admin\": {\"user\": "
    "\"admin\", \"password\": {\"file\": \"/p\"}}},\n"
    "    \"target\": {\"host\": \"tdb\", \"address\": \"10.20.0.10\", \"data_directory\": \"/d\", "
    "\"admin\": {\"user\": \"admin\", "
    "\"password\": {\"file\": \"/p\"}}},\n"
    "    \"traffic\": {\"driver\": \"pgbouncer\", \"host\": \"app\", \"database\": \"orders\", "
    "\"address\": \"10.30.0.10\"},\n"
    "    \"approvals\": %d%s } ] }\n";

struct spec *fake_spec(int approvals)
{
    return fake_spec_window(approvals, 0);
}

struct spec *fake_spec_window(int approvals, int window_h)
{
    struct arena *arena = arena_new();
    char text[8192];
    const char *rollback =
        window_h == 0 ? "" : arena_printf(arena, ", \"rollback\": {\"window_h\": %d}", window_h);
    int len = snprintf(text, sizeof(text), text_format, approvals, rollback);
    struct spec *spec = NULL;
    struct spec_faults faults = {0};
    struct err err = ERR_INIT;
    if (spec_parse(&spec, text, (size_t)len, SPEC_TRUST_FILES, arena, &faults, &err) < 0) {
        for (size_t i = 0; i < faults.len; i++)
            fprintf(stderr, "fake spec: line %d %s: %s\n", faults.fault[i].line,
                    faults.fault[i].pointer, faults.fault[i].text);
        fprintf(stderr, "fake spec: %s\n", err.text);
        abort();
    }
    arena_free(arena);
    return spec;
}
