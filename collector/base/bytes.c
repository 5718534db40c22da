/* Bytes in memory, and the rest of something. */
#include "base/bytes.h"

#include <string.h>

static hk_err read_memory(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
  const struct hk_bytes_memory *const m = (const struct hk_bytes_memory *)(const void *)self;
  const uint64_t left = offset >= self->size_bytes ? 0 : self->size_bytes - offset;
  *got = left < n ? (size_t)left : n;
  if (*got != 0) memcpy(out, m->p + offset, *got);
  return hk_ok();
}

void hk_bytes_memory_init(struct hk_bytes_memory *m, const void *p, size_t n)
{
  *m = (struct hk_bytes_memory){.bytes = {.size_bytes = n, .read_at = read_memory}, .p = p};
}

static hk_err read_rest(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
  const struct hk_bytes_rest *const r = (const struct hk_bytes_rest *)(const void *)self;
  *got = 0;
  if (offset >= self->size_bytes) return hk_ok();
  return r->whole->read_at(r->whole, r->from + offset, out, n, got);
}

void hk_bytes_rest_init(struct hk_bytes_rest *r, struct hk_bytes *whole, uint64_t from)
{
  const uint64_t size = whole->size_bytes > from ? whole->size_bytes - from : 0;
  *r = (struct hk_bytes_rest){.bytes = {.size_bytes = size, .read_at = read_rest}, .whole = whole, .from = from};
}
