/* Counting and failing allocations. */
#include "tests/oom/oom.h"

#include <execinfo.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

#define FRAMES 9
#define PLACES 65536 /* a power of two */

static struct {
    enum oom_how how;
    bool armed;
    int64_t count, fail_at;
    struct {
        uint64_t hash;
        int64_t first;
    } place[PLACES];
} oom;
static struct sqlite3_mem_methods sqlite;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t n);

static void note_place(void)
{
    void *frame[FRAMES];
    uint64_t hash = UINT64_C(1469598103934665603);
    int frames = backtrace(frame, FRAMES);
    for (int i = 2; i < frames; i++)
        hash = (hash ^ (uint64_t)(uintptr_t)frame[i]) * UINT64_C(1099511628211);
    size_t at = hash & (PLACES - 1);
    for (size_t i = 0; i < PLACES && oom.place[at].hash && oom.place[at].hash != hash; i++)
        at = (at + 1) & (PLACES - 1);
    if (!oom.place[at].hash) {
        oom.place[at].hash = hash;
        oom.place[at].first = oom.count;
    }
}

bool oom_fails(void)
{
    if (!oom.armed)
        return false;
    oom.armed = false; /* backtrace(3) may want memory too */
    oom.count++;
    if (oom.how == OOM_COUNT)
        note_place();
    oom.armed = true;
    return (oom.how == OOM_ONCE && oom.count == oom.fail_at) ||
           (oom.how == OOM_ON && oom.count >= oom.fail_at);
}

void *__wrap_malloc(size_t size)
{
    return oom_fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return oom_fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return oom_fails() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
    return oom_fails() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t n)
{
    return oom_fails() ? NULL : __real_strndup(text, n);
}

static void *sqlite_malloc(int size)
{
    return oom_fails() ? NULL : sqlite.xMalloc(size);
}

static void *sqlite_realloc(void *old, int size)
{
    return oom_fails() ? NULL : sqlite.xRealloc(old, size);
}

void oom_begin(void)
{
    void *frame[FRAMES];
    struct sqlite3_mem_methods ours;
    (void)backtrace(frame, FRAMES);
    if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &sqlite) != SQLITE_OK)
        abort();
    ours = sqlite;
    ours.xMalloc = sqlite_malloc;
    ours.xRealloc = sqlite_realloc;
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &ours) != SQLITE_OK)
        abort();
    json_begin();
}

void oom_arm(enum oom_how how, int64_t n)
{
    memset(oom.place, 0, sizeof(oom.place));
    oom.how = how;
    oom.fail_at = n;
    oom.count = 0;
    oom.armed = true;
}

void oom_disarm(void)
{
    oom.armed = false;
}

int64_t oom_count(void)
{
    return oom.count;
}

static int by_number(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

size_t oom_places(int64_t *out, size_t room)
{
    size_t len = 0;
    for (size_t i = 0; i < PLACES && len < room; i++)
        if (oom.place[i].hash)
            out[len++] = oom.place[i].first;
    qsort(out, len, sizeof(*out), by_number);
    return len;
}
