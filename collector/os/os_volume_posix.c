/* What a file system can hold, on Linux. */
#include "os/os_posix.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <linux/magic.h>

hk_err os_make_executable(hk_str path)
{
  struct hk_arena a;
  hk_arena_init(&a, 0);
  const char *const z = hk_str_z(&a, path);
  hk_err e = z == NULL ? hk_fail(HK_MEMORY, "make executable", HK_NO_OFFSET) : hk_ok();
  if (e.code == HK_OK && chmod(z, 0755) != 0) e = os_fail_errno("make executable");
  hk_arena_done(&a);
  return e;
}

hk_err os_largest_file(hk_str path, uint64_t *bytes)
{
  struct hk_arena a;
  struct statfs fs;
  struct rlimit limit;
  hk_arena_init(&a, 0);
  const char *const z = hk_str_z(&a, path);
  hk_err e = z == NULL ? hk_fail(HK_MEMORY, "ask the file system", HK_NO_OFFSET) : hk_ok();
  if (e.code == HK_OK && statfs(z, &fs) != 0) e = os_fail_errno("ask the file system");
  if (e.code == HK_OK) {
    *bytes = ((unsigned long)fs.f_type & 0xFFFFFFFFu) == MSDOS_SUPER_MAGIC ? OS_FAT_LARGEST_FILE : UINT64_MAX;
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < *bytes) *bytes = limit.rlim_cur;
  }
  hk_arena_done(&a);
  return e;
}
