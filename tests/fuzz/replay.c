/*
 * Plays a corpus again without libFuzzer: every file of the folders named, whole, and cut off at
 * places all along it, for a reply that is cut off is the most likely of all bad ones. Ends with
 * status 1 when there was nothing to play: a check without inputs is none.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/mem.h"
#include "base/str.h"
#include "tests/fuzz/fuzz.h"

/* A file as long as this is cut at each of its bytes, a longer one at as many places. */
enum { CUTS = 200, FILE_MAX = 1 << 20 };

/* In memory of exactly that size, so that a sanitizer sees a read behind it. */
static void play(const char *bytes, size_t len)
{
    uint8_t *copy = mem_new(len ? len : 1);
    memcpy(copy, bytes, len);
    LLVMFuzzerTestOneInput(len ? copy : NULL, len);
    free(copy);
}

static void play_file(const char *path)
{
    FILE *file = fopen(path, "re");
    if (!file) {
        fprintf(stderr, "cannot read '%s': %s\n", path, strerror(errno));
        exit(EXIT_FAILURE);
    }
    char *bytes = mem_new(FILE_MAX);
    size_t len = fread(bytes, 1, FILE_MAX, file);
    fclose(file);
    play(bytes, len);
    for (size_t i = 0; i < CUTS && i < len; i++)
        play(bytes, len < CUTS ? i : len * i / CUTS);
    free(bytes);
}

static size_t play_folder(const char *folder)
{
    size_t played = 0;
    DIR *list = opendir(folder);
    if (!list)
        return 0;
    for (struct dirent *entry = readdir(list); entry; entry = readdir(list)) {
        struct str path CLEANUP(str_free) = STR_INIT;
        if (entry->d_name[0] == '.')
            continue;
        str_printf(&path, "%s/%s", folder, entry->d_name);
        printf("%s\n", str_text(&path));
        fflush(stdout); /* the last one that is named is the one that ends the program */
        play_file(str_text(&path));
        played++;
    }
    closedir(list);
    return played;
}

int main(int argc, char **argv)
{
    size_t played = 0;
    for (int i = 1; i < argc; i++)
        played += play_folder(argv[i]);
    printf("%zu files played, each whole and cut off\n", played);
    return played > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
