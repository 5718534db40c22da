# zlib-ng, native API (zng_*), by a list of our own: its CMake project asks the compiler some sixty questions.
# Code for SSE2, SSSE3, SSE4.2 and PCLMULQDQ is chosen at run time. No AVX: gcc for Windows x64 does not keep the stack
# on 32 bytes (gcc bug 54412), so AVX spills may crash there; and both platforms shall run the same code.
set(Z ${ZNG}/src/zlib_ng/zlib-ng)
set(G ${CMAKE_BINARY_DIR}/zng)
file(READ ${Z}/zlib-ng.h.in text)
string(REPLACE "@ZLIB_SYMBOL_PREFIX@" "" text "${text}")
file(CONFIGURE OUTPUT ${G}/zlib-ng.h CONTENT "${text}" @ONLY)
configure_file(${Z}/zlib_name_mangling.h.empty ${G}/zlib_name_mangling-ng.h COPYONLY)
configure_file(${Z}/zconf-ng.h.in ${G}/zconf-ng.h COPYONLY)
foreach(n adler32 compress crc32 crc32_braid_comb deflate deflate_fast deflate_huff deflate_medium deflate_quick
    deflate_rle deflate_slow deflate_stored functable infback inflate inftrees insert_string insert_string_roll trees
    uncompr zutil cpu_features)
  list(APPEND ZNG_SOURCES ${Z}/${n}.c)
endforeach()
foreach(n adler32_c adler32_fold_c chunkset_c compare256_c crc32_braid_c crc32_fold_c slide_hash_c)
  list(APPEND ZNG_SOURCES ${Z}/arch/generic/${n}.c)
endforeach()
set(ZNG_DEFINES ZLIBNG_NATIVE_API HAVE_ATTRIBUTE_ALIGNED HAVE_BUILTIN_ASSUME_ALIGNED HAVE_BUILTIN_CTZ HAVE_BUILTIN_CTZLL
  HAVE_VISIBILITY_HIDDEN)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
  set(X ${Z}/arch/x86)
  list(APPEND ZNG_DEFINES X86_FEATURES X86_SSE2 X86_SSSE3 X86_SSE42 X86_PCLMULQDQ_CRC)
  list(APPEND ZNG_SOURCES ${X}/x86_features.c ${X}/chunkset_sse2.c ${X}/compare256_sse2.c ${X}/slide_hash_sse2.c
    ${X}/adler32_ssse3.c ${X}/chunkset_ssse3.c ${X}/adler32_sse42.c ${X}/crc32_pclmulqdq.c)
  set_source_files_properties(${X}/x86_features.c PROPERTIES COMPILE_OPTIONS -mxsave)
  set_source_files_properties(${X}/adler32_ssse3.c ${X}/chunkset_ssse3.c PROPERTIES COMPILE_OPTIONS -mssse3)
  set_source_files_properties(${X}/adler32_sse42.c PROPERTIES COMPILE_OPTIONS -msse4.2)
  set_source_files_properties(${X}/crc32_pclmulqdq.c PROPERTIES COMPILE_OPTIONS "-msse4.2;-mpclmul")
endif()
if(NOT WIN32)
  list(APPEND ZNG_DEFINES HAVE_POSIX_MEMALIGN HAVE_ALIGNED_ALLOC _LARGEFILE64_SOURCE=1 __USE_LARGEFILE64 _GNU_SOURCE)
endif()
add_library(hkzng STATIC ${ZNG_SOURCES})
target_include_directories(hkzng PRIVATE ${G} ${Z})
target_compile_definitions(hkzng PRIVATE ${ZNG_DEFINES})
install(TARGETS hkzng ARCHIVE DESTINATION lib)
install(FILES ${G}/zlib-ng.h ${G}/zlib_name_mangling-ng.h ${G}/zconf-ng.h DESTINATION include)
install(FILES ${Z}/LICENSE.md DESTINATION licenses/zlib-ng OPTIONAL)
