/* The system calls of the confined child. An allow-list; a call that is known and refused fails with EPERM, so that a
   library that tries it (or a probe) carries on; a call nobody expects kills the process. What can be done with the calls of
   the list: read and write the pipes, ask for memory that is not executable, take the time, end. */
#include "os/confine_linux.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#if defined(__x86_64__)
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCH AUDIT_ARCH_AARCH64
#else
#error "seccomp_linux.c: name this machine's AUDIT_ARCH"
#endif
#define X32_BIT 0x40000000u /* calls of the x32 ABI, which would slip past numbers of x86-64 */

#ifndef SECCOMP_RET_KILL_PROCESS
#define SECCOMP_RET_KILL_PROCESS 0x80000000u
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif

static const int allowed[] = {
    SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_close, SYS_fstat, SYS_lseek, SYS_ppoll,
#ifdef SYS_poll
    SYS_poll,
#endif
    SYS_munmap, SYS_mremap, SYS_madvise, SYS_brk, SYS_mincore,
    SYS_futex, SYS_sched_yield, SYS_nanosleep, SYS_clock_nanosleep, SYS_restart_syscall,
    SYS_clock_gettime, SYS_clock_getres, SYS_gettimeofday,
#ifdef SYS_time
    SYS_time,
#endif
    SYS_rt_sigreturn, SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_sigaltstack,
    SYS_getpid, SYS_gettid, SYS_getrandom,
    SYS_exit, SYS_exit_group,
};

/* Refused, but a program may ask: libraries, the C library itself, probes. */
static const int refused[] = {
    SYS_openat, SYS_openat2, SYS_socket, SYS_socketpair, SYS_connect, SYS_bind, SYS_listen, SYS_accept, SYS_accept4,
    SYS_sendto, SYS_recvfrom, SYS_sendmsg, SYS_recvmsg, SYS_shutdown, SYS_getsockname, SYS_getsockopt, SYS_setsockopt,
    SYS_clone, SYS_clone3, SYS_execve, SYS_execveat, SYS_wait4, SYS_waitid, SYS_kill, SYS_tkill,
    SYS_newfstatat, SYS_statx, SYS_statfs, SYS_fstatfs, SYS_faccessat, SYS_readlinkat, SYS_getcwd, SYS_getdents64,
    SYS_unlinkat, SYS_mkdirat, SYS_linkat, SYS_symlinkat, SYS_renameat2, SYS_fchmod, SYS_fchmodat, SYS_fchown, SYS_fchownat,
    SYS_utimensat, SYS_chdir, SYS_fchdir, SYS_ftruncate, SYS_truncate, SYS_fallocate, SYS_fsync, SYS_fdatasync, SYS_flock,
    SYS_ioctl, SYS_fcntl, SYS_dup, SYS_dup3, SYS_pipe2, SYS_memfd_create, SYS_prctl, SYS_prlimit64, SYS_getrlimit,
    SYS_setrlimit, SYS_getrusage, SYS_sysinfo, SYS_uname, SYS_sched_getaffinity, SYS_sched_setaffinity, SYS_getppid,
    SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_set_robust_list, SYS_set_tid_address, SYS_pread64, SYS_pwrite64,
    SYS_mlock, SYS_munlock, SYS_msync, SYS_umask, SYS_sync, SYS_timer_create, SYS_setitimer,
#ifdef SYS_rseq
    SYS_rseq,
#endif
#ifdef SYS_faccessat2
    SYS_faccessat2,
#endif
#ifdef SYS_open
    SYS_open, SYS_creat, SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_unlink, SYS_mkdir, SYS_rmdir, SYS_rename,
    SYS_fork, SYS_vfork, SYS_pipe, SYS_dup2, SYS_getdents, SYS_chmod, SYS_chown, SYS_link, SYS_symlink, SYS_alarm,
    SYS_select, SYS_arch_prctl, SYS_utime, SYS_utimes,
#endif
};

#define MOST_INSTRUCTIONS 512
struct program {
  struct sock_filter code[MOST_INSTRUCTIONS];
  unsigned short n;
};

static void add(struct program *p, uint16_t code, uint32_t k, uint8_t if_true, uint8_t if_false)
{
  if (p->n < MOST_INSTRUCTIONS) p->code[p->n++] = (struct sock_filter){.code = code, .jt = if_true, .jf = if_false, .k = k};
}

static void load(struct program *p, size_t offset)
{
  add(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void answer(struct program *p, uint32_t what)
{
  add(p, BPF_RET | BPF_K, what, 0, 0);
}

static void on_call(struct program *p, int number, uint32_t what)
{
  add(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1);
  answer(p, what);
}

/* The low half of an argument: the calls it is used for take an int there. Both machines are little-endian. */
static size_t low_half(int argument)
{
  return offsetof(struct seccomp_data, args) + 8 * (size_t)argument;
}

#define REFUSE (SECCOMP_RET_ERRNO | EPERM)

/* Memory: anonymous and never executable. */
static void add_mmap(struct program *p)
{
  add(p, BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 6);
  load(p, low_half(2));
  add(p, BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 3, 0);
  load(p, low_half(3));
  add(p, BPF_JMP | BPF_JSET | BPF_K, MAP_ANONYMOUS, 0, 1);
  answer(p, SECCOMP_RET_ALLOW);
  answer(p, REFUSE);
}

static void add_mprotect(struct program *p)
{
  add(p, BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 0, 4);
  load(p, low_half(2));
  add(p, BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1);
  answer(p, REFUSE);
  answer(p, SECCOMP_RET_ALLOW);
}

/* abort() and the like signal themselves; nobody else. */
static void add_tgkill(struct program *p)
{
  add(p, BPF_JMP | BPF_JEQ | BPF_K, SYS_tgkill, 0, 4);
  load(p, low_half(0));
  add(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)getpid(), 0, 1);
  answer(p, SECCOMP_RET_ALLOW);
  answer(p, REFUSE);
}

static void build(struct program *p)
{
  load(p, offsetof(struct seccomp_data, arch));
  add(p, BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCH, 1, 0);
  answer(p, SECCOMP_RET_KILL_PROCESS);
  load(p, offsetof(struct seccomp_data, nr));
  add(p, BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1);
  answer(p, SECCOMP_RET_KILL_PROCESS);
  for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++) on_call(p, allowed[i], SECCOMP_RET_ALLOW);
  add_mmap(p);
  add_mprotect(p);
  add_tgkill(p);
  for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) on_call(p, refused[i], REFUSE);
  answer(p, SECCOMP_RET_KILL_PROCESS);
}

bool os_seccomp(void)
{
  struct program p = {.n = 0};
  build(&p);
  if (p.n >= MOST_INSTRUCTIONS) return false;
  const struct sock_fprog f = {.len = p.n, .filter = p.code};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &f) == 0;
}
