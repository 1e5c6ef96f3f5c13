/*
 * Findings about the hosts, the target's above all; see postgresql_judge.h.
 */
#include "steps/port/engine/postgresql_judge.h"

#include <inttypes.h>
#include <string.h>

#include "base/attr.h"
#include "base/str.h"
#include "steps/port/engine/postgresql_hba.h"

#define GET(name)    postgresql_facts_get(judge->facts, name)
#define NUMBER(name) postgresql_facts_number(judge->facts, name)
#define IS(name, v)  postgresql_facts_is(judge->facts, name, v)

static void host_tools(const struct postgresql_judge *judge, const char *group, const char *host)
{
    struct arena *arena = judge->out->arena;
    const char *missing =
        postgresql_facts_all(judge->facts, arena_printf(arena, "%s.missing", group), ", ");
    if (missing[0])
        findings_add(judge->out, FINDING_BLOCK, "tools", host,
                     "apt install util-linux coreutils procps", "programs are missing: %s",
                     missing);
    else if (strcmp(GET(arena_printf(arena, "%s.uid", group)), "0") != 0)
        findings_add(judge->out, FINDING_BLOCK, "tools", host,
                     "let the migration file's user of this host be root",
                     "we log in as a user who is not root");
    else if (!GET(arena_printf(arena, "%s.run_tmpfs", group))[0])
        findings_add(judge->out, FINDING_WARN, "tools", host, "mount a tmpfs on /run",
                     "/run is no tmpfs: the password of our role would touch the disk");
    else
        findings_add(judge->out, FINDING_PASS, "tools", host, "", "what we need is there");
}

static void target_data(const struct postgresql_judge *judge)
{
    bool foreign = IS("target_host.copy", "foreign");
    findings_add(judge->out, foreign ? FINDING_BLOCK : FINDING_PASS, "data_directory",
                 judge->target, foreign ? "look at it, and empty it when nobody needs it" : "",
                 foreign ? "'%s' holds data that is not ours" : "'%s' is empty or holds our copy",
                 GET("target_host.data_directory"));
    bool running = GET("target_host.running")[0] && !IS("target_host.copy", "ours");
    findings_add(judge->out, running ? FINDING_BLOCK : FINDING_PASS, "target_server", judge->target,
                 running ? "stop it, and keep it from starting by itself" : "",
                 running ? "a server that is not ours runs on port %u"
                         : "no server of somebody else's runs on port %u",
                 judge->target_port);
}

static void target_owner(const struct postgresql_judge *judge)
{
    const char *owner = GET("target_host.owner_name");
    const char *mode = GET("target_host.data_mode");
    const char *space = strchr(mode, ' ');
    bool owned = space && strcmp(space + 1, owner) == 0;
    if (!GET("target_host.owner")[0] || !owned)
        findings_add(judge->out, FINDING_BLOCK, "data_owner", judge->target,
                     arena_printf(judge->out->arena, "install -d -m 0700 -o %s '%s'", owner,
                                  GET("target_host.data_directory")),
                     space ? "the data directory does not belong to the server's user '%s'"
                           : "the data directory of the server's user '%s' does not exist",
                     owner);
    else
        findings_add(judge->out, FINDING_PASS, "data_owner", judge->target, "",
                     "the data directory belongs to '%s'", owner);
}

static bool listens(const struct postgresql_judge *judge)
{
    const char *addresses = GET("target_host.listen_addresses");
    return strchr(addresses, '*') || strstr(addresses, "0.0.0.0") ||
           strstr(addresses, judge->target_address);
}

static void target_config(const struct postgresql_judge *judge)
{
    if (!GET("target_host.config_file")[0])
        findings_add(judge->out, FINDING_BLOCK, "configuration", judge->target,
                     "make one with pg_createcluster, and empty its data directory",
                     "no server configuration belongs to '%s'", GET("target_host.data_directory"));
    else if (NUMBER("target_host.port") != judge->target_port)
        findings_add(judge->out, FINDING_BLOCK, "configuration", judge->target,
                     arena_printf(judge->out->arena, "set port = %u", judge->target_port),
                     "'%s' says port %s, the migration file %u", GET("target_host.config_file"),
                     GET("target_host.port"), judge->target_port);
    else if (!listens(judge))
        findings_add(judge->out, FINDING_BLOCK, "configuration", judge->target,
                     "set listen_addresses = '*'", "the target will not listen on %s, but on '%s'",
                     judge->target_address, GET("target_host.listen_addresses"));
    else if (!IS("target_host.ssl", "on") || !GET("target_host.certificate")[0])
        findings_add(judge->out, FINDING_BLOCK, "configuration", judge->target,
                     "set ssl = on, with ssl_cert_file and ssl_key_file in place",
                     "the target has no TLS");
    else if (IS("target_host.hot_standby", "off"))
        findings_add(judge->out, FINDING_BLOCK, "configuration", judge->target,
                     "take hot_standby = off out of the target's configuration",
                     "the target would let nobody in while it follows");
    else
        findings_add(judge->out, FINDING_PASS, "configuration", judge->target, "",
                     "'%s' fits: port, addresses, TLS", GET("target_host.config_file"));
}

static void target_hba(const struct postgresql_judge *judge)
{
    const char *text = postgresql_facts_all(judge->facts, "target_host.hba", "\n");
    const char *remedy = arena_printf(
        judge->out->arena, "add to the target's pg_hba.conf: hostssl all all %s/32 scram-sha-256",
        judge->proxy_address);
    switch (postgresql_hba_ask(text, judge->database, judge->proxy_address)) {
    case POSTGRESQL_HBA_ADMITS:
        findings_add(judge->out, FINDING_PASS, "clients", judge->target, "",
                     "pg_hba.conf lets the proxy in from %s", judge->proxy_address);
        break;
    case POSTGRESQL_HBA_SOME:
        findings_add(judge->out, FINDING_WARN, "clients", judge->target, remedy,
                     "pg_hba.conf lets only named users in from the proxy at %s: are these all?",
                     judge->proxy_address);
        break;
    case POSTGRESQL_HBA_REJECTS:
    case POSTGRESQL_HBA_SILENT:
        findings_add(judge->out, FINDING_BLOCK, "clients", judge->target, remedy,
                     "pg_hba.conf lets nobody in from the proxy at %s: no client would be served",
                     judge->proxy_address);
        break;
    }
}

void postgresql_judge_target(const struct postgresql_judge *judge)
{
    host_tools(judge, "source_host", judge->source);
    host_tools(judge, "target_host", judge->target);
    target_data(judge);
    target_owner(judge);
    target_config(judge);
    if (GET("target_host.config_file")[0])
        target_hba(judge);
}
