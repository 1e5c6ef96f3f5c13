/*
 * The checks of meaning, the network's first, then the hosts', then each service's.
 */
#include "steps/spec_meaning.h"

#include "base/cidr.h"
#include "base/str.h"

/* A network of the file, with its place. */
struct net {
    const char *pointer, *text;
    struct cidr cidr;
    bool known;
};

static struct net read_net(struct spec_fault_list *list, const char *pointer, const char *text)
{
    struct net net = {.pointer = pointer, .text = text};
    net.known = text != NULL && cidr_parse(text, &net.cidr) == 0;
    char right[CIDR_TEXT];
    if (net.known && !cidr_is_canonical(net.cidr))
        spec_fault_at(list, pointer, "'%s' has bits set behind its prefix; write '%s'", text,
                      cidr_text(right, cidr_canonical(net.cidr)));
    return net;
}

static void check_apart(struct spec_fault_list *list, const struct net *a, const struct net *b)
{
    if (a->known && b->known && cidr_overlap(a->cidr, b->cidr))
        spec_fault_at(list, b->pointer,
                      "'%s' overlaps '%s' of %s; write networks that have no address in common",
                      b->text, a->text, a->pointer);
}

static void check_tunnel(struct spec_fault_list *list, const struct net *inner)
{
    if (inner->known && inner->cidr.prefix != 30)
        spec_fault_at(list, inner->pointer,
                      "'%s' is not a /30; write a network of two usable addresses, such as "
                      "'169.254.77.0/30'",
                      inner->text);
}

static void check_gateways(const struct spec *spec, struct spec_fault_list *list)
{
    const struct spec_side *source = &spec->source, *target = &spec->target;
    if (source->gateway != NULL && source->gateway == target->gateway)
        spec_fault_at(list, "/network/target/gateway",
                      "'%s' is the source's gateway too; write the host at the target VPC's edge",
                      target->gateway->name);
    if (source->wan_address != NULL && str_equal(source->wan_address, target->wan_address))
        spec_fault_at(list, "/network/target/wan_address",
                      "'%s' is the source gateway's address too; write the target gateway's",
                      target->wan_address);
}

static void check_network(const struct spec *spec, struct spec_fault_list *list)
{
    struct net source = read_net(list, "/network/source/cidr", spec->source.cidr);
    struct net target = read_net(list, "/network/target/cidr", spec->target.cidr);
    struct net inner = read_net(list, "/network/tunnel/inner", spec->tunnel.inner);
    check_apart(list, &source, &target);
    check_apart(list, &source, &inner);
    check_apart(list, &target, &inner);
    check_tunnel(list, &inner);
    check_gateways(spec, list);
}

/* Whether following the jumps from here comes back here. Every host of a cycle is told, and no host
 * that only leads into one. */
static bool jumps_to_itself(const struct spec *spec, const struct spec_host *host)
{
    const struct spec_host *at = host->jump;
    for (size_t i = 0; i < spec->hosts && at != NULL && at != host; i++)
        at = at->jump;
    return at == host;
}

static void check_jumps(const struct spec *spec, struct spec_fault_list *list)
{
    for (size_t i = 0; i < spec->hosts; i++) {
        const struct spec_host *host = &spec->host[i];
        if (!jumps_to_itself(spec, host))
            continue;
        const char *pointer = arena_printf(list->arena, "/hosts/%s/jump", host->name);
        spec_fault_at(
            list, pointer,
            "the jumps from '%s' lead back to it; write a host that is reached without it, "
            "or leave 'jump' out",
            host->name);
    }
}

struct service_check {
    const struct spec *spec;
    struct spec_fault_list *list;
    const struct spec_service *service;
    size_t index;
};

/* The pointer of something in the service. */
static const char *at(const struct service_check *check, const char *below)
{
    return arena_printf(check->list->arena, "/services/%zu/%s", check->index, below);
}

static void check_inside(const struct service_check *check, const struct spec_endpoint *endpoint,
                         const char *below, const char *side, const char *cidr_of_side)
{
    uint32_t address;
    struct cidr cidr;
    if (endpoint->address == NULL || cidr_parse_address(endpoint->address, &address) < 0)
        return;
    if (cidr_of_side == NULL || cidr_parse(cidr_of_side, &cidr) < 0 || cidr_contains(cidr, address))
        return;
    spec_fault_at(check->list, at(check, below),
                  "'%s' is outside of the %s VPC '%s'; write the server's address inside it, or "
                  "correct /network/%s/cidr",
                  endpoint->address, side, cidr_of_side, side);
}

/* guard_ms was not read when it is 0: its range begins above. */
static void check_limits(const struct service_check *check)
{
    const struct spec_limits *limits = &check->service->limits;
    if (limits->max_stall_ms > 0 && limits->guard_ms >= limits->max_stall_ms)
        spec_fault_at(
            check->list, at(check, "limits/guard_ms"),
            "the guard's %d ms are not below max_stall_ms, which is %d ms; write less, so "
            "that the guard can keep the promise",
            limits->guard_ms, limits->max_stall_ms);
}

/* Data that is under a regime does not leave the compliant VPC by an oversight. */
static void check_rollback(const struct service_check *check)
{
    const struct spec_rollback *rollback = &check->service->rollback;
    const char *const *regime = check->spec->compliance;
    if (rollback->window_h == 0 || rollback->acknowledged || regime == NULL || regime[0] == NULL)
        return;
    spec_fault_at(check->list, at(check, "rollback"),
                  "while the rollback window is open, data under '%s' flows back into the source "
                  "VPC, which is not the compliant one; write "
                  "\"acknowledge_data_leaves_compliance\": true here when whoever answers for "
                  "compliance agrees, or leave 'rollback' out",
                  regime[0]);
}

static bool same_server(const struct spec_endpoint *a, const struct spec_endpoint *b)
{
    return a->address != NULL && str_equal(a->address, b->address) && a->port == b->port;
}

static bool same_directory(const struct spec_endpoint *a, const struct spec_endpoint *b)
{
    return a->host != NULL && a->host == b->host && a->data_directory != NULL &&
           str_equal(a->data_directory, b->data_directory);
}

static bool same_entry(const struct spec_traffic *a, const struct spec_traffic *b)
{
    return a->host != NULL && a->host == b->host && a->database != NULL &&
           str_equal(a->database, b->database) && a->port == b->port;
}

/* Against a service that stands before it. */
static void check_pair(const struct service_check *check, size_t other_index)
{
    const struct spec_service *service = check->service;
    const struct spec_service *other = &check->spec->service[other_index];
    if (service->name != NULL && str_equal(service->name, other->name))
        spec_fault_at(check->list, at(check, "name"),
                      "'%s' is the name of /services/%zu too; write another", service->name,
                      other_index);
    if (same_server(&service->source, &other->source))
        spec_fault_at(check->list, at(check, "source/address"),
                      "/services/%zu moves this server already; write each server once",
                      other_index);
    if (same_server(&service->target, &other->target))
        spec_fault_at(check->list, at(check, "target/address"),
                      "/services/%zu moves to this server already; write a server of its own",
                      other_index);
    if (same_directory(&service->target, &other->target))
        spec_fault_at(check->list, at(check, "target/data_directory"),
                      "/services/%zu uses this directory already; write one of its own",
                      other_index);
    if (same_entry(&service->traffic, &other->traffic))
        spec_fault_at(check->list, at(check, "traffic/database"),
                      "/services/%zu moves '%s' of this proxy already; write another entry",
                      other_index, service->traffic.database);
}

static void check_service(const struct service_check *check)
{
    const struct spec *spec = check->spec;
    const struct spec_service *service = check->service;
    if (str_equal(service->name, "network"))
        spec_fault_at(check->list, at(check, "name"),
                      "'network' is the network track's name; write another");
    check_inside(check, &service->source, "source/address", "source", spec->source.cidr);
    check_inside(check, &service->target, "target/address", "target", spec->target.cidr);
    check_limits(check);
    check_rollback(check);
    for (size_t i = 0; i < check->index; i++)
        check_pair(check, i);
}

void spec_meaning_check(const struct spec *spec, struct spec_fault_list *list)
{
    check_network(spec, list);
    check_jumps(spec, list);
    for (size_t i = 0; i < spec->services; i++)
        check_service(&(struct service_check){
            .spec = spec, .list = list, .service = &spec->service[i], .index = i});
}
