/* A file opened without any sharing, as a running Windows holds its registry hives. */
#include "run/selftest_lock.h"

#include <stdlib.h>

#include <windows.h>

struct hk_selftest_lock {
  HANDLE handle;
};

hk_err hk_selftest_lock(hk_str path, struct hk_selftest_lock **out)
{
  struct hk_arena a;
  size_t n = 0;
  hk_arena_init(&a, 0);
  struct hk_selftest_lock *const l = calloc(1, sizeof *l);
  const WCHAR *const w = (const WCHAR *)hk_str_to_utf16le(&a, path, &n);
  hk_err e = l == NULL || w == NULL ? hk_fail(HK_MEMORY, "lock a file", HK_NO_OFFSET) : hk_ok();
  if (e.code == HK_OK) {
    l->handle = CreateFileW(w, GENERIC_READ, 0, NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    if (l->handle == INVALID_HANDLE_VALUE) e = hk_fail_os(HK_IO, "lock a file", (int)GetLastError());
  }
  hk_arena_done(&a);
  if (e.code == HK_OK)
    *out = l;
  else
    free(l);
  return e;
}

void hk_selftest_unlock(struct hk_selftest_lock *l)
{
  if (l == NULL) return;
  CloseHandle(l->handle);
  free(l);
}
