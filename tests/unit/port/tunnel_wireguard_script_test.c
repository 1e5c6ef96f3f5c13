/*
 * Scripts and their includes; and the ones that are built in are whole.
 */
#include "steps/port/tunnel/wireguard_script.h"
#include "tests/unit/unit.h"

extern const struct embed wireguard_scripts[];
extern const size_t wireguard_scripts_len;

#define FILE_OF(name, text)                                                                        \
    {                                                                                              \
        name, text, sizeof text - 1                                                                \
    }

static const struct embed files[] = {
    FILE_OF("a", "one\n#include b\nthree\n"),      FILE_OF("b", "two\n"),
    FILE_OF("nested", "cat <<'E'\n#include a\nE"), FILE_OF("lost", "#include nowhere\n"),
    FILE_OF("round", "#include round\n"),          FILE_OF("twice", "#include b\n#include b\n"),
};

static const char *render(const char *name)
{
    static struct arena *arena;
    if (!arena)
        arena = arena_new();
    return wireguard_script_render(files, ARRAY_LEN(files), name, arena);
}

START_TEST(include_line_stands_for_the_other_text)
{
    ck_assert_str_eq(render("a"), "one\ntwo\nthree\n");
    ck_assert_str_eq(render("nested"), "cat <<'E'\none\ntwo\nthree\nE");
    ck_assert_str_eq(render("twice"), "two\ntwo\n");
}
END_TEST

START_TEST(unknown_or_endless_include_gives_nothing)
{
    ck_assert_ptr_null(render("nowhere"));
    ck_assert_ptr_null(render("lost"));
    ck_assert_ptr_null(render("round"));
}
END_TEST

START_TEST(every_built_in_script_is_whole)
{
    struct arena *arena = arena_new();
    ck_assert_uint_gt(wireguard_scripts_len, 10);
    for (size_t i = 0; i < wireguard_scripts_len; i++) {
        const char *text = wireguard_script_text(wireguard_scripts[i].name, arena);
        ck_assert_msg(text != NULL, "%s", wireguard_scripts[i].name);
        ck_assert_ptr_null(strstr(text, "#include"));
        ck_assert_ptr_null(strstr(text, "private-key /etc"));
    }
    arena_free(arena);
}
END_TEST

/* The watcher must be able to remove without a file of ours. */
START_TEST(watcher_that_prepare_writes_holds_all_of_remove)
{
    struct arena *arena = arena_new();
    const char *prepare = wireguard_script_text("prepare.sh", arena);
    const char *watch = wireguard_script_text("watch.sh", arena);
    ck_assert_ptr_nonnull(strstr(prepare, watch));
    ck_assert_ptr_nonnull(strstr(watch, "remove_link()"));
    arena_free(arena);
}
END_TEST

UNIT_MAIN("wireguard_script", include_line_stands_for_the_other_text,
          unknown_or_endless_include_gives_nothing, every_built_in_script_is_whole,
          watcher_that_prepare_writes_holds_all_of_remove)
