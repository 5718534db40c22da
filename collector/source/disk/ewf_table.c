/* Where a chunk lies. A table is checked as a whole when it is first asked, and its copy is taken where it is damaged; its entries are read
   in pieces. An entry is an offset of 31 bits; the highest bit says that the chunk is packed. EnCase 6.7 let sections grow beyond 2 GiB
   and wrote offsets of 32 bits into the same entries: there the size alone tells what is packed ("table section", libewf documentation). */
#include <assert.h>
#include <stdlib.h>

#include <zlib-ng.h>

#include "source/disk/ewf.h"

enum { ENTRY_BYTES = 4, PIECE_ENTRIES = 4096 };

#define PACKED UINT32_C(0x80000000)

/* ---- entries ------------------------------------------------------------------------------------------------------------ */

static hk_err load_piece(struct hk_ewf_map *m, size_t table, unsigned copy, uint32_t first)
{
  const struct hk_ewf_table *const t = &m->v[table];
  const size_t n = t->n - first < PIECE_ENTRIES ? t->n - first : PIECE_ENTRIES;
  m->piece_n = 0;
  if (m->piece == NULL) m->piece = malloc(PIECE_ENTRIES * ENTRY_BYTES);
  if (m->piece == NULL) return hk_fail(HK_MEMORY, "read a table of the image", HK_NO_OFFSET);
  HK_TRY(hk_ewf_series_read(m->series, t->segment, t->copies[copy].at + (uint64_t)first * ENTRY_BYTES, m->piece, n * ENTRY_BYTES));
  m->piece_table = table;
  m->piece_first = first;
  m->piece_n = n;
  return hk_ok();
}

static hk_err entry(struct hk_ewf_map *m, size_t table, uint32_t i, uint32_t *out)
{
  if (m->piece_n == 0 || m->piece_table != table || i < m->piece_first || i - m->piece_first >= m->piece_n)
    HK_TRY(load_piece(m, table, m->v[table].use, i / PIECE_ENTRIES * PIECE_ENTRIES));
  const struct hk_cur all = hk_cur_over(m->piece, m->piece_n * ENTRY_BYTES);
  struct hk_cur c = hk_cur_at(&all, (uint64_t)(i - m->piece_first) * ENTRY_BYTES, ENTRY_BYTES);
  *out = hk_u32le(&c);
  return hk_ok();
}

/* ---- checking ----------------------------------------------------------------------------------------------------------- */

/* True where offsets leave their 31 bits: this one would fall back, and with its highest bit it lies right behind the last chunk. */
static bool grows_long(uint32_t last, uint32_t value, uint32_t chunk_bytes)
{
  return value >= PACKED && (value & ~PACKED) < last && value - last <= (uint64_t)chunk_bytes * 2;
}

static hk_err check_copy(struct hk_ewf_map *m, size_t table, unsigned copy)
{
  struct hk_ewf_table *const t = &m->v[table];
  uint32_t sum = 1, last = 0;
  uint8_t footer[4];
  t->long_from = t->n;
  for (uint32_t first = 0; first < t->n; first += PIECE_ENTRIES) {
    HK_TRY(load_piece(m, table, copy, first));
    sum = zng_adler32_z(sum, m->piece, m->piece_n * ENTRY_BYTES);
    struct hk_cur c = hk_cur_over(m->piece, m->piece_n * ENTRY_BYTES);
    for (size_t i = 0; i < m->piece_n && t->long_from == t->n; i++) {
      const uint32_t value = hk_u32le(&c);
      if (grows_long(last, value, m->media.chunk_bytes)) t->long_from = first + (uint32_t)i;
      last = value & ~PACKED;
    }
  }
  if (!m->has_footers) return hk_ok();
  HK_TRY(hk_ewf_series_read(m->series, t->segment, t->copies[copy].at + (uint64_t)t->n * ENTRY_BYTES, footer, sizeof footer));
  struct hk_cur c = hk_cur_over(footer, sizeof footer);
  return hk_u32le(&c) == sum ? hk_ok() : hk_fail(HK_DAMAGED, "read a table of the image: checksum", (int64_t)t->copies[copy].at);
}

static hk_err check(struct hk_ewf_map *m, size_t table)
{
  struct hk_ewf_table *const t = &m->v[table];
  if (t->state == HK_EWF_GOOD) return hk_ok();
  if (t->state == HK_EWF_BAD) return hk_fail(HK_DAMAGED, "read a table of the image: checksum", (int64_t)t->copies[0].at);
  hk_err e = hk_ok();
  for (t->use = 0; t->use < 2 && t->copies[t->use].at != 0; t->use++) {
    e = check_copy(m, table, t->use);
    if (e.code == HK_OK) {
      t->state = HK_EWF_GOOD;
      return e;
    }
  }
  m->piece_n = 0;
  if (e.code == HK_DAMAGED) t->state = HK_EWF_BAD;
  return e;
}

/* ---- finding ------------------------------------------------------------------------------------------------------------ */

static bool find_table(const struct hk_ewf_map *m, uint64_t chunk, size_t *out)
{
  size_t low = 0, high = m->n;
  while (low < high) {
    const size_t mid = low + (high - low) / 2;
    if (m->v[mid].first_chunk <= chunk)
      low = mid + 1;
    else
      high = mid;
  }
  *out = low - 1;
  return low > 0 && chunk - m->v[low - 1].first_chunk < m->v[low - 1].n;
}

static uint64_t offset_of(const struct hk_ewf_table *t, uint32_t i, uint32_t value)
{
  return t->copies[t->use].base + (i < t->long_from ? value & ~PACKED : value);
}

hk_err hk_ewf_map_find(struct hk_ewf_map *m, uint64_t chunk, struct hk_ewf_place *out)
{
  size_t table = 0;
  uint32_t value = 0, next = 0;
  if (!find_table(m, chunk, &table)) {
    assert(m->lost.code != HK_OK);
    return m->lost;
  }
  HK_TRY(check(m, table));
  const struct hk_ewf_table *const t = &m->v[table];
  const uint32_t i = (uint32_t)(chunk - t->first_chunk);
  HK_TRY(entry(m, table, i, &value));
  const uint64_t at = offset_of(t, i, value);
  uint64_t end = t->data_end;
  if (i + 1 < t->n) {
    HK_TRY(entry(m, table, i + 1, &next));
    const uint64_t behind = offset_of(t, i + 1, next);
    if (behind > at && behind < end) end = behind;
  }
  if (at < HK_EWF_HEAD_BYTES || at >= end) return hk_fail(HK_DAMAGED, "find a chunk of the image", (int64_t)(chunk * m->media.chunk_bytes));
  const bool packed = i < t->long_from ? value >= PACKED : end - at != (uint64_t)m->media.chunk_bytes + 4;
  *out = (struct hk_ewf_place){.segment = t->segment, .at = at, .size = end - at, .packed = packed};
  return hk_ok();
}

void hk_ewf_map_done(struct hk_ewf_map *m)
{
  free(m->v);
  free(m->piece);
}
