/*
 * Replies of the tunnel's scripts: two sides, read, judged, and explained. The first line says
 * where the first reply ends.
 */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "steps/port/tunnel/wireguard_diagnose.h"
#include "steps/port/tunnel/wireguard_lines.h"
#include "steps/port/tunnel/wireguard_seen.h"
#include "tests/fuzz/fuzz.h"

static const struct wireguard_want want = {.address = "169.254.77.1",
                                           .mtu = 1380,
                                           .port = 51820,
                                           .remotes = 1,
                                           .flows = 2,
                                           .peer_route = true};

static void check_lines(const char *text, struct arena *arena)
{
    struct wireguard_lines lines;
    if (!wireguard_lines_read(&lines, text, arena))
        return;
    for (size_t i = 0; i < lines.len; i++) {
        fuzz_must(lines.line[i].key[0] != '\0', "a line has a key");
        fuzz_must(wireguard_lines_has(&lines, lines.line[i].key, lines.line[i].value),
                  "what was read is found");
        (void)wireguard_lines_number(&lines, lines.line[i].key, -1);
    }
}

static bool see(const char *text, struct arena *arena, struct wireguard_seen *out)
{
    struct tunnel_side_seen side;
    check_lines(text, arena);
    if (!wireguard_seen_read(out, text, arena))
        return false;
    wireguard_seen_judge(out, &want, &side, arena);
    bool left = wireguard_seen_left(out, arena)[0] != '\0';
    fuzz_must((side.state == TUNNEL_ABSENT) == !left, "absent is exactly: nothing of it is left");
    fuzz_must((side.state == TUNNEL_PARTIAL) == (side.missing[0] != '\0'),
              "a partial side says what is missing");
    fuzz_must(out->handshake_age_s >= -1 && out->lease_left_s >= -1 && out->rx >= 0 && out->tx >= 0,
              "times and counts are none or not negative");
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct wireguard_ends ends = {"sgw", "tgw", 51820, 1380};
    struct arena *arena CLEANUP(arena_cleanup) = arena_new();
    struct fuzz_input input = fuzz_input(data, size);
    struct wireguard_seen seen[TUNNEL_SIDES];
    size_t first = fuzz_choice(&input, 4096);
    size_t half = first < input.left ? first : input.left;
    struct fuzz_input second = {input.at + half, input.left - half};
    input.left = half;
    char *source = fuzz_rest(&input, NULL), *target = fuzz_rest(&second, NULL);
    bool both = see(source, arena, &seen[TUNNEL_SOURCE]);
    both = see(target, arena, &seen[TUNNEL_TARGET]) && both;
    if (both) {
        fuzz_must(wireguard_diagnose_silence(seen, &ends, arena)[0] != '\0',
                  "a silence is explained");
        fuzz_must(wireguard_diagnose_stall(&ends, seen[TUNNEL_SOURCE].rx, seen[TUNNEL_SOURCE].tx,
                                           (int)(seen[TUNNEL_TARGET].mtu & 0xffff),
                                           arena)[0] != '\0',
                  "a stall is explained");
    }
    free(source);
    free(target);
    return 0;
}
