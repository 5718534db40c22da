/* Unpacking with a fixed buffer. */
#include "store/unpack.h"

#include <stdlib.h>
#include <zlib-ng.h>

#include "store/zip_format.h"

#define BUFFER_BYTES 65536

struct unpack {
  struct hk_bytes *in;
  uint64_t at, left;        /* next packed byte to fetch, and how many may be fetched */
  uint64_t size, size_limit;
  uint64_t packed;
  uint32_t crc, packed_crc;
  uint16_t method;
  bool ended;
  bool z_open;
  zng_stream z;
  uint8_t buffer[BUFFER_BYTES];
};

hk_err unpack_open(struct hk_bytes *in, uint64_t at, uint64_t packed_bytes, uint16_t method, uint64_t size_bytes,
                   struct unpack **out)
{
  if (method != ZIP_STORED && method != ZIP_DEFLATE) return hk_fail(HK_UNSUPPORTED, "unpack: method", (int64_t)method);
  struct unpack *const u = calloc(1, sizeof *u);
  if (u == NULL) return hk_fail(HK_MEMORY, "unpack", HK_NO_OFFSET);
  u->in = in;
  u->at = at;
  u->left = packed_bytes;
  u->size_limit = size_bytes;
  u->method = method;
  if (method == ZIP_DEFLATE) {
    if (zng_inflateInit2(&u->z, -15) != Z_OK) {
      free(u);
      return hk_fail(HK_MEMORY, "unpack", HK_NO_OFFSET);
    }
    u->z_open = true;
  }
  *out = u;
  return hk_ok();
}

void unpack_close(struct unpack *u)
{
  if (u == NULL) return;
  if (u->z_open) (void)zng_inflateEnd(&u->z);
  free(u);
}

static hk_err fetch(struct unpack *u, void *out, size_t n, size_t *got)
{
  const size_t want = n < u->left ? n : (size_t)u->left;
  *got = 0;
  if (want == 0) return hk_ok();
  const hk_err e = u->in->read_at(u->in, u->at, out, want, got);
  if (e.code != HK_OK) return e;
  u->at += *got;
  u->left -= *got;
  return *got == want ? hk_ok() : hk_fail(HK_TRUNCATED, "read archive entry", (int64_t)u->at);
}

static hk_err account(struct unpack *u, const void *p, size_t n)
{
  if (n > u->size_limit - u->size) return hk_fail(HK_DAMAGED, "unpack: more than was declared", (int64_t)u->at);
  u->size += n;
  u->crc = zng_crc32_z(u->crc, p, n);
  return hk_ok();
}

static hk_err read_stored(struct unpack *u, void *out, size_t n, size_t *got)
{
  HK_TRY(fetch(u, out, n, got));
  if (*got == 0) u->ended = true;
  u->packed += *got;
  u->packed_crc = zng_crc32_z(u->packed_crc, out, *got);
  return account(u, out, *got);
}

static hk_err refill(struct unpack *u)
{
  size_t got = 0;
  HK_TRY(fetch(u, u->buffer, sizeof u->buffer, &got));
  if (got == 0) return hk_fail(HK_TRUNCATED, "unpack: the data end in mid-stream", (int64_t)u->at);
  u->z.next_in = u->buffer;
  u->z.avail_in = (uint32_t)got;
  return hk_ok();
}

static hk_err read_deflated(struct unpack *u, void *out, size_t n, size_t *got)
{
  u->z.next_out = out;
  u->z.avail_out = (uint32_t)n;
  while (u->z.avail_out == n) {
    if (u->z.avail_in == 0) HK_TRY(refill(u));
    const uint8_t *const from = u->z.next_in;
    const uint32_t before = u->z.avail_in;
    const int r = zng_inflate(&u->z, Z_NO_FLUSH);
    const uint32_t taken = before - u->z.avail_in;
    u->packed += taken;
    u->packed_crc = zng_crc32_z(u->packed_crc, from, taken);
    if (r == Z_STREAM_END) {
      u->ended = true;
      break;
    }
    if (r == Z_MEM_ERROR) return hk_fail(HK_MEMORY, "unpack", HK_NO_OFFSET);
    if (r != Z_OK && r != Z_BUF_ERROR) return hk_fail(HK_DAMAGED, "unpack: deflate data", (int64_t)u->at);
  }
  *got = n - u->z.avail_out;
  return account(u, out, *got);
}

hk_err unpack_read(struct unpack *u, void *out, size_t n, size_t *got)
{
  *got = 0;
  if (u->ended || n == 0) return hk_ok();
  const size_t want = n > (1u << 30) ? 1u << 30 : n;
  return u->method == ZIP_STORED ? read_stored(u, out, want, got) : read_deflated(u, out, want, got);
}

uint64_t unpack_size(const struct unpack *u)
{
  return u->size;
}

uint64_t unpack_packed(const struct unpack *u)
{
  return u->packed;
}

uint32_t unpack_crc32(const struct unpack *u)
{
  return u->crc;
}

uint32_t unpack_packed_crc32(const struct unpack *u)
{
  return u->packed_crc;
}

static hk_err read_file(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
  struct file_bytes *const f = (struct file_bytes *)(void *)self;
  *got = 0;
  if (offset >= self->size_bytes) return hk_ok();
  return os_read_at(f->file, offset, out, n, got);
}

hk_err file_bytes_open(hk_str path, struct file_bytes *out)
{
  *out = (struct file_bytes){.bytes = {.read_at = read_file}};
  HK_TRY(os_open(path, OS_READ, &out->file));
  const hk_err e = os_size(out->file, &out->bytes.size_bytes);
  if (e.code != HK_OK) file_bytes_close(out);
  return e;
}

void file_bytes_close(struct file_bytes *f)
{
  os_close(f->file);
  f->file = NULL;
}
