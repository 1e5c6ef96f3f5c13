/*
 * Findings about what the source does and is used for, most of which a physical copy carries in its
 * own way; see postgresql_judge.h.
 */
#include "steps/port/engine/postgresql_judge.h"

#include <string.h>

#include "base/attr.h"

/* What is there, and what that means for the move. A fact that is empty is good. */
static const struct habit {
    const char *check, *fact;
    enum finding_level level;
    const char *good, *bad, *remedy;
} habits[] = {
    {"tablespaces", "source.tablespaces", FINDING_BLOCK,
     "no tablespace is outside the data directory",
     "tablespaces are outside the data directory, and the copy has no place for them",
     "move their tables into pg_default (ALTER TABLE ALL IN TABLESPACE … SET TABLESPACE "
     "pg_default) "
     "and drop them"},
    {"unlogged", "database.unlogged", FINDING_WARN, "there are no unlogged tables",
     "unlogged tables will be empty on the target",
     "ALTER TABLE … SET LOGGED for those whose content matters"},
    {"prepared", "source.prepared", FINDING_WARN, "no prepared transaction is open",
     "prepared transactions are open, and the cutover waits for none",
     "COMMIT PREPARED or ROLLBACK PREPARED before the cutover"},
    {"long_transactions", "source.long", FINDING_WARN, "no transaction is open for more than 60 s",
     "sessions with long transactions would make the cutover be called off",
     "end them before the cutover: SELECT pg_terminate_backend(pid)"},
    {"subscriptions", "source.subscriptions", FINDING_BLOCK, "no subscription is enabled",
     "subscriptions write past pg_hba.conf, so the fence cannot hold them",
     "ALTER SUBSCRIPTION … DISABLE; enable them on the target after the move"},
    {"publications", "database.publications", FINDING_WARN, "there are no publications",
     "publications come along, but the slots of their subscribers do not",
     "make the subscribers' slots anew on the target after the move"},
    {"standbys", "source.standbys", FINDING_WARN, "nobody else streams from the source",
     "others stream from the source and are left behind with it",
     "make them follow the target after the move"},
    {"slots", "source.slot_names", FINDING_WARN, "there are no other slots",
     "slots of others do not come along", "make them anew on the target after the move"},
    {"collation", "source.stale_collation", FINDING_WARN, "indexes fit the source's own collations",
     "databases were made with another version of their collation",
     "REINDEX DATABASE …; ALTER DATABASE … REFRESH COLLATION VERSION"},
};

static void archive(const struct postgresql_judge *judge)
{
    bool off = postgresql_facts_is(judge->facts, "source.archive_mode", "off");
    findings_add(judge->out, off ? FINDING_PASS : FINDING_WARN, "archive_mode", judge->source,
                 off ? "" : "set archive_mode and archive_command in the target's configuration",
                 off ? "no log is archived"
                     : "the source archives its log: the target does so only if its own "
                       "configuration says so");
}

/* Workers of these write by themselves and ask no pg_hba.conf. */
static void workers(const struct postgresql_judge *judge)
{
    static const char *const known[] = {"pg_cron", "pglogical", "bdr", "timescaledb",
                                        "pg_partman_bgw"};
    const char *preload = postgresql_facts_get(judge->facts, "source.preload");
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (strstr(preload, known[i]))
            findings_add(judge->out, FINDING_WARN, "background_workers", judge->source,
                         "stop its jobs before the cutover",
                         "'%s' has workers that write past pg_hba.conf: they end with the fence, "
                         "but may start again",
                         known[i]);
}

void postgresql_judge_habits(const struct postgresql_judge *judge)
{
    for (size_t i = 0; i < ARRAY_LEN(habits); i++) {
        const struct habit *habit = &habits[i];
        const char *value = postgresql_facts_all(judge->facts, habit->fact, ", ");
        if (value[0])
            findings_add(judge->out, habit->level, habit->check, judge->source, habit->remedy,
                         "%s: %s", habit->bad, value);
        else
            findings_add(judge->out, FINDING_PASS, habit->check, judge->source, "", "%s",
                         habit->good);
    }
    archive(judge);
    workers(judge);
}
