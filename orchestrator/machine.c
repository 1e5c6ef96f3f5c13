/*
 * The tables, their check and their drawing.
 */
#include "orchestrator/machine.h"

#include <string.h>

#define MINUTES(n) ((n)*60)
#define HOURS(n)   ((n)*3600)

static const struct machine_row network_rows[] = {
    {"preflight", &step_preflight, STEP_PRESENT, "tunnel-up", "aborted", MINUTES(10), 0,
     "everything that would make the move fail is found before anything is touched"},
    {"tunnel-up", &step_tunnel, STEP_PRESENT, "services", "audit", MINUTES(10), 0,
     "the tunnel is made, opened for replication only, and proved with bulk both ways"},
    {"services", &step_services, STEP_PRESENT, "tunnel-down", "tunnel-up", 0, MACHINE_CARRIES,
     "the services move; the tunnel is kept alive and healed meanwhile"},
    {"tunnel-down", &step_tunnel, STEP_ABSENT, "audit", "audit", MINUTES(30), 0,
     "the tunnel goes, and its absence is proved like its presence"},
    {"audit", &step_audit, STEP_PRESENT, "done", "aborted", MINUTES(30), 0,
     "every host is asked once more whether anything of ours is left"},
    {"done", NULL, STEP_PRESENT, NULL, NULL, 0, MACHINE_END, "the migration is over"},
    {"aborted", NULL, STEP_PRESENT, NULL, NULL, 0, MACHINE_END,
     "the migration was taken back; the source never noticed"},
};

static const struct machine_row service_rows[] = {
    {"seed", &step_seed, STEP_PRESENT, "follow", "aborted", HOURS(2), 0,
     "the target pulls a base backup from the source, straight through the tunnel"},
    {"follow", &step_follow, STEP_PRESENT, "catch-up", "seed", MINUTES(30), 0,
     "the copy becomes a standby of the source and streams"},
    {"catch-up", &step_catch_up, STEP_PRESENT, "compare", "follow", 0, 0,
     "the lag falls below its limit and a canary written at the source arrives"},
    {"compare", &step_compare, STEP_PRESENT, "approve", "catch-up", HOURS(1), 0,
     "what can be compared while clients write is compared"},
    {"approve", &step_approve, STEP_PRESENT, "cutover", "compare", 0, 0,
     "people approve this very migration file; the standby keeps following"},
    {"cutover", &step_cutover, STEP_PRESENT, "soak", "approve", HOURS(1), MACHINE_DECIDES,
     "clients are held, the source is fenced, the target promoted, clients released"},
    {"soak", &step_soak, STEP_PRESENT, "retire", "cutover", HOURS(12), 0,
     "both sides are compared at the cut; a rollback window keeps the old source in step"},
    {"retire", &step_retire, STEP_PRESENT, "done", NULL, HOURS(1), 0,
     "our role, slot, lines and files go; the old data directory stays, fenced"},
    {"done", NULL, STEP_PRESENT, NULL, NULL, 0, MACHINE_END,
     "the clients are served by the target"},
    {"aborted", NULL, STEP_PRESENT, NULL, NULL, 0, MACHINE_END,
     "the clients are served by the source, as before"},
};

const struct machine machine_network = {"network", network_rows, ARRAY_LEN(network_rows)};
const struct machine machine_service = {"service", service_rows, ARRAY_LEN(service_rows)};

const struct machine_row *machine_find(const struct machine *machine, const char *phase)
{
    for (size_t i = 0; i < machine->rows; i++)
        if (strcmp(machine->row[i].phase, phase) == 0)
            return &machine->row[i];
    return NULL;
}

const struct machine_row *machine_first(const struct machine *machine)
{
    return &machine->row[0];
}

bool machine_is_decided(const struct machine *machine, const struct machine_row *row)
{
    for (const struct machine_row *before = machine->row; before < row; before++)
        if (before->flags & MACHINE_DECIDES)
            return true;
    return false;
}

static int check_row(const struct machine *machine, const struct machine_row *row, struct err *err)
{
    if (machine_find(machine, row->phase) != row)
        return err_set(err, ERR_INTERNAL, "machine '%s' has phase '%s' twice", machine->name,
                       row->phase);
    bool end = (row->flags & MACHINE_END) != 0;
    if (end != (row->step == NULL) || end != (row->next == NULL))
        return err_set(err, ERR_INTERNAL,
                       "phase '%s' of machine '%s' must have a step and a way on, or be an end",
                       row->phase, machine->name);
    if (row->next != NULL && machine_find(machine, row->next) == NULL)
        return err_set(err, ERR_INTERNAL, "phase '%s' leads to '%s', which is no phase", row->phase,
                       row->next);
    if (row->back != NULL && machine_find(machine, row->back) == NULL)
        return err_set(err, ERR_INTERNAL, "phase '%s' leads back to '%s', which is no phase",
                       row->phase, row->back);
    if (row->story == NULL || row->story[0] == '\0')
        return err_set(err, ERR_INTERNAL, "phase '%s' has no story", row->phase);
    return 0;
}

enum direction { FORWARD, BACKWARD };

/* Whether the way from a row gets to an end within as many moves as there are rows. */
static bool reaches_end(const struct machine *machine, const struct machine_row *row,
                        enum direction way)
{
    for (size_t moves = 0; row != NULL && moves <= machine->rows; moves++) {
        if (row->flags & MACHINE_END)
            return true;
        const char *to = way == FORWARD ? row->next : row->back;
        row = to == NULL ? NULL : machine_find(machine, to);
    }
    return false;
}

static bool is_reached(const struct machine *machine, const struct machine_row *target)
{
    if (target == machine_first(machine))
        return true;
    for (size_t i = 0; i < machine->rows; i++) {
        const struct machine_row *row = &machine->row[i];
        if ((row->next != NULL && strcmp(row->next, target->phase) == 0) ||
            (row->back != NULL && strcmp(row->back, target->phase) == 0))
            return true;
    }
    return false;
}

int machine_check(const struct machine *machine, struct err *err)
{
    for (size_t i = 0; i < machine->rows; i++)
        if (check_row(machine, &machine->row[i], err) < 0)
            return -1;
    for (size_t i = 0; i < machine->rows; i++) {
        const struct machine_row *row = &machine->row[i];
        if (!is_reached(machine, row))
            return err_set(err, ERR_INTERNAL, "nothing leads to phase '%s' of machine '%s'",
                           row->phase, machine->name);
        if (!reaches_end(machine, row, FORWARD))
            return err_set(err, ERR_INTERNAL, "phase '%s' of machine '%s' never gets to an end",
                           row->phase, machine->name);
        if (row->back != NULL && !reaches_end(machine, row, BACKWARD))
            return err_set(err, ERR_INTERNAL,
                           "the way back from phase '%s' of machine '%s' ends nowhere", row->phase,
                           machine->name);
    }
    return 0;
}

static void draw_row(struct str *out, const struct machine *machine, const struct machine_row *row)
{
    /* Mermaid takes no '-' in a state's id, so the id is the machine, an underscore, and the row's
     * place. */
    size_t place = (size_t)(row - machine->row);
    str_printf(out, "        state \"%s\" as %s_%zu\n", row->phase, machine->name, place);
    if (place == 0)
        str_printf(out, "        [*] --> %s_0\n", machine->name);
    if (row->flags & MACHINE_END)
        str_printf(out, "        %s_%zu --> [*]\n", machine->name, place);
    if (row->next != NULL)
        str_printf(out, "        %s_%zu --> %s_%zu\n", machine->name, place, machine->name,
                   (size_t)(machine_find(machine, row->next) - machine->row));
    if (row->back != NULL)
        str_printf(out, "        %s_%zu --> %s_%zu: back\n", machine->name, place, machine->name,
                   (size_t)(machine_find(machine, row->back) - machine->row));
}

static void draw(struct str *out, const struct machine *machine, const char *now)
{
    str_printf(out, "    state \"%s track\" as %s {\n", machine->name, machine->name);
    for (size_t i = 0; i < machine->rows; i++)
        draw_row(out, machine, &machine->row[i]);
    str_add(out, "    }\n");
    const struct machine_row *row = now == NULL ? NULL : machine_find(machine, now);
    if (row != NULL)
        str_printf(out, "    class %s_%zu now\n", machine->name, (size_t)(row - machine->row));
}

void machine_mermaid(struct str *out, const char *network_now, const char *service_now)
{
    str_add(out, "stateDiagram-v2\n    classDef now fill:#fd6,stroke:#333\n");
    draw(out, &machine_network, network_now);
    draw(out, &machine_service, service_now);
}
