/*
 * A real sshd for a test; see sshd.h.
 */
#include "tests/contract/sshd.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/attr.h"

#define SSHD "/usr/sbin/sshd"

static NORETURN void die(const char *what)
{
    (void)fprintf(stderr, "test sshd: %s\n", what);
    exit(EXIT_FAILURE);
}

void sshd_need(void)
{
    if (geteuid() == 0 && access(SSHD, X_OK) == 0)
        return;
    (void)fprintf(stderr, "SKIPPED: needs root and " SSHD "\n");
    exit(77);
}

void sshd_shell(const char *fmt, ...)
{
    char line[2048];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    if (system(line) != 0)
        die(line);
}

void sshd_read_file(const char *path, char *out, size_t room)
{
    FILE *file = fopen(path, "re");
    if (!file)
        die(path);
    out[fread(out, 1, room - 1, file)] = '\0';
    (void)fclose(file);
}

bool sshd_process_runs(const char *pid_file)
{
    char path[64], text[512];
    sshd_read_file(pid_file, text, sizeof text);
    (void)snprintf(path, sizeof path, "/proc/%ld/stat", atol(text));
    if (access(path, F_OK) != 0)
        return false;
    sshd_read_file(path, text, sizeof text);
    return strstr(text, ") Z ") == NULL;
}

uint16_t sshd_free_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(fd, (struct sockaddr *)&at, len) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &len) != 0)
        die("no free port");
    close(fd);
    return ntohs(at.sin_port);
}

static void make_key(const struct sshd *sshd, const char *type, const char *name,
                     char fingerprint[96])
{
    char path[128], text[512];
    sshd_shell("ssh-keygen -q -t %s -N '' -f %s/%s", type, sshd->dir, name);
    sshd_shell("ssh-keygen -lf %s/%s | cut -d' ' -f2 | tr -d '\\n' > %s/%s.print", sshd->dir, name,
               sshd->dir, name);
    (void)snprintf(path, sizeof path, "%s/%s.print", sshd->dir, name);
    sshd_read_file(path, text, sizeof text);
    if (fingerprint)
        (void)snprintf(fingerprint, 96, "%.95s", text);
}

/* HOME is the test's own directory, so that no rc file of the machine's root slows a command down
 * or adds to its output. */
static void write_config(const struct sshd *sshd, const char *extra)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/config", sshd->dir);
    FILE *file = fopen(path, "we");
    if (!file)
        die(path);
    (void)fprintf(file,
                  "ListenAddress 127.0.0.1:%u\nHostKey %s/host_ed25519\nHostKey %s/host_ecdsa\n"
                  "AuthorizedKeysFile %s/authorized\nPermitRootLogin yes\nStrictModes no\n"
                  "UsePAM no\nPasswordAuthentication no\nPidFile none\nMaxStartups 100\n"
                  "Subsystem sftp internal-sftp\nSetEnv HOME=%s\n%s\n",
                  sshd->port, sshd->dir, sshd->dir, sshd->dir, sshd->dir, extra);
    if (fclose(file) != 0)
        die(path);
}

static bool answers(uint16_t port)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool yes = connect(fd, (struct sockaddr *)&to, sizeof to) == 0;
    close(fd);
    return yes;
}

static void wait_until_it_answers(const struct sshd *sshd)
{
    for (int i = 0; i < 1000; i++) {
        if (answers(sshd->port))
            return;
        if (waitpid(sshd->pid, NULL, WNOHANG) != 0)
            break;
        (void)poll(NULL, 0, 10);
    }
    sshd_shell("cat %s/log >&2", sshd->dir);
    die("does not come up");
}

void sshd_start(struct sshd *sshd, const char *extra)
{
    char config[128], log[128];
    *sshd = (struct sshd){.dir = "/tmp/ece-sshd-XXXXXX", .port = sshd_free_port()};
    if (!mkdtemp(sshd->dir))
        die("no directory");
    (void)mkdir("/run/sshd", 0755);
    make_key(sshd, "ed25519", "host_ed25519", sshd->host_key);
    make_key(sshd, "ecdsa", "host_ecdsa", sshd->host_key_ecdsa);
    make_key(sshd, "ed25519", "user", NULL);
    sshd_shell("cp %s/user.pub %s/authorized", sshd->dir, sshd->dir);
    (void)snprintf(sshd->user_key, sizeof sshd->user_key, "%s/user", sshd->dir);
    (void)snprintf(config, sizeof config, "%s/config", sshd->dir);
    (void)snprintf(log, sizeof log, "%s/log", sshd->dir);
    write_config(sshd, extra);
    sshd->pid = fork();
    if (sshd->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        execl(SSHD, SSHD, "-D", "-f", config, "-E", log, (char *)NULL);
        _exit(127);
    }
    wait_until_it_answers(sshd);
}

void sshd_stop(struct sshd *sshd)
{
    (void)sshd_signal_sessions(sshd, SIGKILL);
    kill(sshd->pid, SIGKILL);
    waitpid(sshd->pid, NULL, 0);
    sshd_shell("rm -rf %s", sshd->dir);
}

struct spec_host sshd_host(const struct sshd *sshd, const char *name)
{
    return (struct spec_host){.name = name,
                              .address = "127.0.0.1",
                              .port = sshd->port,
                              .user = "root",
                              .key_file = sshd->user_key,
                              .host_key = sshd->host_key};
}

int sshd_signal_sessions(const struct sshd *sshd, int signal)
{
    char path[64];
    int pid, count = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/task/%d/children", sshd->pid, sshd->pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    while (fscanf(file, "%d", &pid) == 1)
        count += kill(pid, signal) == 0;
    (void)fclose(file);
    return count;
}
