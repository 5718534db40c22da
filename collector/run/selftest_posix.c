/* POSIX systems have no lock that keeps others from opening a file. */
#include "run/selftest_lock.h"

#include <stddef.h>

hk_err hk_selftest_lock(hk_str path, struct hk_selftest_lock **out)
{
  (void)path;
  (void)out;
  return hk_fail(HK_UNSUPPORTED, "lock a file", HK_NO_OFFSET);
}

void hk_selftest_unlock(struct hk_selftest_lock *l)
{
  (void)l;
}
