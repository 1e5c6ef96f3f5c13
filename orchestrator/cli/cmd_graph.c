/*
 * `graph`: draws both machines as Mermaid, with a mark where a migration stands.
 */
#include <string.h>

#include "orchestrator/cli/cmd.h"
#include "orchestrator/cli/session.h"
#include "orchestrator/machine.h"

static int find_phases(struct invocation *inv, const char **out_network, const char **out_service,
                       struct err *err)
{
    struct session session CLEANUP(session_close) = {0};
    struct track *track = NULL;
    size_t tracks = 0;
    if (session_load(&session, inv, STORE_READ, inv->arguments[0], SPEC_TRUST_FILES, err) < 0 ||
        migration_tracks(session.store, session.migration.id, inv->arena, &track, &tracks, err) < 0)
        return -1;
    for (size_t i = 0; i < tracks; i++)
        *(strcmp(track[i].name, "network") == 0 ? out_network : out_service) = track[i].phase;
    return 0;
}

static int run(struct invocation *inv, struct err *err)
{
    const char *network = NULL, *service = NULL;
    if (machine_check(&machine_network, err) < 0 || machine_check(&machine_service, err) < 0)
        return -1;
    if (inv->arguments[0] != NULL && find_phases(inv, &network, &service, err) < 0)
        return -1;
    struct str drawing CLEANUP(str_free) = STR_INIT;
    machine_mermaid(&drawing, network, service);
    if (inv->mode == OUT_JSON) {
        inv->answer = json_make_object();
        json_put(inv->answer, "mermaid", json_make_text(str_text(&drawing)));
    } else {
        out_raw(str_text(&drawing));
    }
    return 0;
}

static const struct argument_row arguments[] = {
    {.name = "ID",
     .type = ARGUMENT_TEXT,
     .need = ARGUMENT_OPTIONAL,
     .help = "a migration whose phases are to be marked"},
};

const struct command cmd_graph = {
    .name = "graph",
    .summary = "draw the machines as Mermaid",
    .story = "Prints the state diagram of the network track and the service track, made from the "
             "tables that the program runs on.",
    .arguments = arguments,
    .narguments = ARRAY_LEN(arguments),
    .run = run,
};
