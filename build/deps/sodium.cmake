# libsodium by a list of our own: X25519, Ed25519, ChaCha20-Poly1305, BLAKE2b, HKDF, HMAC and scrypt, for age files and
# minisign signatures. Code for SSSE3 and SSE4.1 is chosen at run time; no AVX, for the reason given in zlib-ng.cmake.
set(S ${SODIUM}/src/libsodium/src/libsodium)
file(GLOB_RECURSE SODIUM_SOURCES ${S}/*.c)
set(SODIUM_DEFINES CONFIGURED=1 SODIUM_STATIC HAVE_STDINT_H HAVE_INTTYPES_H NATIVE_LITTLE_ENDIAN
  HAVE_WEAK_SYMBOLS HAVE_ATOMIC_OPS HAVE_GCC_MEMORY_FENCES HAVE_TI_MODE)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
  list(APPEND SODIUM_DEFINES HAVE_CPUID HAVE_MMINTRIN_H HAVE_EMMINTRIN_H HAVE_PMMINTRIN_H HAVE_TMMINTRIN_H
    HAVE_SMMINTRIN_H)
endif()
if(WIN32)
  list(REMOVE_ITEM SODIUM_DEFINES HAVE_WEAK_SYMBOLS)
else()
  list(APPEND SODIUM_DEFINES _GNU_SOURCE HAVE_SYS_MMAN_H HAVE_SYS_RANDOM_H HAVE_GETRANDOM HAVE_MMAP HAVE_MLOCK
    HAVE_MADVISE HAVE_MPROTECT HAVE_EXPLICIT_BZERO HAVE_NANOSLEEP HAVE_POSIX_MEMALIGN HAVE_GETPID HAVE_CLOCK_GETTIME)
endif()
add_library(hksodium STATIC ${SODIUM_SOURCES})
target_compile_definitions(hksodium PRIVATE ${SODIUM_DEFINES})
target_include_directories(hksodium PRIVATE ${S}/include ${S}/include/sodium ${SODIUM}/src/libsodium/builds/msvc)
install(TARGETS hksodium ARCHIVE DESTINATION lib)
install(DIRECTORY ${S}/include/ DESTINATION include FILES_MATCHING PATTERN "*.h" PATTERN "private" EXCLUDE)
install(FILES ${SODIUM}/src/libsodium/builds/msvc/version.h DESTINATION include/sodium)
install(FILES ${SODIUM}/src/libsodium/LICENSE DESTINATION licenses/sodium OPTIONAL)
