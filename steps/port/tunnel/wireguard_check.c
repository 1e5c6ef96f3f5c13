/*
 * What would keep the tunnel from working or from being safe, found before anything is touched.
 * check.sh says what a gateway is like; here that becomes findings, each with its remedy.
 */
#include "steps/port/tunnel/wireguard.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "steps/port/tunnel/wireguard_lines.h"

/* Bytes that WireGuard adds to a packet over IPv4: IP 20, UDP 8, its own 32. */
#define OVERHEAD    60
#define CLOCK_OFF_S 60

/* One gateway under examination. */
struct look {
    const struct wireguard *wg;
    const struct wireguard_lines *lines;
    const char *gateway;
    bool next_hop;
    struct findings *out;
};

static const char *get(const struct look *look, const char *key)
{
    return wireguard_lines_get(look->lines, key, "");
}

static bool has_tool(const struct look *look, const char *tool)
{
    return wireguard_lines_has(look->lines, "tool", tool);
}

static void look_at_rights(const struct look *look)
{
    if (!str_equal(get(look, "uid"), "0"))
        findings_add(look->out, FINDING_BLOCK, "tunnel_rights", look->gateway,
                     "log in as root, or as a user whose commands run as root",
                     "commands run as uid %s: interfaces, routes and rules need root",
                     get(look, "uid"));
    else if (has_tool(look, "nft") && !str_equal(get(look, "nft"), "works"))
        findings_add(look->out, FINDING_BLOCK, "tunnel_rights", look->gateway,
                     "give the login CAP_NET_ADMIN, and the kernel nf_tables",
                     "'nft list tables' fails: no right to see the rules, or no nf_tables");
    else
        findings_add(look->out, FINDING_PASS, "tunnel_rights", look->gateway, NULL,
                     "root, and the packet filter answers");
}

static void look_at_tools(const struct look *look)
{
    static const struct {
        const char *tool, *package;
    } needed[] = {
        {"ip", "iproute2"},       {"ss", "iproute2"},
        {"nft", "nftables"},      {"wg", "wireguard-tools"},
        {"perl", "perl-base"},    {"timeout", "coreutils"},
        {"setsid", "util-linux"}, {"flock", "util-linux"},
        {"awk", "mawk"},          {"sed", "sed"},
        {"grep", "grep"},         {"find", "findutils"},
    };
    size_t missing = 0;
    for (size_t i = 0; i < ARRAY_LEN(needed); i++) {
        if (has_tool(look, needed[i].tool))
            continue;
        missing++;
        findings_add(look->out, FINDING_BLOCK, "tunnel_tools", look->gateway,
                     arena_printf(look->out->arena, "apt-get install %s", needed[i].package),
                     "the command '%s' is not installed", needed[i].tool);
    }
    if (missing == 0)
        findings_add(look->out, FINDING_PASS, "tunnel_tools", look->gateway, NULL,
                     "every command that the tunnel needs is installed");
    if (!has_tool(look, "conntrack"))
        findings_add(
            look->out, FINDING_WARN, "tunnel_conntrack", look->gateway, "apt-get install conntrack",
            "the command 'conntrack' is not installed: entries of the tunnel's connections "
            "stay until the kernel forgets them (up to 5 days), and an open connection is "
            "not reset before the tunnel goes");
}

static void look_at_wireguard(const struct look *look)
{
    bool tun = str_equal(get(look, "tun"), "yes");
    if (str_equal(get(look, "wireguard"), "kernel"))
        findings_add(look->out, FINDING_PASS, "tunnel_wireguard", look->gateway, NULL,
                     "the kernel has WireGuard");
    else if (has_tool(look, "wireguard-go") && tun)
        findings_add(look->out, FINDING_PASS, "tunnel_wireguard", look->gateway, NULL,
                     "the kernel has no WireGuard; wireguard-go will be used");
    else if (has_tool(look, "wireguard-go"))
        findings_add(look->out, FINDING_BLOCK, "tunnel_wireguard", look->gateway, "modprobe tun",
                     "wireguard-go is installed but there is no '/dev/net/tun'");
    else
        findings_add(look->out, FINDING_BLOCK, "tunnel_wireguard", look->gateway,
                     "apt-get install wireguard-go, or a kernel with the module wireguard; without "
                     "internet: copy the binary /usr/bin/wireguard-go of the same architecture",
                     "neither the kernel nor wireguard-go offers WireGuard");
}

static void look_at_kernel(const struct look *look)
{
    if (!str_equal(get(look, "ip_forward"), "1"))
        findings_add(look->out, FINDING_BLOCK, "tunnel_forwarding", look->gateway,
                     "sysctl -w net.ipv4.ip_forward=1",
                     "net.ipv4.ip_forward is %s: the gateway forwards nothing",
                     get(look, "ip_forward"));
    else
        findings_add(look->out, FINDING_PASS, "tunnel_forwarding", look->gateway, NULL,
                     "net.ipv4.ip_forward is 1");
    findings_add(look->out, FINDING_PASS, "tunnel_rp_filter", look->gateway, NULL,
                 "net.ipv4.conf.all.rp_filter is %s: the tunnel's routes are symmetric, so strict "
                 "works too",
                 get(look, "rp_filter"));
    if (str_equal(get(look, "swap"), "yes"))
        findings_add(look->out, FINDING_WARN, "tunnel_swap", look->gateway,
                     "swapoff -a while the migration runs",
                     "swap is on: the memory that holds the tunnel's key could reach a disk");
    else
        findings_add(look->out, FINDING_PASS, "tunnel_swap", look->gateway, NULL, "swap is off");
}

/* Each base chain that drops by default stops our packets whatever our own table accepts. */
static void look_at_chains(const struct look *look)
{
    size_t found = 0;
    for (size_t i = 0; i < look->lines->len; i++) {
        if (!str_equal(look->lines->line[i].key, "drop_chain"))
            continue;
        found++;
        findings_add(look->out, FINDING_BLOCK, "tunnel_base_chains", look->gateway,
                     "let these chains accept UDP from the other gateway at the tunnel's port, and "
                     "what is forwarded through the tunnel's interface, and give them policy "
                     "accept while the migration runs",
                     "a base chain drops by policy what no rule of its own accepts: %s",
                     look->lines->line[i].value);
    }
    if (found == 0)
        findings_add(look->out, FINDING_PASS, "tunnel_base_chains", look->gateway, NULL,
                     "no base chain drops by policy");
}

static void look_at_way(const struct look *look)
{
    int64_t wan_mtu = wireguard_lines_number(look->lines, "wan_mtu", 0);
    int mtu = look->wg->spec->tunnel.mtu;
    if (get(look, "wan_device")[0] == '\0' ||
        (look->next_hop && str_equal(get(look, "wan_via"), "yes")))
        findings_add(
            look->out, FINDING_BLOCK, "tunnel_route", look->gateway,
            "set 'wan_next_hop' of this side of '/network' to a router on a network of the gateway",
            "no way to the other gateway: %s",
            look->next_hop ? "the next hop is on no network of this gateway"
                           : "no route leads there");
    else if (wan_mtu > 0 && mtu + OVERHEAD > wan_mtu)
        findings_add(look->out, FINDING_BLOCK, "tunnel_mtu", look->gateway,
                     arena_printf(look->out->arena, "set '/network/tunnel/mtu' to at most %lld",
                                  (long long)(wan_mtu - OVERHEAD) / 16 * 16),
                     "a packet of the tunnel's MTU of %d and %d bytes of WireGuard exceed the MTU "
                     "of %lld of '%s'",
                     mtu, OVERHEAD, (long long)wan_mtu, get(look, "wan_device"));
    else
        findings_add(look->out, FINDING_PASS, "tunnel_route", look->gateway, NULL,
                     "the other gateway is reached by '%s', MTU %lld", get(look, "wan_device"),
                     (long long)wan_mtu);
}

static void look_at_routes(const struct look *look)
{
    const char *taken = get(look, "inner_taken");
    if (taken[0] != '\0')
        findings_add(look->out, FINDING_BLOCK, "tunnel_inner", look->gateway,
                     "choose another /30 for '/network/tunnel/inner'",
                     "the tunnel's own addresses '%s' are in use here: %s",
                     look->wg->spec->tunnel.inner, taken);
    for (size_t i = 0; i < look->lines->len; i++) {
        if (!str_equal(look->lines->line[i].key, "covered"))
            continue;
        findings_add(look->out, FINDING_WARN, "tunnel_routes", look->gateway,
                     "see whether something else uses that route: the tunnel takes these hosts "
                     "over while it is up",
                     "a route to a host beyond the tunnel is there already: %s",
                     look->lines->line[i].value);
    }
}

static void look_at_presence(const struct look *look, const struct tunnel_side_seen *seen)
{
    if (seen->foreign[0] != '\0')
        findings_add(look->out, FINDING_BLOCK, "tunnel_foreign", look->gateway,
                     "remove or rename it, or choose another id or port for this migration",
                     "in the way and not ours: %s", seen->foreign);
    switch (seen->state) {
    case TUNNEL_ABSENT:
        findings_add(look->out, FINDING_PASS, "tunnel_leftovers", look->gateway, NULL,
                     "nothing of this migration's tunnel is here");
        break;
    case TUNNEL_PARTIAL:
        findings_add(look->out, FINDING_WARN, "tunnel_leftovers", look->gateway,
                     "none needed: a run rebuilds it, an abort removes it",
                     "parts of this migration's tunnel are here; it lacks: %s", seen->missing);
        break;
    case TUNNEL_PREPARED:
    case TUNNEL_PEERED:
        findings_add(look->out, FINDING_PASS, "tunnel_leftovers", look->gateway, NULL,
                     "this migration's tunnel is here already");
        break;
    }
}

static int look_at_gateway(struct wireguard *wg, enum tunnel_side side, struct arena *arena,
                           struct findings *out, int64_t *out_clock, struct err *err)
{
    const struct wireguard_run run = {.script = "check.sh", .side = side};
    const struct wireguard_want *want = &wg->side[side].want;
    struct wireguard_lines lines;
    struct wireguard_seen seen;
    struct tunnel_side_seen judged;
    const char *reply;
    if (wireguard_run_probe(wg, &run, arena, &reply, err) != 0 ||
        wireguard_see_side(wg, side, arena, &seen, err) != 0)
        return -1;
    if (!wireguard_lines_read(&lines, reply, arena))
        return err_set(err, ERR_REMOTE, "the reply of '%s' was cut off",
                       wg->side[side].gateway->name);
    wireguard_seen_judge(&seen, want, &judged, arena);
    const struct look look = {.wg = wg,
                              .lines = &lines,
                              .gateway = wg->side[side].gateway->name,
                              .next_hop = want->peer_route,
                              .out = out};
    look_at_rights(&look);
    look_at_tools(&look);
    look_at_wireguard(&look);
    look_at_kernel(&look);
    look_at_chains(&look);
    look_at_way(&look);
    look_at_routes(&look);
    look_at_presence(&look, &judged);
    *out_clock = wireguard_lines_number(&lines, "clock", 0);
    return 0;
}

/* WireGuard does not mind; whoever reads the gateways' logs beside the journal does. */
static void compare_clocks(const struct wireguard *wg, const int64_t clock[TUNNEL_SIDES],
                           struct findings *out)
{
    int64_t off = llabs(clock[TUNNEL_TARGET] - clock[TUNNEL_SOURCE]);
    const char *gateway = wg->side[TUNNEL_TARGET].gateway->name;
    if (off > CLOCK_OFF_S)
        findings_add(out, FINDING_WARN, "tunnel_clocks", gateway,
                     "let NTP or chrony set both clocks",
                     "the clocks of the gateways are %lld s apart", (long long)off);
    else
        findings_add(out, FINDING_PASS, "tunnel_clocks", gateway, NULL,
                     "the clocks of the gateways agree within %d s", CLOCK_OFF_S);
}

/* The proof asks from the very host that will use a flow. */
static int look_at_flow_host(struct wireguard *wg, const struct tunnel_flow *flow,
                             struct arena *arena, struct findings *out, struct err *err)
{
    const struct remote_cmd cmd = {
        .argv = (const char *const[]){"sh", "-c", "command -v bash && command -v timeout", NULL}};
    struct remote_reply reply;
    if (remote_probe(wg->world, flow->from_host, &cmd, arena, &reply, err) != 0)
        return -1;
    if (reply.status != 0)
        findings_add(out, FINDING_BLOCK, "tunnel_flow_host", flow->from_host->name,
                     "apt-get install bash coreutils",
                     "'bash' or 'timeout' is not installed: the proof could not ask from here");
    else
        findings_add(out, FINDING_PASS, "tunnel_flow_host", flow->from_host->name, NULL,
                     "can prove the way to '%s' port %u", flow->to, (unsigned)flow->port);
    return 0;
}

int wireguard_check(struct tunnel *tunnel, struct findings *out, struct err *err)
{
    CLEANUP(arena_cleanup) struct arena *arena = arena_new();
    struct wireguard *wg = (struct wireguard *)tunnel;
    int64_t clock[TUNNEL_SIDES];
    if (look_at_gateway(wg, TUNNEL_SOURCE, arena, out, &clock[TUNNEL_SOURCE], err) != 0 ||
        look_at_gateway(wg, TUNNEL_TARGET, arena, out, &clock[TUNNEL_TARGET], err) != 0)
        return -1;
    compare_clocks(wg, clock, out);
    for (size_t i = 0; i < wg->flows; i++)
        if (look_at_flow_host(wg, &wg->flow[i], arena, out, err) != 0)
            return -1;
    return 0;
}
