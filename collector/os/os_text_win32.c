/* UTF-8 to UTF-16 and back, paths, error numbers, functions that not every Windows has. */
#include "os/os_win32.h"

#include <string.h>

/* Numbers that older headers lack; meanings from the Windows list of system error codes. */
#define ELEVATION_REQUIRED 740
#define DISK_QUOTA_EXCEEDED 1295
#define CLOUD_FILE_ACCESS_DENIED 395
#define VIRUS_INFECTED 225
#define VIRUS_DELETED 226
#define LOCKED_BY_BITLOCKER 0x80310000u

enum hk_code os_code_of_win32(DWORD e)
{
  switch (e) {
  case ERROR_FILE_NOT_FOUND:
  case ERROR_PATH_NOT_FOUND:
  case ERROR_INVALID_NAME: /* no such name can exist there: ":stream" on FAT */
  case ERROR_BAD_PATHNAME:
  case ERROR_DIRECTORY:
  case ERROR_INVALID_DRIVE:
  case ERROR_NOT_READY: /* no medium */
  case ERROR_BAD_NETPATH:
  case ERROR_BAD_NET_NAME:
  case ERROR_BAD_UNIT:
  case ERROR_DEV_NOT_EXIST:
    return HK_ABSENT;
  case ERROR_ACCESS_DENIED:
  case ERROR_SHARING_VIOLATION:
  case ERROR_LOCK_VIOLATION:
  case ERROR_WRITE_PROTECT:
  case ERROR_NETWORK_ACCESS_DENIED:
  case ERROR_PRIVILEGE_NOT_HELD:
  case ERROR_LOGON_FAILURE:
  case ERROR_ACCOUNT_RESTRICTION:
  case ERROR_CANT_ACCESS_FILE:
  case ERROR_DELETE_PENDING:
  case ERROR_USER_MAPPED_FILE:
  case ELEVATION_REQUIRED:
  case ERROR_BUSY:
  case CLOUD_FILE_ACCESS_DENIED:
  case VIRUS_INFECTED: /* an antivirus refuses the file */
  case VIRUS_DELETED:
  case LOCKED_BY_BITLOCKER:
    return HK_DENIED;
  case ERROR_DISK_FULL:
  case ERROR_HANDLE_DISK_FULL:
  case DISK_QUOTA_EXCEEDED:
  case ERROR_FILE_TOO_LARGE:
  case ERROR_TOO_MANY_OPEN_FILES:
  case ERROR_NO_SYSTEM_RESOURCES:
    return HK_LIMIT;
  case ERROR_NOT_ENOUGH_MEMORY:
  case ERROR_OUTOFMEMORY:
  case ERROR_COMMITMENT_LIMIT:
  case ERROR_NOT_ENOUGH_QUOTA:
    return HK_MEMORY;
  case ERROR_FILE_EXISTS:
  case ERROR_ALREADY_EXISTS:
  case ERROR_DIR_NOT_EMPTY:
  case ERROR_INVALID_PARAMETER:
  case ERROR_NOT_SAME_DEVICE:
  case ERROR_FILENAME_EXCED_RANGE:
    return HK_USAGE;
  case ERROR_CALL_NOT_IMPLEMENTED:
  case ERROR_NOT_SUPPORTED:
  case ERROR_INVALID_FUNCTION:
    return HK_UNSUPPORTED;
  default:
    return HK_IO;
  }
}

hk_err os_fail_win32(const char *step, DWORD e)
{
  return hk_fail_os(os_code_of_win32(e), step, (int)e);
}

hk_err os_fail_last(const char *step)
{
  return os_fail_win32(step, GetLastError());
}

WCHAR *os_wide(struct hk_arena *a, hk_str s)
{
  size_t n = 0;
  return (WCHAR *)hk_str_to_utf16le(a, s, &n);
}

hk_str os_narrow(struct hk_arena *a, const WCHAR *w, size_t n)
{
  if (n == SIZE_MAX) n = wcslen(w);
  return hk_str_from_utf16le(a, w, n * sizeof *w);
}

static bool is_letter(WCHAR c)
{
  return (c >= L'A' && c <= L'Z') || (c >= L'a' && c <= L'z');
}

/* Writes `from` behind `to` component by component; "." and ".." are resolved, separators made one "\". Returns the new
   length. `floor` is the length that ".." never goes below ("C:" or "\\server\share"). */
static size_t add_components(WCHAR *to, size_t n, size_t floor, const WCHAR *from)
{
  while (*from) {
    size_t len = 0;
    while (from[len] && from[len] != L'\\') len++;
    if (len == 2 && from[0] == L'.' && from[1] == L'.') {
      while (n > floor && to[n - 1] != L'\\') n--;
      if (n > floor) n--;
    } else if (len > 0 && !(len == 1 && from[0] == L'.')) {
      to[n++] = L'\\';
      wmemcpy(to + n, from, len);
      n += len;
    }
    from += len;
    while (*from == L'\\') from++;
  }
  return n;
}

/* p is absolute ("C:\…" or "\\server\share\…"), with backslashes only. */
static WCHAR *with_prefix(struct hk_arena *a, const WCHAR *p)
{
  const size_t size = wcslen(p) + 16;
  WCHAR *const out = hk_new(a, WCHAR, size);
  if (out == NULL) return NULL;
  size_t n = 0;
  if (p[0] == L'\\') {
    static const WCHAR prefix[] = L"\\\\?\\UNC";
    n = sizeof prefix / sizeof *prefix - 1;
    wmemcpy(out, prefix, n);
    const WCHAR *rest = p + 2;
    for (int part = 0; part < 2 && *rest; part++) { /* server and share cannot be left by ".." */
      size_t len = 0;
      while (rest[len] && rest[len] != L'\\') len++;
      out[n++] = L'\\';
      wmemcpy(out + n, rest, len);
      n += len;
      rest += len;
      while (*rest == L'\\') rest++;
    }
    n = add_components(out, n, n, rest);
  } else {
    wmemcpy(out, L"\\\\?\\", 4);
    out[4] = p[0];
    out[5] = L':';
    n = add_components(out, 6, 6, p + 2);
    if (n == 6) out[n++] = L'\\'; /* "C:" alone would be the device */
  }
  out[n] = 0;
  return out;
}

/* What the user typed relative to the current folder; such names are ours to interpret as Windows does. */
static hk_err full_path(struct hk_arena *a, const WCHAR *w, WCHAR **out)
{
  const DWORD need = GetFullPathNameW(w, 0, NULL, NULL);
  if (need == 0) return os_fail_last("find full path");
  WCHAR *const full = hk_new(a, WCHAR, (size_t)need + 1);
  if (full == NULL) return hk_fail(HK_MEMORY, "find full path", HK_NO_OFFSET);
  const DWORD n = GetFullPathNameW(w, need + 1, full, NULL);
  if (n == 0 || n > need) return os_fail_last("find full path");
  *out = full;
  return hk_ok();
}

hk_err os_wide_path(struct hk_arena *a, hk_str path, WCHAR **out)
{
  if (path.n == 0) return hk_fail(HK_ABSENT, "empty path", HK_NO_OFFSET);
  if (hk_str_find(path, '\0') != path.n) return hk_fail(HK_USAGE, "zero byte in the path", HK_NO_OFFSET);
  WCHAR *w = os_wide(a, path);
  if (w == NULL) return hk_fail(HK_MEMORY, "convert path", HK_NO_OFFSET);
  for (WCHAR *c = w; *c; c++)
    if (*c == L'/') *c = L'\\';
  if (wcsncmp(w, L"\\\\?\\", 4) == 0 || wcsncmp(w, L"\\\\.\\", 4) == 0) {
    *out = w;
    return hk_ok();
  }
  const bool drive = is_letter(w[0]) && w[1] == L':' && (w[2] == L'\\' || w[2] == 0);
  const bool unc = w[0] == L'\\' && w[1] == L'\\';
  if (!drive && !unc) {
    HK_TRY(full_path(a, w, &w));
    if (wcsncmp(w, L"\\\\", 2) == 0 && (w[2] == L'.' || w[2] == L'?') && w[3] == L'\\') { /* "con" became a device */
      *out = w;
      return hk_ok();
    }
  }
  *out = with_prefix(a, w);
  return *out ? hk_ok() : hk_fail(HK_MEMORY, "convert path", HK_NO_OFFSET);
}

os_any_function os_find_function(const WCHAR *loaded_dll, const char *name)
{
  const HMODULE dll = GetModuleHandleW(loaded_dll);
  return dll ? (os_any_function)GetProcAddress(dll, name) : NULL;
}
