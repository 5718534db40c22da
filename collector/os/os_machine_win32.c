/* This process and this machine on Windows. */
#include "os/os_win32.h"

#include <stdlib.h>
#include <winioctl.h>

/* Exported by advapi32 under this name since Windows XP; documented as RtlGenRandom. */
#define RtlGenRandom SystemFunction036
BOOLEAN NTAPI RtlGenRandom(PVOID buffer, ULONG size);

/* ---- command line --------------------------------------------------------------------------------------------------------- */

/* One argument from *at on, written to `to`; the rules of the Microsoft C runtime ("Parsing C command-line arguments"):
   2n backslashes before a quote are n and the quote delimits, 2n+1 are n and a quote; "" within quotes is a quote. The
   program's name knows no backslash escape. CommandLineToArgvW would do it, but pulls in shell32. */
static size_t take_argument(const WCHAR **at, bool is_program, WCHAR *to)
{
  const WCHAR *c = *at;
  size_t n = 0;
  bool quoted = false;
  while (*c && (quoted || (*c != L' ' && *c != L'\t'))) {
    size_t slashes = 0;
    while (!is_program && c[slashes] == L'\\') slashes++;
    if (slashes > 0) {
      const bool before_quote = c[slashes] == L'"';
      for (size_t i = 0; i < (before_quote ? slashes / 2 : slashes); i++) to[n++] = L'\\';
      c += slashes;
      if (before_quote && slashes % 2 == 1) to[n++] = *c++;
    } else if (*c == L'"') {
      if (quoted && c[1] == L'"' && !is_program)
        to[n++] = *c++;
      else
        quoted = !quoted;
      c++;
    } else {
      to[n++] = *c++;
    }
  }
  *at = c;
  return n;
}

hk_err os_arguments(struct hk_arena *a, int argc, char **argv, hk_str **args, size_t *n_args)
{
  (void)argc;
  (void)argv;
  const WCHAR *c = GetCommandLineW();
  const size_t size = wcslen(c) + 1;
  WCHAR *const one = hk_new(a, WCHAR, size);
  hk_str *const v = hk_new(a, hk_str, size / 2 + 1);
  if (one == NULL || v == NULL) return hk_fail(HK_MEMORY, "read command line", HK_NO_OFFSET);
  size_t n = 0;
  while (n == 0 || *c) {
    const size_t len = take_argument(&c, n == 0, one);
    v[n] = os_narrow(a, one, len);
    if (v[n++].p == NULL) return hk_fail(HK_MEMORY, "read command line", HK_NO_OFFSET);
    while (*c == L' ' || *c == L'\t') c++;
  }
  *args = v;
  *n_args = n;
  return hk_ok();
}

/* ---- names ------------------------------------------------------------------------------------------------------------------ */

hk_str os_self_path(struct hk_arena *a)
{
  enum { MOST_UNITS = 32768 };
  WCHAR *const w = hk_new(a, WCHAR, MOST_UNITS);
  if (w == NULL) return HK_S("");
  const DWORD n = GetModuleFileNameW(NULL, w, MOST_UNITS);
  return n > 0 && n < MOST_UNITS ? os_narrow(a, w, n) : HK_S("");
}

/* The DNS name keeps what NetBIOS cuts at 15 characters. */
hk_str os_host_name(struct hk_arena *a)
{
  WCHAR w[256];
  DWORD n = 256;
  if (GetComputerNameExW(ComputerNamePhysicalDnsHostname, w, &n) && n > 0) return os_narrow(a, w, n);
  n = 256;
  return GetComputerNameW(w, &n) ? os_narrow(a, w, n) : HK_S("");
}

hk_str os_user_name(struct hk_arena *a)
{
  union {
    TOKEN_USER user;
    BYTE bytes[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
  } info;
  WCHAR name[257], domain[257];
  DWORD n = 0, n_name = 257, n_domain = 257;
  SID_NAME_USE use;
  HANDLE token = NULL;
  if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) return HK_S("");
  const bool known = GetTokenInformation(token, TokenUser, &info, sizeof info, &n) &&
                     LookupAccountSidW(NULL, info.user.User.Sid, name, &n_name, domain, &n_domain, &use);
  CloseHandle(token);
  if (!known) return HK_S("");
  const hk_str d = os_narrow(a, domain, SIZE_MAX), u = os_narrow(a, name, SIZE_MAX);
  return d.n ? hk_str_printf(a, "%.*s\\%.*s", (int)d.n, d.p, (int)u.n, u.p) : u;
}

/* Elevated: the group is enabled in the token. A filtered token has it for deny only, which does not count. */
bool os_is_admin(void)
{
  BYTE sid[SECURITY_MAX_SID_SIZE];
  DWORD n = sizeof sid;
  BOOL member = FALSE;
  if (!CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, sid, &n)) return false;
  return CheckTokenMembership(NULL, sid, &member) && member;
}

/* RtlGetVersion says the truth without a manifest; GetVersionEx says 6.2 from Windows 8.1 on. */
hk_str os_version(struct hk_arena *a)
{
  typedef LONG(WINAPI * get_version)(OSVERSIONINFOW *);
  const get_version get = (get_version)os_find_function(L"ntdll.dll", "RtlGetVersion");
  OSVERSIONINFOW v = {.dwOSVersionInfoSize = sizeof v};
  if (get == NULL || get(&v) != 0) return HK_S("Windows");
  return hk_str_printf(a, "Windows %lu.%lu.%lu", v.dwMajorVersion, v.dwMinorVersion, v.dwBuildNumber);
}

/* ---- time ------------------------------------------------------------------------------------------------------------------- */

hk_time os_now(void)
{
  FILETIME t;
  GetSystemTimeAsFileTime(&t);
  return hk_time_from_filetime((uint64_t)t.dwHighDateTime << 32 | t.dwLowDateTime);
}

uint64_t os_monotonic_ms(void)
{
  return GetTickCount64();
}

/* Includes sleep. After a "fast startup" shutdown this is the time of the last full start. */
hk_time os_boot_time(void)
{
  return os_now() - (hk_time)(GetTickCount64() * 10000);
}

int os_utc_offset_minutes(void)
{
  TIME_ZONE_INFORMATION z;
  const DWORD part = GetTimeZoneInformation(&z);
  if (part == TIME_ZONE_ID_INVALID) return 0;
  LONG bias = z.Bias;
  if (part == TIME_ZONE_ID_STANDARD) bias += z.StandardBias;
  if (part == TIME_ZONE_ID_DAYLIGHT) bias += z.DaylightBias;
  return (int)-bias;
}

/* "Tokyo Standard Time": the key's name, which is not translated. */
hk_str os_time_zone(struct hk_arena *a)
{
  DYNAMIC_TIME_ZONE_INFORMATION z;
  if (GetDynamicTimeZoneInformation(&z) == TIME_ZONE_ID_INVALID) return HK_S("");
  return os_narrow(a, z.TimeZoneKeyName[0] ? z.TimeZoneKeyName : z.StandardName, SIZE_MAX);
}

bool os_language_is_japanese(void)
{
  return PRIMARYLANGID(GetUserDefaultUILanguage()) == LANG_JAPANESE;
}

/* ---- machine ---------------------------------------------------------------------------------------------------------------- */

void os_random(void *out, size_t n)
{
  unsigned char *to = out;
  while (n > 0) {
    const ULONG piece = n < 4096 ? (ULONG)n : 4096;
    if (!RtlGenRandom(to, piece)) abort();
    to += piece;
    n -= piece;
  }
}

unsigned os_cpu_count(void)
{
  const DWORD n = GetActiveProcessorCount(ALL_PROCESSOR_GROUPS); /* Windows 7 */
  return n > 0 ? (unsigned)n : 1;
}

void os_sleep_ms(unsigned ms)
{
  Sleep(ms);
}

unsigned os_process_id(void)
{
  return (unsigned)GetCurrentProcessId();
}

/* AdjustTokenPrivileges succeeds also when it enabled nothing; the last error tells. */
static bool enable(HANDLE token, const WCHAR *name)
{
  TOKEN_PRIVILEGES p = {.PrivilegeCount = 1};
  p.Privileges[0].Attributes = SE_PRIVILEGE_ENABLED;
  if (!LookupPrivilegeValueW(NULL, name, &p.Privileges[0].Luid)) return false;
  SetLastError(ERROR_SUCCESS);
  return AdjustTokenPrivileges(token, FALSE, &p, 0, NULL, NULL) && GetLastError() == ERROR_SUCCESS;
}

/* Backup: read whatever the ACL. Security: read audit settings. Restore is left: a collector does not write to
   the evidence. Debug is taken only while processes are asked about (state_win32.c). */
hk_str os_take_privileges(struct hk_arena *a)
{
  static const struct {
    const WCHAR *wide;
    const char *name;
  } wanted[] = {{L"SeBackupPrivilege", "SeBackupPrivilege"}, {L"SeSecurityPrivilege", "SeSecurityPrivilege"}};
  HANDLE token = NULL;
  hk_str all = HK_S("");
  if (!OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES | TOKEN_QUERY, &token)) return all;
  for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
    if (enable(token, wanted[i].wide))
      all = hk_str_printf(a, "%.*s%s%s", (int)all.n, all.p, all.n ? " " : "", wanted[i].name);
  CloseHandle(token);
  return all;
}

hk_str os_fixed_volumes(struct hk_arena *a)
{
  char letters[27];
  size_t n = 0;
  const DWORD drives = GetLogicalDrives();
  for (int i = 0; i < 26; i++) {
    const WCHAR root[] = {(WCHAR)(L'A' + i), L':', L'\\', 0};
    if (drives >> i & 1 && GetDriveTypeW(root) == DRIVE_FIXED) letters[n++] = (char)('A' + i);
  }
  return hk_str_copy(a, (hk_str){.p = letters, .n = n});
}

/* A USB hard disk calls itself fixed; its bus tells. Opening a volume with no access needs no rights. */
static bool is_on_usb(const WCHAR *root)
{
  const WCHAR *const letter = wcsncmp(root, L"\\\\?\\", 4) == 0 ? root + 4 : root;
  if (letter[0] == 0 || letter[1] != L':') return false;
  const WCHAR device[] = {L'\\', L'\\', L'.', L'\\', letter[0], L':', 0};
  STORAGE_PROPERTY_QUERY query = {.PropertyId = StorageDeviceProperty, .QueryType = PropertyStandardQuery};
  union {
    STORAGE_DEVICE_DESCRIPTOR d;
    BYTE bytes[1024];
  } answer = {.bytes = {0}};
  DWORD n = 0;
  const HANDLE h = CreateFileW(device, 0, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
  if (h == INVALID_HANDLE_VALUE) return false;
  const bool known =
      DeviceIoControl(h, IOCTL_STORAGE_QUERY_PROPERTY, &query, sizeof query, &answer, sizeof answer, &n, NULL) != 0;
  CloseHandle(h);
  return known && n >= offsetof(STORAGE_DEVICE_DESCRIPTOR, RawPropertiesLength) && answer.d.BusType == BusTypeUsb;
}

static const char *medium_of(const WCHAR *root)
{
  switch (GetDriveTypeW(root)) {
  case DRIVE_REMOVABLE:
  case DRIVE_CDROM:
    return "removable";
  case DRIVE_REMOTE:
    return "network";
  case DRIVE_FIXED:
  case DRIVE_RAMDISK:
    return is_on_usb(root) ? "removable" : "fixed";
  default:
    return "unknown";
  }
}

const char *os_medium(hk_str path)
{
  struct hk_arena a;
  hk_arena_init(&a, 0);
  const char *medium = "unknown";
  WCHAR *w = NULL;
  if (os_wide_path(&a, path, &w).code == HK_OK) {
    const size_t size = wcslen(w) + 2;
    WCHAR *const root = hk_new(&a, WCHAR, size);
    if (root && GetVolumePathNameW(w, root, (DWORD)size)) medium = medium_of(root);
  }
  hk_arena_done(&a);
  return medium;
}
