/*
 * What is done to the lab's gateways behind the driver's back, and the stream that the flow tests
 * watch. What stays when a test ends is in tables and processes that bear the name `harm`, so that
 * healing finds it.
 */
#include "tests/contract/tunnel/lab.h"

#include <string.h>

#include "base/str.h"

#define UNTIL(condition)                                                                           \
    "n=0; until " condition "; do n=$((n+1)); [ $n -lt 200 ]; sleep 0.02; done\n"
#define GONE "! ip link show dev \"$1\" >/dev/null 2>&1"

static const char *const harm_script[] = {
    [HARM_DAEMON_KILLED] = "set -e; pkill -9 -x -f \"wireguard-go $1\"\n" UNTIL(GONE),
    [HARM_LINK_DELETED] = "set -e; ip link del dev \"$1\"\n",
    [HARM_HALF_THE_RULES] =
        "set -e; nft flush chain inet \"$2\" ece_forward; nft delete chain inet \"$2\" ece_mss\n",
    [HARM_ALL_RULES] = "set -e; nft delete table inet \"$2\"\n",
    [HARM_BLACKHOLES] = "set -e; ip route flush proto 177 type blackhole\n",
    [HARM_WATCHER_KILLED] = "set -e; pkill -9 -f \"/run/ece-$4/tunnel/watch.sh\"\n",
    [HARM_FILES] = "set -e; rm -rf \"/run/ece-$4\"\n",
    [HARM_REBOOT] =
        "pkill -9 -f \"/run/ece-$4/tunnel/watch.sh\"; pkill -9 -x -f \"wireguard-go $1\"\n"
        "set -e\n" UNTIL(GONE) "nft delete table inet \"$2\"; ip route flush proto 177\n"
                               "rm -rf \"/run/ece-$4\" /run/wireguard\n",
    [HARM_PORT_BLOCKED] =
        "set -e; nft \"add table inet harm; add chain inet harm way { type filter hook "
        "prerouting priority -400; }; add rule inet harm way udp dport $3 drop\"\n",
    [HARM_BLACK_HOLE] =
        "set -e; nft \"add table inet harm; add chain inet harm way { type filter hook "
        "prerouting priority -400; }; add rule inet harm way udp dport $3 meta length > "
        "1100 drop\"\n",
    [HARM_WRONG_KEY] =
        "set -e; for key in $(wg show \"$1\" peers); do wg set \"$1\" peer \"$key\" remove; done\n"
        "wg set \"$1\" peer \"$(wg genkey | wg pubkey)\" allowed-ips 10.0.0.0/8\n",
    [HARM_SERVICE_CLOSED] =
        "set -e; nft 'add table inet harm; add chain inet harm service { type filter hook "
        "input priority 0; }; add rule inet harm service tcp dport 5432 reject with "
        "tcp reset'\n",
    [HARM_FOREIGN_LINK] = "set -e; ip link add dev \"$1\" type bridge\n",
    [HARM_FOREIGN_RULES] = "set -e; nft \"add table inet $2; add chain inet $2 theirs\"\n",
    [HARM_FOREIGN_PORT] =
        "set -e; setsid perl -e '$0 = \"harm-port\"; use IO::Socket::INET; my $s = "
        "IO::Socket::INET->new("
        "LocalPort => $ARGV[0], Proto => \"udp\") or die; sleep 600' \"$3\" </dev/null >/dev/null "
        "2>&1 &\n" UNTIL("[ -n \"$(ss -Hlnu \"sport = :$3\")\" ]"),
    [HARM_POLICY_DROP] =
        "set -e; nft 'add table inet harm; add chain inet harm base { type filter hook "
        "forward priority 0; policy drop; }'\n",
    [HARM_NO_FORWARDING] = "set -e; echo 0 >/proc/sys/net/ipv4/ip_forward\n",
    [HARM_STRICT_RP_FILTER] =
        "set -e; for it in all default; do echo 1 >/proc/sys/net/ipv4/conf/$it/rp_filter; done\n",
    [HARM_BYPASS] =
        "set -e; ip address add 10.10.0.10/32 dev lo\n"
        "setsid perl -e '$0 = \"harm-port\"; use IO::Socket::INET; my $s = IO::Socket::INET->new("
        "LocalAddr => \"10.10.0.10\", LocalPort => 5432, Listen => 5) or die; sleep 600' "
        "</dev/null "
        ">/dev/null 2>&1 &\n" UNTIL("[ -n \"$(ss -Hlnt 'sport = :5432')\" ]"),
};

/* Only what would tell the sender to send less at a time. */
static const char no_icmp_script[] =
    "set -e; nft 'add table inet harm; add chain inet harm deaf { type filter hook input priority "
    "0; }; "
    "add rule inet harm deaf icmp type destination-unreachable drop'; ip route flush cache\n";

static const char heal_script[] =
    "nft delete table inet harm 2>/dev/null\n"
    "pkill -9 -x harm-port; ip address del 10.10.0.10/32 dev lo 2>/dev/null\n"
    "nft list chain inet \"$2\" theirs >/dev/null 2>&1 && nft delete table inet \"$2\"\n"
    "ip -d link show dev \"$1\" 2>/dev/null | grep -q ' bridge ' && ip link del dev \"$1\"\n"
    "echo 1 >/proc/sys/net/ipv4/ip_forward\n"
    "for it in all default; do echo 0 >/proc/sys/net/ipv4/conf/$it/rp_filter; done\n"
    "exit 0\n";

/* On the database hosts. */
static const char heal_host_script[] = "nft delete table inet harm 2>/dev/null\n"
                                       "pkill -9 -x harm-stream\n"
                                       "rm -f /tmp/harm-bytes /tmp/harm-bytes.new\n"
                                       "exit 0\n";

static const struct spec_host *source_host(const struct lab *lab)
{
    return lab->spec->service[0].source.host;
}

static const struct spec_host *target_host(const struct lab *lab)
{
    return lab->spec->service[0].target.host;
}

bool lab_can(void *arg, enum tunnel_harm harm)
{
    (void)arg;
    return harm == HARM_NO_ICMP || harm_script[harm] != NULL;
}

void lab_harm(void *arg, enum tunnel_harm harm, enum tunnel_side side)
{
    struct lab *lab = arg;
    if (harm == HARM_NO_ICMP) {
        lab_run(lab, source_host(lab), no_icmp_script);
        lab_run(lab, target_host(lab), no_icmp_script);
        return;
    }
    lab_run(lab, harm == HARM_SERVICE_CLOSED ? source_host(lab) : lab_gateway(lab, side),
            harm_script[harm]);
}

void lab_heal(void *arg)
{
    struct lab *lab = arg;
    lab_run(lab, lab_gateway(lab, TUNNEL_SOURCE), heal_script);
    lab_run(lab, lab_gateway(lab, TUNNEL_TARGET), heal_script);
    lab_run(lab, source_host(lab), heal_host_script);
    lab_run(lab, target_host(lab), heal_host_script);
}

bool lab_reaches(void *arg, enum tunnel_side from, uint16_t port)
{
    struct lab *lab = arg;
    const struct spec_service *service = &lab->spec->service[0];
    bool forth = from == TUNNEL_TARGET;
    const char *script = arena_printf(
        lab->arena, "timeout 2 bash -c 'exec 3<>/dev/tcp/%s/%u' 2>/dev/null && echo yes; exit 0\n",
        forth ? service->source.address : service->target.address, (unsigned)port);
    const char *said = lab_run(lab, forth ? target_host(lab) : source_host(lab), script);
    return str_starts(said, "yes");
}

/* One process a connection, each sending as fast as it can. */
static const char serve_script[] =
    "setsid perl -e '$0 = \"harm-stream\"; use IO::Socket::INET; $SIG{CHLD} = \"IGNORE\";\n"
    "my $s = IO::Socket::INET->new(LocalPort => 5433, Listen => 5, ReuseAddr => 1) or die;\n"
    "while (my $c = $s->accept) { next if fork; my $b = \"x\" x 65536; 1 while syswrite $c, $b; "
    "exit }'"
    " </dev/null >/dev/null 2>&1 &\n"
    "n=0; until [ -n \"$(ss -Hlnt 'sport = :5433')\" ]; do n=$((n+1)); [ $n -lt 100 ] || exit 1; "
    "sleep 0.02; done\n";

static const char read_script[] =
    "rm -f /tmp/harm-bytes\n"
    "setsid perl -e '$0 = \"harm-stream\"; use IO::Socket::INET; my ($n, $told) = (0, 0);\n"
    "my $c = IO::Socket::INET->new(PeerAddr => \"10.10.0.10\", PeerPort => 5433, Timeout => 5) or "
    "die;\n"
    "while (my $k = sysread $c, my $b, 65536) { $n += $k; next if $n - $told < 1 << 18; $told = "
    "$n;\n"
    "open my $f, \">\", \"/tmp/harm-bytes.new\"; print $f $n; close $f; rename "
    "\"/tmp/harm-bytes.new\", \"/tmp/harm-bytes\" }'"
    " </dev/null >/dev/null 2>&1 &\n"
    "exit 0\n";

/* What leaves a gateway for the WAN and is not inside the tunnel. */
static const char count_script[] =
    "set -e\n"
    "nft 'add table inet harm; add chain inet harm leak { type filter hook postrouting priority "
    "300; };"
    " add rule inet harm leak oifname \"eth0\" ip saddr { 10.10.0.10, 10.20.0.10 } ip daddr { "
    "10.10.0.10, 10.20.0.10 } counter'\n";

static const char leaks_script[] =
    "nft list chain inet harm leak | sed -n 's/.*counter packets \\([0-9]*\\).*/\\1/p'\n";

void lab_stream_start(void *arg)
{
    struct lab *lab = arg;
    lab_run(lab, lab_gateway(lab, TUNNEL_SOURCE), count_script);
    lab_run(lab, lab_gateway(lab, TUNNEL_TARGET), count_script);
    lab_run(lab, source_host(lab), serve_script);
    lab_run(lab, target_host(lab), read_script);
}

static int64_t number_from(struct lab *lab, const struct spec_host *host, const char *script)
{
    int64_t number;
    char *text = str_trim(arena_strdup(lab->arena, lab_run(lab, host, script)));
    if (text[0] == '\0')
        return 0;
    ck_assert_msg(str_to_i64(text, &number) == 0, "no number: '%s'", text);
    return number;
}

int64_t lab_stream_bytes(void *arg)
{
    struct lab *lab = arg;
    return number_from(lab, target_host(lab), "cat /tmp/harm-bytes 2>/dev/null; exit 0\n");
}

int64_t lab_stream_leaks(void *arg)
{
    struct lab *lab = arg;
    return number_from(lab, lab_gateway(lab, TUNNEL_SOURCE), leaks_script) +
           number_from(lab, lab_gateway(lab, TUNNEL_TARGET), leaks_script);
}

bool lab_stream_over(void *arg)
{
    struct lab *lab = arg;
    static const char count[] =
        "ss -Hnt state established '( sport = :5433 or dport = :5433 )' | wc -l\n";
    return number_from(lab, source_host(lab), count) + number_from(lab, target_host(lab), count) ==
           0;
}
