/* What happens to the world by itself. */
#include <stdarg.h>
#include <stdio.h>

#include "tests/crash/sim_private.h"

void sim_say(const struct sim *sim, const char *fmt, ...)
{
    va_list ap;
    if (!sim->verbose)
        return;
    printf("%12.3f  ", (double)trial_fake(&sim->trial)->now_us / 1e6);
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    printf("\n");
}

int sim_fault(struct sim *sim, const char *slot, const char *when, struct err *err)
{
    static const enum err_code codes[] = {ERR_REMOTE,  ERR_UNREACHABLE, ERR_TIMEOUT, ERR_DATABASE,
                                          ERR_REMOTE,  ERR_UNREACHABLE, ERR_AUTH,    ERR_REFUSED,
                                          ERR_FOREIGN, ERR_WAITING};
    enum err_code code = codes[chance_below(&sim->chance, ARRAY_LEN(codes))];
    sim->tally->counts[SIM_CALLS_FAILED]++;
    sim->tally->tried++;
    sim_say(sim, "- %s fails %s its effect: %s", slot, when, err_name(code));
    return err_set(err, code, "fault in slot '%s' (said %s)", slot, invariants_canary());
}

static void wan(struct sim *sim)
{
    struct fake *fake = trial_fake(&sim->trial);
    fake->wan_down = true;
    sim->wan_back_us =
        fake->now_us + (int64_t)(1 + chance_below(&sim->chance, 300)) * INT64_C(1000000);
    sim_say(sim, "- the WAN drops");
}

static void copy(struct sim *sim)
{
    static const char *const errors[] = {
        "pg_basebackup: error: connection reset",
        "pg_basebackup: error: could not write: No space left on device",
        "pg_basebackup: error: said zaunkoenig-5Jq7Lm2x",
    };
    struct fake *fake = trial_fake(&sim->trial);
    fake->break_copies++;
    fake->copy_error = errors[chance_below(&sim->chance, ARRAY_LEN(errors))];
    sim_say(sim, "- the next copy will break: %s", fake->copy_error);
}

static void attempts(struct sim *sim)
{
    trial_fake(&sim->trial)->call_off_attempts++;
    sim_say(sim, "- the next attempt will be called off");
}

static void standby(struct sim *sim)
{
    struct fake *fake = trial_fake(&sim->trial);
    if (fake->target.server != ENGINE_STANDBY)
        return;
    fake->target.server = ENGINE_DOWN;
    sim_say(sim, "- the standby dies");
}

static void guard(struct sim *sim)
{
    struct shaky *world = &sim->trial.shared->world;
    world->fake.proxy.guard = false;
    world->warden_due_us = 0;
    sim_say(sim, "- the guard dies");
}

static void gateway(struct sim *sim)
{
    struct fake *fake = trial_fake(&sim->trial);
    struct fake_gateway *side = &fake->gateway[chance_below(&sim->chance, TUNNEL_SIDES)];
    if (side->state == TUNNEL_ABSENT)
        return;
    if (chance_of(&sim->chance, 2))
        side->lease_end_us = fake->now_us;
    else
        side->state = TUNNEL_PARTIAL;
    sim_say(sim, "- a gateway loses %s of its side",
            side->state == TUNNEL_PARTIAL ? "part" : "all");
}

static void cut(struct sim *sim)
{
    struct shaky *world = &sim->trial.shared->world;
    world->break_cut = (enum shaky_break)chance_below(&sim->chance, SHAKY_BREAKS);
    world->warden = chance_of(&sim->chance, 2);
    sim_say(sim, "- the next cut breaks off at %d, the warden %s", (int)world->break_cut,
            world->warden ? "lives" : "dies with it");
}

static void flood(struct sim *sim)
{
    struct fake *fake = trial_fake(&sim->trial);
    bool rare = chance_of(&sim->chance, 4);
    fake_settle(fake);
    fake->source.write_rate = rare ? INT64_C(1000000000) : 100000;
    sim_say(sim, "- clients write %lld bytes a second", (long long)fake->source.write_rate);
}

static void difference(struct sim *sim)
{
    trial_fake(&sim->trial)->differ = chance_of(&sim->chance, 3);
}

static void in_the_way(struct sim *sim)
{
    struct fake *fake = trial_fake(&sim->trial);
    if (chance_of(&sim->chance, 2))
        fake->block = "forwarding is off";
    else
        fake->gateway[TUNNEL_TARGET].foreign = "UDP port 51820 is taken by 'openvpn'";
    sim_say(sim, "- something foreign is in the way");
}

static void held_up(struct sim *sim)
{
    int64_t span_s = (int64_t)chance_below(&sim->chance, 2400);
    trial_fake(&sim->trial)->now_us += span_s * 1000000;
    sim->tally->counts[SIM_STOPS]++;
    sim_say(sim, "- the runner's host stands still for %lld s", (long long)span_s);
}

static void told_to_stop(struct sim *sim)
{
    sim->stop = 15;
    sim->tally->counts[SIM_STOPS]++;
    sim_say(sim, "- SIGTERM");
}

static void approval(struct sim *sim)
{
    trial_ask(&sim->trial, REQUEST_APPROVE, chance_of(&sim->chance, 2) ? "anna" : "bert");
    sim->tally->counts[SIM_PEOPLE]++;
    sim_say(sim, "- somebody approves");
}

static void abortion(struct sim *sim)
{
    if (!chance_of(&sim->chance, 2))
        return;
    sim->abort_asked = true;
    trial_ask(&sim->trial, REQUEST_ABORT, "anna");
    sim->tally->counts[SIM_PEOPLE]++;
    sim_say(sim, "- somebody wants it back");
}

static void rollback(struct sim *sim)
{
    sim->abort_asked = true;
    trial_ask(&sim->trial, REQUEST_ROLLBACK, "anna");
    sim->tally->counts[SIM_PEOPLE]++;
    sim_say(sim, "- somebody wants the clients back");
}

static void way_back(struct sim *sim)
{
    struct fake *fake = trial_fake(&sim->trial);
    switch (chance_below(&sim->chance, 3)) {
    case 0:
        fake->call_off_back++;
        break;
    case 1:
        fake->break_rewinds++;
        break;
    default:
        fake->back_hangs_until_us = fake->now_us + INT64_C(300000000);
        break;
    }
    sim_say(sim, "- the way back will be harder");
}

static void end_of_window(struct sim *sim)
{
    trial_ask(&sim->trial, REQUEST_END_WINDOW, "bert");
    sim->tally->counts[SIM_PEOPLE]++;
    sim_say(sim, "- somebody ends the window");
}

static void happen(struct sim *sim)
{
    static void (*const events[])(struct sim *) = {
        wan,      wan,      copy,       attempts, standby,    guard,         gateway,
        gateway,  cut,      cut,        flood,    difference, held_up,       told_to_stop,
        approval, abortion, in_the_way, rollback, way_back,   end_of_window,
    };
    sim->tally->counts[SIM_WEATHER]++;
    sim->tally->tried++;
    events[chance_below(&sim->chance, ARRAY_LEN(events))](sim);
}

void sim_calm(struct sim *sim)
{
    struct fake *fake = trial_fake(&sim->trial);
    if (sim->calm)
        return;
    sim->calm = true;
    fake_settle(fake);
    fake->wan_down = false;
    fake->break_copies = 0;
    fake->call_off_attempts = fake->call_off_back = 0;
    fake->break_rewinds = 0;
    fake->back_hangs_until_us = 0;
    fake->differ = false;
    fake->block = NULL;
    fake->gateway[0].foreign = fake->gateway[1].foreign = "";
    fake->source.write_rate = 1000;
    sim->trial.shared->world.break_cut = SHAKY_WHOLE;
    sim->stop = 0;
    sim->ends_by_us = fake->now_us + INT64_C(172800000000);
    sim_say(sim, "= the faults stop");
    trial_ask(&sim->trial, REQUEST_APPROVE, "anna");
    trial_ask(&sim->trial, REQUEST_APPROVE, "bert");
    /* A window is at its end some time; nobody wants to wait for it here. */
    if (sim->trial.spec->service[0].rollback.window_h > 0)
        trial_ask(&sim->trial, REQUEST_END_WINDOW, "anna");
}

void sim_weather(struct sim *sim)
{
    struct fake *fake = trial_fake(&sim->trial);
    shaky_settle(&sim->trial.shared->world);
    if (fake->now_us > sim->ends_by_us)
        longjmp(sim->out, SIM_HANGS);
    if (sim->calm)
        return;
    if (fake->now_us >= sim->calm_at_us) {
        sim_calm(sim);
        return;
    }
    if (sim->wan_back_us > 0 && fake->now_us >= sim->wan_back_us) {
        fake_settle(fake);
        fake->wan_down = false;
        sim->wan_back_us = 0;
        sim_say(sim, "- the WAN is back");
    }
    if (chance_of(&sim->chance, sim->weather))
        happen(sim);
}
