/*
 * Looking things up in the table of spec_keys.c.
 */
#include "steps/spec_keys.h"

#include <regex.h>
#include <string.h>

#include "base/str.h"
#include "steps/spec.h"

size_t spec_object_size(enum spec_object object)
{
    return object == SPEC_IN_HOST ? sizeof(struct spec_host) : sizeof(struct spec_service);
}

const struct spec_key *spec_key_next(enum spec_object object, const struct spec_key *key)
{
    size_t next = key == NULL ? 0 : (size_t)(key - spec_keys) + 1;
    for (; next < spec_keys_len; next++)
        if ((spec_keys[next].in & (unsigned)object) != 0)
            return &spec_keys[next];
    return NULL;
}

const struct spec_key *spec_key_find(enum spec_object object, const char *name)
{
    const struct spec_key *key = NULL;
    while ((key = spec_key_next(object, key)) != NULL)
        if (str_equal(key->name, name))
            return key;
    return NULL;
}

bool spec_form_fits(enum spec_form form, const char *text, size_t len)
{
    const struct spec_form_row *row = spec_form(form);
    if (strlen(text) != len)
        return false;
    if (row->choice != NULL)
        return str_equal(text, row->choice);
    if (len > row->max_len)
        return false;
    regex_t regex;
    if (regcomp(&regex, row->pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    bool fits = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    return fits;
}

struct spec_example spec_key_example(const struct spec_key *key, int turn)
{
    const char *text = key->example;
    if (text == NULL)
        return (struct spec_example){"", 0};
    for (int i = 1; i < turn && strchr(text, '|') != NULL; i++)
        text = strchr(text, '|') + 1;
    return (struct spec_example){text, strcspn(text, "|")};
}
