/* Names of the file system on Windows: what is there, listing, streams, owners, making, moving. */
#include "os/os_list.h"
#include "os/os_win32.h"

#include <aclapi.h>
#include <sddl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#ifndef FILE_FLAG_OPEN_NO_RECALL
#define FILE_FLAG_OPEN_NO_RECALL 0x00100000
#endif
#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

const char os_separator = '\\';

/* FILETIME as two halves or as LARGE_INTEGER: the same number. */
static hk_time time_of(const FILETIME *t)
{
  return hk_time_from_filetime((uint64_t)t->dwHighDateTime << 32 | t->dwLowDateTime);
}

static enum os_kind kind_of(DWORD attributes)
{
  if (attributes & FILE_ATTRIBUTE_DIRECTORY) return OS_DIRECTORY;
  return attributes & FILE_ATTRIBUTE_DEVICE ? OS_OTHER : OS_FILE;
}

static void info_of_find(const WIN32_FIND_DATAW *d, struct os_info *out)
{
  *out = (struct os_info){
      .kind = kind_of(d->dwFileAttributes),
      .size_bytes = (uint64_t)d->nFileSizeHigh << 32 | d->nFileSizeLow,
      .born_at = time_of(&d->ftCreationTime),
      .modified_at = time_of(&d->ftLastWriteTime),
      .accessed_at = time_of(&d->ftLastAccessTime),
      .attributes = d->dwFileAttributes,
      .reparse_tag = d->dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT ? d->dwReserved0 : 0,
  };
}

static hk_err info_of_handle(HANDLE h, struct os_info *out)
{
  BY_HANDLE_FILE_INFORMATION i;
  FILE_BASIC_INFO basic;
  FILE_ATTRIBUTE_TAG_INFO tag;
  if (!GetFileInformationByHandle(h, &i)) return os_fail_last("describe file");
  struct os_info info = {
      .kind = kind_of(i.dwFileAttributes),
      .size_bytes = (uint64_t)i.nFileSizeHigh << 32 | i.nFileSizeLow,
      .born_at = time_of(&i.ftCreationTime),
      .modified_at = time_of(&i.ftLastWriteTime),
      .accessed_at = time_of(&i.ftLastAccessTime),
      .attributes = i.dwFileAttributes,
      .file_id = (uint64_t)i.nFileIndexHigh << 32 | i.nFileIndexLow,
      .n_links = i.nNumberOfLinks,
  };
  if (GetFileInformationByHandleEx(h, FileBasicInfo, &basic, sizeof basic))
    info.changed_at = hk_time_from_filetime((uint64_t)basic.ChangeTime.QuadPart);
  if (i.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT &&
      GetFileInformationByHandleEx(h, FileAttributeTagInfo, &tag, sizeof tag))
    info.reparse_tag = tag.ReparseTag;
  *out = info;
  return hk_ok();
}

/* A handle that can describe and no more: sharing modes do not refuse it (FILE_READ_ATTRIBUTES takes part in no sharing
   check), nothing is followed or recalled. */
static HANDLE open_to_describe(const WCHAR *w, DWORD access)
{
  return CreateFileW(w, access, SHARE_ALL, NULL, OPEN_EXISTING,
                     FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_OPEN_NO_RECALL, NULL);
}

/* pagefile.sys and the like cannot be opened at all, but their folder describes them. */
static hk_err stat_by_folder(const WCHAR *w, struct os_info *out, DWORD first_error)
{
  WIN32_FIND_DATAW d;
  const WCHAR *const after_prefix = wcsncmp(w, L"\\\\?\\", 4) == 0 ? w + 4 : w;
  if (wcspbrk(after_prefix, L"*?")) return os_fail_win32("describe file", first_error);
  const HANDLE h = FindFirstFileW(w, &d);
  if (h == INVALID_HANDLE_VALUE) return os_fail_win32("describe file", first_error);
  FindClose(h);
  info_of_find(&d, out);
  return hk_ok();
}

hk_err os_stat(hk_str path, struct os_info *out)
{
  struct hk_arena a;
  hk_arena_init(&a, 0);
  WCHAR *w = NULL;
  hk_err e = os_wide_path(&a, path, &w);
  if (e.code) goto done;
  const HANDLE h = open_to_describe(w, FILE_READ_ATTRIBUTES);
  if (h == INVALID_HANDLE_VALUE) {
    const DWORD first_error = GetLastError();
    e = os_fail_win32("describe file", first_error);
    if (e.code == HK_DENIED) e = stat_by_folder(w, out, first_error);
    goto done;
  }
  e = info_of_handle(h, out);
  CloseHandle(h);
done:
  hk_arena_done(&a);
  return e;
}

/* ---- listing ------------------------------------------------------------------------------------------------------------ */

/* FileIdBothDirectoryInfo (Vista; MS-FSCC 2.4.17) also tells file id and change time. EaSize holds the reparse tag of a
   reparse point. Buffers come from the file system driver, which on a crafted USB stick or a server is not ours to trust:
   every offset is checked. */
static hk_err add_block(struct os_names *names, const uint8_t *block, size_t size)
{
  struct hk_arena scratch;
  hk_arena_init(&scratch, 0);
  hk_err e = hk_ok();
  size_t at = 0;
  for (;;) {
    FILE_ID_BOTH_DIR_INFO d;
    const size_t head = offsetof(FILE_ID_BOTH_DIR_INFO, FileName);
    if (size - at < head) break;
    memcpy(&d, block + at, head);
    if (d.FileNameLength > size - at - head) break;
    const bool reparse = (d.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0;
    const struct os_info info = {
        .kind = kind_of(d.FileAttributes),
        .size_bytes = (uint64_t)d.EndOfFile.QuadPart,
        .born_at = hk_time_from_filetime((uint64_t)d.CreationTime.QuadPart),
        .modified_at = hk_time_from_filetime((uint64_t)d.LastWriteTime.QuadPart),
        .accessed_at = hk_time_from_filetime((uint64_t)d.LastAccessTime.QuadPart),
        .changed_at = hk_time_from_filetime((uint64_t)d.ChangeTime.QuadPart),
        .attributes = d.FileAttributes,
        .reparse_tag = reparse ? d.EaSize : 0,
        .file_id = (uint64_t)d.FileId.QuadPart,
    };
    e = os_names_add(names, hk_str_from_utf16le(&scratch, block + at + head, d.FileNameLength), &info);
    if (e.code || d.NextEntryOffset < head || d.NextEntryOffset > size - at) break;
    at += d.NextEntryOffset;
  }
  hk_arena_done(&scratch);
  return e;
}

static hk_err list_by_handle(const WCHAR *w, struct os_names *names)
{
  enum { BLOCK_BYTES = 64 * 1024 };
  const HANDLE h = CreateFileW(w, FILE_LIST_DIRECTORY | SYNCHRONIZE, SHARE_ALL, NULL, OPEN_EXISTING,
                               FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_NO_RECALL, NULL);
  if (h == INVALID_HANDLE_VALUE) return os_fail_last("open directory");
  hk_err e = hk_ok();
  uint8_t *const block = calloc(1, BLOCK_BYTES);
  if (block == NULL) e = hk_fail(HK_MEMORY, "list directory", HK_NO_OFFSET);
  while (e.code == HK_OK) {
    if (!GetFileInformationByHandleEx(h, FileIdBothDirectoryInfo, block, BLOCK_BYTES)) {
      const DWORD last = GetLastError();
      if (last != ERROR_NO_MORE_FILES) e = os_fail_win32("list directory", last);
      break;
    }
    e = add_block(names, block, BLOCK_BYTES);
  }
  free(block);
  CloseHandle(h);
  return e;
}

/* For file systems and servers that do not know that class of information: no file id, no change time. */
static hk_err list_by_find(struct hk_arena *a, const WCHAR *w, struct os_names *names)
{
  WIN32_FIND_DATAW d;
  const size_t n = wcslen(w);
  WCHAR *const pattern = hk_new(a, WCHAR, n + 3);
  if (pattern == NULL) return hk_fail(HK_MEMORY, "list directory", HK_NO_OFFSET);
  wmemcpy(pattern, w, n);
  wmemcpy(pattern + n, n && w[n - 1] == L'\\' ? L"*" : L"\\*", n && w[n - 1] == L'\\' ? 2 : 3);
  /* FindExInfoBasic and LARGE_FETCH: Windows 7. */
  const HANDLE h = FindFirstFileExW(pattern, FindExInfoBasic, &d, FindExSearchNameMatch, NULL, FIND_FIRST_EX_LARGE_FETCH);
  if (h == INVALID_HANDLE_VALUE) {
    const DWORD last = GetLastError();
    return last == ERROR_FILE_NOT_FOUND ? hk_ok() : os_fail_win32("list directory", last); /* an empty root */
  }
  hk_err e = hk_ok();
  do {
    struct os_info info;
    struct hk_arena scratch;
    hk_arena_init(&scratch, 0);
    info_of_find(&d, &info);
    e = os_names_add(names, os_narrow(&scratch, d.cFileName, SIZE_MAX), &info);
    hk_arena_done(&scratch);
  } while (e.code == HK_OK && FindNextFileW(h, &d));
  const DWORD last = GetLastError();
  if (e.code == HK_OK && last != ERROR_NO_MORE_FILES) e = os_fail_win32("list directory", last);
  FindClose(h);
  return e;
}

hk_err os_list(hk_str path, bool (*on)(void *ctx, hk_str name, const struct os_info *info), void *ctx)
{
  struct hk_arena a;
  struct os_names names;
  hk_arena_init(&a, 0);
  os_names_init(&names);
  WCHAR *w = NULL;
  hk_err e = os_wide_path(&a, path, &w);
  if (e.code) goto done;
  e = list_by_handle(w, &names);
  if (e.code == HK_UNSUPPORTED || e.code == HK_USAGE) {
    os_names_done(&names);
    os_names_init(&names);
    e = list_by_find(&a, w, &names);
  }
  if (e.code == HK_OK) os_names_show(&names, on, ctx);
done:
  os_names_done(&names);
  hk_arena_done(&a);
  return e;
}

/* ---- streams and owners -------------------------------------------------------------------------------------------------- */

/* ":name:$DATA" to "name"; empty for the unnamed stream. */
static hk_str stream_name(struct hk_arena *a, const WCHAR *w)
{
  const hk_str s = os_narrow(a, w, SIZE_MAX);
  const hk_str inner = hk_str_starts(s, HK_S(":")) ? hk_str_sub(s, 1, s.n) : s;
  return hk_str_sub(inner, 0, hk_str_rfind(inner, ':'));
}

static hk_err list_streams(const WCHAR *w, bool (*on)(void *ctx, hk_str name, uint64_t size_bytes), void *ctx)
{
  WIN32_FIND_STREAM_DATA d;
  const HANDLE h = FindFirstStreamW(w, FindStreamInfoStandard, &d, 0);
  if (h == INVALID_HANDLE_VALUE) {
    const DWORD e = GetLastError();
    /* END OF FILE: no stream at all (a directory). INVALID PARAMETER: documented for file systems without streams. */
    return e == ERROR_HANDLE_EOF || e == ERROR_INVALID_PARAMETER ? hk_ok() : os_fail_win32("list streams", e);
  }
  bool more = true;
  DWORD last = ERROR_HANDLE_EOF;
  while (more) {
    struct hk_arena a;
    hk_arena_init(&a, 0);
    const hk_str name = stream_name(&a, d.cStreamName);
    if (name.n > 0) more = on(ctx, name, (uint64_t)d.StreamSize.QuadPart);
    hk_arena_done(&a);
    if (more && !FindNextStreamW(h, &d)) {
      last = GetLastError();
      more = false;
    }
  }
  FindClose(h);
  return last == ERROR_HANDLE_EOF ? hk_ok() : os_fail_win32("list streams", last);
}

hk_err os_list_streams(hk_str path, bool (*on)(void *ctx, hk_str name, uint64_t size_bytes), void *ctx)
{
  struct hk_arena a;
  hk_arena_init(&a, 0);
  WCHAR *w = NULL;
  hk_err e = os_wide_path(&a, path, &w);
  if (e.code == HK_OK) e = list_streams(w, on, ctx);
  hk_arena_done(&a);
  return e;
}

static hk_err owner_of_handle(HANDLE h, struct hk_arena *a, hk_str *sid)
{
  DWORD need = 0;
  PSID owner = NULL;
  BOOL defaulted = FALSE;
  WCHAR *text = NULL;
  (void)GetKernelObjectSecurity(h, OWNER_SECURITY_INFORMATION, NULL, 0, &need);
  if (need == 0) return os_fail_last("read owner");
  uint8_t *const descriptor = hk_new(a, uint8_t, need);
  if (descriptor == NULL) return hk_fail(HK_MEMORY, "read owner", HK_NO_OFFSET);
  if (!GetKernelObjectSecurity(h, OWNER_SECURITY_INFORMATION, (PSECURITY_DESCRIPTOR)descriptor, need, &need) ||
      !GetSecurityDescriptorOwner((PSECURITY_DESCRIPTOR)descriptor, &owner, &defaulted))
    return os_fail_last("read owner");
  *sid = HK_S("");
  if (owner == NULL) return hk_ok();
  if (!ConvertSidToStringSidW(owner, &text)) return os_fail_last("read owner");
  *sid = os_narrow(a, text, SIZE_MAX);
  LocalFree(text);
  return hk_ok();
}

hk_err os_owner(hk_str path, struct hk_arena *a, hk_str *sid)
{
  struct hk_arena scratch;
  hk_arena_init(&scratch, 0);
  WCHAR *w = NULL;
  hk_err e = os_wide_path(&scratch, path, &w);
  if (e.code) goto done;
  const HANDLE h = open_to_describe(w, READ_CONTROL);
  if (h == INVALID_HANDLE_VALUE) {
    e = os_fail_last("open to read owner");
    goto done;
  }
  e = owner_of_handle(h, a, sid);
  CloseHandle(h);
done:
  hk_arena_done(&scratch);
  return e;
}

/* ---- making and moving ---------------------------------------------------------------------------------------------------- */

hk_err os_make_dir(hk_str path)
{
  struct hk_arena a;
  hk_arena_init(&a, 0);
  WCHAR *w = NULL;
  hk_err e = os_wide_path(&a, path, &w);
  if (e.code == HK_OK && !CreateDirectoryW(w, NULL)) {
    const DWORD last = GetLastError();
    const DWORD attributes = GetFileAttributesW(w); /* "C:\" answers ACCESS DENIED */
    if (attributes == INVALID_FILE_ATTRIBUTES || !(attributes & FILE_ATTRIBUTE_DIRECTORY))
      e = os_fail_win32("make directory", last);
  }
  hk_arena_done(&a);
  return e;
}

hk_err os_remove(hk_str path)
{
  struct hk_arena a;
  hk_arena_init(&a, 0);
  WCHAR *w = NULL;
  hk_err e = os_wide_path(&a, path, &w);
  if (e.code == HK_OK) {
    const DWORD attributes = GetFileAttributesW(w);
    const bool directory = attributes != INVALID_FILE_ATTRIBUTES && attributes & FILE_ATTRIBUTE_DIRECTORY;
    if (!(directory ? RemoveDirectoryW(w) : DeleteFileW(w))) e = os_fail_last("remove");
  }
  hk_arena_done(&a);
  return e;
}

/* MoveFileEx without MOVEFILE_REPLACE_EXISTING fails with ERROR_ALREADY_EXISTS, in one step. */
hk_err os_rename(hk_str from, hk_str to)
{
  struct hk_arena a;
  hk_arena_init(&a, 0);
  WCHAR *w_from = NULL, *w_to = NULL;
  hk_err e = os_wide_path(&a, from, &w_from);
  if (e.code == HK_OK) e = os_wide_path(&a, to, &w_to);
  if (e.code == HK_OK && !MoveFileExW(w_from, w_to, MOVEFILE_WRITE_THROUGH)) e = os_fail_last("rename");
  hk_arena_done(&a);
  return e;
}

static const FILETIME *filetime(hk_time t, FILETIME *storage)
{
  if (t == HK_TIME_UNKNOWN) return NULL;
  storage->dwLowDateTime = (DWORD)(uint64_t)t;
  storage->dwHighDateTime = (DWORD)((uint64_t)t >> 32);
  return storage;
}

hk_err os_set_times(hk_str path, hk_time born, hk_time modified, hk_time accessed)
{
  struct hk_arena a;
  hk_arena_init(&a, 0);
  WCHAR *w = NULL;
  FILETIME b, m, c;
  hk_err e = os_wide_path(&a, path, &w);
  if (e.code) goto done;
  const HANDLE h = open_to_describe(w, FILE_WRITE_ATTRIBUTES);
  if (h == INVALID_HANDLE_VALUE) {
    e = os_fail_last("open to set times");
    goto done;
  }
  if (!SetFileTime(h, filetime(born, &b), filetime(accessed, &c), filetime(modified, &m))) e = os_fail_last("set times");
  CloseHandle(h);
done:
  hk_arena_done(&a);
  return e;
}

/* GetDiskFreeSpaceEx wants a folder; the folder of a file is asked in its place. */
hk_err os_free_space(hk_str path, uint64_t *bytes)
{
  struct hk_arena a;
  hk_arena_init(&a, 0);
  WCHAR *w = NULL;
  ULARGE_INTEGER available;
  hk_err e = os_wide_path(&a, path, &w);
  if (e.code) goto done;
  const DWORD attributes = GetFileAttributesW(w);
  if (attributes != INVALID_FILE_ATTRIBUTES && !(attributes & FILE_ATTRIBUTE_DIRECTORY)) {
    WCHAR *const last = wcsrchr(w, L'\\');
    if (last) last[1] = 0;
  }
  if (GetDiskFreeSpaceExW(w, &available, NULL, NULL))
    *bytes = available.QuadPart;
  else
    e = os_fail_last("ask free space");
done:
  hk_arena_done(&a);
  return e;
}
