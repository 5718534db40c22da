/* The ceiling on processor time, on Linux: threads of this process are halted by a signal whose handler waits, the examiner by
   SIGSTOP. Both are counted by the kernel's processor clocks. */
#include "os/govern_common.h"
#include "os/govern_linux.h"

#include <dirent.h>
#include <errno.h>
#include <linux/futex.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "os/os.h"

#define MOST_CHILDREN 8
#define MOST_THREADS 256
#define IOPRIO_IDLE (3 << 13)
#define IOPRIO_OF_PROCESS 1

static _Atomic pid_t children[MOST_CHILDREN];
static atomic_uint halted;  /* a futex: 1 while threads must stand still */
static atomic_uint n_still; /* threads that do */
static DIR *threads;        /* of this process */

void os_low_priority(void)
{
  (void)setpriority(PRIO_PROCESS, 0, 19);
  (void)syscall(SYS_ioprio_set, IOPRIO_OF_PROCESS, 0, IOPRIO_IDLE);
}

void os_govern_child(pid_t pid)
{
  for (int i = 0; i < MOST_CHILDREN; i++) {
    pid_t none = 0;
    if (atomic_compare_exchange_strong(&children[i], &none, pid)) return;
  }
}

void os_govern_child_gone(pid_t pid)
{
  for (int i = 0; i < MOST_CHILDREN; i++) {
    pid_t mine = pid;
    if (atomic_compare_exchange_strong(&children[i], &mine, 0)) return;
  }
}

/* ---- accounts ----------------------------------------------------------------------------------------------------------------- */

static uint64_t us_of(const struct timespec *t)
{
  return (uint64_t)t->tv_sec * 1000000 + (uint64_t)t->tv_nsec / 1000;
}

uint64_t os_govern_wall_us(void)
{
  struct timespec t;
  return clock_gettime(CLOCK_MONOTONIC, &t) == 0 ? us_of(&t) : 0;
}

uint64_t os_govern_used_us(void)
{
  struct timespec t;
  struct rusage dead;
  uint64_t used = clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) == 0 ? us_of(&t) : 0;
  if (getrusage(RUSAGE_CHILDREN, &dead) == 0)
    used += (uint64_t)(dead.ru_utime.tv_sec + dead.ru_stime.tv_sec) * 1000000 + (uint64_t)(dead.ru_utime.tv_usec + dead.ru_stime.tv_usec);
  for (int i = 0; i < MOST_CHILDREN; i++) {
    clockid_t clock;
    const pid_t pid = atomic_load(&children[i]);
    if (pid != 0 && clock_getcpuclockid(pid, &clock) == 0 && clock_gettime(clock, &t) == 0) used += us_of(&t);
  }
  return used;
}

/* ---- halting ------------------------------------------------------------------------------------------------------------------- */

/* Only a system call that may be made in a handler, and errno is kept: the thread may be anywhere. */
static void stand_still(int number)
{
  (void)number;
  const int before = errno;
  atomic_fetch_add(&n_still, 1);
  while (atomic_load(&halted) == 1) (void)syscall(SYS_futex, &halted, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0);
  atomic_fetch_sub(&n_still, 1);
  errno = before;
}

hk_err os_govern_prepare(void)
{
  struct sigaction act;
  memset(&act, 0, sizeof act);
  act.sa_handler = stand_still;
  act.sa_flags = SA_RESTART;
  sigfillset(&act.sa_mask); /* nothing else is handled meanwhile; Ctrl+C finds another thread, or waits for half a second */
  threads = opendir("/proc/self/task");
  if (threads == NULL || sigaction(SIGRTMIN + 1, &act, NULL) != 0) return hk_fail(HK_UNSUPPORTED, "keep a ceiling on processor time", HK_NO_OFFSET);
  return hk_ok();
}

void os_govern_halt(void)
{
  const pid_t process = getpid();
  const pid_t self = (pid_t)syscall(SYS_gettid);
  unsigned n = 0;
  const struct dirent *d = NULL;
  atomic_store(&halted, 1);
  rewinddir(threads);
  for (d = readdir(threads); d != NULL && n < MOST_THREADS; d = readdir(threads)) {
    const long tid = strtol(d->d_name, NULL, 10);
    if (tid <= 0 || tid == self) continue;
    if (syscall(SYS_tgkill, process, (pid_t)tid, SIGRTMIN + 1) == 0) n++;
  }
  /* Signals arrive when they arrive. Only when our threads stand can none of them be about to wait for the examiner. */
  for (int i = 0; i < 50 && atomic_load(&n_still) < n; i++) os_sleep_ms(1);
  for (int i = 0; i < MOST_CHILDREN; i++) {
    const pid_t pid = atomic_load(&children[i]);
    if (pid != 0) (void)kill(pid, SIGSTOP);
  }
}

void os_govern_go_on(void)
{
  for (int i = 0; i < MOST_CHILDREN; i++) {
    const pid_t pid = atomic_load(&children[i]);
    if (pid != 0) (void)kill(pid, SIGCONT);
  }
  atomic_store(&halted, 0);
  (void)syscall(SYS_futex, &halted, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}
