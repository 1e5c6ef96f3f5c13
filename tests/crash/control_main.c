/*
 * The matrix on a program that is wrong on purpose (tests/crash/mutant.sh made it): it passes when
 * the undisturbed run is sound and the matrix finds what is wrong all the same. With "replace" the
 * runner is not killed but replaced while it is stopped.
 */
#include <stdio.h>
#include <string.h>

#include "tests/crash/matrix.h"

static struct matrix matrix;

int main(int argc, char **argv)
{
    enum matrix_fault fault =
        argc > 1 && strcmp(argv[1], "replace") == 0 ? MATRIX_REPLACE : MATRIX_KILL;
    struct crew_tally tally = {0};
    matrix_find(&matrix, 1);
    if (matrix.wrong[0] != '\0') {
        printf("the undisturbed run tells already: %s\n", matrix.wrong);
        return 1;
    }
    matrix_try(&matrix, fault, &tally);
    printf("%ld of %ld moments show it, the first: %s\n", tally.broken, tally.tried, tally.first);
    return tally.broken > 0 ? 0 : 1;
}
