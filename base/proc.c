/*
 * Reads lines of /proc; see proc.h.
 */
#include "base/proc.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

/* A decimal number that ends at a blank or at the end; moves *at behind it. False when there is
 * none, or when it is beyond what a PID, an inode or a tick can be. */
static bool take_number(const char **at, uint64_t *out)
{
    const char *digit = *at;
    uint64_t number = 0;
    for (; *digit >= '0' && *digit <= '9'; digit++) {
        if (number > (INT64_MAX - 9) / 10)
            return false;
        number = number * 10 + (uint64_t)(*digit - '0');
    }
    if (digit == *at || (*digit != '\0' && !isspace((unsigned char)*digit)))
        return false;
    *at = digit;
    *out = number;
    return true;
}

/* The command's name stands in brackets as field 2 and may hold blanks and brackets: count from the
 * last one. */
int64_t proc_start_ticks(const char *stat)
{
    uint64_t ticks = 0;
    const char *at = strrchr(stat, ')');
    for (int field = 2; at && field < 22; field++)
        at = strchr(at + 1, ' ');
    if (!at)
        return 0;
    at++;
    return take_number(&at, &ticks) ? (int64_t)ticks : 0;
}

/* Moves behind the blanks and the word after them. */
static const char *skip_word(const char *at)
{
    at += strspn(at, " ");
    return at + strcspn(at, " ");
}

bool proc_lock_holder(const char *line, int64_t *out_pid, uint64_t *out_inode)
{
    const char *at = skip_word(line); /* its number */
    at += strspn(at, " ");
    if (strncmp(at, "POSIX ", 6) != 0)
        return false;
    at = skip_word(skip_word(skip_word(at))); /* POSIX, ADVISORY, WRITE */
    at += strspn(at, " ");
    uint64_t pid = 0, inode = 0;
    if (!take_number(&at, &pid))
        return false;
    at += strspn(at, " ");
    /* Major and minor number of the device in hex, then the inode in decimal. */
    const char *word_end = at + strcspn(at, " \n");
    const char *colon = memrchr(at, ':', (size_t)(word_end - at));
    if (colon == NULL)
        return false;
    colon++;
    if (!take_number(&colon, &inode))
        return false;
    *out_pid = (int64_t)pid;
    *out_inode = inode;
    return true;
}
