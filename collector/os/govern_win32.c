/* The ceiling on processor time, on Windows: our threads are suspended one by one, the examiner as a whole. A job's CPU rate would
   do it from Windows 8 on; but the examiner has a job of its own, and jobs in jobs are where Windows versions and pushing tools
   differ most, so one way serves all. */
#include "os/govern_win32.h"
#include "os/govern_common.h"

#define MOST 256

#define IO_PRIORITY_OF_PROCESS 33 /* PROCESSINFOCLASS ProcessIoPriority, Windows Vista */
#define IO_PRIORITY_VERY_LOW 0

typedef LONG(WINAPI *nt_process)(HANDLE process);
typedef LONG(WINAPI *nt_set)(HANDLE process, int what, void *value, ULONG size);

/* Who is halted. The lock is held all through a halt: nobody who stands still then can be in the middle of a change. */
static SRWLOCK lock = SRWLOCK_INIT;
static HANDLE threads[MOST], children[MOST];
static size_t n_threads, n_children;
static HANDLE main_thread;
static nt_process suspend_process, resume_process;
static uint64_t used_by_dead_us;

void os_low_priority(void)
{
  const nt_set set = (nt_set)os_find_function(L"ntdll.dll", "NtSetInformationProcess");
  ULONG io = IO_PRIORITY_VERY_LOW;
  /* Not PROCESS_MODE_BACKGROUND_BEGIN: it also squeezes the working set to 32 MB. The examiner inherits the class. */
  (void)SetPriorityClass(GetCurrentProcess(), IDLE_PRIORITY_CLASS);
  if (set != NULL) (void)set(GetCurrentProcess(), IO_PRIORITY_OF_PROCESS, &io, sizeof io);
}

static uint64_t us_of_process(HANDLE process)
{
  FILETIME born, died, kernel, user;
  if (!GetProcessTimes(process, &born, &died, &kernel, &user)) return 0;
  const uint64_t k = (uint64_t)kernel.dwHighDateTime << 32 | kernel.dwLowDateTime;
  const uint64_t u = (uint64_t)user.dwHighDateTime << 32 | user.dwLowDateTime;
  return (k + u) / 10;
}

static void add(HANDLE *v, size_t *n, HANDLE h)
{
  AcquireSRWLockExclusive(&lock);
  if (*n < MOST) v[(*n)++] = h;
  ReleaseSRWLockExclusive(&lock);
}

static void take_out(HANDLE *v, size_t *n, HANDLE h, bool is_process)
{
  AcquireSRWLockExclusive(&lock);
  for (size_t i = 0; i < *n; i++) {
    if (v[i] != h) continue;
    if (is_process) used_by_dead_us += us_of_process(h);
    v[i] = v[--*n];
    break;
  }
  ReleaseSRWLockExclusive(&lock);
}

void os_govern_thread(HANDLE thread)
{
  add(threads, &n_threads, thread);
}

void os_govern_thread_gone(HANDLE thread)
{
  take_out(threads, &n_threads, thread, false);
}

void os_govern_child(HANDLE process)
{
  add(children, &n_children, process);
}

void os_govern_child_gone(HANDLE process)
{
  take_out(children, &n_children, process, true);
}

uint64_t os_govern_wall_us(void)
{
  LARGE_INTEGER now, a_second;
  QueryPerformanceCounter(&now);
  QueryPerformanceFrequency(&a_second);
  const uint64_t n = (uint64_t)now.QuadPart;
  const uint64_t f = (uint64_t)a_second.QuadPart;
  return n / f * 1000000 + n % f * 1000000 / f;
}

uint64_t os_govern_used_us(void)
{
  uint64_t used = us_of_process(GetCurrentProcess());
  AcquireSRWLockExclusive(&lock);
  used += used_by_dead_us;
  for (size_t i = 0; i < n_children; i++) used += us_of_process(children[i]);
  ReleaseSRWLockExclusive(&lock);
  return used;
}

/* The thread that calls this is the program's first one. */
hk_err os_govern_prepare(void)
{
  suspend_process = (nt_process)os_find_function(L"ntdll.dll", "NtSuspendProcess");
  resume_process = (nt_process)os_find_function(L"ntdll.dll", "NtResumeProcess");
  if (suspend_process == NULL || resume_process == NULL) return hk_fail(HK_UNSUPPORTED, "keep a ceiling on processor time", HK_NO_OFFSET);
  if (!DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(), &main_thread, 0, FALSE, DUPLICATE_SAME_ACCESS))
    return os_fail_last("keep a ceiling on processor time");
  os_govern_thread(main_thread);
  return hk_ok();
}

void os_govern_halt(void)
{
  const DWORD self = GetCurrentThreadId();
  AcquireSRWLockExclusive(&lock);
  for (size_t i = 0; i < n_threads; i++)
    if (GetThreadId(threads[i]) != self) (void)SuspendThread(threads[i]);
  for (size_t i = 0; i < n_children; i++) (void)suspend_process(children[i]);
}

void os_govern_go_on(void)
{
  const DWORD self = GetCurrentThreadId();
  for (size_t i = 0; i < n_children; i++) (void)resume_process(children[i]);
  for (size_t i = 0; i < n_threads; i++)
    if (GetThreadId(threads[i]) != self) (void)ResumeThread(threads[i]);
  ReleaseSRWLockExclusive(&lock);
}
