/* Makes a test program its own examiner: `program --examiner` is the child, with the villain as its only module. The
   project's ordinary libraries do not hold the villain, so it is compiled in here. */
#ifndef HK_TESTS_VILLAIN_HERE_H
#define HK_TESTS_VILLAIN_HERE_H

#include "villain/villain.c"

#ifdef _WIN32
#include "villain/villain_win32.c"
#else
#include "villain/villain_posix.c"
#endif

#include "examine/examine.h"

static const struct hk_module *const test_modules[] = {&villain_module};

#ifdef __GLIBC__
#define CONSTRUCTOR_ARGUMENTS int argc, char **argv
#else
#define CONSTRUCTOR_ARGUMENTS void
#endif

/* Before main() of check.h, which would take the argument for the name of a test. The C library of GNU hands argc and argv
   to constructors. */
__attribute__((constructor)) static void become_examiner(CONSTRUCTOR_ARGUMENTS)
{
    struct hk_arena a;
    hk_str *args = NULL;
    size_t n = 0;
    hk_arena_init(&a, 0);
#ifdef __GLIBC__
    const hk_err e = os_arguments(&a, argc, argv, &args, &n);
#else
    const hk_err e = os_arguments(&a, 0, NULL, &args, &n);
#endif
    const bool child = e.code == HK_OK && n == 2 && hk_str_eq(args[1], HK_S(HK_EXAMINER_ARGUMENT));
    hk_arena_done(&a);
    if (child) _Exit(hk_examiner_main(test_modules, 1));
}

#endif
