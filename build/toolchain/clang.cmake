# clang of whatever version the distribution has, for the sanitizers and libFuzzer.
find_program(HK_CLANG NAMES clang clang-19 clang-18 clang-17 clang-16 clang-15 clang-14 REQUIRED)
set(CMAKE_C_COMPILER ${HK_CLANG})
