/*
 * The rows. Their order is the order of the starter file and of the checks; hosts come before what
 * refers to them.
 */
#include "steps/spec_keys.h"

#include <assert.h>

#include "base/attr.h"
#include "steps/spec.h"

/* clang-format off */
#define TO(type, field) {offsetof(struct type, field), sizeof(((struct type *)0)->field)}
#define PORT .min = 1, .max = UINT16_MAX
#define BOTH_ENDS (SPEC_IN_SOURCE | SPEC_IN_TARGET)

/* Where a field is a pointer, its size is what is meant. NOLINTBEGIN(bugprone-sizeof-expression) */
const struct spec_key spec_keys[] = {
    /* The file itself. */
    {.in = SPEC_IN_FILE, .name = "$schema", .type = SPEC_TEXT, .form = SPEC_FORM_LINE,
     .example = "./migration.schema.json",
     .about = "Where an editor finds the schema of this file ('ece-migrate schema' prints it). The "
              "program does not read it."},
    {.in = SPEC_IN_FILE, .name = "id", .type = SPEC_TEXT, .form = SPEC_FORM_ID, .required = true,
     .to = TO(spec, id), .example = "orders",
     .about = "The migration's short name. Everything that is made anywhere for this migration "
              "bears it: interfaces, roles, slots, files."},
    {.in = SPEC_IN_FILE, .name = "title", .type = SPEC_TEXT, .form = SPEC_FORM_LINE, .fallback = "",
     .to = TO(spec, title), .example = "Orders database into the enhanced compliance environment",
     .about = "One line for people: it heads plans and reports."},
    {.in = SPEC_IN_FILE, .name = "compliance", .type = SPEC_WORDS, .form = SPEC_FORM_REGIME,
     .to = TO(spec, compliance),
     .about = "The regimes that the data is under. What would break one of them then needs an "
              "explicit word in this file."},
    {.in = SPEC_IN_FILE, .name = "hosts", .type = SPEC_MAP, .holds = SPEC_IN_HOST,
     .form = SPEC_FORM_NAME, .required = true,
     .min = 1, .max = 256, .to = TO(spec, host), .count = TO(spec, hosts),
     .example = "sgw|tgw|sdb|tdb|app",
     .about = "The hosts that are reached over SSH, by a name that the rest of this file uses for "
              "them."},
    {.in = SPEC_IN_FILE, .name = "network", .type = SPEC_OBJECT, .holds = SPEC_IN_NETWORK,
     .required = true,
     .example = "", .about = "The two VPCs and the temporary tunnel between them."},
    {.in = SPEC_IN_FILE, .name = "services", .type = SPEC_LIST, .holds = SPEC_IN_SERVICE,
     .required = true,
     .min = 1, .max = 64,
     .to = TO(spec, service), .count = TO(spec, services), .example = "orders-pg",
     .about = "The services that move. Each has a track of its own; the tunnel goes when all have "
              "moved."},

    /* A host. */
    {.in = SPEC_IN_HOST, .name = "address", .type = SPEC_TEXT, .form = SPEC_FORM_ADDRESS,
     .required = true,
     .to = TO(spec_host, address),
     .example = "203.0.113.10|198.51.100.20|10.10.0.10|10.20.0.10|192.0.2.30",
     .about = "Its name or address, as seen from the operator's host, or from the jump host when "
              "there is one."},
    {.in = SPEC_IN_HOST, .name = "port", .type = SPEC_NUMBER, PORT, .fallback = "22",
     .to = TO(spec_host, port), .about = "The TCP port of its SSH server."},
    {.in = SPEC_IN_HOST, .name = "user", .type = SPEC_TEXT, .form = SPEC_FORM_USER,
     .required = true,
     .to = TO(spec_host, user), .example = "root", .about = "The system user to log in as."},
    {.in = SPEC_IN_HOST, .name = "key", .type = SPEC_OBJECT, .holds = SPEC_IN_KEY, .required = true,
     .example = "", .about = "The private key to log in with."},
    {.in = SPEC_IN_HOST, .name = "host_key", .type = SPEC_TEXT, .form = SPEC_FORM_HOST_KEY,
     .required = true,
     .to = TO(spec_host, host_key), .example = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
     .about = "The fingerprint of its host key, as 'ssh-keygen -lf "
              "/etc/ssh/ssh_host_ed25519_key.pub' prints it on that host. Any other key is "
              "refused."},
    {.in = SPEC_IN_HOST, .name = "jump", .type = SPEC_NAMED,
     .to = TO(spec_host, jump), .example = "||sgw|tgw|",
     .about = "The name of the host through which this one is reached; without it, it is reached "
              "directly."},
    {.in = SPEC_IN_KEY, .name = "file", .type = SPEC_TEXT, .form = SPEC_FORM_PATH, .required = true,
     .to = TO(spec_host, key_file), .example = "/etc/ece-migrate/id_ed25519",
     .about = "The private key's file on the operator's host: Ed25519 or ECDSA, mode 0600 or 0400, "
              "owned by the user who runs ece-migrate."},
    {.in = SPEC_IN_KEY, .name = "passphrase", .type = SPEC_SECRET, .to = TO(spec_host, passphrase),
     .about = "Where the key's passphrase is, when it has one."},

    /* The network. */
    {.in = SPEC_IN_NETWORK, .name = "source", .type = SPEC_OBJECT, .holds = SPEC_IN_VPC,
     .required = true, .turn = 1,
     .to = TO(spec, source), .example = "", .about = "The VPC that the services leave."},
    {.in = SPEC_IN_NETWORK, .name = "target", .type = SPEC_OBJECT, .holds = SPEC_IN_VPC,
     .required = true, .turn = 2,
     .to = TO(spec, target), .example = "", .about = "The VPC that the services move to."},
    {.in = SPEC_IN_NETWORK, .name = "tunnel", .type = SPEC_OBJECT, .holds = SPEC_IN_TUNNEL,
     .required = true,
     .to = TO(spec, tunnel), .example = "",
     .about = "The temporary tunnel between the two gateways."},
    {.in = SPEC_IN_VPC, .name = "cidr", .type = SPEC_TEXT, .form = SPEC_FORM_CIDR, .required = true,
     .to = TO(spec_side, cidr), .example = "10.10.0.0/16|10.20.0.0/16",
     .about = "The VPC's IPv4 network. It must not overlap the other one's, nor the tunnel's inner "
              "network."},
    {.in = SPEC_IN_VPC, .name = "gateway", .type = SPEC_NAMED, .required = true,
     .to = TO(spec_side, gateway), .example = "sgw|tgw",
     .about = "The name of the host that is this VPC's end of the tunnel."},
    {.in = SPEC_IN_VPC, .name = "wan_address", .type = SPEC_TEXT, .form = SPEC_FORM_IPV4,
     .required = true,
     .to = TO(spec_side, wan_address), .example = "203.0.113.10|198.51.100.20",
     .about = "The gateway's address that the other gateway sends to."},
    {.in = SPEC_IN_VPC, .name = "wan_next_hop", .type = SPEC_TEXT, .form = SPEC_FORM_IPV4,
     .to = TO(spec_side, wan_next_hop), .example = "|198.51.100.1",
     .about = "The router through which this gateway reaches the other one. Leave it out when the "
              "gateway has a route already."},
    {.in = SPEC_IN_TUNNEL, .name = "driver", .type = SPEC_TEXT, .form = SPEC_FORM_TUNNEL_DRIVER,
     .required = true,
     .to = TO(spec_tunnel, driver), .example = "wireguard",
     .about = "What the tunnel is made with."},
    {.in = SPEC_IN_TUNNEL, .name = "port", .type = SPEC_NUMBER, PORT, .fallback = "51820",
     .to = TO(spec_tunnel, port), .about = "The UDP port on both gateways."},
    {.in = SPEC_IN_TUNNEL, .name = "mtu", .type = SPEC_NUMBER, .min = 576, .max = 8920,
     .fallback = "1280",
     .to = TO(spec_tunnel, mtu),
     .about = "The largest packet inside the tunnel, in bytes. 1280 passes nearly every path."},
    {.in = SPEC_IN_TUNNEL, .name = "inner", .type = SPEC_TEXT, .form = SPEC_FORM_CIDR,
     .fallback = "169.254.77.0/30",
     .to = TO(spec_tunnel, inner),
     .about = "The /30 network inside the tunnel: two addresses that nothing else on either "
              "gateway uses."},
    {.in = SPEC_IN_TUNNEL, .name = "lease_s", .type = SPEC_NUMBER, .min = 60, .max = 86400,
     .fallback = "900",
     .to = TO(spec_tunnel, lease_s),
     .about = "After how many seconds without word from ece-migrate a gateway removes the tunnel "
              "by itself."},

    /* A service. */
    {.in = SPEC_IN_SERVICE, .name = "name", .type = SPEC_TEXT, .form = SPEC_FORM_NAME,
     .required = true,
     .to = TO(spec_service, name), .example = "orders-pg",
     .about = "The service's name; its track is called by it."},
    {.in = SPEC_IN_SERVICE, .name = "engine", .type = SPEC_TEXT, .form = SPEC_FORM_ENGINE,
     .required = true,
     .to = TO(spec_service, engine), .example = "postgresql",
     .about = "What kind of database it is."},
    {.in = SPEC_IN_SERVICE, .name = "source", .type = SPEC_OBJECT, .holds = SPEC_IN_SOURCE,
     .required = true, .turn = 1,
     .to = TO(spec_service, source), .example = "", .about = "The server that clients use today."},
    {.in = SPEC_IN_SERVICE, .name = "target", .type = SPEC_OBJECT, .holds = SPEC_IN_TARGET,
     .required = true, .turn = 2,
     .to = TO(spec_service, target), .example = "",
     .about = "The server that clients will use. What is in its data directory is replaced."},
    {.in = SPEC_IN_SERVICE, .name = "traffic", .type = SPEC_OBJECT, .holds = SPEC_IN_TRAFFIC,
     .required = true,
     .to = TO(spec_service, traffic), .example = "",
     .about = "Where the clients connect, and how they are moved over."},
    {.in = SPEC_IN_SERVICE, .name = "limits", .type = SPEC_OBJECT, .holds = SPEC_IN_LIMITS,
     .to = TO(spec_service, limits), .example = "", .about = "What the migration may cost."},
    {.in = SPEC_IN_SERVICE, .name = "rollback", .type = SPEC_OBJECT, .holds = SPEC_IN_ROLLBACK,
     .to = TO(spec_service, rollback),
     .about = "Asks for a rollback window: after the cutover the old source is kept in step, so "
              "that clients can be taken back to it. All that they write meanwhile flows back "
              "into the source VPC."},
    {.in = SPEC_IN_SERVICE, .name = "approvals", .type = SPEC_NUMBER, .min = 0, .max = 9,
     .fallback = "1",
     .to = TO(spec_service, approvals), .example = "1",
     .about = "How many people must approve before the cutover. 0: it goes ahead by itself."},

    /* The rollback window. */
    {.in = SPEC_IN_ROLLBACK, .name = "window_h", .type = SPEC_NUMBER, .min = 1, .max = 720,
     .fallback = "24",
     .to = TO(spec_rollback, window_h),
     .about = "For how many hours after the cutover 'ece-migrate rollback' can take the clients "
              "back."},
    {.in = SPEC_IN_ROLLBACK, .name = "acknowledge_data_leaves_compliance", .type = SPEC_FLAG,
     .fallback = "false",
     .to = TO(spec_rollback, acknowledged),
     .about = "That whoever answers for compliance agrees: while the window is open, data leaves "
              "the compliant VPC for the one that is not. A migration with a compliance regime "
              "must say so."},

    /* One end of a service. */
    {.in = BOTH_ENDS, .name = "host", .type = SPEC_NAMED, .required = true,
     .to = TO(spec_endpoint, host), .example = "sdb|tdb",
     .about = "The name of the host that the server runs on."},
    {.in = BOTH_ENDS, .name = "address", .type = SPEC_TEXT, .form = SPEC_FORM_IPV4,
     .required = true,
     .to = TO(spec_endpoint, address), .example = "10.10.0.10|10.20.0.10",
     .about = "The server's address inside its VPC, which replication and clients use."},
    {.in = BOTH_ENDS, .name = "port", .type = SPEC_NUMBER, PORT, .fallback = "5432",
     .to = TO(spec_endpoint, port), .about = "The server's TCP port."},
    {.in = BOTH_ENDS, .name = "admin", .type = SPEC_OBJECT, .holds = SPEC_IN_ADMIN,
     .required = true,
     .example = "", .about = "The superuser whose sessions look at the server and change it."},
    {.in = BOTH_ENDS, .name = "ca_file", .type = SPEC_TEXT, .form = SPEC_FORM_PATH,
     .to = TO(spec_endpoint, ca_file),
     .about = "The certificate of the CA that signed the server's, on the operator's host. Without "
              "it, channel binding (SCRAM) proves the server."},
    {.in = SPEC_IN_TARGET, .name = "data_directory", .type = SPEC_TEXT, .form = SPEC_FORM_PATH,
     .required = true,
     .to = TO(spec_endpoint, data_directory), .example = "/var/lib/postgresql/15/main",
     .about = "The target's data directory on its host."},
    {.in = BOTH_ENDS, .name = "owner", .type = SPEC_TEXT, .form = SPEC_FORM_USER,
     .fallback = "postgres",
     .to = TO(spec_endpoint, owner), .about = "The system user that the server runs as."},
    {.in = BOTH_ENDS, .name = "start", .type = SPEC_ARGV, .to = TO(spec_endpoint, start_command),
     .example = "|systemctl start postgresql@15-main",
     .about = "The command that starts the server, word by word, run as root on its host."},
    {.in = BOTH_ENDS, .name = "stop", .type = SPEC_ARGV, .to = TO(spec_endpoint, stop_command),
     .example = "|systemctl stop postgresql@15-main",
     .about = "The command that stops the server, word by word, run as root on its host."},
    {.in = SPEC_IN_ADMIN, .name = "user", .type = SPEC_TEXT, .form = SPEC_FORM_DATABASE_NAME,
     .required = true,
     .to = TO(spec_endpoint, admin_user), .example = "postgres", .about = "The database role."},
    {.in = SPEC_IN_ADMIN, .name = "password", .type = SPEC_SECRET, .required = true,
     .to = TO(spec_endpoint, admin_password),
     .example = "/etc/ece-migrate/source-admin|/etc/ece-migrate/target-admin",
     .about = "Where its password is. The password itself never stands in this file."},
    {.in = SPEC_IN_ADMIN, .name = "database", .type = SPEC_TEXT, .form = SPEC_FORM_DATABASE_NAME,
     .fallback = "postgres",
     .to = TO(spec_endpoint, admin_database), .about = "The database to connect to."},

    /* Where the clients connect. */
    {.in = SPEC_IN_TRAFFIC, .name = "driver", .type = SPEC_TEXT, .form = SPEC_FORM_TRAFFIC_DRIVER,
     .required = true,
     .to = TO(spec_traffic, driver), .example = "pgbouncer",
     .about = "What stands between the clients and the server."},
    {.in = SPEC_IN_TRAFFIC, .name = "host", .type = SPEC_NAMED, .required = true,
     .to = TO(spec_traffic, host), .example = "app",
     .about = "The name of the host that the proxy runs on."},
    {.in = SPEC_IN_TRAFFIC, .name = "address", .type = SPEC_TEXT, .form = SPEC_FORM_IPV4,
     .required = true,
     .to = TO(spec_traffic, address), .example = "10.30.0.10",
     .about = "The address from which the source and the target see the proxy."},
    {.in = SPEC_IN_TRAFFIC, .name = "port", .type = SPEC_NUMBER, PORT, .fallback = "6432",
     .to = TO(spec_traffic, port), .about = "The proxy's TCP port."},
    {.in = SPEC_IN_TRAFFIC, .name = "database", .type = SPEC_TEXT,
     .form = SPEC_FORM_DATABASE_NAME, .required = true,
     .to = TO(spec_traffic, database), .example = "orders",
     .about = "The entry of the proxy's [databases] that moves."},
    {.in = SPEC_IN_TRAFFIC, .name = "config_file", .type = SPEC_TEXT, .form = SPEC_FORM_PATH,
     .fallback = "/etc/pgbouncer/pgbouncer.ini",
     .to = TO(spec_traffic, config_file), .about = "The proxy's configuration on its host."},
    {.in = SPEC_IN_TRAFFIC, .name = "socket_dir", .type = SPEC_TEXT, .form = SPEC_FORM_PATH,
     .fallback = "/var/run/postgresql",
     .to = TO(spec_traffic, socket_dir),
     .about = "The directory of the proxy's Unix socket, over which its console is reached."},
    {.in = SPEC_IN_TRAFFIC, .name = "console_user", .type = SPEC_TEXT,
     .form = SPEC_FORM_DATABASE_NAME, .fallback = "pgbouncer",
     .to = TO(spec_traffic, console_user),
     .about = "The console's user. It needs no password: the daemon trusts its own system user."},

    /* What the migration may cost. */
    {.in = SPEC_IN_LIMITS, .name = "max_stall_ms", .type = SPEC_NUMBER, .min = 20, .max = 60000,
     .fallback = "300",
     .to = TO(spec_limits, max_stall_ms), .example = "300",
     .about = "The promise to the clients: none waits longer than this at the cutover, in "
              "milliseconds."},
    {.in = SPEC_IN_LIMITS, .name = "guard_ms", .type = SPEC_NUMBER, .min = 10, .max = 59999,
     .fallback = "200",
     .to = TO(spec_limits, guard_ms), .example = "200",
     .about = "After how many milliseconds the guard on the proxy's host ends the clients' wait by "
              "itself. Less than max_stall_ms."},
    {.in = SPEC_IN_LIMITS, .name = "max_lag_bytes", .type = SPEC_NUMBER, .min = 0,
     .max = INT64_C(1) << 40, .fallback = "1048576",
     .to = TO(spec_limits, max_lag_bytes),
     .about = "The cutover starts only while the target is less than this behind, in bytes."},
    {.in = SPEC_IN_LIMITS, .name = "max_held_wal_bytes", .type = SPEC_NUMBER,
     .min = INT64_C(1) << 26, .max = INT64_C(1) << 50,
     .fallback = "10737418240", .to = TO(spec_limits, max_held_wal_bytes),
     .about = "How much WAL the source may keep for the target, in bytes. Beyond it the slot is "
              "let go rather than the source's disk filled."},
    {.in = SPEC_IN_LIMITS, .name = "cutover_attempts", .type = SPEC_NUMBER, .min = 1, .max = 100,
     .fallback = "5",
     .to = TO(spec_limits, cutover_attempts),
     .about = "How often the cutover may be called off before a person is asked."},

    /* Where a secret is: exactly one of these. */
    {.in = SPEC_IN_SECRET, .name = "file", .type = SPEC_TEXT, .form = SPEC_FORM_PATH,
     .about = "A file on the operator's host that holds it: mode 0600 or 0400, owned by the user "
              "who runs ece-migrate."},
    {.in = SPEC_IN_SECRET, .name = "fd", .type = SPEC_NUMBER, .min = 3, .max = 1023,
     .about = "The number of an open descriptor that ece-migrate inherits."},
    {.in = SPEC_IN_SECRET, .name = "credential", .type = SPEC_TEXT, .form = SPEC_FORM_CREDENTIAL,
     .about = "The name of a systemd credential (LoadCredential= of the unit that runs "
              "ece-migrate)."},
};
/* NOLINTEND(bugprone-sizeof-expression) */
const size_t spec_keys_len = ARRAY_LEN(spec_keys);

#define OCTET "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
#define QUAD OCTET "\\." OCTET "\\." OCTET "\\." OCTET
/* Control characters never belong into a line. */
#define PLAIN "[^\x01-\x1f\x7f]"

const struct spec_form_row *spec_form(enum spec_form form)
{
    static const struct spec_form_row rows[SPEC_FORMS] = {
        [SPEC_FORM_LINE] = {"^" PLAIN "*$", 200, NULL,
             "one line of text without control characters"},
        [SPEC_FORM_ID] = {"^[a-z][a-z0-9-]{1,9}$", 10, NULL,
             "2 to 10 lower-case letters, digits and '-', a letter first"},
        [SPEC_FORM_NAME] = {"^[a-z][a-z0-9_-]{0,30}$", 31, NULL,
             "at most 31 lower-case letters, digits, '_' and '-', a letter first"},
        [SPEC_FORM_DATABASE_NAME] = {"^" PLAIN "+$", 63, NULL,
             "1 to 63 bytes without control characters"},
        [SPEC_FORM_CREDENTIAL] = {"^[A-Za-z0-9_][A-Za-z0-9_.-]*$", 255, NULL,
             "the credential's name: letters, digits, '_', '.' and '-'"},
        [SPEC_FORM_USER] = {"^[A-Za-z_][A-Za-z0-9_.@-]*$", 64, NULL, "the name of a system user"},
        [SPEC_FORM_ADDRESS] = {"^[A-Za-z0-9][A-Za-z0-9.:-]*$", 253, NULL,
             "a host name or an address, without a port"},
        [SPEC_FORM_IPV4] = {"^" QUAD "$", 15, NULL, "an IPv4 address such as '10.10.0.10'"},
        [SPEC_FORM_CIDR] = {"^" QUAD "/(3[0-2]|[12]?[0-9])$", 18, NULL,
             "an IPv4 network such as '10.10.0.0/16'"},
        [SPEC_FORM_PATH] = {"^/" PLAIN "+$", 1023, NULL, "an absolute path: it begins with '/'"},
        [SPEC_FORM_HOST_KEY] = {"^SHA256:[A-Za-z0-9+/]{43}$", 50, NULL,
             "the fingerprint as 'ssh-keygen -lf' prints it: 'SHA256:' and 43 characters"},
        [SPEC_FORM_TUNNEL_DRIVER] = {NULL, 0, "wireguard", "'wireguard'"},
        [SPEC_FORM_ENGINE] = {NULL, 0, "postgresql", "'postgresql'"},
        [SPEC_FORM_TRAFFIC_DRIVER] = {NULL, 0, "pgbouncer", "'pgbouncer'"},
        [SPEC_FORM_REGIME] = {"^(hipaa|pci-dss)$", 7, NULL, "'hipaa' or 'pci-dss'"},
    };
    return &rows[form];
}
/* clang-format on */

/* A map stores the member's name in the first field of its struct. */
static_assert(offsetof(struct spec_host, name) == 0, "the name of a host comes first");
