/*
 * `cidr`: gives each environment in each region a network of its own, apart from each other and
 * from all that they will be peered with. Pure arithmetic: asks nobody, writes nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cidr_blocks.h"
#include "orchestrator/cli/cmd.h"
#include "orchestrator/cli/spec_file.h"

enum {
    WIDEST = 20, /* what the platform takes for a project VPC */
    NARROWEST = 24,
    BLOCKS_MAX = 4096,
};

struct names {
    const char **name;
    size_t len;
};

struct allocation {
    struct names environments, regions;
    struct cidr parent;
    struct cidr_taken *taken;
    size_t taken_len;
    int prefix;
    struct cidr_blocks blocks;
};

/* "a,b,c", each once. */
static int split(struct invocation *inv, const char *option, struct names *out, struct err *err)
{
    const char *text = option_text(&inv->options, option, "");
    size_t room = 1;
    for (const char *c = text; *c != '\0'; c++)
        room += *c == ',' ? 1 : 0;
    *out = (struct names){.name = ARENA_ARRAY(inv->arena, const char *, room)};
    for (const char *at = text; text[0] != '\0'; at++) {
        size_t len = strcspn(at, ",");
        const char *name = arena_strndup(inv->arena, at, len);
        if (len == 0)
            return err_set(err, ERR_USAGE, "'--%s' has an empty name in '%s'", option, text);
        for (size_t i = 0; i < out->len; i++)
            if (strcmp(out->name[i], name) == 0)
                return err_set(err, ERR_USAGE, "'--%s' names '%s' twice", option, name);
        out->name[out->len++] = name;
        at += len;
        if (*at == '\0')
            return 0;
    }
    return 0;
}

static int read_network(const char *text, const char *what, struct cidr *out, struct err *err)
{
    char canonical[CIDR_TEXT];
    if (cidr_parse(text, out) < 0)
        return err_set(err, ERR_USAGE, "%s: '%s' is no network; write it as 10.64.0.0/16", what,
                       text);
    if (!cidr_is_canonical(*out))
        return err_set(err, ERR_USAGE, "%s: '%s' has bits set behind its prefix; write '%s'", what,
                       text, cidr_text(canonical, cidr_canonical(*out)));
    return 0;
}

static void take(struct allocation *all, const char *name, struct cidr cidr)
{
    all->taken[all->taken_len++] = (struct cidr_taken){.name = name, .cidr = cidr};
}

static int take_peers(struct invocation *inv, struct allocation *all, const struct names *peers,
                      struct err *err)
{
    for (size_t i = 0; i < peers->len; i++) {
        const char *equals = strchr(peers->name[i], '=');
        struct cidr cidr;
        if (equals == NULL || equals == peers->name[i])
            return err_set(err, ERR_USAGE, "'--peer': '%s' is not of the form NAME=CIDR",
                           peers->name[i]);
        const char *name =
            arena_strndup(inv->arena, peers->name[i], (size_t)(equals - peers->name[i]));
        if (read_network(equals + 1, name, &cidr, err) < 0)
            return -1;
        take(all, name, cidr);
    }
    return 0;
}

/* The two VPCs of a migration file meet whatever is made here. */
static int take_file(struct invocation *inv, struct allocation *all, struct err *err)
{
    struct spec *spec CLEANUP(spec_cleanup) = NULL;
    if (inv->arguments[0] == NULL)
        return 0;
    if (spec_file_load(inv, inv->arguments[0], SPEC_TRUST_FILES, &spec, err) < 0)
        return -1;
    const struct {
        const char *name, *cidr;
    } side[] = {{"source VPC", spec->source.cidr}, {"target VPC", spec->target.cidr}};
    for (size_t i = 0; i < ARRAY_LEN(side); i++) {
        struct cidr cidr;
        if (read_network(side[i].cidr, side[i].name, &cidr, err) < 0)
            return -1;
        take(all, side[i].name, cidr);
    }
    return 0;
}

/* The widest blocks that fit, when nobody said how wide they are to be. */
static int find(struct invocation *inv, struct allocation *all, struct err *err)
{
    struct cidr_blocks_want want = {.parent = all->parent,
                                    .blocks = all->environments.len * all->regions.len,
                                    .taken = all->taken,
                                    .taken_len = all->taken_len};
    int narrowest = (int)option_number(&inv->options, "prefix", NARROWEST);
    int widest = (int)option_number(&inv->options, "prefix", WIDEST);
    widest = widest < all->parent.prefix ? all->parent.prefix : widest;
    if (widest > narrowest)
        return err_set(err, ERR_USAGE,
                       "'--parent' is a /%d, smaller than a block of /%d: name a larger network",
                       all->parent.prefix, narrowest);
    for (all->prefix = widest;; all->prefix++) {
        want.prefix = all->prefix;
        err_clear(err);
        if (cidr_blocks_find(&want, inv->arena, &all->blocks, err) == 0)
            return 0;
        if (err->code != ERR_REFUSED || all->prefix == narrowest)
            return -1;
    }
}

static int read_options(struct invocation *inv, struct allocation *all, struct err *err)
{
    struct names peers;
    const char *parent = option_text(&inv->options, "parent", NULL);
    if (split(inv, "environment", &all->environments, err) < 0 ||
        split(inv, "region", &all->regions, err) < 0 || split(inv, "peer", &peers, err) < 0)
        return -1;
    if (parent == NULL || all->environments.len == 0 || all->regions.len == 0)
        return err_set(err, ERR_USAGE,
                       "'--parent', '--environment' and '--region' are needed, for example "
                       "--parent 10.64.0.0/16 --environment dev,stage,prod --region "
                       "eu-west-1,us-east-1");
    if (all->environments.len * all->regions.len > BLOCKS_MAX)
        return err_set(err, ERR_USAGE, "more than %d blocks are wanted", BLOCKS_MAX);
    all->taken = ARENA_ARRAY(inv->arena, struct cidr_taken, peers.len + 2);
    if (read_network(parent, "--parent", &all->parent, err) < 0 ||
        take_peers(inv, all, &peers, err) < 0)
        return -1;
    return take_file(inv, all, err);
}

/* Calls tell for each two networks that cannot both be peered with one VPC. */
typedef void tell_conflict(void *arg, const struct cidr_taken *a, const struct cidr_taken *b);
static void each_conflict(const struct allocation *all, tell_conflict *tell, void *arg)
{
    for (size_t i = 0; i < all->taken_len; i++)
        for (size_t k = i + 1; k < all->taken_len; k++)
            if (cidr_overlap(all->taken[i].cidr, all->taken[k].cidr))
                tell(arg, &all->taken[i], &all->taken[k]);
}

static void print_conflict(void *arg, const struct cidr_taken *a, const struct cidr_taken *b)
{
    (void)arg;
    char one[CIDR_TEXT], two[CIDR_TEXT];
    out_text("conflict: '%s' (%s) and '%s' (%s) overlap; no VPC can be peered with both\n", a->name,
             cidr_text(one, a->cidr), b->name, cidr_text(two, b->cidr));
}

static void print_left_out(const struct cidr_left_out *left)
{
    char block[CIDR_TEXT], taken[CIDR_TEXT];
    cidr_text(block, left->block);
    cidr_text(taken, left->taken->cidr);
    if (left->blocks == 1)
        out_text("left out: %s, which overlaps '%s' (%s)\n", block, left->taken->name, taken);
    else
        out_text("left out: %zu blocks from %s on, which overlap '%s' (%s)\n", left->blocks, block,
                 left->taken->name, taken);
}

static size_t longest(const struct names *names)
{
    size_t most = 0;
    for (size_t i = 0; i < names->len; i++)
        most = strlen(names->name[i]) > most ? strlen(names->name[i]) : most;
    return most;
}

static void tell_text(const struct allocation *all)
{
    int environment = (int)longest(&all->environments), region = (int)longest(&all->regions);
    for (size_t i = 0; i < all->blocks.len; i++) {
        char text[CIDR_TEXT];
        out_text("%-*s  %-*s  %s\n", environment, all->environments.name[i / all->regions.len],
                 region, all->regions.name[i % all->regions.len],
                 cidr_text(text, all->blocks.block[i]));
    }
    for (size_t i = 0; i < all->blocks.left_out_len; i++)
        print_left_out(&all->blocks.left_out[i]);
    each_conflict(all, print_conflict, NULL);
}

static json_t *json_network(const char *key, struct cidr cidr)
{
    char text[CIDR_TEXT];
    json_t *json = json_make_object();
    json_put(json, key, json_make_text(cidr_text(text, cidr)));
    return json;
}

static json_t *blocks_json(const struct allocation *all)
{
    json_t *list = json_make_array();
    for (size_t i = 0; i < all->blocks.len; i++) {
        json_t *json = json_network("cidr", all->blocks.block[i]);
        json_put(json, "environment", json_make_text(all->environments.name[i / all->regions.len]));
        json_put(json, "region", json_make_text(all->regions.name[i % all->regions.len]));
        json_add(list, json);
    }
    return list;
}

static json_t *left_out_json(const struct allocation *all)
{
    json_t *list = json_make_array();
    for (size_t i = 0; i < all->blocks.left_out_len; i++) {
        const struct cidr_left_out *left = &all->blocks.left_out[i];
        char taken[CIDR_TEXT];
        json_t *json = json_network("first", left->block);
        json_put(json, "blocks", json_integer((json_int_t)left->blocks));
        json_put(json, "network", json_make_text(left->taken->name));
        json_put(json, "cidr", json_make_text(cidr_text(taken, left->taken->cidr)));
        json_add(list, json);
    }
    return list;
}

static void add_conflict(void *arg, const struct cidr_taken *a, const struct cidr_taken *b)
{
    json_t *pair = json_make_array();
    json_add(pair, json_make_text(a->name));
    json_add(pair, json_make_text(b->name));
    json_add(arg, pair);
}

static void tell_json(struct invocation *inv, const struct allocation *all)
{
    json_t *conflicts = json_make_array();
    each_conflict(all, add_conflict, conflicts);
    inv->answer = json_network("parent", all->parent);
    json_put(inv->answer, "prefix", json_integer(all->prefix));
    json_put(inv->answer, "blocks", blocks_json(all));
    json_put(inv->answer, "left_out", left_out_json(all));
    json_put(inv->answer, "conflicts", conflicts);
}

static int run(struct invocation *inv, struct err *err)
{
    struct allocation all = {0};
    if (read_options(inv, &all, err) < 0 || find(inv, &all, err) < 0)
        return -1;
    if (inv->mode == OUT_JSON)
        tell_json(inv, &all);
    else
        tell_text(&all);
    return 0;
}

static const struct option_row options[] = {
    {.name = "parent",
     .argument = "CIDR",
     .type = OPTION_TEXT,
     .help = "the network that the blocks are parts of"},
    {.name = "environment",
     .argument = "LIST",
     .type = OPTION_TEXT,
     .help = "the environments, with commas between them"},
    {.name = "region",
     .argument = "LIST",
     .type = OPTION_TEXT,
     .help = "the regions, with commas between them; each environment gets a block in each"},
    {.name = "prefix",
     .argument = "N",
     .type = OPTION_NUMBER,
     .min = WIDEST,
     .max = NARROWEST,
     .help = "the blocks' prefix, 20 to 24 (default: the widest that fit)"},
    {.name = "peer",
     .argument = "LIST",
     .type = OPTION_TEXT,
     .help = "networks that will be peered, as NAME=CIDR, with commas between them"},
};

static const struct argument_row arguments[] = {
    {.name = "FILE",
     .type = ARGUMENT_FILE,
     .help = "a migration file, whose two VPCs must be avoided too"},
};

const struct command cmd_cidr = {
    .name = "cidr",
    .summary = "give each environment in each region a network of its own",
    .story = "Divides a parent network into blocks that lie apart from each other and from every "
             "network that they will be peered with, one for each environment in each region, and "
             "says which parts were left out and why. The platform takes a /20 to /24 for a VPC.\n"
             "Example: ece-migrate cidr --parent 10.64.0.0/16 --environment dev,stage,prod "
             "--region eu-west-1,us-east-1,ap-south-1 --peer office=10.64.0.0/22",
    .options = options,
    .noptions = ARRAY_LEN(options),
    .arguments = arguments,
    .narguments = ARRAY_LEN(arguments),
    .run = run,
};
