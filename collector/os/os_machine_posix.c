/* This process and this machine on Linux. Text comes from /proc and /etc: a static program must not need NSS. */
#include "os/os_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include <linux/magic.h>

#ifndef CIFS_SUPER_MAGIC
#define CIFS_SUPER_MAGIC 0xFF534D42u
#endif
#ifndef SMB2_SUPER_MAGIC
#define SMB2_SUPER_MAGIC 0xFE534D42u
#endif

hk_err os_arguments(struct hk_arena *a, int argc, char **argv, hk_str **args, size_t *n_args)
{
  const size_t n = argc > 0 ? (size_t)argc : 0;
  hk_str *const v = hk_new(a, hk_str, n);
  if (v == NULL) return hk_fail(HK_MEMORY, "read command line", HK_NO_OFFSET);
  for (size_t i = 0; i < n; i++) v[i] = hk_str_of(argv[i]);
  *args = v;
  *n_args = n;
  return hk_ok();
}

hk_str os_self_path(struct hk_arena *a)
{
  char path[4096];
  const ssize_t n = readlink("/proc/self/exe", path, sizeof path);
  if (n <= 0 || (size_t)n >= sizeof path) return HK_S("");
  return hk_str_copy(a, (hk_str){.p = path, .n = (size_t)n});
}

hk_str os_host_name(struct hk_arena *a)
{
  struct utsname u;
  return uname(&u) == 0 ? hk_str_copy(a, hk_str_of(u.nodename)) : HK_S("");
}

/* The name for a uid in /etc/passwd ("name:x:uid:…"), else the number. */
hk_str os_user_name(struct hk_arena *a)
{
  char line[512];
  const unsigned long uid = geteuid();
  FILE *const f = fopen("/etc/passwd", "re");
  hk_str name = {.p = NULL, .n = 0};
  while (f && name.p == NULL && fgets(line, sizeof line, f)) {
    const hk_str s = hk_str_of(line);
    const size_t end = hk_str_find(s, ':');
    const size_t password = end + 1 + hk_str_find(hk_str_sub(s, end + 1, s.n), ':');
    if (password + 1 >= s.n) continue;
    char *after = NULL;
    const unsigned long n = strtoul(line + password + 1, &after, 10);
    if (after != line + password + 1 && *after == ':' && n == uid) name = hk_str_copy(a, hk_str_sub(s, 0, end));
  }
  if (f) fclose(f);
  return name.p ? name : hk_str_printf(a, "%lu", uid);
}

bool os_is_admin(void)
{
  return geteuid() == 0;
}

/* "Linux 6.1": the first two numbers of the release. */
hk_str os_version(struct hk_arena *a)
{
  struct utsname u;
  if (uname(&u) != 0) return HK_S("");
  size_t n = 0;
  for (int dots = 0; u.release[n]; n++) {
    const bool digit = u.release[n] >= '0' && u.release[n] <= '9';
    if (!digit && (u.release[n] != '.' || ++dots == 2)) break;
  }
  return hk_str_printf(a, "%s %.*s", u.sysname, (int)n, u.release);
}

hk_time os_now(void)
{
  struct timespec t;
  if (clock_gettime(CLOCK_REALTIME, &t) != 0) return HK_TIME_UNKNOWN;
  return hk_time_from_unix(t.tv_sec, (uint32_t)t.tv_nsec);
}

uint64_t os_monotonic_ms(void)
{
  struct timespec t;
  if (clock_gettime(CLOCK_MONOTONIC, &t) != 0) return 0;
  return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

hk_time os_boot_time(void)
{
  struct timespec up;
  const hk_time now = os_now();
  if (now == HK_TIME_UNKNOWN || clock_gettime(CLOCK_BOOTTIME, &up) != 0) return HK_TIME_UNKNOWN;
  return now - (up.tv_sec * HK_SECOND + up.tv_nsec / 100);
}

int os_utc_offset_minutes(void)
{
  const time_t now = time(NULL);
  struct tm local;
  return localtime_r(&now, &local) ? (int)(local.tm_gmtoff / 60) : 0;
}

/* "Asia/Tokyo" from TZ or /etc/localtime, else the abbreviation. */
hk_str os_time_zone(struct hk_arena *a)
{
  const char *const tz = getenv("TZ");
  if (tz && *tz) return hk_str_copy(a, hk_str_of(tz[0] == ':' ? tz + 1 : tz));
  char path[1024];
  const ssize_t n = readlink("/etc/localtime", path, sizeof path);
  static const char folder[] = "/zoneinfo/";
  const char *const at = n > 0 ? memmem(path, (size_t)n, folder, sizeof folder - 1) : NULL;
  if (at) {
    const char *const name = at + sizeof folder - 1;
    return hk_str_copy(a, (hk_str){.p = name, .n = (size_t)(path + n - name)});
  }
  const time_t now = time(NULL);
  struct tm local;
  return localtime_r(&now, &local) ? hk_str_copy(a, hk_str_of(local.tm_zone)) : HK_S("UTC");
}

bool os_language_is_japanese(void)
{
  static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    const char *const v = getenv(names[i]);
    if (v && *v) return strncmp(v, "ja", 2) == 0 && (v[2] == 0 || v[2] == '_' || v[2] == '.');
  }
  return false;
}

void os_random(void *out, size_t n)
{
  size_t done = 0;
  while (done < n) {
    const ssize_t r = getrandom((char *)out + done, n - done, 0);
    if (r < 0 && errno == EINTR) continue;
    if (r <= 0) abort(); /* no kernel we run on is without it; predictable names would be worse than none */
    done += (size_t)r;
  }
}

unsigned os_cpu_count(void)
{
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) return (unsigned)CPU_COUNT(&set);
  const long n = sysconf(_SC_NPROCESSORS_ONLN);
  return n > 0 ? (unsigned)n : 1;
}

void os_sleep_ms(unsigned ms)
{
  struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
  while (nanosleep(&t, &t) != 0 && errno == EINTR) {
  }
}

unsigned os_process_id(void)
{
  return (unsigned)getpid();
}

hk_str os_take_privileges(struct hk_arena *a)
{
  (void)a;
  return HK_S("");
}

hk_str os_fixed_volumes(struct hk_arena *a)
{
  (void)a;
  return HK_S("");
}

/* 1, 0, or -1 when sysfs does not say. A partition has no "removable" of its own: its disk is the folder above. */
static int is_removable(dev_t device)
{
  static const char *const form[] = {"/sys/dev/block/%u:%u/removable", "/sys/dev/block/%u:%u/../removable"};
  for (size_t i = 0; i < 2; i++) {
    char path[96];
    (void)snprintf(path, sizeof path, form[i], major(device), minor(device));
    FILE *const f = fopen(path, "re");
    if (f == NULL) continue;
    const int c = fgetc(f);
    fclose(f);
    return c == '1';
  }
  return -1;
}

const char *os_medium(hk_str path)
{
  struct hk_arena a;
  struct stat st;
  struct statfs fs;
  const char *medium = "unknown";
  hk_arena_init(&a, 0);
  const char *const z = hk_str_z(&a, path);
  if (z && statfs(z, &fs) == 0 && stat(z, &st) == 0) {
    const unsigned long type = (unsigned long)fs.f_type & 0xFFFFFFFFu;
    const int removable = is_removable(st.st_dev);
    if (type == NFS_SUPER_MAGIC || type == SMB_SUPER_MAGIC || type == CIFS_SUPER_MAGIC || type == SMB2_SUPER_MAGIC)
      medium = "network";
    else if (removable >= 0)
      medium = removable ? "removable" : "fixed";
  }
  hk_arena_done(&a);
  return medium;
}
