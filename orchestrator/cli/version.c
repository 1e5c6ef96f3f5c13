/*
 * The versions. Those that a thing was built with come from the build
 * (orchestrator/cli/CMakeLists.txt).
 */
#include "orchestrator/cli/version.h"

#include <gnu/libc-version.h>

#include "base/attr.h"
#include "base/json.h"

#define GLIBC_TEXT(number)  GLIBC_TEXT_(number)
#define GLIBC_TEXT_(number) #number

const struct version_row version_rows[] = {
    {"libssh2", VERSION_LIBSSH2, NULL},
    {"libpq", VERSION_LIBPQ, NULL},
    {"SQLite", VERSION_SQLITE3, NULL},
    {"Jansson", VERSION_JANSSON, jansson_version_str},
    {"libcrypto", VERSION_LIBCRYPTO, NULL},
    {"C library", GLIBC_TEXT(__GLIBC__) "." GLIBC_TEXT(__GLIBC_MINOR__), gnu_get_libc_version},
};
const size_t version_rows_len = ARRAY_LEN(version_rows);

const char *version_program(void)
{
    return VERSION_PROGRAM;
}
