/*
 * The compiler attributes this project uses, by the names it uses them under. No other extension of
 * C17 is used.
 */
#ifndef BASE_ATTR_H
#define BASE_ATTR_H

#define MUST_CHECK        __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define NORETURN          __attribute__((noreturn))
#define MAYBE_UNUSED      __attribute__((unused))

/* Calls fn(&variable) when the variable leaves its scope: ownership that the eye can see. */
#define CLEANUP(fn) __attribute__((cleanup(fn)))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
