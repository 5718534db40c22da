/* Names of the file system on Linux: what is there, listing, making, moving. statx(2) gives the time of birth. */
#include "os/os_list.h"
#include "os/os_posix.h"
#include "os/reparse.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

const char os_separator = '/';

#define ATTRIBUTE_READONLY 0x1u
#define ATTRIBUTE_DIRECTORY 0x10u

/* A zero-terminated path in the arena or an error. */
static hk_err path_z(struct hk_arena *a, hk_str path, const char **z)
{
  if (hk_str_find(path, '\0') != path.n) return hk_fail(HK_USAGE, "zero byte in the path", HK_NO_OFFSET);
  *z = hk_str_z(a, path);
  return *z ? hk_ok() : hk_fail(HK_MEMORY, "copy path", HK_NO_OFFSET);
}

static hk_time time_of(const struct statx *st, unsigned bit, const struct statx_timestamp *t)
{
  return st->stx_mask & bit ? hk_time_from_unix(t->tv_sec, t->tv_nsec) : HK_TIME_UNKNOWN;
}

static void info_of(const struct statx *st, struct os_info *out)
{
  const bool directory = S_ISDIR(st->stx_mode);
  *out = (struct os_info){
      .kind = directory ? OS_DIRECTORY : S_ISREG(st->stx_mode) ? OS_FILE : OS_OTHER,
      .size_bytes = directory ? 0 : st->stx_size,
      .born_at = time_of(st, STATX_BTIME, &st->stx_btime),
      .modified_at = time_of(st, STATX_MTIME, &st->stx_mtime),
      .accessed_at = time_of(st, STATX_ATIME, &st->stx_atime),
      .changed_at = time_of(st, STATX_CTIME, &st->stx_ctime),
      .attributes = (directory ? ATTRIBUTE_DIRECTORY : 0) | (st->stx_mode & 0222 ? 0 : ATTRIBUTE_READONLY),
      .reparse_tag = S_ISLNK(st->stx_mode) ? OS_TAG_SYMLINK : 0,
      .file_id = st->stx_ino,
      .n_links = st->stx_nlink,
  };
}

static int stat_at(int dir, const char *name, struct os_info *out)
{
  struct statx st;
  if (statx(dir, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_BASIC_STATS | STATX_BTIME, &st) != 0) return -1;
  info_of(&st, out);
  return 0;
}

hk_err os_stat(hk_str path, struct os_info *out)
{
  struct hk_arena a;
  hk_arena_init(&a, 0);
  const char *z = NULL;
  hk_err e = path_z(&a, path, &z);
  if (e.code == HK_OK && stat_at(AT_FDCWD, z, out) != 0) e = os_fail_errno("describe file");
  hk_arena_done(&a);
  return e;
}

/* Adds every name; one that vanished or may not be described is listed with what is known: nothing. */
static hk_err read_names(DIR *d, struct os_names *names)
{
  for (;;) {
    errno = 0;
    const struct dirent *const entry = readdir(d);
    if (entry == NULL) return errno ? os_fail_errno("list directory") : hk_ok();
    struct os_info info = {.kind = OS_OTHER};
    if (stat_at(dirfd(d), entry->d_name, &info) != 0 && errno == ENOENT) continue;
    HK_TRY(os_names_add(names, hk_str_of(entry->d_name), &info));
  }
}

hk_err os_list(hk_str path, bool (*on)(void *ctx, hk_str name, const struct os_info *info), void *ctx)
{
  struct hk_arena a;
  struct os_names names;
  hk_arena_init(&a, 0);
  os_names_init(&names);
  const char *z = NULL;
  DIR *d = NULL;
  hk_err e = path_z(&a, path, &z);
  if (e.code) goto done;
  d = opendir(z);
  if (d == NULL) {
    e = os_fail_errno("open directory");
    goto done;
  }
  e = read_names(d, &names);
  closedir(d);
  if (e.code == HK_OK) os_names_show(&names, on, ctx);
done:
  os_names_done(&names);
  hk_arena_done(&a);
  return e;
}

hk_err os_list_streams(hk_str path, bool (*on)(void *ctx, hk_str name, uint64_t size_bytes), void *ctx)
{
  (void)path;
  (void)on;
  (void)ctx;
  return hk_ok();
}

hk_err os_owner(hk_str path, struct hk_arena *a, hk_str *sid)
{
  struct os_info info;
  (void)a;
  HK_TRY(os_stat(path, &info));
  *sid = HK_S("");
  return hk_ok();
}

hk_err os_make_dir(hk_str path)
{
  struct hk_arena a;
  hk_arena_init(&a, 0);
  const char *z = NULL;
  struct stat st;
  hk_err e = path_z(&a, path, &z);
  if (e.code == HK_OK && mkdir(z, 0777) != 0) {
    e = os_fail_errno("make directory");
    if (e.os == EEXIST && stat(z, &st) == 0 && S_ISDIR(st.st_mode)) e = hk_ok();
  }
  hk_arena_done(&a);
  return e;
}

hk_err os_remove(hk_str path)
{
  struct hk_arena a;
  hk_arena_init(&a, 0);
  const char *z = NULL;
  hk_err e = path_z(&a, path, &z);
  if (e.code == HK_OK && remove(z) != 0) e = os_fail_errno("remove");
  hk_arena_done(&a);
  return e;
}

/* renameat2 with RENAME_NOREPLACE is atomic; file systems without it get a look first, which is as good as it gets there. */
static hk_err rename_new(const char *from, const char *to)
{
  struct stat st;
  if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return hk_ok();
  if (errno != EINVAL && errno != ENOSYS) return os_fail_errno("rename");
  if (lstat(to, &st) == 0) return hk_fail_os(HK_USAGE, "rename: the new name exists", EEXIST);
  return rename(from, to) == 0 ? hk_ok() : os_fail_errno("rename");
}

hk_err os_rename(hk_str from, hk_str to)
{
  struct hk_arena a;
  hk_arena_init(&a, 0);
  const char *z_from = NULL, *z_to = NULL;
  hk_err e = path_z(&a, from, &z_from);
  if (e.code == HK_OK) e = path_z(&a, to, &z_to);
  if (e.code == HK_OK) e = rename_new(z_from, z_to);
  hk_arena_done(&a);
  return e;
}

static struct timespec to_timespec(hk_time t)
{
  if (t == HK_TIME_UNKNOWN) return (struct timespec){.tv_nsec = UTIME_OMIT};
  const int64_t since_1970 = t - HK_UNIX_EPOCH;
  int64_t seconds = since_1970 / HK_SECOND, ticks = since_1970 % HK_SECOND;
  if (ticks < 0) {
    seconds--;
    ticks += HK_SECOND;
  }
  return (struct timespec){.tv_sec = (time_t)seconds, .tv_nsec = (long)(ticks * 100)};
}

/* No Linux file system lets a time of birth be set; `born` is ignored here. */
hk_err os_set_times(hk_str path, hk_time born, hk_time modified, hk_time accessed)
{
  struct hk_arena a;
  hk_arena_init(&a, 0);
  const char *z = NULL;
  const struct timespec t[2] = {to_timespec(accessed), to_timespec(modified)};
  (void)born;
  hk_err e = path_z(&a, path, &z);
  if (e.code == HK_OK && utimensat(AT_FDCWD, z, t, AT_SYMLINK_NOFOLLOW) != 0) e = os_fail_errno("set times");
  hk_arena_done(&a);
  return e;
}

hk_err os_free_space(hk_str path, uint64_t *bytes)
{
  struct hk_arena a;
  hk_arena_init(&a, 0);
  const char *z = NULL;
  struct statvfs v;
  hk_err e = path_z(&a, path, &z);
  if (e.code == HK_OK && statvfs(z, &v) != 0) e = os_fail_errno("ask free space");
  if (e.code == HK_OK) *bytes = (uint64_t)v.f_bavail * v.f_frsize;
  hk_arena_done(&a);
  return e;
}
