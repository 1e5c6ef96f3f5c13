/*
 * What a unit test file needs besides Check: a main that runs a list of tests, and a directory of
 * its own.
 *
 *     START_TEST(fence_is_raised_by_one_at_each_take_over) { … } END_TEST
 *     UNIT_MAIN("lease", fence_is_raised_by_one_at_each_take_over, …)
 */
#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/attr.h"

/* Runs the tests, each in a process of its own; 0 when all passed. */
static inline int unit_run(const char *name, const TTest *const tests[], size_t len)
{
    TCase *tcase = tcase_create(name);
    for (size_t i = 0; i < len; i++)
        tcase_add_test(tcase, tests[i]);
    /* ctest has a limit for the whole; a busy machine is no failure. */
    tcase_set_timeout(tcase, 240);
    Suite *suite = suite_create(name);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#define UNIT_MAIN(name, ...)                                                                       \
    int main(void)                                                                                 \
    {                                                                                              \
        const TTest *const tests[] = {__VA_ARGS__};                                                \
        return unit_run(name, tests, ARRAY_LEN(tests));                                            \
    }

/* A fresh directory, mode 0700; unit_remove_dir takes it away with the files in it. */
static inline void unit_make_dir(char path[64])
{
    snprintf(path, 64, "/tmp/ece-unit-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(path));
}

static inline void unit_remove_dir(const char *path)
{
    DIR *dir = opendir(path);
    if (!dir)
        return;
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir))
        unlinkat(dirfd(dir), entry->d_name, 0);
    closedir(dir);
    rmdir(path);
}

static inline void unit_write_file(const char *path, const void *bytes, size_t len)
{
    FILE *file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, len, file), len);
    ck_assert_int_eq(fclose(file), 0);
}

#endif
