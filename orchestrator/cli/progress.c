/* Progress, line by line. */
#include "orchestrator/cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define AGAIN_US INT64_C(10000000)

void progress_begin(struct progress *progress, const struct invocation *inv,
                    const struct clock *clock)
{
    *progress = (struct progress){
        .clock = clock,
        .start_us = clock_mono_us(clock),
        .silent = inv->mode == OUT_JSON || option_given(&inv->options, "quiet"),
        .verbose = option_given(&inv->options, "verbose"),
        .terminal = isatty(STDOUT_FILENO) == 1,
    };
}

static void close_line(struct progress *progress)
{
    if (progress->open_line)
        out_raw("\r\033[K");
    progress->open_line = false;
}

static void stamp(const struct progress *progress, char buf[48])
{
    int64_t ms = (clock_mono_us(progress->clock) - progress->start_us) / 1000;
    snprintf(buf, 48, "%3lld:%02lld.%lld", (long long)(ms / 60000), (long long)(ms / 1000 % 60),
             (long long)(ms / 100 % 10));
}

static void line(struct progress *progress, const struct watch *watch, const char *mark,
                 const char *text)
{
    char at[48];
    stamp(progress, at);
    close_line(progress);
    out_text("%s  %-8s %-11s %s %s\n", at, watch->track, watch->phase, mark, text);
    fflush(stdout);
}

/* One line that the next message writes over; cut to the width of the terminal. */
static void ticker(struct progress *progress, const struct watch *watch, const char *text)
{
    struct winsize size = {0};
    int width = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
    char at[48], buf[512];
    stamp(progress, at);
    int len =
        snprintf(buf, sizeof(buf), "%s  %-8s %-11s … %s", at, watch->track, watch->phase, text);
    /* The ellipsis is three bytes and one column. */
    if (len > width + 1)
        buf[width + 1 < (int)sizeof(buf) ? width + 1 : (int)sizeof(buf) - 1] = '\0';
    close_line(progress);
    out_text("%s", buf);
    fflush(stdout);
    progress->open_line = true;
}

static void wait_line(struct progress *progress, const struct watch *watch)
{
    char key[64];
    snprintf(key, sizeof(key), "%s %s", watch->track, watch->phase);
    bool network = strcmp(watch->phase, "services") == 0;
    if (network && !progress->verbose)
        return;
    if (progress->terminal) {
        ticker(progress, watch, watch->text);
        return;
    }
    int64_t now = clock_mono_us(progress->clock);
    bool fresh = strcmp(progress->waiting, key) != 0;
    if (!fresh && now - progress->told_us < AGAIN_US)
        return;
    str_copy(progress->waiting, sizeof(progress->waiting), key);
    progress->told_us = now;
    line(progress, watch, "…", watch->text);
}

static void done_line(struct progress *progress, const struct watch *watch)
{
    char text[512], took[STR_HUMAN];
    snprintf(text, sizeof(text), "%s %s (%s)", watch->action, watch->object,
             str_duration_ms(took, watch->took_us / 1000));
    line(progress, watch, "✓", text);
}

static void finding_line(struct progress *progress, const struct watch *watch)
{
    char text[1024];
    snprintf(text, sizeof(text), "%s: %s", watch->object, watch->text);
    line(progress, watch, watch->level == FINDING_BLOCK ? "✗" : "!", text);
}

void progress_watch(void *arg, const struct watch *watch)
{
    struct progress *progress = arg;
    if (progress->silent)
        return;
    switch (watch->kind) {
    case WATCH_PHASE:
        line(progress, watch, "▸", watch->text);
        return;
    case WATCH_ACTION:
        if (progress->terminal)
            ticker(progress, watch, watch->text);
        else if (progress->verbose)
            line(progress, watch, "…", watch->text);
        return;
    case WATCH_DONE:
        done_line(progress, watch);
        return;
    case WATCH_WAIT:
        wait_line(progress, watch);
        return;
    case WATCH_RETRY:
        line(progress, watch, "↻", watch->text);
        return;
    case WATCH_HOLD:
        line(progress, watch, "✗", watch->text);
        return;
    case WATCH_FINDING:
        finding_line(progress, watch);
        return;
    case WATCH_EVENT:
        line(progress, watch, "•", watch->text);
        return;
    }
}

void progress_end(struct progress *progress)
{
    close_line(progress);
    fflush(stdout);
}
