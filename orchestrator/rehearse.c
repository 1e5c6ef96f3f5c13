/* Asking every step for its plan. */
#include "orchestrator/rehearse.h"

#include <string.h>

struct rehearser {
    const struct spec *spec;
    const struct ports *ports;
    struct clock clock;
    struct arena *arena;
    struct rehearsal *out;
    struct step_notes notes;
    struct facts facts;
    struct rate rate;
};

static struct step_ctx make_ctx(struct rehearser *self, const struct spec_service *service)
{
    self->notes = (struct step_notes){.arena = self->arena};
    rate_reset(&self->rate);
    return (struct step_ctx){
        .spec = self->spec,
        .service = service,
        .service_index = service == NULL ? 0 : (size_t)(service - self->spec->service),
        .track = service == NULL ? "network" : service->name,
        .ports = self->ports,
        .facts = &self->facts,
        .services_open = 0,
        .first_look = true,
        .dry = true,
        .clock = self->clock,
        .arena = self->arena,
        .rate = &self->rate,
        .notes = &self->notes,
    };
}

static void keep_findings(struct rehearser *self, struct rehearsed *phase)
{
    struct finding *list = ARENA_ARRAY(self->arena, struct finding, self->notes.len + 1);
    for (size_t i = 0; i < self->notes.len; i++) {
        const struct step_note *note = &self->notes.note[i];
        if (note->kind != NOTE_FINDING)
            continue;
        list[phase->findings++] = (struct finding){.level = note->level,
                                                   .check = note->name,
                                                   .object = note->object,
                                                   .text = note->text,
                                                   .remedy = note->detail};
        self->out->blocks += note->level == FINDING_BLOCK ? 1 : 0;
        self->out->warnings += note->level == FINDING_WARN ? 1 : 0;
    }
    phase->finding = list;
}

static int ask(struct rehearser *self, const struct machine_row *row,
               const struct spec_service *service, struct err *err)
{
    struct step_ctx ctx = make_ctx(self, service);
    struct rehearsed *phase = &self->out->phase[self->out->phases++];
    *phase = (struct rehearsed){.track = ctx.track, .row = row, .plan = {.verdict = STEP_DONE}};
    const void *seen = NULL;
    if (row->step->observe(&ctx, &seen, err) < 0)
        return err_add(err, "phase '%s'", row->phase);
    if (row->step->plan(seen, row->goal, self->arena, &phase->plan, err) < 0)
        return -1;
    keep_findings(self, phase);
    return 0;
}

static int ask_services(struct rehearser *self, struct err *err)
{
    for (size_t i = 0; i < self->spec->services; i++)
        for (size_t row = 0; row < machine_service.rows; row++)
            if (machine_service.row[row].step != NULL &&
                ask(self, &machine_service.row[row], &self->spec->service[i], err) < 0)
                return -1;
    return 0;
}

int rehearse(const struct spec *spec, const struct ports *ports, struct clock clock,
             struct arena *arena, struct rehearsal *out, struct err *err)
{
    struct rehearser self = {
        .spec = spec, .ports = ports, .clock = clock, .arena = arena, .out = out};
    *out = (struct rehearsal){0};
    out->phase = ARENA_ARRAY(arena, struct rehearsed,
                             machine_network.rows + spec->services * machine_service.rows);
    for (size_t i = 0; i < machine_network.rows; i++) {
        const struct machine_row *row = &machine_network.row[i];
        if (row->step == NULL)
            continue;
        if (ask(&self, row, NULL, err) < 0)
            return -1;
        if ((row->flags & MACHINE_CARRIES) && ask_services(&self, err) < 0)
            return -1;
    }
    return 0;
}
