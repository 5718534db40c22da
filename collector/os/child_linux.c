/* Starting, feeding and ending the confined child on Linux. What must be taken away before it runs is taken here; the rest
   it gives up itself (confine_linux.c), because a program cannot be loaded without it. */
#include "os/confine_common.h"
#include "os/govern_linux.h"
#include "os/os_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PIPE_BYTES (1 << 20)
#define STACK_BYTES ((rlim_t)8 << 20)

struct os_child {
  pid_t pid;
  int in;  /* we write, it reads */
  int out; /* it writes, we read */
  bool ended_pipe; /* it closed its end: it is dying or dead */
};

/* ---- between fork and exec: async-signal-safe calls only -------------------------------------------------------------------- */

struct start {
  const char *exe;
  char *const *argv;
  char *const *env;
  pid_t parent;
  int in, out, failure; /* the child's ends; errno of a failed exec goes to `failure`, which exec closes */
};

static void limit(__rlimit_resource_t what, rlim_t most)
{
  const struct rlimit l = {.rlim_cur = most, .rlim_max = most};
  (void)setrlimit(what, &l);
}

static void close_all_but(int first, int keep)
{
#ifdef SYS_close_range
  if (keep == first && syscall(SYS_close_range, (unsigned)first + 1, ~0u, 0u) == 0) return;
#endif
  struct rlimit l;
  int n = 65536;
  if (getrlimit(RLIMIT_NOFILE, &l) == 0 && l.rlim_cur < 65536) n = (int)l.rlim_cur;
  for (int fd = first; fd < n; fd++)
    if (fd != keep) close(fd);
}

static int become_child(const struct start *s)
{
  sigset_t none;
  sigemptyset(&none);
  for (int number = 1; number < 32; number++) (void)signal(number, SIG_DFL);
  (void)sigprocmask(SIG_SETMASK, &none, NULL);
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != s->parent) return -1;
  (void)setpgid(0, 0); /* Ctrl+C is for the broker; it ends us */
  /* The three standard places and `failure` as 3: order keeps one from overwriting another, all are above 3 here. */
  const int null = open("/dev/null", O_RDWR);
  if (null < 0 || dup2(s->in, 0) < 0 || dup2(s->out, 1) < 0 || dup2(null, 2) < 0) return -1;
  if (dup2(s->failure, 3) < 0 || fcntl(3, F_SETFD, FD_CLOEXEC) != 0) return -1;
  close_all_but(3, 3);
  if (chdir("/") != 0) return -1;
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_STACK, STACK_BYTES);
  (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return execve(s->exe, s->argv, s->env);
}

/* A descriptor that does not lie in 0…3, which the child's own take. */
static int above_standard(int fd)
{
  if (fd < 0 || fd > 3) return fd;
  const int higher = fcntl(fd, F_DUPFD_CLOEXEC, 4);
  close(fd);
  return higher;
}

static int make_pipe(int ends[2])
{
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  ends[0] = above_standard(ends[0]);
  ends[1] = above_standard(ends[1]);
  return ends[0] >= 0 && ends[1] >= 0 ? 0 : -1;
}

static void close_pipe(int ends[2])
{
  for (int i = 0; i < 2; i++)
    if (ends[i] >= 0) close(ends[i]);
}

/* Forks; waits until exec has succeeded or failed. */
static hk_err fork_and_exec(struct start *s, int failure_pipe[2], pid_t *pid)
{
  int e = 0;
  s->parent = getpid();
  s->failure = failure_pipe[1];
  *pid = fork();
  if (*pid < 0) return os_fail_errno("fork the examiner");
  if (*pid == 0) {
    (void)become_child(s);
    e = errno ? errno : EIO;
    (void)!write(3, &e, sizeof e);
    _exit(127);
  }
  close(failure_pipe[1]);
  failure_pipe[1] = -1;
  ssize_t n;
  do n = read(failure_pipe[0], &e, sizeof e);
  while (n < 0 && errno == EINTR);
  if (n == 0) return hk_ok();
  (void)waitpid(*pid, NULL, 0);
  return hk_fail_os(os_code_of_errno(e), "start the examiner", e);
}

hk_err os_child_start(hk_str exe, hk_str argument, const struct os_child_limits *limits, struct os_child **out)
{
  struct hk_arena a;
  int in[2] = {-1, -1}, from[2] = {-1, -1}, failure[2] = {-1, -1};
  hk_arena_init(&a, 0);
  hk_err e = hk_ok();
  struct os_child *const c = calloc(1, sizeof *c);
  char *const argv[] = {hk_str_z(&a, exe), hk_str_z(&a, argument), NULL};
  static char quiet[] = "ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1:symbolize=0";
  const hk_str limits_text = os_limits_text(&a, limits);
  char *const env[] = {(char *)(uintptr_t)limits_text.p, os_is_sanitized() ? quiet : NULL, NULL};
  if (c == NULL || argv[0] == NULL || argv[1] == NULL || env[0] == NULL) {
    e = hk_fail(HK_MEMORY, "start the examiner", HK_NO_OFFSET);
    goto done;
  }
  if (make_pipe(in) != 0 || make_pipe(from) != 0 || make_pipe(failure) != 0) {
    e = os_fail_errno("make pipes for the examiner");
    goto done;
  }
  (void)fcntl(in[1], F_SETPIPE_SZ, PIPE_BYTES);
  (void)fcntl(from[1], F_SETPIPE_SZ, PIPE_BYTES);
  struct start s = {.exe = argv[0], .argv = argv, .env = env, .in = in[0], .out = from[1]};
  e = fork_and_exec(&s, failure, &c->pid);
  if (e.code) goto done;
  os_govern_child(c->pid);
  struct sigaction now;
  if (sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_DFL) (void)signal(SIGPIPE, SIG_IGN);
  c->in = in[1];
  c->out = from[0];
  (void)fcntl(c->in, F_SETFL, O_NONBLOCK);
  (void)fcntl(c->out, F_SETFL, O_NONBLOCK);
  in[1] = from[0] = -1;
  *out = c;
done:
  if (e.code) free(c);
  close_pipe(in);
  close_pipe(from);
  close_pipe(failure);
  hk_arena_done(&a);
  return e;
}

/* ---- talking ------------------------------------------------------------------------------------------------------------------ */

static hk_err wait_for(int fd, short events, uint64_t deadline_ms)
{
  for (;;) {
    const uint64_t now = os_monotonic_ms();
    if (now >= deadline_ms) return hk_fail(HK_TIMEOUT, "wait for the examiner", HK_NO_OFFSET);
    const uint64_t left = deadline_ms - now;
    struct pollfd p = {.fd = fd, .events = events};
    const int r = poll(&p, 1, left < 60000 ? (int)left : 60000);
    if (r > 0) return hk_ok();
    if (r < 0 && errno != EINTR) return os_fail_errno("wait for the examiner");
  }
}

hk_err os_child_read_some(struct os_child *c, void *out, size_t n, size_t *got, uint64_t deadline_ms)
{
  for (;;) {
    const ssize_t r = read(c->out, out, n);
    if (r > 0) {
      *got = (size_t)r;
      return hk_ok();
    }
    if (r == 0) {
      c->ended_pipe = true;
      return hk_fail(HK_CRASHED, "read from the examiner", HK_NO_OFFSET);
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return hk_fail_os(HK_IO, "read from the examiner", errno);
    HK_TRY(wait_for(c->out, POLLIN, deadline_ms));
  }
}

hk_err os_child_write(struct os_child *c, const void *p, size_t n, uint64_t deadline_ms)
{
  size_t done = 0;
  while (done < n) {
    const ssize_t r = write(c->in, (const char *)p + done, n - done);
    if (r >= 0) {
      done += (size_t)r;
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EPIPE) {
      c->ended_pipe = true;
      return hk_fail(HK_CRASHED, "write to the examiner", HK_NO_OFFSET);
    }
    if (errno != EAGAIN) return hk_fail_os(HK_IO, "write to the examiner", errno);
    HK_TRY(wait_for(c->in, POLLOUT, deadline_ms));
  }
  return hk_ok();
}

/* ---- ending ------------------------------------------------------------------------------------------------------------------- */

static hk_str status_text(struct hk_arena *a, int status, bool killed)
{
  if (a == NULL) return HK_S("");
  if (killed && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return HK_S("killed");
  if (WIFSIGNALED(status)) return hk_str_printf(a, "signal %d", WTERMSIG(status));
  return hk_str_printf(a, "exit %d", WEXITSTATUS(status));
}

void os_child_end(struct os_child *c, struct hk_arena *a, hk_str *status)
{
  if (c == NULL) return;
  /* One that closed its pipe is about to end by itself and shall tell how; one that lives gets a moment to see ours close. */
  const uint64_t patience = os_monotonic_ms() + (c->ended_pipe ? 2000 : 50);
  int how = 0;
  bool killed = false;
  os_govern_child_gone(c->pid);
  close(c->in); /* and not the other one: it would die of that, and its status would say nothing */
  for (;;) {
    const pid_t r = waitpid(c->pid, &how, killed ? 0 : WNOHANG);
    if (r == c->pid || (r < 0 && errno != EINTR)) break;
    if (!killed && os_monotonic_ms() >= patience) {
      (void)kill(c->pid, SIGKILL);
      killed = true;
    } else if (!killed) {
      os_sleep_ms(1);
    }
  }
  if (status) *status = status_text(a, how, killed);
  close(c->out);
  free(c);
}

/* "data" of /proc/<pid>/statm, in pages: what RLIMIT_DATA counts, and the stack. */
size_t os_child_memory(const struct os_child *c)
{
  char path[64];
  unsigned long long data = 0;
  (void)snprintf(path, sizeof path, "/proc/%d/statm", (int)c->pid);
  FILE *const f = fopen(path, "re");
  if (f == NULL) return 0;
  char line[256];
  if (fgets(line, sizeof line, f)) {
    char *p = line;
    for (int field = 0; field < 6; field++) data = strtoull(p, &p, 10);
  }
  fclose(f);
  return (size_t)data * (size_t)sysconf(_SC_PAGESIZE);
}
