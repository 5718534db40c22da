# libesedb, libregf, libevtx and their support libraries as one archive, without their configure scripts.
# HAVE_CONFIG_H stays undefined: common/config.h in the archives is a leftover of the packager's machine; everything
# is given on the command line instead. <name>/<name>.c (DllMain) is left out.
# No multi-thread support: an item is examined by one thread, and the locks around every value would cost time.
add_library(yal_config INTERFACE)
target_compile_definitions(yal_config INTERFACE
  HAVE_ERRNO_H HAVE_FCNTL_H HAVE_STDARG_H HAVE_STDINT_H HAVE_INTTYPES_H HAVE_STDIO_H HAVE_STDLIB_H HAVE_STRING_H
  HAVE_LIMITS_H HAVE_LOCALE_H HAVE_TIME_H HAVE_SYS_TYPES_H HAVE_SYS_STAT_H HAVE_WCHAR_H HAVE_WCTYPE_H HAVE_UNISTD_H
  STDC_HEADERS HAVE_CLOCK HAVE_FCLOSE HAVE_FGETS HAVE_FOPEN HAVE_FREAD HAVE_FREE HAVE_FWRITE HAVE_GETENV HAVE_LABS
  HAVE_MALLOC HAVE_CALLOC HAVE_REALLOC HAVE_MEMCHR HAVE_MEMCMP HAVE_MEMCPY HAVE_MEMSET HAVE_MKTIME HAVE_SETLOCALE
  HAVE_SPRINTF HAVE_SNPRINTF HAVE_STRCHR HAVE_STRLEN HAVE_STRNCMP HAVE_STRCMP HAVE_STRNCPY HAVE_STRRCHR HAVE_STRSTR
  HAVE_STRCASECMP HAVE_STRNCASECMP HAVE_TIME HAVE_TOWUPPER HAVE_TOWLOWER HAVE_TOUPPER HAVE_TOLOWER HAVE_VFPRINTF
  HAVE_VSNPRINTF HAVE_VSPRINTF HAVE_WCSCHR HAVE_WCSLEN HAVE_WCSNCPY HAVE_WCSRCHR HAVE_WCSNCMP HAVE_WCSSTR
  HAVE_WMEMCHR HAVE_WMEMCMP HAVE_WMEMCPY HAVE_WIDE_CHARACTER_TYPE
  SIZEOF_INT=4 SIZEOF_SIZE_T=${CMAKE_SIZEOF_VOID_P} SIZEOF_OFF_T=8 _FILE_OFFSET_BITS=64)
if(WIN32)
  target_compile_definitions(yal_config INTERFACE HAVE_WINDOWS_H SIZEOF_WCHAR_T=2 SIZEOF_LONG=4 HAVE_STRERROR
    HAVE_STRNICMP HAVE_WCSNICMP)
else()
  target_compile_definitions(yal_config INTERFACE SIZEOF_WCHAR_T=4 SIZEOF_LONG=${CMAKE_SIZEOF_VOID_P} HAVE_CLOSE
    HAVE_OPEN HAVE_READ HAVE_WRITE HAVE_LSEEK HAVE_FTRUNCATE HAVE_FSTAT HAVE_STAT HAVE_UNLINK HAVE_GETPID HAVE_GETCWD
    HAVE_CHDIR HAVE_IOCTL HAVE_SYS_IOCTL_H HAVE_POSIX_FADVISE HAVE_FSEEKO HAVE_FTELLO HAVE_LANGINFO_H HAVE_NL_LANGINFO
    HAVE_LANGINFO_CODESET HAVE_LOCALTIME_R HAVE_GMTIME_R HAVE_STRERROR_R HAVE_DECL_STRERROR_R=1 HAVE_MEMRCHR
    HAVE_TZSET HAVE_GETEUID HAVE_MKDIR HAVE_MKDIR_MODE HAVE_WCSCASECMP HAVE_WCSNCASECMP HAVE_WCSTOMBS HAVE_STRINGS_H
    HAVE_SYS_TIME_H HAVE_CLOCK_GETTIME HAVE_LINUX_FS_H HAVE_SIGNAL_H HAVE_SYS_SIGNAL_H)
endif()

# Each archive carries copies of the support libraries, of different dates; the newest copy serves all.
set(YAL_PARTS)
set(YAL_INCLUDES)
function(yal_part root)
  foreach(n ${ARGN})
    file(GLOB s ${root}/${n}/*.c)
    list(REMOVE_ITEM s ${root}/${n}/${n}.c)
    add_library(yal_${n} OBJECT ${s})
    target_include_directories(yal_${n} PRIVATE ${root}/include ${root}/common)
    target_link_libraries(yal_${n} PRIVATE yal_config)
    set(unity ${HK_UNITY})
    if(n STREQUAL libfmapi)        # its *_checksum.h declares otherwise than its *_checksum.c defines
      set(unity OFF)
    endif()
    set_target_properties(yal_${n} PROPERTIES UNITY_BUILD ${unity} UNITY_BUILD_BATCH_SIZE 24)
    list(APPEND YAL_PARTS ${n})
    list(APPEND YAL_INCLUDES ${root}/${n})
    if(NOT n MATCHES "^lib(esedb|regf|evtx)$")
      string(TOUPPER ${n} u)
      target_compile_definitions(yal_config INTERFACE HAVE_LOCAL_${u})
    endif()
  endforeach()
  set(YAL_PARTS ${YAL_PARTS} PARENT_SCOPE)
  set(YAL_INCLUDES ${YAL_INCLUDES} PARENT_SCOPE)
endfunction()
yal_part(${EVTX} libcerror libcthreads libcdata libclocale libcnotify libcsplit libuna libcfile libcpath libbfio
  libfcache libfdata libfdatetime libfguid libfvalue libfwnt libfwevt)
yal_part(${ESEDB} libfmapi libmapidb)
set(SUPPORT_INCLUDES ${YAL_INCLUDES})
yal_part(${ESEDB} libesedb)
yal_part(${REGF} libregf)
yal_part(${EVTX} libevtx)
foreach(n ${YAL_PARTS})
  target_include_directories(yal_${n} PRIVATE ${SUPPORT_INCLUDES})
  list(APPEND YAL_OBJECTS $<TARGET_OBJECTS:yal_${n}>)
endforeach()
add_library(hkyal STATIC ${YAL_OBJECTS})
install(TARGETS hkyal ARCHIVE DESTINATION lib)
foreach(p ESEDB:libesedb REGF:libregf EVTX:libevtx)
  string(REPLACE ":" ";" p ${p})
  list(GET p 0 v)
  list(GET p 1 n)
  install(FILES ${${v}}/include/${n}.h DESTINATION include)
  install(DIRECTORY ${${v}}/include/${n} DESTINATION include FILES_MATCHING PATTERN "*.h")
  install(FILES ${${v}}/COPYING ${${v}}/COPYING.LESSER DESTINATION licenses/${n} OPTIONAL)
endforeach()
install(FILES include/libbfio.h DESTINATION include)
