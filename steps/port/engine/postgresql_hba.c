/*
 * Lines of pg_hba.conf; see postgresql_hba.h.
 */
#include "steps/port/engine/postgresql_hba.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void postgresql_hba_lines(const struct postgresql_hba_lines *lines, struct str *out)
{
    if (lines->standby)
        str_printf(out, "hostssl replication %s %s/32 scram-sha-256\n", lines->role,
                   lines->standby);
    if (lines->standby && lines->standby_asks)
        str_printf(out, "hostssl all %s %s/32 scram-sha-256\n", lines->role, lines->standby);
    str_printf(out, "hostssl all %s %s/32 scram-sha-256\n", lines->role, lines->proxy);
    str_printf(out, "host all %s %s/32 scram-sha-256\n", lines->role, lines->own_address);
    str_printf(out, "host all %s 127.0.0.1/32 scram-sha-256\n", lines->role);
    if (lines->fence_file) {
        str_printf(out, "local @\"%s\" all reject\n", lines->fence_file);
        str_printf(out, "host @\"%s\" all all reject\n", lines->fence_file);
    }
}

/* A line's words; words[n] beyond the last is "". Quotes are taken off, which is enough to compare
 * names. */
enum { WORDS = 6 };

static size_t split(char *line, const char *words[WORDS])
{
    size_t count = 0;
    char *save = NULL;
    char *comment = strchr(line, '#');
    if (comment)
        *comment = '\0';
    for (char *word = strtok_r(line, " \t\r", &save); word && count < WORDS;
         word = strtok_r(NULL, " \t\r", &save)) {
        size_t len = strlen(word);
        bool quoted = len >= 2 && word[0] == '"' && word[len - 1] == '"';
        if (quoted)
            word[len - 1] = '\0';
        words[count++] = quoted ? word + 1 : word;
    }
    for (size_t i = count; i < WORDS; i++)
        words[i] = "";
    return count;
}

static bool type_matches(const char *type)
{
    return str_equal(type, "host") || str_equal(type, "hostssl");
}

static bool list_has(const char *list, const char *wanted)
{
    size_t len = strlen(wanted);
    for (const char *at = list; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, wanted, len) == 0 && (at[len] == '\0' || at[len] == ','))
            return true;
    }
    return false;
}

/* "10.0.0.0/8", "10.0.0.1" with a mask as the next word, or "all". *masked tells that the mask
 * stood apart. */
static bool address_matches(const char *const words[WORDS], const char *address, bool *masked)
{
    struct in_addr asked, net, mask = {.s_addr = INADDR_BROADCAST};
    char text[64];
    *masked = false;
    if (str_equal(words[3], "all") || str_equal(words[3], "0.0.0.0/0"))
        return true;
    (void)snprintf(text, sizeof text, "%s", words[3]);
    char *slash = strchr(text, '/');
    if (slash) {
        *slash = '\0';
        long bits = strtol(slash + 1, NULL, 10);
        mask.s_addr = bits <= 0 ? 0 : bits >= 32 ? INADDR_BROADCAST : htonl(~(UINT32_MAX >> bits));
    } else {
        *masked = inet_pton(AF_INET, words[4], &mask) == 1;
    }
    return inet_pton(AF_INET, text, &net) == 1 && inet_pton(AF_INET, address, &asked) == 1 &&
           (asked.s_addr & mask.s_addr) == (net.s_addr & mask.s_addr);
}

enum postgresql_hba_answer postgresql_hba_ask(const char *text, const char *database,
                                              const char *address)
{
    enum postgresql_hba_answer answer = POSTGRESQL_HBA_SILENT;
    char *copy = mem_strdup(text);
    char *save = NULL;
    for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        const char *words[WORDS];
        bool masked = false;
        if (split(line, words) < 5 || !type_matches(words[0]) ||
            !(list_has(words[1], "all") || list_has(words[1], database)) ||
            !address_matches(words, address, &masked))
            continue;
        bool reject = str_equal(words[masked ? 5 : 4], "reject");
        if (list_has(words[2], "all")) {
            if (answer != POSTGRESQL_HBA_SOME || !reject)
                answer = reject ? POSTGRESQL_HBA_REJECTS : POSTGRESQL_HBA_ADMITS;
            break;
        }
        if (!reject)
            answer = POSTGRESQL_HBA_SOME;
    }
    free(copy);
    return answer;
}
