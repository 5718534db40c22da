/* Open files on POSIX. */
#include "os/os_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/fs.h>

/* Linux transfers at most 0x7ffff000 bytes a call; smaller steps keep Ctrl+C answered. */
#define STEP_BYTES ((size_t)64 << 20)

enum hk_code os_code_of_errno(int e)
{
  switch (e) {
  case ENOENT:
  case ENOTDIR:
  case ENXIO:
  case ENODEV:
    return HK_ABSENT;
  case EACCES:
  case EPERM:
  case EROFS:
  case EBUSY:
  case ETXTBSY:
    return HK_DENIED;
  case ENOSPC:
  case EDQUOT:
  case EFBIG:
  case EMFILE:
  case ENFILE:
    return HK_LIMIT;
  case ENOMEM:
    return HK_MEMORY;
  case EEXIST:
  case ENOTEMPTY:
  case EISDIR:
  case EINVAL:
  case ENAMETOOLONG:
  case EXDEV:
    return HK_USAGE;
  default:
    return HK_IO;
  }
}

hk_err os_fail_errno(const char *step)
{
  const int e = errno;
  return hk_fail_os(os_code_of_errno(e), step, e);
}

static int flags_of(enum os_open_mode mode)
{
  switch (mode) {
  case OS_READ:
    /* An evidence tree may hold a FIFO: opening it must not wait for a writer. */
    return O_RDONLY | O_NONBLOCK;
  case OS_CREATE:
    return O_RDWR | O_CREAT | O_TRUNC;
  case OS_CREATE_NEW:
  case OS_CREATE_SECRET:
    return O_RDWR | O_CREAT | O_EXCL;
  case OS_READ_WRITE:
    return O_RDWR;
  }
  return O_RDONLY;
}

hk_err os_open(hk_str path, enum os_open_mode mode, struct os_file **out)
{
  struct hk_arena a;
  hk_arena_init(&a, 0);
  const char *const z = hk_str_z(&a, path);
  struct os_file *const f = calloc(1, sizeof *f);
  hk_err e = hk_ok();
  int fd = -1;
  if (z == NULL || f == NULL) {
    e = hk_fail(HK_MEMORY, "open file", HK_NO_OFFSET);
    goto done;
  }
  if (hk_str_find(path, '\0') != path.n) {
    e = hk_fail(HK_USAGE, "open file: zero byte in the path", HK_NO_OFFSET);
    goto done;
  }
  do fd = open(z, flags_of(mode) | O_CLOEXEC | O_NOCTTY, mode == OS_CREATE_SECRET ? 0600 : 0666);
  while (fd < 0 && errno == EINTR);
  if (fd < 0) {
    e = os_fail_errno("open file");
    goto done;
  }
  if (mode == OS_READ) {
    const int flags = fcntl(fd, F_GETFL);
    if (flags >= 0) (void)fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
  }
  f->fd = fd;
  *out = f;
done:
  if (e.code) free(f);
  hk_arena_done(&a);
  return e;
}

void os_close(struct os_file *f)
{
  if (f == NULL || f->is_standard) return;
  close(f->fd);
  free(f);
}

hk_err os_read(struct os_file *f, void *out, size_t n, size_t *got)
{
  ssize_t r;
  do r = read(f->fd, out, n < STEP_BYTES ? n : STEP_BYTES);
  while (r < 0 && errno == EINTR);
  if (r < 0) return os_fail_errno("read");
  *got = (size_t)r;
  return hk_ok();
}

hk_err os_read_at(struct os_file *f, uint64_t offset, void *out, size_t n, size_t *got)
{
  size_t done = 0;
  *got = 0;
  while (done < n) {
    if (offset > (uint64_t)INT64_MAX - done) break;
    const size_t left = n - done;
    const ssize_t r = pread(f->fd, (char *)out + done, left < STEP_BYTES ? left : STEP_BYTES, (off_t)(offset + done));
    if (r < 0 && errno == EINTR) continue;
    if (r < 0) return os_fail_errno("read");
    if (r == 0) break;
    done += (size_t)r;
    *got = done;
  }
  return hk_ok();
}

static hk_err fail_write(void)
{
  const int e = errno;
  const enum hk_code code = os_code_of_errno(e);
  return hk_fail_os(code, code == HK_LIMIT ? "write: disk full" : "write", e);
}

hk_err os_write(struct os_file *f, const void *p, size_t n)
{
  size_t done = 0;
  while (done < n) {
    const size_t left = n - done;
    const ssize_t r = write(f->fd, (const char *)p + done, left < STEP_BYTES ? left : STEP_BYTES);
    if (r < 0 && errno == EINTR) continue;
    if (r < 0) return fail_write();
    done += (size_t)r;
  }
  return hk_ok();
}

hk_err os_write_at(struct os_file *f, uint64_t offset, const void *p, size_t n)
{
  size_t done = 0;
  if (offset > (uint64_t)INT64_MAX - n) return hk_fail(HK_USAGE, "write", HK_NO_OFFSET);
  while (done < n) {
    const size_t left = n - done;
    const ssize_t r = pwrite(f->fd, (const char *)p + done, left < STEP_BYTES ? left : STEP_BYTES, (off_t)(offset + done));
    if (r < 0 && errno == EINTR) continue;
    if (r < 0) return fail_write();
    done += (size_t)r;
  }
  return hk_ok();
}

hk_err os_make_sparse(struct os_file *f)
{
  (void)f;
  return hk_ok();
}

hk_err os_seek(struct os_file *f, uint64_t offset)
{
  if (offset > (uint64_t)INT64_MAX) return hk_fail(HK_USAGE, "set position", HK_NO_OFFSET);
  return lseek(f->fd, (off_t)offset, SEEK_SET) < 0 ? os_fail_errno("set position") : hk_ok();
}

hk_err os_size(struct os_file *f, uint64_t *size_bytes)
{
  struct stat st;
  if (fstat(f->fd, &st) != 0) return os_fail_errno("ask size");
  if (S_ISBLK(st.st_mode)) {
    uint64_t size = 0;
    if (ioctl(f->fd, BLKGETSIZE64, &size) != 0) return os_fail_errno("ask size of the device");
    *size_bytes = size;
    return hk_ok();
  }
  *size_bytes = (uint64_t)st.st_size;
  return hk_ok();
}

hk_err os_truncate(struct os_file *f, uint64_t size_bytes)
{
  if (size_bytes > (uint64_t)INT64_MAX) return hk_fail(HK_USAGE, "set size", HK_NO_OFFSET);
  return ftruncate(f->fd, (off_t)size_bytes) == 0 ? hk_ok() : os_fail_errno("set size");
}

hk_err os_flush(struct os_file *f)
{
  if (fsync(f->fd) == 0) return hk_ok();
  /* Pipes, terminals and some file systems have nothing to flush. */
  if (errno == EINVAL || errno == ENOTSUP || errno == EROFS) return hk_ok();
  return os_fail_errno("flush");
}

struct os_file *os_std(int which)
{
  static struct os_file standard[3] = {{.fd = 0, .is_standard = true},
                                       {.fd = 1, .is_standard = true},
                                       {.fd = 2, .is_standard = true}};
  return which >= 0 && which < 3 ? &standard[which] : NULL;
}
