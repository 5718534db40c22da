/* Decoding and looking up runs. */
#include "ntfs/runlist.h"

#include <stdlib.h>

/* Above any number of clusters a volume can have; keeps every sum below 2^63. */
#define MOST_CLUSTERS (UINT64_C(1) << 56)

void hk_ntfs_runs_done(struct hk_ntfs_runs *r)
{
  free(r->v);
  *r = (struct hk_ntfs_runs){0};
}

static hk_err append(struct hk_ntfs_runs *r, struct hk_ntfs_run run)
{
  if (r->n > 0) {
    struct hk_ntfs_run *const last = &r->v[r->n - 1];
    const bool joins = last->vcn + last->n == run.vcn &&
                       (run.cluster == HK_NTFS_HOLE ? last->cluster == HK_NTFS_HOLE
                                                    : last->cluster != HK_NTFS_HOLE && last->cluster + last->n == run.cluster);
    if (joins) {
      last->n += run.n;
      return hk_ok();
    }
  }
  if (r->n == HK_NTFS_RUNS_MAX) return hk_fail(HK_LIMIT, "read run list: too many pieces", HK_NO_OFFSET);
  if (r->n == r->capacity) {
    const size_t capacity = r->capacity == 0 ? 8 : r->capacity * 2;
    struct hk_ntfs_run *const v = realloc(r->v, capacity * sizeof *v);
    if (v == NULL) return hk_fail(HK_MEMORY, "read run list", HK_NO_OFFSET);
    r->v = v;
    r->capacity = capacity;
  }
  r->v[r->n++] = run;
  return hk_ok();
}

static uint64_t read_unsigned(struct hk_cur *c, unsigned n)
{
  uint64_t v = 0;
  for (unsigned i = 0; i < n; i++) v |= (uint64_t)hk_u8(c) << (8 * i);
  return v;
}

static int64_t read_signed(struct hk_cur *c, unsigned n)
{
  const uint64_t v = read_unsigned(c, n);
  const bool negative = n > 0 && (v >> (8 * n - 1) & 1) != 0;
  const uint64_t extended = negative && n < 8 ? v | ~((UINT64_C(1) << (8 * n)) - 1) : v;
  return (int64_t)extended;
}

hk_err hk_ntfs_runs_add(struct hk_ntfs_runs *r, struct hk_cur packed, uint64_t first_vcn, uint64_t n_clusters)
{
  struct hk_cur c = packed;
  uint64_t vcn = first_vcn;
  uint64_t cluster = 0;
  if (r->n > 0 && first_vcn < r->v[r->n - 1].vcn + r->v[r->n - 1].n) return hk_fail(HK_DAMAGED, "read run list: pieces overlap", 0);
  while (hk_cur_left(&c) > 0) {
    const int64_t at = (int64_t)c.pos;
    const uint8_t head = hk_u8(&c);
    const unsigned n_count = head & 15, n_offset = head >> 4;
    if (head == 0) return hk_ok();
    if (n_count == 0 || n_count > 8 || n_offset > 8) return hk_fail(HK_DAMAGED, "read run list", at);
    const uint64_t count = read_unsigned(&c, n_count);
    const int64_t delta = read_signed(&c, n_offset);
    if (c.bad) return hk_fail(HK_TRUNCATED, "read run list", at);
    if (count == 0 || count > MOST_CLUSTERS || vcn > MOST_CLUSTERS - count) return hk_fail(HK_DAMAGED, "read run list: length", at);
    uint64_t where = HK_NTFS_HOLE;
    if (n_offset > 0) {
      cluster += (uint64_t)delta;
      where = cluster;
      if (where > n_clusters || count > n_clusters - where) return hk_fail(HK_DAMAGED, "read run list: outside the volume", at);
    }
    HK_TRY(append(r, (struct hk_ntfs_run){.vcn = vcn, .cluster = where, .n = count}));
    vcn += count;
  }
  return hk_ok();
}

size_t hk_ntfs_runs_behind(const struct hk_ntfs_runs *r, uint64_t vcn)
{
  size_t low = 0, high = r->n;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (r->v[middle].vcn + r->v[middle].n <= vcn)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

const struct hk_ntfs_run *hk_ntfs_runs_find(const struct hk_ntfs_runs *r, uint64_t vcn)
{
  const size_t i = hk_ntfs_runs_behind(r, vcn);
  return i < r->n && r->v[i].vcn <= vcn ? &r->v[i] : NULL;
}
