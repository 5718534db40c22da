/* Starting, feeding and ending the confined child on Windows. A ladder of tokens and mitigations: the strongest rung on which
   the child says its first byte is kept for the children after it. */
#include "os/confine_win32.h"
#include "os/govern_win32.h"

#include <stdlib.h>

#define PSAPI_VERSION 2 /* kernel32's K32GetProcessMemoryInfo, Windows 7 */
#include <psapi.h>

#ifndef PIPE_REJECT_REMOTE_CLIENTS
#define PIPE_REJECT_REMOTE_CLIENTS 8
#endif
#ifndef PROC_THREAD_ATTRIBUTE_MITIGATION_POLICY
#define PROC_THREAD_ATTRIBUTE_MITIGATION_POLICY 0x00020007
#endif

#define PIPE_BYTES (256u << 10)
#define FIRST_BYTE_MS 15000u
#define KILLED_BY_US 0x484Bu

struct os_child {
  HANDLE process, job;
  HANDLE in, out; /* ours: we write, we read */
  HANDLE event;
  bool ended_pipe;
};

/* ---- the ladder ---------------------------------------------------------------------------------------------------------------- */

/* Bits of PROCESS_CREATION_MITIGATION_POLICY_…_ALWAYS_ON, written out because older headers lack them.
   Windows 7 knows the first three only and refuses the rest with ERROR_INVALID_PARAMETER. */
#define M_DEP UINT64_C(0x1)
#define M_SEHOP UINT64_C(0x4)
#define M_FORCE_RELOCATE (UINT64_C(1) << 8) /* Windows 8 from here */
#define M_HEAP_TERMINATE (UINT64_C(1) << 12)
#define M_BOTTOM_UP_ASLR (UINT64_C(1) << 16)
#define M_HIGH_ENTROPY (UINT64_C(1) << 20)
#define M_STRICT_HANDLES (UINT64_C(1) << 24)
#define M_NO_WIN32K (UINT64_C(1) << 28)
#define M_NO_EXTENSION_POINTS (UINT64_C(1) << 32)
#define M_NO_DYNAMIC_CODE (UINT64_C(1) << 36) /* Windows 8.1 */
#define M_NO_REMOTE_IMAGES (UINT64_C(1) << 52) /* Windows 10; not for an exe on a UNC path */
#define M_NO_LOW_LABEL_IMAGES (UINT64_C(1) << 56)
#define M_PREFER_SYSTEM32 (UINT64_C(1) << 60)

#define M_WINDOWS_7 (M_DEP | M_SEHOP)
#define M_WINDOWS_8                                                                                                     \
  (M_WINDOWS_7 | M_FORCE_RELOCATE | M_HEAP_TERMINATE | M_BOTTOM_UP_ASLR | M_HIGH_ENTROPY | M_STRICT_HANDLES |           \
   M_NO_EXTENSION_POINTS)
#define M_WINDOWS_10                                                                                                    \
  (M_WINDOWS_8 | M_NO_WIN32K | M_NO_DYNAMIC_CODE | M_NO_REMOTE_IMAGES | M_NO_LOW_LABEL_IMAGES | M_PREFER_SYSTEM32)

struct rung {
  enum os_token token;
  uint64_t mitigations;
};
static const struct rung ladder[] = {
    {OS_TOKEN_LOCKED, M_WINDOWS_10},  {OS_TOKEN_LOCKED, M_WINDOWS_8},  {OS_TOKEN_LOCKED, M_WINDOWS_7},
    {OS_TOKEN_LIMITED, M_WINDOWS_10}, {OS_TOKEN_LIMITED, M_WINDOWS_8}, {OS_TOKEN_LIMITED, M_WINDOWS_7},
    {OS_TOKEN_LOW, M_WINDOWS_10},     {OS_TOKEN_LOW, M_WINDOWS_8},     {OS_TOKEN_LOW, M_WINDOWS_7},
    {OS_TOKEN_LOW, 0},                {OS_TOKEN_SAME, M_WINDOWS_7},    {OS_TOKEN_SAME, 0},
};
#define N_RUNGS (sizeof ladder / sizeof ladder[0])
static volatile LONG first_rung; /* those above it did not hold on this machine */

/* ---- pieces of a start --------------------------------------------------------------------------------------------------------- */

struct start {
  struct hk_arena arena;
  WCHAR *exe, *command_line, *environment;
  WCHAR directory[MAX_PATH];
  struct os_child_limits limits;
  HANDLE their_in, their_out;
};

/* Anonymous pipes cannot be read with a deadline; a named one that only we and the child ever open can. */
static hk_err make_pipe(bool child_reads, HANDLE *ours, HANDLE *theirs)
{
  struct hk_arena a;
  uint64_t number = 0;
  SECURITY_ATTRIBUTES inherit = {.nLength = sizeof inherit, .bInheritHandle = TRUE};
  hk_err e = hk_ok();
  hk_arena_init(&a, 0);
  os_random(&number, sizeof number);
  const WCHAR *const name =
      os_wide(&a, hk_str_printf(&a, "\\\\.\\pipe\\hikeshi-%u-%016llx", os_process_id(), (unsigned long long)number));
  const DWORD direction = child_reads ? PIPE_ACCESS_OUTBOUND : PIPE_ACCESS_INBOUND;
  *theirs = INVALID_HANDLE_VALUE;
  *ours = name == NULL ? INVALID_HANDLE_VALUE
                       : CreateNamedPipeW(name, direction | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
                                          PIPE_TYPE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS, 1, PIPE_BYTES, PIPE_BYTES, 0,
                                          NULL);
  if (*ours != INVALID_HANDLE_VALUE)
    *theirs = CreateFileW(name, child_reads ? GENERIC_READ : GENERIC_WRITE, 0, &inherit, OPEN_EXISTING,
                          SECURITY_SQOS_PRESENT | SECURITY_ANONYMOUS, NULL);
  if (*theirs == INVALID_HANDLE_VALUE) {
    e = os_fail_last("make pipes for the examiner");
    if (*ours != INVALID_HANDLE_VALUE) CloseHandle(*ours);
    *ours = INVALID_HANDLE_VALUE;
  }
  hk_arena_done(&a);
  return e;
}

/* One process, so much memory, no clipboard, no desktop, no global atoms; dies with the last handle, which is ours. */
static HANDLE make_job(const struct os_child_limits *limits)
{
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION l = {.ProcessMemoryLimit = limits->memory_bytes};
  JOBOBJECT_BASIC_UI_RESTRICTIONS ui = {
      .UIRestrictionsClass = JOB_OBJECT_UILIMIT_DESKTOP | JOB_OBJECT_UILIMIT_DISPLAYSETTINGS | JOB_OBJECT_UILIMIT_EXITWINDOWS |
                             JOB_OBJECT_UILIMIT_GLOBALATOMS | JOB_OBJECT_UILIMIT_HANDLES | JOB_OBJECT_UILIMIT_READCLIPBOARD |
                             JOB_OBJECT_UILIMIT_SYSTEMPARAMETERS | JOB_OBJECT_UILIMIT_WRITECLIPBOARD};
  l.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_ACTIVE_PROCESS | JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE |
                                       JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION;
  l.BasicLimitInformation.ActiveProcessLimit = 1;
  if (limits->memory_bytes) l.BasicLimitInformation.LimitFlags |= JOB_OBJECT_LIMIT_PROCESS_MEMORY;
  if (limits->cpu_s) {
    l.BasicLimitInformation.LimitFlags |= JOB_OBJECT_LIMIT_PROCESS_TIME;
    l.BasicLimitInformation.PerProcessUserTimeLimit.QuadPart = (LONGLONG)limits->cpu_s * 10000000;
  }
  const HANDLE job = CreateJobObjectW(NULL, NULL);
  if (job == NULL) return NULL;
  (void)SetInformationJobObject(job, JobObjectExtendedLimitInformation, &l, sizeof l);
  (void)SetInformationJobObject(job, JobObjectBasicUIRestrictions, &ui, sizeof ui);
  return job;
}

/* "NAME=value", each zero-terminated, sorted, and a zero. SystemRoot is what some system DLLs ask for. */
static WCHAR *make_environment(struct hk_arena *a, const struct os_child_limits *limits)
{
  WCHAR root[MAX_PATH];
  const hk_str text = os_limits_text(a, limits);
  const UINT n_root = GetWindowsDirectoryW(root, MAX_PATH);
  const WCHAR *const limits_w = os_wide(a, text);
  static const WCHAR name[] = L"SystemRoot=";
  const size_t n_name = sizeof name / sizeof *name - 1;
  if (limits_w == NULL || n_root == 0 || n_root >= MAX_PATH) return NULL;
  const size_t n_limits = wcslen(limits_w);
  WCHAR *const block = hk_new(a, WCHAR, n_limits + n_name + n_root + 3);
  if (block == NULL) return NULL;
  wmemcpy(block, limits_w, n_limits);
  wmemcpy(block + n_limits + 1, name, n_name);
  wmemcpy(block + n_limits + 1 + n_name, root, n_root);
  return block;
}

/* Handles and mitigations; NULL when this Windows does not know the mitigations. */
static LPPROC_THREAD_ATTRIBUTE_LIST make_attributes(struct start *s, HANDLE *handles, uint64_t *mitigations)
{
  SIZE_T n = 0;
  (void)InitializeProcThreadAttributeList(NULL, 2, 0, &n);
  const LPPROC_THREAD_ATTRIBUTE_LIST list = (LPPROC_THREAD_ATTRIBUTE_LIST)hk_alloc(&s->arena, n);
  if (list == NULL || !InitializeProcThreadAttributeList(list, 2, 0, &n)) return NULL;
  bool done =
      UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, handles, 2 * sizeof *handles, NULL, NULL) != 0;
  if (done && *mitigations)
    done = UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_MITIGATION_POLICY, mitigations, sizeof *mitigations, NULL,
                                     NULL) != 0;
  if (done) return list;
  DeleteProcThreadAttributeList(list);
  return NULL;
}

/* Creates the process suspended. DETACHED: no console, hence no conhost, which the job would not allow. */
static BOOL create(struct start *s, HANDLE token, LPPROC_THREAD_ATTRIBUTE_LIST attributes, DWORD more_flags,
                   PROCESS_INFORMATION *pi)
{
  STARTUPINFOEXW si = {.lpAttributeList = attributes};
  const DWORD flags =
      CREATE_SUSPENDED | CREATE_UNICODE_ENVIRONMENT | DETACHED_PROCESS | EXTENDED_STARTUPINFO_PRESENT | more_flags;
  si.StartupInfo.cb = sizeof si;
  si.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
  si.StartupInfo.hStdInput = s->their_in;
  si.StartupInfo.hStdOutput = s->their_out;
  /* CreateProcess may write into the command line, to the same effect each time. */
  if (token)
    return CreateProcessAsUserW(token, s->exe, s->command_line, NULL, NULL, TRUE, flags, s->environment, s->directory,
                                &si.StartupInfo, pi);
  return CreateProcessW(s->exe, s->command_line, NULL, NULL, TRUE, flags, s->environment, s->directory, &si.StartupInfo, pi);
}

static void discard(PROCESS_INFORMATION *pi)
{
  (void)TerminateProcess(pi->hProcess, KILLED_BY_US);
  CloseHandle(pi->hThread);
  CloseHandle(pi->hProcess);
}

/* Into the job while it is suspended. Windows 7 has no nested jobs: a parent that is in one (PsExec, some terminals) must ask
   to break away, and where that is not allowed the child runs without, and says so. */
static BOOL create_in_job(struct start *s, HANDLE token, LPPROC_THREAD_ATTRIBUTE_LIST attributes, HANDLE job,
                          PROCESS_INFORMATION *pi)
{
  if (!create(s, token, attributes, 0, pi)) return FALSE;
  if (AssignProcessToJobObject(job, pi->hProcess)) return TRUE;
  PROCESS_INFORMATION away;
  if (!create(s, token, attributes, CREATE_BREAKAWAY_FROM_JOB, &away)) return TRUE;
  if (!AssignProcessToJobObject(job, away.hProcess)) {
    discard(&away);
    return TRUE;
  }
  discard(pi);
  *pi = away;
  return TRUE;
}

/* True when the child has written something. A process whose DLLs cannot be loaded exists, but never speaks. */
static bool speaks(const struct os_child *c)
{
  const uint64_t until = os_monotonic_ms() + FIRST_BYTE_MS;
  while (os_monotonic_ms() < until) {
    DWORD n = 0;
    if (PeekNamedPipe(c->out, NULL, 0, NULL, &n, NULL) && n > 0) return true;
    if (WaitForSingleObject(c->process, 2) == WAIT_OBJECT_0) {
      return PeekNamedPipe(c->out, NULL, 0, NULL, &n, NULL) && n > 0;
    }
  }
  return false;
}

static void close_child(struct os_child *c)
{
  HANDLE *const all[] = {&c->process, &c->job, &c->in, &c->out, &c->event};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
    if (*all[i] && *all[i] != INVALID_HANDLE_VALUE) CloseHandle(*all[i]);
    *all[i] = NULL;
  }
}

static hk_err run_on(struct start *s, const struct rung *r, struct os_child *c)
{
  HANDLE primary = NULL, first = NULL;
  HANDLE handles[2] = {s->their_in, s->their_out};
  uint64_t mitigations = r->mitigations;
  PROCESS_INFORMATION pi;
  HK_TRY(os_token_make(r->token, &primary, &first));
  const LPPROC_THREAD_ATTRIBUTE_LIST attributes = make_attributes(s, handles, &mitigations);
  const BOOL created = attributes && create_in_job(s, primary, attributes, c->job, &pi);
  hk_err e = created ? hk_ok() : os_fail_last("start the examiner");
  if (attributes) DeleteProcThreadAttributeList(attributes);
  if (created) {
    c->process = pi.hProcess;
    if (first && !SetThreadToken(&pi.hThread, first)) e = os_fail_last("start the examiner: first token");
    if (e.code == HK_OK && ResumeThread(pi.hThread) == (DWORD)-1) e = os_fail_last("start the examiner");
    CloseHandle(pi.hThread);
  }
  if (primary) CloseHandle(primary);
  if (first) CloseHandle(first);
  return e;
}

static hk_err try_rung(struct start *s, const struct rung *r, struct os_child *c)
{
  *c = (struct os_child){.event = CreateEventW(NULL, TRUE, FALSE, NULL), .job = make_job(&s->limits)};
  hk_err e = c->event && c->job ? hk_ok() : os_fail_last("start the examiner");
  s->their_in = s->their_out = INVALID_HANDLE_VALUE;
  if (e.code == HK_OK) e = make_pipe(true, &c->in, &s->their_in);
  if (e.code == HK_OK) e = make_pipe(false, &c->out, &s->their_out);
  if (e.code == HK_OK) e = run_on(s, r, c);
  if (s->their_in != INVALID_HANDLE_VALUE) CloseHandle(s->their_in);
  if (s->their_out != INVALID_HANDLE_VALUE) CloseHandle(s->their_out);
  if (e.code == HK_OK && !speaks(c)) e = hk_fail(HK_DENIED, "start the examiner: it did not come up", HK_NO_OFFSET);
  if (e.code) {
    if (c->process) (void)TerminateProcess(c->process, KILLED_BY_US);
    close_child(c);
  }
  return e;
}

static hk_err prepare(struct start *s, hk_str exe, hk_str argument, const struct os_child_limits *limits)
{
  s->limits = *limits;
  HK_TRY(os_wide_path(&s->arena, exe, &s->exe));
  if (GetFileAttributesW(s->exe) == INVALID_FILE_ATTRIBUTES) return os_fail_last("start the examiner");
  s->command_line =
      os_wide(&s->arena, hk_str_printf(&s->arena, "\"%.*s\" %.*s", (int)exe.n, exe.p, (int)argument.n, argument.p));
  s->environment = make_environment(&s->arena, limits);
  const UINT n = GetSystemDirectoryW(s->directory, MAX_PATH);
  if (s->command_line == NULL || s->environment == NULL || n == 0 || n >= MAX_PATH)
    return hk_fail(HK_MEMORY, "start the examiner", HK_NO_OFFSET);
  return hk_ok();
}

hk_err os_child_start(hk_str exe, hk_str argument, const struct os_child_limits *limits, struct os_child **out)
{
  struct start s = {.exe = NULL};
  hk_arena_init(&s.arena, 0);
  struct os_child *const c = calloc(1, sizeof *c);
  hk_err e = c ? prepare(&s, exe, argument, limits) : hk_fail(HK_MEMORY, "start the examiner", HK_NO_OFFSET);
  /* Inherited by the child: a crash or a missing DLL shows no window and waits for nobody. */
  (void)SetErrorMode(GetErrorMode() | SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
  if (e.code == HK_OK) {
    for (size_t i = (size_t)first_rung; i < N_RUNGS; i++) {
      e = try_rung(&s, &ladder[i], c);
      if (e.code) continue;
      (void)InterlockedExchange(&first_rung, (LONG)i);
      break;
    }
  }
  if (e.code == HK_OK) {
    os_govern_child(c->process);
    *out = c;
  } else {
    free(c);
  }
  hk_arena_done(&s.arena);
  return e;
}

/* ---- talking ------------------------------------------------------------------------------------------------------------------ */

/* Waits for an overlapped transfer until the deadline, then cancels it; what was transferred until then counts. */
static hk_err finish(struct os_child *c, HANDLE pipe, OVERLAPPED *o, BOOL started, DWORD *n, uint64_t deadline_ms,
                     const char *step)
{
  const DWORD e = started ? ERROR_SUCCESS : GetLastError();
  if (!started && e == ERROR_IO_PENDING) {
    const uint64_t now = os_monotonic_ms();
    const uint64_t left = deadline_ms > now ? deadline_ms - now : 0;
    if (WaitForSingleObject(c->event, left < 60000 ? (DWORD)left : 60000) != WAIT_OBJECT_0) (void)CancelIoEx(pipe, o);
  } else if (!started) {
    c->ended_pipe = e == ERROR_BROKEN_PIPE || e == ERROR_NO_DATA || e == ERROR_PIPE_NOT_CONNECTED;
    return hk_fail_os(c->ended_pipe ? HK_CRASHED : HK_IO, step, (int)e);
  }
  if (GetOverlappedResult(pipe, o, n, TRUE)) return hk_ok();
  const DWORD r = GetLastError();
  if (r == ERROR_OPERATION_ABORTED) return hk_fail(HK_TIMEOUT, step, HK_NO_OFFSET);
  c->ended_pipe = true;
  return hk_fail_os(r == ERROR_BROKEN_PIPE || r == ERROR_NO_DATA ? HK_CRASHED : HK_IO, step, (int)r);
}

hk_err os_child_read_some(struct os_child *c, void *out, size_t n, size_t *got, uint64_t deadline_ms)
{
  DWORD r = 0;
  do {
    OVERLAPPED o = {.hEvent = c->event};
    (void)ResetEvent(c->event);
    const BOOL started = ReadFile(c->out, out, (DWORD)(n < PIPE_BYTES ? n : PIPE_BYTES), NULL, &o);
    HK_TRY(finish(c, c->out, &o, started, &r, deadline_ms, "read from the examiner"));
  } while (r == 0); /* a write of no bytes is a message to a byte pipe too */
  *got = r;
  return hk_ok();
}

hk_err os_child_write(struct os_child *c, const void *p, size_t n, uint64_t deadline_ms)
{
  size_t done = 0;
  while (done < n) {
    OVERLAPPED o = {.hEvent = c->event};
    DWORD r = 0;
    const size_t left = n - done;
    (void)ResetEvent(c->event);
    const BOOL started =
        WriteFile(c->in, (const char *)p + done, (DWORD)(left < PIPE_BYTES ? left : PIPE_BYTES), NULL, &o);
    HK_TRY(finish(c, c->in, &o, started, &r, deadline_ms, "write to the examiner"));
    done += r;
  }
  return hk_ok();
}

/* ---- ending ------------------------------------------------------------------------------------------------------------------- */

static hk_str status_text(struct hk_arena *a, DWORD code, bool killed)
{
  if (a == NULL) return HK_S("");
  if (killed) return HK_S("killed");
  if (code >= 0xC0000000u) return hk_str_printf(a, "exception 0x%08lX", (unsigned long)code);
  return hk_str_printf(a, "exit %lu", (unsigned long)code);
}

void os_child_end(struct os_child *c, struct hk_arena *a, hk_str *status)
{
  if (c == NULL) return;
  DWORD code = 0;
  bool killed = false;
  CloseHandle(c->in);
  c->in = NULL;
  if (WaitForSingleObject(c->process, c->ended_pipe ? 2000 : 50) != WAIT_OBJECT_0) {
    killed = TerminateProcess(c->process, KILLED_BY_US) != 0;
    (void)WaitForSingleObject(c->process, 5000);
  }
  os_govern_child_gone(c->process);
  (void)GetExitCodeProcess(c->process, &code);
  if (status) *status = status_text(a, code, killed && code == KILLED_BY_US);
  close_child(c);
  free(c);
}

/* Two names of one number: Windows 7 leaves the second at 0, Wine the first. */
size_t os_child_memory(const struct os_child *c)
{
  PROCESS_MEMORY_COUNTERS_EX m = {.cb = sizeof m};
  if (!GetProcessMemoryInfo(c->process, (PROCESS_MEMORY_COUNTERS *)&m, sizeof m)) return 0;
  return m.PrivateUsage > m.PagefileUsage ? m.PrivateUsage : m.PagefileUsage;
}
