/*
 * Numbers as text: read strictly, shown for people.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"

/* strtoll alone takes leading blanks and a plus sign, which no format of ours has. */
int str_to_i64(const char *text, int64_t *out)
{
    const char *digits = text[0] == '-' ? text + 1 : text;
    if (digits[0] < '0' || digits[0] > '9')
        return -1;
    char *end = NULL;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno || *end)
        return -1;
    *out = value;
    return 0;
}

const char *str_bytes(char buf[STR_HUMAN], uint64_t bytes)
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    if (bytes < 1024) {
        snprintf(buf, STR_HUMAN, "%" PRIu64 " B", bytes);
        return buf;
    }
    size_t unit = 0;
    double value = (double)bytes / 1024;
    /* What would be shown as 1024.0 belongs to the next unit. */
    while (value >= 1023.95 && unit + 1 < ARRAY_LEN(units)) {
        value /= 1024;
        unit++;
    }
    snprintf(buf, STR_HUMAN, "%.1f %s", value, units[unit]);
    return buf;
}

const char *str_duration_ms(char buf[STR_HUMAN], int64_t ms)
{
    const char *sign = ms < 0 ? "-" : "";
    uint64_t span = ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms;
    uint64_t tenths = (span + 50) / 100, seconds = (span + 500) / 1000,
             minutes = (seconds + 30) / 60;
    if (span < 1000)
        snprintf(buf, STR_HUMAN, "%s%" PRIu64 " ms", sign, span);
    else if (tenths < 600)
        snprintf(buf, STR_HUMAN, "%s%" PRIu64 ".%" PRIu64 " s", sign, tenths / 10, tenths % 10);
    else if (seconds < 3600)
        snprintf(buf, STR_HUMAN, "%s%" PRIu64 " min %02" PRIu64 " s", sign, seconds / 60,
                 seconds % 60);
    else
        snprintf(buf, STR_HUMAN, "%s%" PRIu64 " h %02" PRIu64 " min", sign, minutes / 60,
                 minutes % 60);
    return buf;
}
