/* A file held so that nobody else may open it, to see what reading a locked file gives. */
#ifndef HK_RUN_SELFTEST_LOCK_H
#define HK_RUN_SELFTEST_LOCK_H

#include "base/err.h"
#include "base/str.h"

struct hk_selftest_lock;
/* HK_UNSUPPORTED where the system has no locks that refuse an opening. */
hk_err hk_selftest_lock(hk_str path, struct hk_selftest_lock **out);
void hk_selftest_unlock(struct hk_selftest_lock *l); /* NULL is fine */

#endif
