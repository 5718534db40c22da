/* Reading by pieces, pages of tables, inflating. */
#include "source/disk/blocks.h"

#include <string.h>
#include <zlib-ng.h>

enum { PAGE_BYTES = 65536, N_PAGES = 64, UNPACKED_BYTES = 8 << 20, UNPACKED_LEAST = 4, UNPACKED_MOST = 64 };

hk_err hk_disk_read(struct hk_bytes *file, uint64_t at, void *out, size_t n, const char *step)
{
  size_t got = 0;
  if (at > INT64_MAX) return hk_fail(HK_DAMAGED, step, INT64_MAX);
  HK_TRY(file->read_at(file, at, out, n, &got));
  return got == n ? hk_ok() : hk_fail(HK_TRUNCATED, step, (int64_t)(at + got));
}

/* ---- tables --------------------------------------------------------------------------------------------------------------- */

static hk_err fill_page(void *ctx, const struct hk_place *place, uint8_t *out, size_t *n)
{
  (void)ctx;
  return place->file->read_at(place->file, place->at, out, PAGE_BYTES, n);
}

hk_err hk_blocks_table(struct hk_blocks *b, struct hk_bytes *file, uint64_t at, void *out, size_t n)
{
  uint8_t *to = out;
  if (at > INT64_MAX) return hk_fail(HK_DAMAGED, "read a table of the image", INT64_MAX);
  while (n > 0) {
    const size_t skip = (size_t)(at % PAGE_BYTES);
    const size_t part = n < PAGE_BYTES - skip ? n : PAGE_BYTES - skip;
    const struct hk_place page = {.file = file, .at = at - skip};
    HK_TRY(hk_cache_read(b->tables, &page, skip, to, part));
    at += part;
    to += part;
    n -= part;
  }
  return hk_ok();
}

hk_err hk_blocks_fits(const struct hk_bytes *file, uint64_t at, uint64_t n_entries, size_t entry_bytes, const char *step)
{
  if (at <= file->size_bytes && n_entries <= (file->size_bytes - at) / entry_bytes) return hk_ok();
  return hk_fail(HK_DAMAGED, step, at > INT64_MAX ? INT64_MAX : (int64_t)at);
}

/* ---- packed blocks -------------------------------------------------------------------------------------------------------- */

hk_err hk_disk_inflate(const void *packed, size_t n_packed, bool zlib_header, void *out, size_t room, size_t *n, uint64_t at)
{
  zng_stream z = {.next_in = packed, .avail_in = (uint32_t)n_packed, .next_out = out, .avail_out = (uint32_t)room};
  if (zng_inflateInit2(&z, zlib_header ? 15 : -15) != Z_OK) return hk_fail(HK_MEMORY, "unpack a block of the image", (int64_t)at);
  const int r = zng_inflate(&z, Z_FINISH);
  *n = room - z.avail_out;
  (void)zng_inflateEnd(&z);
  /* Without a header there is no checksum at the end either, and a block that is full is done. */
  if (r == Z_STREAM_END || (!zlib_header && z.avail_out == 0 && (r == Z_OK || r == Z_BUF_ERROR))) return hk_ok();
  return hk_fail(HK_DAMAGED, "unpack a block of the image", (int64_t)at);
}

hk_err hk_blocks_packed(struct hk_blocks *b, size_t block_bytes, hk_cache_fill_fn *unpack)
{
  size_t n = UNPACKED_BYTES / block_bytes;
  if (n < UNPACKED_LEAST) n = UNPACKED_LEAST;
  if (n > UNPACKED_MOST) n = UNPACKED_MOST;
  return hk_cache_open(block_bytes, n, unpack, b, &b->unpacked);
}

/* ---- the disk ------------------------------------------------------------------------------------------------------------- */

static bool goes_on(const struct hk_piece *p, const struct hk_piece *next)
{
  if (next->kind != p->kind || p->kind == HK_PIECE_PACKED) return false;
  return p->kind == HK_PIECE_ZEROES || (next->place.file == p->place.file && next->place.at == p->place.at + p->n);
}

static hk_err read_piece(struct hk_blocks *b, const struct hk_piece *p, uint8_t *to, size_t n)
{
  switch (p->kind) {
  case HK_PIECE_PLAIN:
    return hk_disk_read(p->place.file, p->place.at, to, n, "read a block of the image");
  case HK_PIECE_PACKED:
    return hk_cache_read(b->unpacked, &p->place, p->skip, to, n);
  default:
    memset(to, 0, n);
    return hk_ok();
  }
}

static hk_err read_at(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
  struct hk_blocks *const b = (struct hk_blocks *)(void *)self;
  uint8_t *const to = out;
  *got = 0;
  if (offset >= self->size_bytes) return hk_ok();
  if (n > self->size_bytes - offset) n = (size_t)(self->size_bytes - offset);
  while (*got < n) {
    struct hk_piece p;
    HK_TRY(b->locate(b, offset + *got, &p));
    while (p.n < n - *got) {
      struct hk_piece next;
      if (b->locate(b, offset + *got + p.n, &next).code != HK_OK || !goes_on(&p, &next)) break;
      p.n += next.n;
    }
    const size_t part = p.n < n - *got ? (size_t)p.n : n - *got;
    HK_TRY(read_piece(b, &p, to + *got, part));
    *got += part;
  }
  return hk_ok();
}

hk_err hk_blocks_init(struct hk_blocks *b, uint64_t size_bytes)
{
  if (size_bytes == 0 || size_bytes > INT64_MAX) return hk_fail(HK_DAMAGED, "open the image: the size of its disk", HK_NO_OFFSET);
  b->disk.bytes = (struct hk_bytes){.size_bytes = size_bytes, .read_at = read_at};
  return hk_cache_open(PAGE_BYTES, N_PAGES, fill_page, NULL, &b->tables);
}

void hk_blocks_done(struct hk_blocks *b)
{
  hk_cache_close(b->tables);
  hk_cache_close(b->unpacked);
}
