/* Which drivers there are, and opening those that a migration file names. */
#include "steps/port/ports.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const struct tunnel_ops *const tunnels[] = {&tunnel_wireguard};
static const struct engine_ops *const engines[] = {&engine_postgresql};
static const struct traffic_ops *const traffics[] = {&traffic_pgbouncer};

/* Finds a driver in one of the three tables by its name. */
#define FIND(table, wanted, out)                                                                   \
    do {                                                                                           \
        (out) = NULL;                                                                              \
        for (size_t i_ = 0; i_ < ARRAY_LEN(table); i_++)                                           \
            if (strcmp((table)[i_]->name, (wanted)) == 0)                                          \
                (out) = (table)[i_];                                                               \
    } while (0)

/* What replication needs, one flow a service; and another one back where a window is asked for. */
static size_t make_flows(const struct spec *spec, struct tunnel_flow *flow)
{
    size_t len = 0;
    for (size_t i = 0; i < spec->services; i++) {
        const struct spec_endpoint *source = &spec->service[i].source;
        const struct spec_endpoint *target = &spec->service[i].target;
        flow[len++] = (struct tunnel_flow){.from = target->address,
                                           .to = source->address,
                                           .port = source->port,
                                           .from_host = target->host};
        if (spec->service[i].rollback.window_h > 0)
            flow[len++] = (struct tunnel_flow){.from = source->address,
                                               .to = target->address,
                                               .port = target->port,
                                               .back = true,
                                               .from_host = source->host};
    }
    return len;
}

static int open_tunnel(struct ports *out, const struct spec *spec, struct world *world,
                       struct err *err)
{
    const struct tunnel_ops *ops;
    FIND(tunnels, spec->tunnel.driver, ops);
    if (ops == NULL)
        return err_set(err, ERR_SPEC, "no tunnel driver '%s'", spec->tunnel.driver);
    struct tunnel_flow *flow = mem_new(mem_product(2 * spec->services, sizeof(*flow)));
    out->tunnel = ops->open(spec, world, flow, make_flows(spec, flow));
    free(flow);
    return 0;
}

static int open_service(struct ports *out, size_t i, const struct spec *spec, struct world *world,
                        struct clock clock, struct err *err)
{
    const struct spec_service *service = &spec->service[i];
    const struct engine_ops *engine;
    const struct traffic_ops *traffic;
    FIND(engines, service->engine, engine);
    FIND(traffics, service->traffic.driver, traffic);
    if (engine == NULL)
        return err_set(err, ERR_SPEC, "no engine driver '%s'", service->engine);
    if (traffic == NULL)
        return err_set(err, ERR_SPEC, "no traffic driver '%s'", service->traffic.driver);
    out->engine[i] = engine->open(spec, service, world, clock);
    out->traffic[i] = traffic->open(spec, service, world);
    return 0;
}

int ports_open(struct ports *out, const struct spec *spec, struct world *world, struct clock clock,
               struct err *err)
{
    *out = (struct ports){.services = spec->services};
    out->engine = mem_new(mem_product(spec->services + 1, sizeof(struct engine *)));
    out->traffic = mem_new(mem_product(spec->services + 1, sizeof(struct traffic *)));
    int result = open_tunnel(out, spec, world, err);
    for (size_t i = 0; result == 0 && i < spec->services; i++)
        result = open_service(out, i, spec, world, clock, err);
    if (result < 0)
        ports_close(out);
    return result;
}

void ports_close(struct ports *ports)
{
    for (size_t i = 0; i < ports->services; i++) {
        if (ports->traffic != NULL && ports->traffic[i] != NULL)
            ports->traffic[i]->ops->close(ports->traffic[i]);
        if (ports->engine != NULL && ports->engine[i] != NULL)
            ports->engine[i]->ops->close(ports->engine[i]);
    }
    if (ports->tunnel != NULL)
        ports->tunnel->ops->close(ports->tunnel);
    free(ports->traffic);
    free(ports->engine);
    *ports = (struct ports){0};
}
