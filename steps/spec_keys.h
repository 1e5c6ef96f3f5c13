/*
 * The one table of the migration file's keys. The reader (spec_read.c), the JSON Schema
 * (spec_publish.c) and the starter file (spec_starter.c) are all made from its rows, so that they
 * cannot disagree.
 *
 * A row describes one key of one kind of object: what its value must be, what it is when it is
 * missing, what the schema and the messages say about it, and in which field of which struct of
 * spec.h the value ends up.
 */
#ifndef STEPS_SPEC_KEYS_H
#define STEPS_SPEC_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The kinds of objects, as bits: a row may belong to several. */
enum spec_object {
    SPEC_IN_FILE = 1 << 0,
    SPEC_IN_HOST = 1 << 1,
    SPEC_IN_KEY = 1 << 2,
    SPEC_IN_NETWORK = 1 << 3,
    SPEC_IN_VPC = 1 << 4,
    SPEC_IN_TUNNEL = 1 << 5,
    SPEC_IN_SERVICE = 1 << 6,
    SPEC_IN_SOURCE = 1 << 7,
    SPEC_IN_TARGET = 1 << 8,
    SPEC_IN_ADMIN = 1 << 9,
    SPEC_IN_TRAFFIC = 1 << 10,
    SPEC_IN_LIMITS = 1 << 11,
    SPEC_IN_SECRET = 1 << 12,
    SPEC_IN_ROLLBACK = 1 << 13,
};

enum spec_type {
    SPEC_TEXT,   /* a string of a form */
    SPEC_NUMBER, /* an integer from min to max */
    SPEC_FLAG,   /* true or false */
    SPEC_WORDS,  /* an array of strings of a form */
    SPEC_ARGV,   /* an array of strings, as execvp(3) takes them */
    SPEC_NAMED,  /* a string that is the name of a host */
    SPEC_SECRET, /* an object that says where a secret is */
    SPEC_OBJECT, /* an object of the kind `holds` */
    SPEC_LIST,   /* an array of them, at least min */
    SPEC_MAP,    /* an object whose members are of that kind, by name, at least min */
};

/* What a text must look like. */
enum spec_form {
    SPEC_FORM_LINE, /* anything on one line */
    SPEC_FORM_ID,
    SPEC_FORM_NAME,
    SPEC_FORM_DATABASE_NAME,
    SPEC_FORM_CREDENTIAL,
    SPEC_FORM_USER,
    SPEC_FORM_ADDRESS, /* a host name or an address */
    SPEC_FORM_IPV4,
    SPEC_FORM_CIDR,
    SPEC_FORM_PATH, /* absolute */
    SPEC_FORM_HOST_KEY,
    SPEC_FORM_TUNNEL_DRIVER,
    SPEC_FORM_ENGINE,
    SPEC_FORM_TRAFFIC_DRIVER,
    SPEC_FORM_REGIME,
    SPEC_FORMS,
};

struct spec_form_row {
    const char *pattern; /* in the common part of POSIX extended and ECMA 262 expressions; anchored;
                            NULL for a choice */
    size_t max_len;      /* in bytes; 0 for a choice */
    const char *choice;  /* the only text that is allowed, or NULL */
    const char *words;   /* what the text must be, after "write " */
};
const struct spec_form_row *spec_form(enum spec_form form);

/* Where the value goes: a field of the struct of the object. A size of 0: nowhere. */
struct spec_field {
    size_t at, size;
};

struct spec_key {
    const char *name;
    unsigned in; /* bits of enum spec_object */
    enum spec_type type;
    enum spec_object holds; /* OBJECT, LIST, MAP */
    enum spec_form form;    /* TEXT, WORDS; MAP: of the names */
    int64_t min, max;       /* NUMBER: the range; LIST, MAP: how many */
    const char *fallback;   /* TEXT, NUMBER, FLAG: the value when the key is missing; NULL: none */
    struct spec_field to;
    struct spec_field count; /* LIST, MAP: the number of elements */
    const char *about;       /* what it is, as the editor shows it: one or two sentences */
    /* What the starter file has. Alternatives are separated by '|': the first host, VPC or endpoint
       takes the first, the next one the next; an empty one leaves the key out; the last goes for
       all that follow. An argv is split at blanks. MAP: its names; LIST: one element. NULL leaves
       the key out. */
    const char *example;
    int turn; /* OBJECT: which alternative its members take, from 1; 0: that of what is around it */
    bool required;
};

extern const struct spec_key spec_keys[];
extern const size_t spec_keys_len;

/* The size of the struct that holds one element of a list or map. */
size_t spec_object_size(enum spec_object object);

/* Goes through the rows of an object in the table's order: NULL starts, NULL ends. */
const struct spec_key *spec_key_next(enum spec_object object, const struct spec_key *key);
/* NULL when that object has no such key. */
const struct spec_key *spec_key_find(enum spec_object object, const char *name);

/* Whether the text of len bytes has the form; a NUL byte never fits. */
bool spec_form_fits(enum spec_form form, const char *text, size_t len);

/* The alternative of a row's example for the turn, as its start and length; length 0 when there is
 * none. */
struct spec_example {
    const char *text;
    size_t len;
};
struct spec_example spec_key_example(const struct spec_key *key, int turn);

#endif
