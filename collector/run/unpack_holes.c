/* Pieces to their places. */
#include "run/unpack_holes.h"

#define MOST_ZEROES (UINT64_C(64) << 20)

hk_err hk_unpack_put(struct hk_unpack_to *to, const uint8_t *p, size_t n)
{
  if (to->ranges == NULL) return os_write(to->file, p, n);
  while (n > 0 && to->i < to->ranges->n) {
    const struct hk_range *const r = &to->ranges->v[to->i];
    const uint64_t left = r->size_bytes - to->into;
    const size_t step = left < n ? (size_t)left : n;
    HK_TRY(os_write_at(to->file, r->offset + to->into, p, step));
    to->into += step;
    if (to->into == r->size_bytes) {
      to->i++;
      to->into = 0;
    }
    p += step;
    n -= step;
  }
  return hk_ok();
}

hk_err hk_unpack_put_end(struct hk_unpack_to *to)
{
  return to->ranges == NULL ? hk_ok() : os_truncate(to->file, to->ranges->size_bytes);
}

bool hk_unpack_keeps_holes(struct os_file *f, const struct hk_ranges *r, uint64_t stored_bytes)
{
  return os_make_sparse(f).code == HK_OK || r->size_bytes - stored_bytes <= MOST_ZEROES;
}
