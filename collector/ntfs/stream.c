/* Reading attributes. A compression unit is unpacked whole and kept: sequential reading unpacks each once. */
#include "ntfs/stream.h"

#include <stdlib.h>
#include <string.h>

#include "ntfs/lznt1.h"

#define MOST_UNIT_BYTES ((uint64_t)1 << 20)

void hk_ntfs_stream_done(struct hk_ntfs_stream *s)
{
  hk_ntfs_runs_done(&s->runs);
  free(s->resident);
  free(s->unit);
  free(s->packed);
  *s = (struct hk_ntfs_stream){0};
}

/* Clusters at [offset, offset + n) as they lie on the volume, holes as zeroes. */
static hk_err read_clusters(struct hk_ntfs_stream *s, uint64_t offset, uint8_t *out, size_t n, size_t *got)
{
  const uint32_t cluster = s->volume->cluster_bytes;
  while (*got < n) {
    const uint64_t at = offset + *got;
    const struct hk_ntfs_run *const run = hk_ntfs_runs_find(&s->runs, at / cluster);
    if (run == NULL) return hk_fail(HK_DAMAGED, "read: a piece of the run list is missing", (int64_t)at);
    const uint64_t into = at - run->vcn * cluster;
    const uint64_t left = run->n * cluster - into;
    const size_t step = left < n - *got ? (size_t)left : n - *got;
    if (run->cluster == HK_NTFS_HOLE)
      memset(out + *got, 0, step);
    else
      HK_TRY(hk_ntfs_volume_read(s->volume, run->cluster * cluster + into, out + *got, step));
    *got += step;
  }
  return hk_ok();
}

/* Clusters of a unit that are on the disk: all = stored plain, none = zeroes, some = compressed. */
static uint64_t allocated_in_unit(const struct hk_ntfs_stream *s, uint64_t vcn, uint64_t n)
{
  uint64_t held = 0;
  for (uint64_t at = vcn; at < vcn + n;) {
    const struct hk_ntfs_run *const run = hk_ntfs_runs_find(&s->runs, at);
    if (run == NULL || run->cluster == HK_NTFS_HOLE) break;
    const uint64_t end = run->vcn + run->n < vcn + n ? run->vcn + run->n : vcn + n;
    held += end - at;
    at = end;
  }
  return held;
}

static hk_err fill_unit(struct hk_ntfs_stream *s, uint64_t number)
{
  const uint32_t cluster = s->volume->cluster_bytes;
  const uint64_t n = s->unit_bytes / cluster;
  const uint64_t held = allocated_in_unit(s, number * n, n);
  size_t got = 0;
  if (held == 0) {
    /* A hole, or the list ends here: reading says which. */
    const struct hk_ntfs_run *const run = hk_ntfs_runs_find(&s->runs, number * n);
    memset(s->unit, 0, s->unit_bytes);
    return run != NULL ? hk_ok() : hk_fail(HK_DAMAGED, "read: a piece of the run list is missing", (int64_t)(number * s->unit_bytes));
  }
  if (held == n) return read_clusters(s, number * s->unit_bytes, s->unit, s->unit_bytes, &got);
  HK_TRY(read_clusters(s, number * s->unit_bytes, s->packed, (size_t)held * cluster, &got));
  struct hk_cur in = hk_cur_over(s->packed, (size_t)held * cluster);
  return hk_lznt1(&in, s->unit, s->unit_bytes, &got);
}

static hk_err read_units(struct hk_ntfs_stream *s, uint64_t offset, uint8_t *out, size_t n, size_t *got)
{
  if (s->unit == NULL) {
    s->unit = malloc(s->unit_bytes);
    s->packed = malloc(s->unit_bytes);
    s->unit_number = UINT64_MAX;
  }
  if (s->unit == NULL || s->packed == NULL) return hk_fail(HK_MEMORY, "read a compressed file", HK_NO_OFFSET);
  while (*got < n) {
    const uint64_t number = (offset + *got) / s->unit_bytes;
    if (number != s->unit_number) {
      s->unit_err = fill_unit(s, number);
      s->unit_number = number;
    }
    if (s->unit_err.code != HK_OK) return s->unit_err;
    const size_t into = (size_t)((offset + *got) % s->unit_bytes);
    const size_t step = s->unit_bytes - into < n - *got ? s->unit_bytes - into : n - *got;
    memcpy(out + *got, s->unit + into, step);
    *got += step;
  }
  return hk_ok();
}

static hk_err stream_read_at(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
  struct hk_ntfs_stream *const s = (struct hk_ntfs_stream *)(void *)self;
  uint8_t *const to = out;
  *got = 0;
  if (offset >= s->bytes.size_bytes) return hk_ok();
  if (n > s->bytes.size_bytes - offset) n = (size_t)(s->bytes.size_bytes - offset);
  const uint64_t valid = offset < s->initialised_bytes ? s->initialised_bytes - offset : 0;
  const size_t real = valid < n ? (size_t)valid : n;
  if (s->resident != NULL && real > 0) {
    memcpy(to, s->resident + offset, real);
    *got = real;
  } else if (real > 0) {
    HK_TRY(s->unit_bytes != 0 ? read_units(s, offset, to, real, got) : read_clusters(s, offset, to, real, got));
  }
  memset(to + real, 0, n - real);
  *got = n;
  return hk_ok();
}

hk_err hk_ntfs_stream_init(struct hk_ntfs_stream *s, const struct hk_ntfs_volume *v, const struct hk_ntfs_attribute *first)
{
  struct hk_ntfs_stream n = {.bytes = {.read_at = stream_read_at}, .volume = v, .flags = first->flags, .unit_number = UINT64_MAX};
  if (first->resident) {
    n.bytes.size_bytes = n.initialised_bytes = n.allocated_bytes = first->value.size;
    n.resident = malloc(first->value.size + 1);
    if (n.resident == NULL) return hk_fail(HK_MEMORY, "open a small file", HK_NO_OFFSET);
    if (first->value.size > 0) memcpy(n.resident, first->value.base, first->value.size);
    *s = n;
    return hk_ok();
  }
  if (first->first_vcn != 0) return hk_fail(HK_DAMAGED, "open: the first piece is missing", HK_NO_OFFSET);
  if (first->size_bytes > (uint64_t)INT64_MAX) return hk_fail(HK_DAMAGED, "open: size", HK_NO_OFFSET);
  n.bytes.size_bytes = first->size_bytes;
  n.initialised_bytes = first->initialised_bytes < first->size_bytes ? first->initialised_bytes : first->size_bytes;
  n.allocated_bytes = first->allocated_bytes;
  if ((first->flags & HK_NTFS_COMPRESSED) != 0 && first->unit_shift > 0) {
    const uint64_t unit = first->unit_shift > 16 ? UINT64_MAX : (uint64_t)v->cluster_bytes << first->unit_shift;
    if (unit > MOST_UNIT_BYTES) return hk_fail(HK_UNSUPPORTED, "open: size of compression unit", HK_NO_OFFSET);
    n.unit_bytes = (uint32_t)unit;
  }
  *s = n;
  const hk_err e = hk_ntfs_stream_add(s, first);
  if (e.code != HK_OK) hk_ntfs_stream_done(s);
  return e;
}

hk_err hk_ntfs_stream_add(struct hk_ntfs_stream *s, const struct hk_ntfs_attribute *more)
{
  if (more->resident) return hk_fail(HK_DAMAGED, "open: a resident piece of a file in clusters", HK_NO_OFFSET);
  return hk_ntfs_runs_add(&s->runs, more->runs, more->first_vcn, s->volume->n_clusters);
}

hk_err hk_ntfs_stream_whole(struct hk_ntfs_stream *s, struct hk_arena *a, uint64_t most, const char *step, struct hk_cur *out)
{
  const uint64_t size = s->bytes.size_bytes;
  size_t got = 0;
  hk_err e = size > most ? hk_fail(HK_LIMIT, step, HK_NO_OFFSET) : hk_ok();
  uint8_t *const p = e.code == HK_OK ? hk_alloc(a, (size_t)size) : NULL;
  if (e.code == HK_OK) e = p == NULL ? hk_fail(HK_MEMORY, step, HK_NO_OFFSET) : s->bytes.read_at(&s->bytes, 0, p, (size_t)size, &got);
  hk_ntfs_stream_done(s);
  if (e.code == HK_OK) *out = hk_cur_over(p, got);
  return e;
}

bool hk_ntfs_stream_next_data(const struct hk_ntfs_stream *s, uint64_t from, uint64_t *start, uint64_t *end)
{
  const uint64_t cluster = s->volume->cluster_bytes;
  const uint64_t size = s->bytes.size_bytes;
  if (from >= size) return false;
  *start = from;
  *end = size;
  if ((s->flags & HK_NTFS_SPARSE) == 0 || s->resident != NULL || s->unit_bytes != 0) return true;
  const uint64_t last = (size - 1) / cluster;
  size_t i = hk_ntfs_runs_behind(&s->runs, from / cluster);
  uint64_t at = from / cluster;
  /* A piece of the list that is missing is no hole: reading there says so. */
  for (; i < s->runs.n && s->runs.v[i].cluster == HK_NTFS_HOLE && s->runs.v[i].vcn <= at; i++)
    at = s->runs.v[i].vcn + s->runs.v[i].n;
  if (at > last) return false;
  if (at > from / cluster) *start = at * cluster;
  while (i < s->runs.n && s->runs.v[i].cluster != HK_NTFS_HOLE) i++;
  if (i < s->runs.n && s->runs.v[i].vcn <= last) *end = s->runs.v[i].vcn * cluster;
  return true;
}
