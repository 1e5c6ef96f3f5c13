/*
 * One gateway as it is, and how far that is; see wireguard_seen.h.
 */
#include "steps/port/tunnel/wireguard_seen.h"

#include "base/attr.h"
#include "base/str.h"
#include "steps/port/tunnel/wireguard_lines.h"

static const char *get(const struct wireguard_lines *lines, const char *key)
{
    return wireguard_lines_get(lines, key, "");
}

static bool is(const struct wireguard_lines *lines, const char *key, const char *value)
{
    return str_equal(get(lines, key), value);
}

static int64_t number(const struct wireguard_lines *lines, const char *key)
{
    int64_t value = wireguard_lines_number(lines, key, 0);
    return value < 0 ? 0 : value;
}

static int64_t count_of(const struct wireguard_lines *lines, const char *key)
{
    int64_t count = 0;
    for (size_t i = 0; i < lines->len; i++)
        count += str_equal(lines->line[i].key, key);
    return count;
}

static void join(struct str *out, const char *separator, const char *text)
{
    if (out->len > 0)
        str_add(out, separator);
    str_add(out, text);
}

static const char *foreign_of(const struct wireguard_lines *lines, struct arena *arena)
{
    CLEANUP(str_free) struct str out = STR_INIT;
    for (size_t i = 0; i < lines->len; i++)
        if (str_equal(lines->line[i].key, "foreign"))
            join(&out, "; ", lines->line[i].value);
    return arena_strdup(arena, str_text(&out));
}

/* Times that may have gone below zero by a clock that was set, or by a lease that ran out a moment
   ago: then 0. -1 when there is none. */
static int64_t seconds(const struct wireguard_lines *lines, const char *key)
{
    int64_t value = wireguard_lines_number(lines, key, INT64_MIN);
    if (value == INT64_MIN)
        return -1;
    return value < 0 ? 0 : value;
}

bool wireguard_seen_read(struct wireguard_seen *out, const char *reply, struct arena *arena)
{
    struct wireguard_lines lines;
    if (!wireguard_lines_read(&lines, reply, arena))
        return false;
    *out = (struct wireguard_seen){
        .link = is(&lines, "link", "present"),
        .up = is(&lines, "up", "yes"),
        .table = is(&lines, "table", "present"),
        .run = is(&lines, "run", "yes"),
        .watcher = is(&lines, "watcher", "yes"),
        .daemon = is(&lines, "daemon", "yes"),
        .peer_route = is(&lines, "peer_route", "yes"),
        .udp_bound = is(&lines, "udp", "bound"),
        .rules_whole = is(&lines, "rules", "whole"),
        .kind = get(&lines, "kind"),
        .address = get(&lines, "address"),
        .key = get(&lines, "key"),
        .peer = get(&lines, "peer"),
        .peers = count_of(&lines, "peer"),
        .listen = number(&lines, "listen"),
        .mtu = number(&lines, "mtu"),
        .handshake_age_s = seconds(&lines, "handshake_age"),
        .rx = number(&lines, "rx"),
        .tx = number(&lines, "tx"),
        .open = number(&lines, "open"),
        .outer_in = number(&lines, "outer_in"),
        .blackholes = number(&lines, "blackholes"),
        .routes = number(&lines, "routes"),
        .lease_left_s = seconds(&lines, "lease_left"),
        .foreign = foreign_of(&lines, arena),
    };
    return true;
}

/* What would have to be made before the gateway counts as prepared. */
static const char *missing_of(const struct wireguard_seen *seen, const struct wireguard_want *want,
                              struct arena *arena)
{
    const struct {
        bool there;
        const char *what;
    } part[] = {
        {seen->link && seen->up, "interface"},
        {seen->key[0] != '\0', "key"},
        {str_equal(seen->address, want->address), "address"},
        {seen->mtu == want->mtu, "MTU"},
        {seen->listen == want->port, "UDP port"},
        {seen->table && seen->rules_whole, "rules"},
        {seen->blackholes == want->remotes + 1, "blackhole routes"},
        {seen->run, "run directory"},
        {seen->lease_left_s >= 0, "lease"},
        {seen->watcher, "lease watcher"},
    };
    CLEANUP(str_free) struct str out = STR_INIT;
    for (size_t i = 0; i < ARRAY_LEN(part); i++)
        if (!part[i].there)
            join(&out, ", ", part[i].what);
    return arena_strdup(arena, str_text(&out));
}

const char *wireguard_seen_left(const struct wireguard_seen *seen, struct arena *arena)
{
    const struct {
        bool there;
        const char *what;
    } part[] = {
        {seen->link, "interface"},
        {seen->daemon, "wireguard-go"},
        {seen->table, "rules"},
        {seen->blackholes > 0, "blackhole routes"},
        {seen->routes > 0, "routes through the tunnel"},
        {seen->peer_route, "route to the peer"},
        {seen->run, "run directory"},
        {seen->watcher, "lease watcher"},
    };
    CLEANUP(str_free) struct str out = STR_INIT;
    for (size_t i = 0; i < ARRAY_LEN(part); i++)
        if (part[i].there)
            join(&out, ", ", part[i].what);
    return arena_strdup(arena, str_text(&out));
}

static bool is_peered(const struct wireguard_seen *seen, const struct wireguard_want *want)
{
    return seen->peers > 0 && seen->routes == want->remotes && seen->open == want->flows &&
           (seen->peer_route || !want->peer_route);
}

/* A port that is bound without a link or daemon of ours is somebody else's. */
static const char *foreign_with_port(const struct wireguard_seen *seen,
                                     const struct wireguard_want *want, struct arena *arena)
{
    if (!seen->udp_bound || seen->link || seen->daemon)
        return seen->foreign;
    return arena_printf(arena, "%s%sUDP port %u is taken by another program", seen->foreign,
                        seen->foreign[0] ? "; " : "", (unsigned)want->port);
}

void wireguard_seen_judge(const struct wireguard_seen *seen, const struct wireguard_want *want,
                          struct tunnel_side_seen *out, struct arena *arena)
{
    const char *missing = missing_of(seen, want, arena);
    enum tunnel_state state = TUNNEL_PREPARED;
    if (wireguard_seen_left(seen, arena)[0] == '\0')
        state = TUNNEL_ABSENT;
    else if (missing[0] != '\0')
        state = TUNNEL_PARTIAL;
    else if (is_peered(seen, want))
        state = TUNNEL_PEERED;
    *out = (struct tunnel_side_seen){
        .state = state,
        .missing = state == TUNNEL_PARTIAL ? missing : "",
        .foreign = foreign_with_port(seen, want, arena),
        .public_key = seen->key,
        .peer_key = seen->peer,
        .handshake_age_s = seen->handshake_age_s,
        .rx_bytes = seen->rx,
        .tx_bytes = seen->tx,
        .lease_left_s = seen->lease_left_s,
    };
}
