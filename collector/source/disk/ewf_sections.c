/* The chain of sections of every segment file. Tables do not say which chunks they hold: those of all files are counted from the first
   one on. Behind a gap they are counted backwards from the end, which is sound while there is one gap and the image ends as it should. */
#include <stdlib.h>
#include <string.h>

#include <zlib-ng.h>

#include "source/disk/ewf.h"

enum {
  SECTION_BYTES = 76,
  MEDIA_BYTES = 1052,
  SMART_MEDIA_BYTES = 94,
  TABLE_BYTES = 24,
  ENTRY_BYTES = 4,
  CHECKSUM_BYTES = 4,
  SECTIONS_MAX = 1 << 22,
  ENTRIES_MAX = 1 << 24,
  SEGMENTS_MAX = 22 * 26 * 26 + 99, /* E01 to ZZZ */
  MISSING_MAX = 99,                 /* names tried behind a segment that is not there */
};

#define CHUNK_MAX ((uint64_t)64 << 20)

struct section {
  char type[16 + 1];
  uint64_t at;
  uint64_t next;
};

struct walk {
  struct hk_ewf_map *map;
  uint32_t segment;
  uint64_t data_end;      /* of the last section with chunks in this segment; 0: the table's own holds them */
  hk_err unreadable;      /* of a table that waits for its copy */
  struct hk_ewf_table *open; /* the table just read: its copy follows */
  size_t gap;             /* first table behind the gap */
  bool has_gap;
  bool ended; /* the last section said so */
  hk_err media_err;
  size_t n_sections;
};

static bool is(const struct section *s, const char *type)
{
  return strcmp(s->type, type) == 0;
}

/* ---- what is lost ------------------------------------------------------------------------------------------------------- */

static void mark_gap(struct walk *w, hk_err e)
{
  struct hk_ewf_map *const m = w->map;
  if (m->lost.code == HK_OK) m->lost = e;
  /* What lies between two gaps can be counted from neither side. */
  if (w->has_gap)
    m->n = w->gap;
  else
    w->gap = m->n;
  w->has_gap = true;
  w->open = NULL;
}

static void settle(struct walk *w)
{
  if (w->unreadable.code != HK_OK) mark_gap(w, w->unreadable);
  w->unreadable = hk_ok();
  w->open = NULL;
}

/* ---- sections ----------------------------------------------------------------------------------------------------------- */

static hk_err read_section(struct walk *w, uint64_t at, struct section *out)
{
  uint8_t bytes[SECTION_BYTES];
  if (++w->n_sections > SECTIONS_MAX) return hk_fail(HK_LIMIT, "read the sections of the image: too many", (int64_t)at);
  HK_TRY(hk_ewf_series_read(w->map->series, w->segment, at, bytes, sizeof bytes));
  struct hk_cur c = hk_cur_over(bytes, sizeof bytes);
  *out = (struct section){.at = at};
  hk_copy(&c, out->type, 16);
  out->next = hk_u64le(&c);
  hk_seek(&c, SECTION_BYTES - CHECKSUM_BYTES);
  if (hk_u32le(&c) != zng_adler32(1, bytes, SECTION_BYTES - CHECKSUM_BYTES))
    return hk_fail(HK_DAMAGED, "read a section of the image: checksum", (int64_t)at);
  const bool last = is(out, "next") || is(out, "done");
  if (!last && (out->next < at + SECTION_BYTES || out->next > (uint64_t)INT64_MAX))
    return hk_fail(HK_DAMAGED, "read a section of the image: where the next one lies", (int64_t)at);
  return hk_ok();
}

static hk_err read_media(struct walk *w, const struct section *s, struct hk_ewf_media *out)
{
  uint8_t bytes[MEDIA_BYTES];
  const uint64_t at = s->at + SECTION_BYTES, room = s->next - at;
  const bool smart = room < MEDIA_BYTES;
  const uint32_t n = smart ? SMART_MEDIA_BYTES : MEDIA_BYTES;
  if (room < n) return hk_fail(HK_DAMAGED, "read the size of the disk in the image", (int64_t)at);
  HK_TRY(hk_ewf_series_read(w->map->series, w->segment, at, bytes, n));
  const struct hk_cur all = hk_cur_over(bytes, n);
  struct hk_cur c = all, set = hk_cur_at(&all, 64, 16), sum = hk_cur_at(&all, n - CHECKSUM_BYTES, CHECKSUM_BYTES);
  if (hk_u32le(&sum) != zng_adler32(1, bytes, n - CHECKSUM_BYTES))
    return hk_fail(HK_DAMAGED, "read the size of the disk in the image: checksum", (int64_t)at);
  hk_skip(&c, 4);
  struct hk_ewf_media m = {.known = true, .n_declared = hk_u32le(&c)};
  const uint64_t per_chunk = hk_u32le(&c), sector = hk_u32le(&c);
  const uint64_t n_sectors = smart ? hk_u32le(&c) : hk_u64le(&c);
  if (!smart) hk_copy(&set, m.set_id, sizeof m.set_id);
  if (c.bad || sector < 512 || per_chunk == 0 || n_sectors == 0 || n_sectors > (uint64_t)INT64_MAX / sector)
    return hk_fail(HK_DAMAGED, "read the size of the disk in the image", (int64_t)at);
  if (sector > CHUNK_MAX || per_chunk > CHUNK_MAX / sector) return hk_fail(HK_LIMIT, "read the image: its chunks are too large", (int64_t)at);
  m.size_bytes = n_sectors * sector;
  m.chunk_bytes = (uint32_t)(per_chunk * sector);
  m.n_chunks = (m.size_bytes + m.chunk_bytes - 1) / m.chunk_bytes;
  w->map->has_footers = !smart;
  *out = m;
  return hk_ok();
}

/* Later segments say it again, and so does the end of a single one. */
static hk_err take_media(struct walk *w, const struct section *s)
{
  static const uint8_t none[16];
  struct hk_ewf_media m, *const known = &w->map->media;
  const hk_err e = read_media(w, s, &m);
  if (e.code != HK_OK) {
    if (!known->known) w->media_err = e;
    return e.code == HK_LIMIT ? e : hk_ok();
  }
  if (!known->known) *known = m;
  if (memcmp(m.set_id, none, 16) != 0 && memcmp(known->set_id, none, 16) != 0 && memcmp(m.set_id, known->set_id, 16) != 0)
    return hk_fail(HK_DAMAGED, "open the image: the segment file of that number belongs to another one", w->segment);
  return hk_ok();
}

static hk_err read_table(struct walk *w, const struct section *s, struct hk_ewf_copy *copy, uint32_t *n)
{
  uint8_t bytes[TABLE_BYTES];
  const uint64_t at = s->at + SECTION_BYTES;
  HK_TRY(hk_ewf_series_read(w->map->series, w->segment, at, bytes, sizeof bytes));
  struct hk_cur c = hk_cur_over(bytes, sizeof bytes);
  *n = hk_u32le(&c);
  hk_skip(&c, 4);
  const uint64_t base = hk_u64le(&c);
  hk_skip(&c, 4);
  if (hk_u32le(&c) != zng_adler32(1, bytes, TABLE_BYTES - CHECKSUM_BYTES))
    return hk_fail(HK_DAMAGED, "read a table of the image: checksum", (int64_t)at);
  const uint64_t size = TABLE_BYTES + (uint64_t)*n * ENTRY_BYTES + (w->map->has_footers ? CHECKSUM_BYTES : 0);
  if (*n > ENTRIES_MAX || size > s->next - at || base >= s->next) return hk_fail(HK_DAMAGED, "read a table of the image: its size", (int64_t)at);
  *copy = (struct hk_ewf_copy){.at = at + TABLE_BYTES, .base = base};
  return hk_ok();
}

static hk_err add_table(struct walk *w, const struct section *s, const struct hk_ewf_copy *copy, uint32_t n)
{
  struct hk_ewf_map *const m = w->map;
  if (m->n == m->capacity) {
    const size_t capacity = m->capacity == 0 ? 64 : m->capacity * 2;
    struct hk_ewf_table *const v = realloc(m->v, capacity * sizeof *v);
    if (v == NULL) return hk_fail(HK_MEMORY, "read the tables of the image", HK_NO_OFFSET);
    m->v = v;
    m->capacity = capacity;
  }
  w->open = &m->v[m->n++];
  *w->open = (struct hk_ewf_table){.segment = w->segment, .n = n, .data_end = w->data_end != 0 ? w->data_end : s->next, .copies = {*copy}};
  return hk_ok();
}

static hk_err take_table(struct walk *w, const struct section *s)
{
  struct hk_ewf_copy copy;
  uint32_t n = 0;
  settle(w);
  const hk_err e = read_table(w, s, &copy, &n);
  if (e.code == HK_OK) return add_table(w, s, &copy, n);
  w->unreadable = e;
  return hk_ok();
}

static hk_err take_copy(struct walk *w, const struct section *s)
{
  struct hk_ewf_copy copy;
  uint32_t n = 0;
  if (read_table(w, s, &copy, &n).code != HK_OK) return hk_ok();
  if (w->open != NULL && w->open->n == n) w->open->copies[1] = copy;
  if (w->unreadable.code == HK_OK) return hk_ok();
  w->unreadable = hk_ok();
  return add_table(w, s, &copy, n);
}

static hk_err take(struct walk *w, const struct section *s)
{
  if (is(s, "volume") || is(s, "disk") || is(s, "data")) return take_media(w, s);
  if (is(s, "table")) return take_table(w, s);
  if (is(s, "table2")) return take_copy(w, s);
  if (!is(s, "sectors")) return hk_ok();
  settle(w);
  w->data_end = s->next;
  return hk_ok();
}

/* ---- segments ----------------------------------------------------------------------------------------------------------- */

static hk_err read_head(struct walk *w)
{
  uint8_t bytes[HK_EWF_HEAD_BYTES];
  HK_TRY(hk_ewf_series_read(w->map->series, w->segment, 0, bytes, sizeof bytes));
  struct hk_cur c = hk_cur_over(bytes, sizeof bytes);
  const uint8_t *const magic = hk_take(&c, 8);
  hk_skip(&c, 1);
  const uint16_t number = hk_u16le(&c);
  if (memcmp(magic, "EVF\x09\x0d\x0a\xff", 8) != 0) return hk_fail(HK_DAMAGED, "read a segment file of the image: signature", 0);
  if (number == w->segment) return hk_ok();
  if (w->segment == 1) return hk_fail(HK_USAGE, "open the image: this is the segment file of that number; give the first one", number);
  return hk_fail(HK_DAMAGED, "open the image: the segment file of that number says that it is another one", w->segment);
}

static hk_err walk_segment(struct walk *w)
{
  struct section s = {.next = HK_EWF_HEAD_BYTES};
  HK_TRY(read_head(w));
  w->data_end = 0;
  do {
    HK_TRY(read_section(w, s.next, &s));
    HK_TRY(take(w, &s));
  } while (!is(&s, "next") && !is(&s, "done"));
  settle(w);
  w->ended = is(&s, "done");
  return hk_ok();
}

static hk_err as_lost(hk_err e, uint32_t segment)
{
  if (e.code == HK_ABSENT) return hk_ewf_missing(segment);
  if (e.code == HK_DENIED) return (hk_err){.code = e.code, .os = e.os, .step = "open the image: the segment file of that number", .offset = segment};
  return e;
}

static hk_err walk_all(struct walk *w)
{
  unsigned n_missing = 0;
  for (w->segment = 1; w->segment <= SEGMENTS_MAX && !w->ended && n_missing <= MISSING_MAX; w->segment++) {
    const hk_err e = walk_segment(w);
    if (e.code == HK_MEMORY || e.code == HK_LIMIT || e.code == HK_USAGE) return e;
    n_missing = e.code == HK_ABSENT ? n_missing + 1 : 0;
    if (e.code == HK_OK) continue;
    settle(w);
    mark_gap(w, as_lost(e, w->segment));
  }
  return hk_ok();
}

/* ---- which chunks a table has ------------------------------------------------------------------------------------------- */

static uint64_t number_from(struct hk_ewf_map *m, size_t from, size_t to, uint64_t chunk)
{
  for (size_t i = from; i < to; i++) {
    m->v[i].first_chunk = chunk;
    chunk += m->v[i].n;
  }
  return chunk;
}

static void number_tables(struct walk *w)
{
  struct hk_ewf_map *const m = w->map;
  const size_t gap = w->has_gap ? w->gap : m->n;
  const uint64_t before = number_from(m, 0, gap, 0), after = number_from(m, gap, m->n, 0);
  const bool sound = w->ended && m->media.n_chunks == m->media.n_declared && before <= m->media.n_chunks && after <= m->media.n_chunks - before;
  if (gap < m->n && sound)
    (void)number_from(m, gap, m->n, m->media.n_chunks - after);
  else
    m->n = gap;
  const uint64_t n = before + (m->n > gap ? after : 0);
  if (n >= m->media.n_chunks)
    m->lost = hk_ok(); /* what was damaged held none */
  else if (m->lost.code == HK_OK)
    m->lost = hk_fail(HK_TRUNCATED, "read the image: it ends before its disk does", HK_NO_OFFSET);
}

hk_err hk_ewf_map_open(struct hk_ewf_series *s, struct hk_ewf_map *m)
{
  *m = (struct hk_ewf_map){.series = s, .has_footers = true};
  struct walk w = {.map = m, .media_err = hk_fail(HK_DAMAGED, "find the size of the disk in the image", HK_NO_OFFSET)};
  HK_TRY(walk_all(&w));
  if (!m->media.known) return m->lost.code != HK_OK ? m->lost : w.media_err;
  number_tables(&w);
  return m->n == 0 && m->lost.code != HK_OK ? m->lost : hk_ok();
}
