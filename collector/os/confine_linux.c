/* What the child gives up itself, and what it finds when it tries. */
#include "os/confine_linux.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/capability.h>

#include "os/confine_common.h"

#define NOBODY 65534

static bool limit(__rlimit_resource_t what, rlim_t most)
{
  const struct rlimit l = {.rlim_cur = most, .rlim_max = most};
  return setrlimit(what, &l) == 0;
}

/* Fields 1 (size) and 6 (data and stack) of /proc/self/statm, in bytes. */
static void memory_now(rlim_t *addresses, rlim_t *data)
{
  char line[256];
  unsigned long long field[6] = {0};
  FILE *const f = fopen("/proc/self/statm", "re");
  if (f == NULL) return;
  if (fgets(line, sizeof line, f)) {
    char *p = line;
    for (int i = 0; i < 6; i++) field[i] = strtoull(p, &p, 10);
  }
  fclose(f);
  const rlim_t page = (rlim_t)sysconf(_SC_PAGESIZE);
  *addresses = field[0] * page;
  *data = field[5] * page;
}

/* The ceiling counts from what the program has when it is ready. RLIMIT_DATA counts private writable memory (Linux 4.7);
   RLIMIT_AS all addresses, which a sanitizer's shadow has too many of. */
static bool limit_memory(size_t bytes)
{
  rlim_t addresses = 0, data = 0;
  memory_now(&addresses, &data);
  os_memory_ceiling = bytes;
  bool done = limit(RLIMIT_DATA, data + bytes);
  if (!os_is_sanitized()) done = limit(RLIMIT_AS, addresses + bytes) && done;
  return done;
}

static bool limit_rest(unsigned cpu_s)
{
  bool done = limit(RLIMIT_CORE, 0) && limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_NPROC, 0) && limit(RLIMIT_MEMLOCK, 0);
  done = limit(RLIMIT_NOFILE, 3) && done;
  if (cpu_s > 0) done = limit(RLIMIT_CPU, cpu_s) && done;
  return done;
}

/* Root becomes nobody. RLIMIT_NPROC means something only then. */
static bool leave_root(void)
{
  if (geteuid() != 0) return false;
  return setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0 && setresuid(NOBODY, NOBODY, NOBODY) == 0;
}

static bool drop_capabilities(void)
{
  struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  struct __user_cap_data_struct none[2];
  memset(none, 0, sizeof none);
  return syscall(SYS_capset, &head, none) == 0;
}

hk_err os_confine_self(const struct os_child_limits *limits)
{
  struct os_child_limits given;
  os_limits_parse(getenv(OS_LIMITS_VARIABLE), &given);
  if (limits) given = *limits;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) os_measure_add("no-new-privs");
  if (given.memory_bytes > 0 && limit_memory(given.memory_bytes)) os_measure_add("memory");
  if (os_landlock()) os_measure_add("landlock");
  if (leave_root()) os_measure_add("nobody");
  if (drop_capabilities()) os_measure_add("no-capabilities");
  /* Changing the user clears it. */
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0) os_measure_add("dies-with-parent");
  (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  if (limit_rest(given.cpu_s)) os_measure_add("rlimits");
  if (os_seccomp()) os_measure_add("seccomp");
  return hk_ok();
}

/* ---- probes ------------------------------------------------------------------------------------------------------------------- */

bool os_open_refused(void)
{
  const int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno == EPERM || errno == EACCES || errno == EMFILE;
  close(fd);
  return false;
}

bool os_write_refused(void)
{
  char path[64];
  (void)snprintf(path, sizeof path, "/tmp/hikeshi-probe-%d", (int)getpid());
  const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return errno == EPERM || errno == EACCES || errno == EMFILE;
  close(fd);
  (void)unlink(path);
  return false;
}

/* Port 9 of this machine: nobody answers, but that is not a refusal of the attempt. */
bool os_connect_refused(void)
{
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno == EPERM || errno == EACCES || errno == EMFILE;
  const struct sockaddr_in to = {
      .sin_family = AF_INET, .sin_port = htons(9), .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
  const bool refused = connect(fd, (const struct sockaddr *)&to, sizeof to) != 0 && (errno == EPERM || errno == EACCES);
  close(fd);
  return refused;
}

bool os_spawn_refused(void)
{
  const pid_t pid = fork();
  if (pid == 0) _exit(0);
  if (pid < 0) return true;
  (void)waitpid(pid, NULL, 0);
  return false;
}

bool os_memory_refused(void)
{
  if (os_memory_ceiling == 0) return false;
  const size_t more = os_memory_ceiling + os_memory_ceiling / 8 + ((size_t)16 << 20); /* what was freed since counts too */
  void *const p = mmap(NULL, more, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) return true;
  (void)munmap(p, more);
  return false;
}
