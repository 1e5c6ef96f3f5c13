/*
 * Settings of a standby; see postgresql_settings.h.
 */
#include "steps/port/engine/postgresql_settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *const postgresql_settings_floors[] = {
    "max_connections",           "max_worker_processes",      "max_wal_senders",
    "max_prepared_transactions", "max_locks_per_transaction", NULL,
};

void postgresql_settings_keyword(struct str *out, const char *keyword, const char *value)
{
    str_printf(out, "%s%s=", out->len ? " " : "", keyword);
    if (value[0] && !strpbrk(value, " '\\\t")) {
        str_add(out, value);
        return;
    }
    str_add(out, "'");
    for (const char *at = value; *at; at++) {
        if (*at == '\'' || *at == '\\')
            str_add(out, "\\");
        str_add_n(out, at, 1);
    }
    str_add(out, "'");
}

const char *postgresql_settings_link(const struct postgresql_link *link, struct arena *arena)
{
    static const char *const always[][2] = {
        {"channel_binding", "require"},
        {"gssencmode", "disable"},
        {"connect_timeout", "5"},
        {"keepalives", "1"},
        {"keepalives_idle", "3"},
        {"keepalives_interval", "2"},
        {"keepalives_count", "3"},
        {"tcp_user_timeout", "8000"},
        /* The sender holds our slot: it must give up a torn link as early as the receiver does, or
           whoever comes anew is refused until the kernel's next retransmission, up to as long as
           the outage was (measured: 13 s after 15 s, 25 s after 30 s). */
        {"options", "-c wal_sender_timeout=8s"},
    };
    CLEANUP(str_free) struct str out = STR_INIT;
    char port[8];
    (void)snprintf(port, sizeof port, "%u", link->port);
    postgresql_settings_keyword(&out, "host", link->address);
    postgresql_settings_keyword(&out, "port", port);
    postgresql_settings_keyword(&out, "user", link->user);
    if (link->database)
        postgresql_settings_keyword(&out, "dbname", link->database);
    postgresql_settings_keyword(&out, "passfile", link->passfile);
    postgresql_settings_keyword(&out, "application_name", link->application);
    postgresql_settings_keyword(&out, "sslmode", link->ca_file ? "verify-full" : "require");
    if (link->ca_file)
        postgresql_settings_keyword(&out, "sslrootcert", link->ca_file);
    for (size_t i = 0; i < ARRAY_LEN(always); i++)
        postgresql_settings_keyword(&out, always[i][0], always[i][1]);
    return arena_strdup(arena, str_text(&out));
}

/* A value in a configuration file (20.1.2): in single quotes, which are doubled inside, as
 * backslashes are. */
static void setting_add(struct str *out, const char *name, const char *value)
{
    str_printf(out, "%s = '", name);
    for (const char *at = value; *at; at++) {
        if (*at == '\'' || *at == '\\')
            str_add_n(out, at, 1);
        str_add_n(out, at, 1);
    }
    str_add(out, "'\n");
}

void postgresql_settings_follow(const char *link, const char *slot,
                                const struct postgresql_floor *floors, size_t len, struct str *out)
{
    setting_add(out, "primary_conninfo", link);
    setting_add(out, "primary_slot_name", slot);
    setting_add(out, "wal_receiver_timeout", "8s");
    setting_add(out, "wal_receiver_status_interval", "1s");
    setting_add(out, "wal_retrieve_retry_interval", "500ms");
    /* Promotion makes a new log file: without zeroes that is one byte (docs/performance.md). */
    setting_add(out, "wal_init_zero", "off");
    for (size_t i = 0; i < len; i++)
        if (floors[i].target < floors[i].source)
            str_printf(out, "%s = %" PRId64 "\n", floors[i].setting, floors[i].source);
}
