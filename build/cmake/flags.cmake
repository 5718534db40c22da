# Flags of our own code. Third-party libraries are built by build/deps, without warnings and without these.
set(HK_WARNINGS -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror)


# No path of the machine and no time of day in the program: the same commit gives the same bytes.
add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}/= -ffile-prefix-map=${CMAKE_BINARY_DIR}/=out/)
add_compile_options(-ffunction-sections -fdata-sections -fno-strict-aliasing -fno-common -fstack-protector-strong)
add_link_options(-Wl,--gc-sections)
if(WIN32)
  add_compile_definitions(WINVER=0x0601 _WIN32_WINNT=0x0601 WIN32_LEAN_AND_MEAN __USE_MINGW_ANSI_STDIO=1)
  add_compile_options(-O2)
  add_link_options(-static -s -fstack-protector-strong -Wl,--no-insert-timestamp -Wl,--dynamicbase,--nxcompat,--high-entropy-va
    -Wl,--subsystem,console:6.1)
elseif(HK_SANITIZE)
  add_compile_definitions(_GNU_SOURCE _FILE_OFFSET_BITS=64)
  set(san ${HK_SANITIZE})
  if(HK_FUZZ_ENGINE STREQUAL "libfuzzer")
    string(APPEND san ",fuzzer-no-link")
  endif()
  add_compile_options(-O1 -g -fno-omit-frame-pointer -fsanitize=${san} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${HK_SANITIZE})
else()
  add_compile_definitions(_GNU_SOURCE _FILE_OFFSET_BITS=64 _FORTIFY_SOURCE=2)
  add_compile_options(-O2 -fPIE)
  add_link_options(-static-pie -Wl,-z,relro,-z,now -Wl,--build-id=none)
endif()
