/*
 * A real PostgreSQL cluster for a test; see cluster.h.
 */
#include "tests/contract/cluster.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/attr.h"
#include "tests/contract/sshd.h"

#define BIN     "/usr/lib/postgresql/15/bin"
#define AS_USER "cd / && runuser -u postgres -- "

void cluster_need(void)
{
    if (geteuid() == 0 && access(BIN "/initdb", X_OK) == 0)
        return;
    (void)fprintf(stderr, "SKIPPED: needs root and PostgreSQL 15\n");
    exit(77);
}

static void make_certificate(const struct cluster *cluster)
{
    sshd_shell("cd %s && exec 2>/dev/null && openssl req -x509 -newkey ec -pkeyopt "
               "ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test-ca -keyout ca.key -out "
               "ca.crt && openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
               "-subj /CN=db -keyout server.key -out server.csr && printf "
               "'subjectAltName=IP:127.0.0.1' > san && openssl x509 -req -in server.csr -CA ca.crt "
               "-CAkey ca.key -CAcreateserial -days 2 -extfile san -out server.crt",
               cluster->dir);
}

/* Becomes postgres and the server; the death signal is asked for afterwards, as changing the user
 * forgets it. */
static NORETURN void be_server(const struct cluster *cluster)
{
    char data[96], log[96];
    const struct passwd *user = getpwnam("postgres");
    (void)snprintf(data, sizeof data, "%s/data", cluster->dir);
    (void)snprintf(log, sizeof log, "%s/log", cluster->dir);
    int out = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (!user || out < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 ||
        initgroups("postgres", user->pw_gid) != 0 || setgid(user->pw_gid) != 0 ||
        setuid(user->pw_uid) != 0 || chdir("/") != 0)
        _exit(126);
    prctl(PR_SET_PDEATHSIG, SIGQUIT);
    execl(BIN "/postgres", "postgres", "-D", data, (char *)NULL);
    _exit(127);
}

/* A child of the test, so that a test that fails leaves no server behind. */
void cluster_resume(struct cluster *cluster)
{
    cluster->pid = fork();
    if (cluster->pid == 0)
        be_server(cluster);
    sshd_shell("i=0; until %s/pg_isready -q -h %s -p %u; do i=$((i+1)); [ $i -lt 600 ] || exit 1; "
               "sleep 0.1; done",
               BIN, cluster->dir, cluster->port);
}

void cluster_halt(struct cluster *cluster, const char *how)
{
    kill(cluster->pid, strcmp(how, "immediate") == 0 ? SIGQUIT : SIGINT);
    waitpid(cluster->pid, NULL, 0);
}

void cluster_start(struct cluster *cluster, const char *extra)
{
    *cluster = (struct cluster){.dir = "/tmp/ece-pg-XXXXXX", .port = sshd_free_port()};
    if (!mkdtemp(cluster->dir))
        exit(EXIT_FAILURE);
    (void)snprintf(cluster->ca_file, sizeof cluster->ca_file, "%s/ca.crt", cluster->dir);
    (void)snprintf(cluster->password_file, sizeof cluster->password_file, "%s/password",
                   cluster->dir);
    make_certificate(cluster);
    sshd_shell("cd %s && printf 'pass word of admin\\n' > password && chmod 600 password && "
               "cp password given && chown -R postgres: . && chown root password",
               cluster->dir);
    sshd_shell(AS_USER BIN "/initdb -D %s/data -U admin --no-sync -A scram-sha-256 "
                           "--pwfile=%s/given --locale=C.UTF-8 >/dev/null",
               cluster->dir, cluster->dir);
    sshd_shell("cat >> %s/data/postgresql.conf <<'END'\nlisten_addresses = '127.0.0.1'\n"
               "port = %u\nunix_socket_directories = '%s'\nfsync = off\nshared_buffers = 32MB\n"
               "ssl = on\nssl_cert_file = '%s/server.crt'\nssl_key_file = '%s/server.key'\n%s\nEND",
               cluster->dir, cluster->port, cluster->dir, cluster->dir, cluster->dir, extra);
    cluster_resume(cluster);
}

void cluster_stop(struct cluster *cluster)
{
    cluster_halt(cluster, "immediate");
    sshd_shell("rm -rf %s", cluster->dir);
}

struct spec_endpoint cluster_endpoint(const struct cluster *cluster, const struct spec_host *host)
{
    return (struct spec_endpoint){
        .host = host,
        .address = "127.0.0.1",
        .port = cluster->port,
        .admin_user = "admin",
        .admin_password = {.kind = SECRET_FILE, .where = cluster->password_file},
        .admin_database = "postgres",
    };
}
