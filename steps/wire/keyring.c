/*
 * Secrets read once; see keyring.h.
 */
#include "steps/wire/keyring.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"

struct entry {
    struct entry *next;
    enum secret_kind kind;
    int fd;
    char *where;
    struct secret *secret;
};

struct keyring {
    struct entry *first;
};

struct keyring *keyring_new(void)
{
    return MEM_NEW(struct keyring);
}

void keyring_free(struct keyring *ring)
{
    if (!ring)
        return;
    while (ring->first) {
        struct entry *entry = ring->first;
        ring->first = entry->next;
        secret_free(entry->secret);
        free(entry->where);
        free(entry);
    }
    free(ring);
}

static bool is_same(const struct entry *entry, const struct secret_ref *ref)
{
    if (entry->kind != ref->kind)
        return false;
    return ref->kind == SECRET_FD ? entry->fd == ref->fd : str_equal(entry->where, ref->where);
}

const struct secret *keyring_get(struct keyring *ring, const struct secret_ref *ref,
                                 const char *name, struct err *err)
{
    for (const struct entry *entry = ring->first; entry; entry = entry->next)
        if (is_same(entry, ref))
            return entry->secret;
    struct secret *secret = secret_load(ref, name, err);
    if (!secret)
        return NULL;
    struct entry *entry = MEM_NEW(struct entry);
    *entry = (struct entry){.next = ring->first,
                            .kind = ref->kind,
                            .fd = ref->fd,
                            .where = mem_strdup(ref->where),
                            .secret = secret};
    ring->first = entry;
    return secret;
}
