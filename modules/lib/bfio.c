/* libbfio callbacks over hk_bytes; see bfio.h. Our own declarations of libbfio's functions lie in the build's libbfio.h:
   the library is the same in all three archives, none of which carries its public header. */
#include "lib/bfio.h"

#include <stdio.h>
#include <string.h>

enum { WINDOW_SIZE = 64 * 1024 };

static struct hk_bfio *of(intptr_t *io)
{
  return (struct hk_bfio *)(void *)io;
}

static int do_open(intptr_t *io, int access_flags, libcerror_error_t **error)
{
  (void)error;
  if ((access_flags & LIBBFIO_ACCESS_FLAG_WRITE) != 0) return -1;
  of(io)->is_open = true;
  of(io)->pos = 0;
  return 1;
}

static int do_close(intptr_t *io, libcerror_error_t **error)
{
  (void)error;
  of(io)->is_open = false;
  return 0;
}

/* Fills the window with what lies at `at`; zeros stand behind the true end. */
static bool load_window(struct hk_bfio *b, uint64_t at)
{
  const uint64_t left = b->size_bytes - at;
  const size_t want = left < WINDOW_SIZE ? (size_t)left : (size_t)WINDOW_SIZE;
  size_t got = 0;
  b->window_size = 0;
  if (at < b->bytes->size_bytes) {
    const hk_err e = b->bytes->read_at(b->bytes, at, b->window, want, &got);
    if (e.code != HK_OK) {
      if (b->failed.code == HK_OK) b->failed = e;
      return false;
    }
    if (got > want) return false;
  }
  /* A file that became shorter than its size said ends here; only what lies behind the stated end is padding. */
  const uint64_t stated = b->bytes->size_bytes > at ? b->bytes->size_bytes - at : 0;
  if (got < want && got < stated) {
    b->window_at = at;
    b->window_size = got;
    return true;
  }
  memset(b->window + got, 0, want - got);
  b->window_at = at;
  b->window_size = want;
  return true;
}

static ssize_t do_read(intptr_t *io, uint8_t *out, size_t n, libcerror_error_t **error)
{
  (void)error;
  struct hk_bfio *b = of(io);
  size_t done = 0;
  if (out == NULL || !b->is_open) return -1;
  if (n > (size_t)INT32_MAX) n = (size_t)INT32_MAX;
  while (done < n && b->pos < b->size_bytes) {
    if (b->window_size == 0 || b->pos < b->window_at || b->pos >= b->window_at + b->window_size) {
      if (!load_window(b, b->pos - b->pos % WINDOW_SIZE)) return -1;
      if (b->pos >= b->window_at + b->window_size) break;
    }
    const size_t from = (size_t)(b->pos - b->window_at);
    const size_t have = b->window_size - from;
    const size_t take = n - done < have ? n - done : have;
    memcpy(out + done, b->window + from, take);
    done += take;
    b->pos += take;
  }
  return (ssize_t)done;
}

static ssize_t do_write(intptr_t *io, const uint8_t *in, size_t n, libcerror_error_t **error)
{
  (void)io;
  (void)in;
  (void)n;
  (void)error;
  return -1;
}

static off64_t do_seek(intptr_t *io, off64_t offset, int whence, libcerror_error_t **error)
{
  (void)error;
  struct hk_bfio *b = of(io);
  int64_t base = 0;
  if (whence == SEEK_CUR) base = (int64_t)b->pos;
  else if (whence == SEEK_END) base = (int64_t)b->size_bytes;
  else if (whence != SEEK_SET) return -1;
  if (offset > 0 && base > INT64_MAX - offset) return -1;
  if (base + offset < 0) return -1;
  b->pos = (uint64_t)(base + offset);
  return (off64_t)b->pos;
}

static int do_exists(intptr_t *io, libcerror_error_t **error)
{
  (void)io;
  (void)error;
  return 1;
}

static int do_is_open(intptr_t *io, libcerror_error_t **error)
{
  (void)error;
  return of(io)->is_open ? 1 : 0;
}

static int do_get_size(intptr_t *io, size64_t *size, libcerror_error_t **error)
{
  (void)error;
  *size = of(io)->size_bytes;
  return 1;
}

hk_err hk_bfio_open(struct hk_bfio *b, struct hk_arena *a, struct hk_bytes *bytes, uint64_t padded_size_bytes)
{
  *b = (struct hk_bfio){.bytes = bytes, .size_bytes = bytes->size_bytes, .failed = hk_ok()};
  if (padded_size_bytes > b->size_bytes) b->size_bytes = padded_size_bytes;
  if (b->size_bytes > INT64_MAX) return hk_fail(HK_LIMIT, "open library handle", HK_NO_OFFSET);
  b->window = hk_alloc(a, WINDOW_SIZE);
  if (b->window == NULL) return hk_fail(HK_MEMORY, "open library handle", HK_NO_OFFSET);
  const int r = libbfio_handle_initialize(&b->handle, (intptr_t *)(void *)b, NULL, NULL, do_open, do_close, do_read, do_write,
                                          do_seek, do_exists, do_is_open, do_get_size,
                                          LIBBFIO_FLAG_IO_HANDLE_NON_MANAGED | LIBBFIO_FLAG_IO_HANDLE_CLONE_BY_REFERENCE,
                                          NULL);
  if (r != 1) return hk_fail(HK_MEMORY, "open library handle", HK_NO_OFFSET);
  return hk_ok();
}

void hk_bfio_close(struct hk_bfio *b)
{
  if (b->handle == NULL) return;
  (void)libbfio_handle_free(&b->handle, NULL);
}
