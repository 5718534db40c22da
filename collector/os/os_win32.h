/* Shared by the Windows files of os/ only. windows.h stays inside os/ and source/. */
#ifndef HK_OS_OS_WIN32_H
#define HK_OS_OS_WIN32_H

#include <stdbool.h>
#include <wchar.h>

#include <windows.h>

#include "os/os.h"

struct os_file {
  HANDLE handle;
  bool is_standard; /* never closed */
  bool is_console;  /* written as UTF-16: WriteFile with code page 65001 is broken before Windows 10 */
};

/* GetLastError() values to HK_*; HK_IO for whatever says nothing better. */
enum hk_code os_code_of_win32(DWORD e);
hk_err os_fail_win32(const char *step, DWORD e);
/* The same with GetLastError() as it is now. */
hk_err os_fail_last(const char *step);

/* A path for the W functions: absolute, "\\?\" before it, no name changed on the way (a trailing dot or "con" in evidence
   is a name like any other; GetFullPathNameW would turn it into another one). */
hk_err os_wide_path(struct hk_arena *a, hk_str path, WCHAR **out);
WCHAR *os_wide(struct hk_arena *a, hk_str s);
/* n units, or up to the zero when n is SIZE_MAX. Unpaired surrogates become U+FFFD. */
hk_str os_narrow(struct hk_arena *a, const WCHAR *w, size_t n);

/* A function newer than Windows 7, or one that not every Windows has, from a DLL every process already has. NULL when it
   is not there. Nothing is ever loaded, so no folder is searched. */
typedef void (*os_any_function)(void);
os_any_function os_find_function(const WCHAR *loaded_dll, const char *name);

#endif
