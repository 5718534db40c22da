/* What a file system can hold, on Windows. */
#include "os/os_win32.h"

/* A share that refuses to name its file system is taken to have no limit; a full one is noticed when it is. */
hk_err os_largest_file(hk_str path, uint64_t *bytes)
{
  struct hk_arena a;
  WCHAR *w = NULL;
  WCHAR name[MAX_PATH + 1] = L"";
  hk_arena_init(&a, 0);
  const hk_err e = os_wide_path(&a, path, &w);
  if (e.code == HK_OK) {
    const size_t size = wcslen(w) + 2;
    WCHAR *const root = hk_new(&a, WCHAR, size);
    const bool known = root != NULL && GetVolumePathNameW(w, root, (DWORD)size) &&
                       GetVolumeInformationW(root, NULL, 0, NULL, NULL, NULL, name, MAX_PATH + 1);
    const bool fat = known && (wcscmp(name, L"FAT32") == 0 || wcscmp(name, L"FAT") == 0);
    *bytes = fat ? OS_FAT_LARGEST_FILE : UINT64_MAX;
  }
  hk_arena_done(&a);
  return e;
}

hk_err os_make_executable(hk_str path)
{
  (void)path;
  return hk_ok();
}
