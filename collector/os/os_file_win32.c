/* Open files on Windows. */
#include "os/os_win32.h"

#include <stdlib.h>
#include <sddl.h>
#include <winioctl.h>

#ifndef FILE_FLAG_OPEN_NO_RECALL
#define FILE_FLAG_OPEN_NO_RECALL 0x00100000
#endif

/* Reads and writes above 32 to 64 MiB fail with ERROR_NO_SYSTEM_RESOURCES on SMB and on older Windows. */
#define STEP_BYTES ((size_t)1 << 20)
#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

/* Full access for the owner and for the system, nothing from the folder above. FAT knows no owners and ignores it. */
static HANDLE create_secret(const WCHAR *w)
{
  SECURITY_ATTRIBUTES of = {.nLength = sizeof of};
  HANDLE h = INVALID_HANDLE_VALUE;
  if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(L"D:P(A;;FA;;;OW)(A;;FA;;;SY)", SDDL_REVISION_1, &of.lpSecurityDescriptor, NULL))
    return h;
  h = CreateFileW(w, GENERIC_READ | GENERIC_WRITE, 0, &of, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, NULL);
  const DWORD e = GetLastError();
  LocalFree(of.lpSecurityDescriptor);
  SetLastError(e);
  return h;
}

static HANDLE open_handle(const WCHAR *w, enum os_open_mode mode)
{
  switch (mode) {
  case OS_READ: {
    /* BACKUP_SEMANTICS: directories open, and with SeBackupPrivilege the ACL is not asked. A device has no content to
       back up. OPEN_NO_RECALL: a file moved to tape or cloud is not fetched back. */
    const bool device = wcsncmp(w, L"\\\\.\\", 4) == 0;
    const DWORD flags = device ? 0 : FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_NO_RECALL;
    return CreateFileW(w, GENERIC_READ, SHARE_ALL, NULL, OPEN_EXISTING, flags, NULL);
  }
  case OS_CREATE:
    return CreateFileW(w, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
  case OS_CREATE_NEW:
    return CreateFileW(w, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ, NULL, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, NULL);
  case OS_CREATE_SECRET:
    return create_secret(w);
  case OS_READ_WRITE:
    return CreateFileW(w, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ, NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
  }
  SetLastError(ERROR_INVALID_PARAMETER);
  return INVALID_HANDLE_VALUE;
}

hk_err os_open(hk_str path, enum os_open_mode mode, struct os_file **out)
{
  struct hk_arena a;
  hk_arena_init(&a, 0);
  WCHAR *w = NULL;
  struct os_file *f = NULL;
  hk_err e = os_wide_path(&a, path, &w);
  if (e.code) goto done;
  f = calloc(1, sizeof *f);
  if (f == NULL) {
    e = hk_fail(HK_MEMORY, "open file", HK_NO_OFFSET);
    goto done;
  }
  f->handle = open_handle(w, mode);
  if (f->handle == INVALID_HANDLE_VALUE) {
    e = os_fail_last("open file");
    free(f);
    goto done;
  }
  *out = f;
done:
  hk_arena_done(&a);
  return e;
}

void os_close(struct os_file *f)
{
  if (f == NULL || f->is_standard) return;
  CloseHandle(f->handle);
  free(f);
}

hk_err os_read(struct os_file *f, void *out, size_t n, size_t *got)
{
  DWORD r = 0;
  if (!ReadFile(f->handle, out, (DWORD)(n < STEP_BYTES ? n : STEP_BYTES), &r, NULL)) {
    const DWORD e = GetLastError();
    if (e != ERROR_HANDLE_EOF && e != ERROR_BROKEN_PIPE) return os_fail_win32("read", e);
    r = 0;
  }
  *got = r;
  return hk_ok();
}

hk_err os_read_at(struct os_file *f, uint64_t offset, void *out, size_t n, size_t *got)
{
  size_t done = 0;
  *got = 0;
  while (done < n) {
    if (offset > (uint64_t)INT64_MAX - done) break;
    const uint64_t at = offset + done;
    const size_t left = n - done;
    OVERLAPPED o = {0};
    DWORD r = 0;
    o.Offset = (DWORD)at;
    o.OffsetHigh = (DWORD)(at >> 32);
    if (!ReadFile(f->handle, (char *)out + done, (DWORD)(left < STEP_BYTES ? left : STEP_BYTES), &r, &o)) {
      const DWORD e = GetLastError();
      if (e != ERROR_HANDLE_EOF) return os_fail_win32("read", e);
      break;
    }
    if (r == 0) break;
    done += r;
    *got = done;
  }
  return hk_ok();
}

/* Text for a console; pieces end at a whole character. */
static hk_err write_console(HANDLE console, const char *p, size_t n)
{
  while (n > 0) {
    WCHAR w[1024];
    size_t piece = n < 1024 ? n : 1024;
    while (piece < n && piece > 1020 && ((unsigned char)p[piece] & 0xC0) == 0x80) piece--;
    const int units = MultiByteToWideChar(CP_UTF8, 0, p, (int)piece, w, 1024);
    DWORD wrote = 0;
    if (units <= 0 || !WriteConsoleW(console, w, (DWORD)units, &wrote, NULL)) return os_fail_last("write to the console");
    p += piece;
    n -= piece;
  }
  return hk_ok();
}

static hk_err fail_write(DWORD e)
{
  const enum hk_code code = os_code_of_win32(e);
  return hk_fail_os(code, code == HK_LIMIT ? "write: disk full" : "write", (int)e);
}

hk_err os_write(struct os_file *f, const void *p, size_t n)
{
  if (f->is_console) return write_console(f->handle, p, n);
  size_t done = 0;
  while (done < n) {
    const size_t left = n - done;
    DWORD r = 0;
    if (!WriteFile(f->handle, (const char *)p + done, (DWORD)(left < STEP_BYTES ? left : STEP_BYTES), &r, NULL))
      return fail_write(GetLastError());
    if (r == 0) return hk_fail(HK_IO, "write", HK_NO_OFFSET);
    done += r;
  }
  return hk_ok();
}

hk_err os_write_at(struct os_file *f, uint64_t offset, const void *p, size_t n)
{
  size_t done = 0;
  if (offset > (uint64_t)INT64_MAX - n) return hk_fail(HK_USAGE, "write", HK_NO_OFFSET);
  while (done < n) {
    const uint64_t at = offset + done;
    const size_t left = n - done;
    OVERLAPPED o = {0};
    DWORD r = 0;
    o.Offset = (DWORD)at;
    o.OffsetHigh = (DWORD)(at >> 32);
    if (!WriteFile(f->handle, (const char *)p + done, (DWORD)(left < STEP_BYTES ? left : STEP_BYTES), &r, &o))
      return fail_write(GetLastError());
    if (r == 0) return hk_fail(HK_IO, "write", HK_NO_OFFSET);
    done += r;
  }
  return hk_ok();
}

hk_err os_make_sparse(struct os_file *f)
{
  DWORD n = 0;
  if (DeviceIoControl(f->handle, FSCTL_SET_SPARSE, NULL, 0, NULL, 0, &n, NULL)) return hk_ok();
  return os_fail_last("make file sparse");
}

hk_err os_seek(struct os_file *f, uint64_t offset)
{
  if (offset > (uint64_t)INT64_MAX) return hk_fail(HK_USAGE, "set position", HK_NO_OFFSET);
  const LARGE_INTEGER to = {.QuadPart = (LONGLONG)offset};
  return SetFilePointerEx(f->handle, to, NULL, FILE_BEGIN) ? hk_ok() : os_fail_last("set position");
}

/* GetFileSizeEx says nothing of volumes and disks. */
hk_err os_size(struct os_file *f, uint64_t *size_bytes)
{
  LARGE_INTEGER size;
  if (GetFileSizeEx(f->handle, &size)) {
    *size_bytes = (uint64_t)size.QuadPart;
    return hk_ok();
  }
  const DWORD e = GetLastError();
  GET_LENGTH_INFORMATION length;
  DWORD n = 0;
  if (!DeviceIoControl(f->handle, IOCTL_DISK_GET_LENGTH_INFO, NULL, 0, &length, sizeof length, &n, NULL))
    return os_fail_win32("ask size", e);
  *size_bytes = (uint64_t)length.Length.QuadPart;
  return hk_ok();
}

/* By handle information, which leaves the position alone (SetEndOfFile would need it moved). Windows Vista and later. */
hk_err os_truncate(struct os_file *f, uint64_t size_bytes)
{
  FILE_END_OF_FILE_INFO end;
  if (size_bytes > (uint64_t)INT64_MAX) return hk_fail(HK_USAGE, "set size", HK_NO_OFFSET);
  end.EndOfFile.QuadPart = (LONGLONG)size_bytes;
  if (!SetFileInformationByHandle(f->handle, FileEndOfFileInfo, &end, sizeof end)) return os_fail_last("set size");
  return hk_ok();
}

hk_err os_flush(struct os_file *f)
{
  /* A pipe would wait for its reader, and Wine refuses it. */
  if (f->is_console || (f->is_standard && GetFileType(f->handle) != FILE_TYPE_DISK)) return hk_ok();
  if (FlushFileBuffers(f->handle)) return hk_ok();
  const DWORD e = GetLastError();
  /* Consoles and NUL have nothing to flush. */
  return e == ERROR_INVALID_HANDLE || e == ERROR_INVALID_FUNCTION ? hk_ok() : os_fail_win32("flush", e);
}

/* The same object for every caller; the handle is looked up anew because a program may be given none. */
struct os_file *os_std(int which)
{
  static struct os_file standard[3];
  static const DWORD ids[3] = {STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};
  DWORD mode = 0;
  if (which < 0 || which > 2) return NULL;
  struct os_file *const f = &standard[which];
  f->handle = GetStdHandle(ids[which]);
  f->is_standard = true;
  f->is_console = which > 0 && GetConsoleMode(f->handle, &mode) != 0;
  return f;
}
