/*
 * The scrubber: whatever the text, no known secret stays in it in any form, and what was JSON stays
 * JSON. The first line says how the secret, which is the second line, is put into the rest.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/secret.h"
#include "base/secret_scrub.h"
#include "base/str.h"
#include "tests/fuzz/fuzz.h"

enum form { FORM_PLAIN, FORM_BASE64, FORM_PERCENT, FORM_JSON, FORMS };

static void add_form(struct str *out, const char *secret, enum form form)
{
    size_t len = strlen(secret);
    switch (form) {
    case FORM_BASE64: {
        char *text = malloc(secret_base64_len(len) + 1);
        secret_base64(text, (const unsigned char *)secret, len);
        str_add(out, text);
        free(text);
        return;
    }
    case FORM_PERCENT:
        for (size_t i = 0; i < len; i++)
            str_printf(out, "%%%02X", (unsigned char)secret[i]);
        return;
    case FORM_JSON: {
        json_t *json = json_make_text(secret);
        char *text = json_dumps(json, JSON_ENCODE_ANY);
        str_add_n(out, text + 1, strlen(text) - 2);
        free(text);
        json_decref(json);
        return;
    }
    case FORM_PLAIN:
    case FORMS:
        str_add(out, secret);
    }
}

/* The text with the secret in the middle of it. */
static void mix(struct str *out, const char *text, size_t len, const char *secret, enum form form)
{
    str_add_n(out, text, len / 2);
    add_form(out, secret, form);
    str_add_n(out, text + len / 2, len - len / 2);
}

static bool is_text(const char *secret)
{
    json_t *json = json_string(secret);
    json_decref(json);
    return json != NULL;
}

/* Only a secret that shows: one that is part of the name that stands in its place stays. */
static void try_plain(const char *text, size_t len, const char *secret, enum form form)
{
    struct str before CLEANUP(str_free) = STR_INIT;
    struct str after CLEANUP(str_free) = STR_INIT;
    struct str alone CLEANUP(str_free) = STR_INIT;
    mix(&before, text, len, secret, form);
    size_t replaced = secret_scrub(&after, str_text(&before), before.len);
    fuzz_must(replaced > 0, "a secret is found in every form");
    add_form(&alone, secret, form);
    if (strstr("[secret:name] [secret:pattern]", secret) == NULL && !strpbrk(secret, "[]"))
        fuzz_must(memmem(after.text, after.len, alone.text, alone.len) == NULL,
                  "no secret is left");
}

static void try_json(const char *text, size_t len, const char *secret, enum form form)
{
    struct str inner CLEANUP(str_free) = STR_INIT;
    struct str after CLEANUP(str_free) = STR_INIT;
    mix(&inner, text, len, secret, form);
    json_t *json = json_stringn(inner.text, inner.len);
    if (json == NULL)
        return; /* not UTF-8: never written as JSON */
    char *before = json_dumps(json, JSON_ENCODE_ANY);
    json_decref(json);
    secret_scrub_json(&after, before, strlen(before));
    json = json_loadb(str_text(&after), after.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    fuzz_must(json_is_string(json), "what was JSON is JSON when it was scrubbed");
    json_decref(json);
    free(before);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena CLEANUP(arena_cleanup) = arena_new();
    struct fuzz_input input = fuzz_input(data, size);
    enum form form = (enum form)fuzz_choice(&input, FORMS);
    const char *secret = fuzz_line(&input, arena);
    size_t len;
    char *text = fuzz_rest(&input, &len);
    if (strlen(secret) >= SECRET_SHORTEST && is_text(secret)) {
        secret_free(secret_copy(secret, strlen(secret), "name"));
        try_plain(text, len, secret, form);
        try_json(text, len, secret, form);
        secret_forget_all();
    }
    free(text);
    return 0;
}
