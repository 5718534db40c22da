/* Deflated text in a chain of blocks. */
#include "store/spool.h"

#include <stdbool.h>
#include <stdlib.h>
#include <zlib-ng.h>

#define BLOCK_BYTES 65536
#define LEVEL 2

struct block {
  struct block *next;
  size_t n;
  uint8_t bytes[BLOCK_BYTES];
};

struct spool {
  zng_stream z;
  struct block *first, *last;
  uint64_t size_bytes, packed_bytes, limit_bytes;
  bool ended;
  uint8_t out[BLOCK_BYTES];
};

hk_err spool_open(uint64_t limit_packed_bytes, struct spool **out)
{
  struct spool *const s = calloc(1, sizeof *s);
  if (s == NULL) return hk_fail(HK_MEMORY, "open spool", HK_NO_OFFSET);
  s->limit_bytes = limit_packed_bytes;
  if (zng_deflateInit2(&s->z, LEVEL, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    free(s);
    return hk_fail(HK_MEMORY, "open spool", HK_NO_OFFSET);
  }
  *out = s;
  return hk_ok();
}

void spool_close(struct spool *s)
{
  if (s == NULL) return;
  (void)zng_deflateEnd(&s->z);
  for (struct block *b = s->first; b != NULL;) {
    struct block *const next = b->next;
    free(b);
    b = next;
  }
  free(s);
}

static struct block *room(struct spool *s)
{
  if (s->last != NULL && s->last->n < BLOCK_BYTES) return s->last;
  if (s->packed_bytes >= s->limit_bytes) return NULL;
  struct block *const b = malloc(sizeof *b);
  if (b == NULL) return NULL;
  b->next = NULL;
  b->n = 0;
  if (s->last == NULL)
    s->first = b;
  else
    s->last->next = b;
  s->last = b;
  return b;
}

static hk_err pump(struct spool *s, int flush)
{
  for (;;) {
    struct block *const b = room(s);
    if (b == NULL) return hk_fail(HK_MEMORY, "add to spool", HK_NO_OFFSET);
    const uint32_t free_bytes = (uint32_t)(BLOCK_BYTES - b->n);
    s->z.next_out = b->bytes + b->n;
    s->z.avail_out = free_bytes;
    const int r = zng_deflate(&s->z, flush);
    const uint32_t made = free_bytes - s->z.avail_out;
    b->n += made;
    s->packed_bytes += made;
    if (flush == Z_FINISH ? r == Z_STREAM_END : s->z.avail_in == 0 && s->z.avail_out != 0) return hk_ok();
    if (r != Z_OK && r != Z_BUF_ERROR) return hk_fail(HK_MEMORY, "pack spool", HK_NO_OFFSET);
  }
}

hk_err spool_add(struct spool *s, const void *p, size_t n)
{
  const uint8_t *in = p;
  if (s->ended) return hk_fail(HK_USAGE, "add to a spool that was read", HK_NO_OFFSET);
  while (n > 0) {
    const uint32_t take = n > UINT32_MAX / 2 ? UINT32_MAX / 2 : (uint32_t)n;
    s->z.next_in = in;
    s->z.avail_in = take;
    HK_TRY(pump(s, Z_NO_FLUSH));
    s->size_bytes += take;
    in += take;
    n -= take;
  }
  return hk_ok();
}

static hk_err unpack(struct spool *s, zng_stream *z, hk_err (*on)(void *ctx, const void *p, size_t n), void *ctx)
{
  for (const struct block *b = s->first; b != NULL; b = b->next) {
    z->next_in = b->bytes;
    z->avail_in = (uint32_t)b->n;
    for (;;) {
      z->next_out = s->out;
      z->avail_out = sizeof s->out;
      const int r = zng_inflate(z, Z_NO_FLUSH);
      if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR) return hk_fail(HK_MEMORY, "unpack spool", HK_NO_OFFSET);
      const size_t made = sizeof s->out - z->avail_out;
      if (made > 0) HK_TRY(on(ctx, s->out, made));
      if (r == Z_STREAM_END) return hk_ok();
      if (z->avail_in == 0 && z->avail_out != 0) break;
    }
  }
  return hk_fail(HK_MEMORY, "unpack spool", HK_NO_OFFSET);
}

hk_err spool_read(struct spool *s, hk_err (*on)(void *ctx, const void *p, size_t n), void *ctx)
{
  if (!s->ended) {
    s->z.next_in = NULL;
    s->z.avail_in = 0;
    HK_TRY(pump(s, Z_FINISH));
    s->ended = true;
  }
  zng_stream z = {0};
  if (zng_inflateInit2(&z, -15) != Z_OK) return hk_fail(HK_MEMORY, "unpack spool", HK_NO_OFFSET);
  const hk_err e = unpack(s, &z, on, ctx);
  (void)zng_inflateEnd(&z);
  return e;
}
