/* Threads on Windows: slim locks and condition variables of Windows Vista, no thread library. */
#include "os/govern_win32.h"

#include <process.h>
#include <stdlib.h>

struct os_thread {
  HANDLE handle;
  void (*body)(void *ctx);
  void *ctx;
};
struct os_mutex {
  SRWLOCK lock;
};
struct os_cond {
  CONDITION_VARIABLE c;
};

static unsigned __stdcall run(void *p)
{
  const struct os_thread *const t = p;
  t->body(t->ctx);
  return 0;
}

/* _beginthreadex, not CreateThread: the C runtime keeps per-thread state (errno). */
hk_err os_thread_start(void (*body)(void *ctx), void *ctx, struct os_thread **out)
{
  struct os_thread *const t = calloc(1, sizeof *t);
  if (t == NULL) return hk_fail(HK_MEMORY, "start thread", HK_NO_OFFSET);
  t->body = body;
  t->ctx = ctx;
  const uintptr_t h = _beginthreadex(NULL, 0, run, t, 0, NULL);
  if (h == 0) {
    const DWORD e = GetLastError();
    free(t);
    return hk_fail_os(HK_LIMIT, "start thread", (int)e);
  }
  t->handle = (HANDLE)h;
  os_govern_thread(t->handle);
  *out = t;
  return hk_ok();
}

void os_thread_join(struct os_thread *t)
{
  if (t == NULL) return;
  (void)WaitForSingleObject(t->handle, INFINITE);
  os_govern_thread_gone(t->handle);
  CloseHandle(t->handle);
  free(t);
}

struct os_mutex *os_mutex_new(void)
{
  struct os_mutex *const m = calloc(1, sizeof *m);
  if (m) InitializeSRWLock(&m->lock);
  return m;
}

void os_mutex_free(struct os_mutex *m)
{
  free(m);
}

void os_lock(struct os_mutex *m)
{
  AcquireSRWLockExclusive(&m->lock);
}

void os_unlock(struct os_mutex *m)
{
  ReleaseSRWLockExclusive(&m->lock);
}

struct os_cond *os_cond_new(void)
{
  struct os_cond *const c = calloc(1, sizeof *c);
  if (c) InitializeConditionVariable(&c->c);
  return c;
}

void os_cond_free(struct os_cond *c)
{
  free(c);
}

void os_wait(struct os_cond *c, struct os_mutex *m)
{
  (void)SleepConditionVariableSRW(&c->c, &m->lock, INFINITE, 0);
}

void os_wake_all(struct os_cond *c)
{
  WakeAllConditionVariable(&c->c);
}
