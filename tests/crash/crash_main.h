/*
 * Running the tests of one program as UNIT_MAIN does, but each may take minutes.
 */
#ifndef TESTS_CRASH_CRASH_MAIN_H
#define TESTS_CRASH_CRASH_MAIN_H

#include <check.h>
#include <stdlib.h>

#include "base/attr.h"

#define CRASH_TEST_S 600

static inline int crash_run(const char *name, const TTest *const tests[], size_t len)
{
    TCase *tcase = tcase_create(name);
    for (size_t i = 0; i < len; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_set_timeout(tcase, CRASH_TEST_S);
    Suite *suite = suite_create(name);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
