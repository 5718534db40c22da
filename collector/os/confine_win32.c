/* What the child gives up itself on Windows, and what it finds when it tries. Measures are asked of the system from inside,
   not remembered by the parent: a rung that Windows (or Wine) did not honour does not show up as one that holds. */
#include "os/confine_win32.h"

#include <stdlib.h>

#define UNTRUSTED 0x0000
#define LOW 0x1000

/* ---- mitigations set from inside ------------------------------------------------------------------------------------------------ */

/* Numbers of enum PROCESS_MITIGATION_POLICY and the bits of their structures, each of which is one DWORD. */
struct mitigation {
  int policy;
  DWORD bits;
  const char *name;
};
static const struct mitigation mitigations[] = {
    {.policy = 2, .bits = 1, .name = "no-dynamic-code"},      /* Windows 8.1 */
    {.policy = 3, .bits = 3, .name = "strict-handles"},       /* Windows 8 */
    {.policy = 4, .bits = 1, .name = "no-win32k"},            /* Windows 8 */
    {.policy = 6, .bits = 1, .name = "no-extension-points"},  /* Windows 8 */
    {.policy = 9, .bits = 1, .name = "no-fonts"},             /* Windows 10 */
    {.policy = 10, .bits = 7, .name = "image-load"},          /* Windows 10 1511: not remote, not low, System32 first */
    {.policy = 13, .bits = 1, .name = "no-child-process"},    /* Windows 10 1709 */
};

static void set_mitigations(void)
{
  typedef BOOL(WINAPI * set_policy)(int, PVOID, SIZE_T);
  typedef BOOL(WINAPI * get_policy)(HANDLE, int, PVOID, SIZE_T);
  const set_policy set = (set_policy)os_find_function(L"kernel32.dll", "SetProcessMitigationPolicy");
  const get_policy get = (get_policy)os_find_function(L"kernel32.dll", "GetProcessMitigationPolicy");
  if (set == NULL || get == NULL) return;
  for (size_t i = 0; i < sizeof mitigations / sizeof mitigations[0]; i++) {
    const struct mitigation *const m = &mitigations[i];
    DWORD bits = m->bits;
    (void)set(m->policy, &bits, sizeof bits); /* fails when it is on since the start */
    bits = 0;
    if (get(GetCurrentProcess(), m->policy, &bits, sizeof bits) && (bits & m->bits) == m->bits) os_measure_add(m->name);
  }
}

/* ---- token ---------------------------------------------------------------------------------------------------------------------- */

static bool set_integrity(HANDLE token, DWORD level)
{
  SID_IDENTIFIER_AUTHORITY authority = SECURITY_MANDATORY_LABEL_AUTHORITY;
  PSID sid = NULL;
  if (!AllocateAndInitializeSid(&authority, 1, level, 0, 0, 0, 0, 0, 0, 0, &sid)) return false;
  TOKEN_MANDATORY_LABEL label = {.Label = {.Sid = sid, .Attributes = SE_GROUP_INTEGRITY}};
  const bool done = SetTokenInformation(token, TokenIntegrityLevel, &label, sizeof label + GetLengthSid(sid)) != 0;
  FreeSid(sid);
  return done;
}

static DWORD integrity_of(HANDLE token)
{
  union {
    TOKEN_MANDATORY_LABEL label;
    BYTE bytes[sizeof(TOKEN_MANDATORY_LABEL) + SECURITY_MAX_SID_SIZE];
  } info;
  DWORD n = 0;
  if (!GetTokenInformation(token, TokenIntegrityLevel, &info, sizeof info, &n)) return MAXDWORD;
  const PSID sid = info.label.Label.Sid;
  return *GetSidSubAuthority(sid, (DWORD)(*GetSidSubAuthorityCount(sid) - 1));
}

static void remove_privileges(HANDLE token)
{
  BYTE buffer[1024];
  DWORD n = 0;
  TOKEN_PRIVILEGES *const p = (TOKEN_PRIVILEGES *)(void *)buffer;
  if (!GetTokenInformation(token, TokenPrivileges, buffer, sizeof buffer, &n)) return;
  for (DWORD i = 0; i < p->PrivilegeCount; i++) p->Privileges[i].Attributes = SE_PRIVILEGE_REMOVED;
  (void)AdjustTokenPrivileges(token, FALSE, p, 0, NULL, NULL);
  if (GetTokenInformation(token, TokenPrivileges, buffer, sizeof buffer, &n) && p->PrivilegeCount == 0)
    os_measure_add("no-privileges");
}

/* All DLLs are loaded: the level may sink to the bottom, where nothing can be opened for writing and little for reading. The
   token is opened first, while the first thread still wears the token it started with. */
static void sink(void)
{
  HANDLE token = NULL;
  const DWORD access = TOKEN_QUERY | TOKEN_ADJUST_DEFAULT | TOKEN_ADJUST_PRIVILEGES;
  const bool opened = OpenProcessToken(GetCurrentProcess(), access, &token) ||
                      OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token);
  (void)RevertToSelf();
  if (!opened) return;
  remove_privileges(token);
  (void)set_integrity(token, UNTRUSTED);
  const DWORD level = integrity_of(token);
  if (level <= LOW) os_measure_add(level < LOW ? "untrusted-integrity" : "low-integrity");
  if (IsTokenRestricted(token)) os_measure_add("restricted-token");
  CloseHandle(token);
}

/* ---- job ------------------------------------------------------------------------------------------------------------------------ */

static void look_at_job(void)
{
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION l = {.ProcessMemoryLimit = 0};
  BOOL inside = FALSE;
  if (!IsProcessInJob(GetCurrentProcess(), NULL, &inside) || !inside) return;
  if (!QueryInformationJobObject(NULL, JobObjectExtendedLimitInformation, &l, sizeof l, NULL)) return;
  const DWORD flags = l.BasicLimitInformation.LimitFlags;
  if (flags & JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE) os_measure_add("dies-with-parent");
  if (flags & JOB_OBJECT_LIMIT_ACTIVE_PROCESS && l.BasicLimitInformation.ActiveProcessLimit == 1)
    os_measure_add("one-process");
  if (flags & JOB_OBJECT_LIMIT_PROCESS_MEMORY) os_measure_add("memory");
}

/* ---- crashes ---------------------------------------------------------------------------------------------------------------------- */

/* Ends at once with the exception as exit code. Error reporting would copy evidence into a dump on the suspect disk. */
static LONG WINAPI on_exception(EXCEPTION_POINTERS *e)
{
  (void)TerminateProcess(GetCurrentProcess(), e->ExceptionRecord->ExceptionCode);
  return EXCEPTION_EXECUTE_HANDLER;
}

hk_err os_confine_self(const struct os_child_limits *limits)
{
  struct os_child_limits given;
  ULONG guarantee = 16384; /* of stack for on_exception after an overflow */
  os_limits_parse(getenv(OS_LIMITS_VARIABLE), &given);
  if (limits) given = *limits;
  os_memory_ceiling = given.memory_bytes;
  (void)SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
  (void)SetThreadStackGuarantee(&guarantee);
  (void)SetUnhandledExceptionFilter(on_exception);
  look_at_job();
  set_mitigations();
  sink();
  return hk_ok();
}

/* ---- probes ----------------------------------------------------------------------------------------------------------------------- */

static bool refused_by_system(DWORD e)
{
  return e == ERROR_ACCESS_DENIED || e == ERROR_PRIVILEGE_NOT_HELD || e == ERROR_NOT_ENOUGH_QUOTA;
}

static bool open_refused_at(const WCHAR *path, DWORD access, DWORD how, DWORD flags)
{
  const HANDLE h = CreateFileW(path, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, how, flags, NULL);
  if (h == INVALID_HANDLE_VALUE) return refused_by_system(GetLastError());
  CloseHandle(h);
  return false;
}

bool os_open_refused(void)
{
  WCHAR path[MAX_PATH + 16];
  const UINT n = GetSystemDirectoryW(path, MAX_PATH);
  if (n == 0 || n >= MAX_PATH) return false;
  wmemcpy(path + n, L"\\ntdll.dll", 11);
  return open_refused_at(path, GENERIC_READ, OPEN_EXISTING, 0);
}

bool os_write_refused(void)
{
  WCHAR path[MAX_PATH + 48];
  const UINT n = GetWindowsDirectoryW(path, MAX_PATH);
  if (n == 0 || n >= MAX_PATH) return false;
  static const WCHAR tail[] = L"\\Temp\\hikeshi-probe.tmp";
  wmemcpy(path + n, tail, sizeof tail / sizeof *tail);
  return open_refused_at(path, GENERIC_WRITE | DELETE, CREATE_ALWAYS, FILE_FLAG_DELETE_ON_CLOSE);
}

/* Sockets are handles of this device; who may not open it has no network, whatever DLL it could load. */
bool os_connect_refused(void)
{
  return open_refused_at(L"\\\\?\\GLOBALROOT\\Device\\Afd\\Endpoint", GENERIC_READ | GENERIC_WRITE, OPEN_EXISTING, 0);
}

bool os_spawn_refused(void)
{
  STARTUPINFOW si = {.cb = sizeof si};
  PROCESS_INFORMATION pi;
  WCHAR *const self = calloc(32768, sizeof *self);
  if (self == NULL) return false;
  const DWORD n = GetModuleFileNameW(NULL, self, 32768);
  const bool made = n > 0 && n < 32768 &&
                    CreateProcessW(self, NULL, NULL, NULL, FALSE, CREATE_SUSPENDED | DETACHED_PROCESS, NULL, NULL, &si, &pi);
  free(self);
  if (!made) return true;
  (void)TerminateProcess(pi.hProcess, 0);
  CloseHandle(pi.hThread);
  CloseHandle(pi.hProcess);
  return false;
}

bool os_memory_refused(void)
{
  if (os_memory_ceiling == 0) return false;
  const size_t more = os_memory_ceiling + os_memory_ceiling / 8 + ((size_t)16 << 20);
  void *const p = VirtualAlloc(NULL, more, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
  if (p == NULL) return true;
  (void)VirtualFree(p, 0, MEM_RELEASE);
  return false;
}
