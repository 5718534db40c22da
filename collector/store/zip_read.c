/* Reads archives, ours and other people's. Every number is the attacker's until it was checked against the file. */
#include <stdlib.h>
#include <string.h>

#include "store/archive_internal.h"
#include "store/layout.h"
#include "store/name_index.h"
#include "store/unpack.h"

#define TAIL_BYTES (ZIP_END_SIZE + 65535 + ZIP_LOCATOR_SIZE + ZIP_END64_SIZE)
#define PIECE_BYTES ((size_t)1 << 20) /* a central header is at most 46 + 3 * 65,535 bytes */
#define MAX_ENTRIES UINT64_C(8000000)
#define MEMORY_LIMIT ((size_t)3 << 30)
#define LARGEST_LOCAL (ZIP_LOCAL_SIZE + 2 * 65535)
/* Deflate gives at most 1,032 bytes for one. */
#define MOST_FROM_ONE 1040

struct entry {
  struct hk_archive_entry pub;
  struct zip_head head;
  bool overlaps; /* shares bytes with another entry or the directory: no honest writer does that */
};

struct hk_archive {
  struct file_bytes file; /* when it is ours */
  struct hk_bytes *bytes;
  struct hk_arena arena;
  struct entry *entries;
  size_t n;
  struct name_index by_name;
  struct zip_end end;
  uint64_t shift; /* bytes before the archive that its offsets do not count */
};

struct hk_archive_reader {
  struct unpack *unpack;
  uint64_t size_bytes, packed_bytes;
  uint32_t crc32;
  uint64_t at;
};

static hk_err no_memory(const char *step)
{
  return hk_fail(HK_MEMORY, step, HK_NO_OFFSET);
}

static hk_err read_exactly(struct hk_bytes *b, uint64_t at, void *out, size_t n)
{
  size_t got = 0;
  HK_TRY(b->read_at(b, at, out, n, &got));
  return got == n ? hk_ok() : hk_fail(HK_TRUNCATED, "read archive", (int64_t)at);
}

/* ---- the end record -------------------------------------------------------------------------------------------------- */

/* The record whose comment reaches exactly to the end of the file; else the last one that fits. n when there is none. */
static size_t find_end(const uint8_t *p, size_t n)
{
  size_t fits = n;
  for (size_t i = n >= ZIP_END_SIZE ? n - ZIP_END_SIZE + 1 : 0; i > 0; i--) {
    const uint8_t *const q = p + i - 1;
    if (q[0] != 'P' || q[1] != 'K' || q[2] != 5 || q[3] != 6) continue;
    const size_t end = i - 1 + ZIP_END_SIZE + (q[20] | (size_t)q[21] << 8);
    if (end == n) return i - 1;
    if (end < n && fits == n) fits = i - 1;
  }
  return fits;
}

static hk_err read_end64(struct hk_archive *z, const struct hk_cur *tail, uint64_t tail_at, size_t end_at, uint64_t *record_at)
{
  if (end_at < ZIP_LOCATOR_SIZE) return hk_fail(HK_ABSENT, "find ZIP64 locator", HK_NO_OFFSET);
  struct hk_cur c = hk_cur_at(tail, end_at - ZIP_LOCATOR_SIZE, ZIP_LOCATOR_SIZE);
  uint64_t at = 0;
  HK_TRY(zip_get_locator(&c, &at));
  uint8_t record[ZIP_END64_SIZE];
  const uint64_t locator_at = tail_at + end_at - ZIP_LOCATOR_SIZE;
  /* With something in front of the archive the record stands where it stands, not where the locator says. */
  const uint64_t tries[2] = {at, locator_at < ZIP_END64_SIZE ? UINT64_MAX : locator_at - ZIP_END64_SIZE};
  hk_err e = hk_fail(HK_DAMAGED, "read ZIP64 end record", HK_NO_OFFSET);
  for (int i = 0; i < 2 && e.code != HK_OK; i++) {
    if (tries[i] > locator_at || locator_at - tries[i] < ZIP_END64_SIZE) continue;
    HK_TRY(read_exactly(z->bytes, tries[i], record, sizeof record));
    struct hk_cur r = hk_cur_over(record, sizeof record);
    e = zip_get_end64(&r, &z->end);
    *record_at = tries[i];
  }
  return e;
}

static hk_err read_end(struct hk_archive *z, uint8_t *tail, size_t n)
{
  const uint64_t tail_at = z->bytes->size_bytes - n;
  HK_TRY(read_exactly(z->bytes, tail_at, tail, n));
  const size_t end_at = find_end(tail, n);
  if (end_at == n) return hk_fail(HK_ABSENT, "find end of central directory", HK_NO_OFFSET);
  const struct hk_cur all = hk_cur_over(tail, n);
  struct hk_cur c = hk_cur_at(&all, end_at, n - end_at);
  HK_TRY(zip_get_end(&c, &z->end));
  uint64_t record_at = tail_at + end_at;
  if (z->end.needs64) {
    const struct zip_end classic = z->end;
    const hk_err e = read_end64(z, &all, tail_at, end_at, &record_at);
    const bool full = classic.directory_at == UINT32_MAX || classic.directory_bytes == UINT32_MAX;
    if (e.code == HK_ABSENT && !full)
      z->end = classic; /* just 65,535 entries */
    else
      HK_TRY(e);
  }
  if (z->end.directory_bytes > record_at || z->end.directory_at > record_at - z->end.directory_bytes)
    return hk_fail(HK_DAMAGED, "find central directory", (int64_t)record_at);
  z->shift = record_at - z->end.directory_bytes - z->end.directory_at;
  if (z->end.n_entries > MAX_ENTRIES) return hk_fail(HK_LIMIT, "count archive entries", HK_NO_OFFSET);
  if (z->end.n_entries > z->end.directory_bytes / ZIP_CENTRAL_SIZE)
    return hk_fail(HK_DAMAGED, "count archive entries", (int64_t)record_at);
  return hk_ok();
}

/* Offsets count from the file's start though something stands in front (self-extracting programs): the directory is where
   it says. Else everything is shifted. */
static hk_err settle_shift(struct hk_archive *z)
{
  uint8_t signature[4];
  if (z->shift == 0 || z->end.n_entries == 0) return hk_ok();
  HK_TRY(read_exactly(z->bytes, z->end.directory_at, signature, sizeof signature));
  struct hk_cur c = hk_cur_over(signature, sizeof signature);
  if (hk_u32le(&c) == ZIP_CENTRAL_SIGNATURE) z->shift = 0;
  return hk_ok();
}

/* ---- the directory ----------------------------------------------------------------------------------------------------- */

static hk_err add_entry(struct hk_archive *z, const struct zip_head *h)
{
  const hk_str copy = hk_str_copy(&z->arena, h->name);
  const hk_str name = copy.p == NULL ? copy : hk_str_clean(&z->arena, copy);
  if (name.p == NULL) return no_memory("read central directory");
  struct entry *const e = &z->entries[z->n];
  e->head = *h;
  e->head.name = copy;
  if (e->head.at > UINT64_MAX - z->shift) return hk_fail(HK_DAMAGED, "read central directory", HK_NO_OFFSET);
  e->pub = (struct hk_archive_entry){.name = name,
                                     .size_bytes = h->size_bytes,
                                     .packed_bytes = h->packed_bytes,
                                     .at = h->at + z->shift,
                                     .born_at = h->born_at,
                                     .modified_at = h->modified_at,
                                     .accessed_at = h->accessed_at,
                                     .method = h->method,
                                     .crc32 = h->crc32};
  z->n++;
  return hk_ok();
}

static hk_err read_directory(struct hk_archive *z, uint8_t *piece)
{
  uint64_t at = z->end.directory_at + z->shift;
  uint64_t left = z->end.directory_bytes;
  while (z->n < z->end.n_entries) {
    const size_t n = left < PIECE_BYTES ? (size_t)left : PIECE_BYTES;
    HK_TRY(read_exactly(z->bytes, at, piece, n));
    struct hk_cur c = hk_cur_over(piece, n);
    struct zip_head h;
    hk_err e = hk_ok();
    while (z->n < z->end.n_entries) {
      e = zip_get_central(&c, &h);
      if (e.code != HK_OK) break;
      HK_TRY(add_entry(z, &h));
    }
    if (e.code == HK_OK) break;
    /* Cut by the piece's end: go on from there, unless the piece held no whole header. */
    if (c.pos == 0 || n == left) return hk_fail(HK_DAMAGED, e.step, (int64_t)(at + c.pos));
    at += c.pos;
    left -= c.pos;
  }
  return hk_ok();
}

static hk_str name_at(const void *list, size_t i)
{
  return ((const struct entry *)list)[i].pub.name;
}

static hk_err index_names(struct hk_archive *z)
{
  return name_index_make(&z->by_name, &z->arena, z->entries, z->n, name_at) ? hk_ok() : no_memory("index archive names");
}

/* Bottom-up merge sort of entry numbers by offset: the C library's qsort may be quadratic on a hostile order. */
static void sort_by_offset(const struct entry *e, uint32_t *v, uint32_t *spare, size_t n)
{
  for (size_t width = 1; width < n; width *= 2) {
    for (size_t from = 0; from < n; from += 2 * width) {
      const size_t mid = from + width < n ? from + width : n;
      const size_t to = mid + width < n ? mid + width : n;
      size_t i = from;
      size_t k = mid;
      for (size_t out = from; out < to; out++) {
        const bool left = i < mid && (k >= to || e[v[i]].pub.at <= e[v[k]].pub.at);
        spare[out] = left ? v[i++] : v[k++];
      }
    }
    memcpy(v, spare, n * sizeof *v);
  }
}

static hk_err mark_overlaps(struct hk_archive *z)
{
  uint32_t *const order = calloc(z->n + 1, sizeof *order);
  uint32_t *const spare = calloc(z->n + 1, sizeof *spare);
  hk_err result = order == NULL || spare == NULL ? no_memory("order archive entries") : hk_ok();
  if (result.code == HK_OK) {
    for (size_t i = 0; i < z->n; i++) order[i] = (uint32_t)i;
    sort_by_offset(z->entries, order, spare, z->n);
    const uint64_t directory = z->end.directory_at + z->shift;
    for (size_t i = 0; i < z->n; i++) {
      struct entry *const e = &z->entries[order[i]];
      const uint64_t behind = i + 1 < z->n ? z->entries[order[i + 1]].pub.at : directory;
      const uint64_t next = behind < directory ? behind : directory;
      const uint64_t least = ZIP_LOCAL_SIZE + (uint64_t)e->head.name.n;
      e->overlaps = e->pub.at > directory || next - e->pub.at < least || next - e->pub.at - least < e->pub.packed_bytes;
    }
  }
  free(order);
  free(spare);
  return result;
}

static hk_err open_archive(struct hk_archive *z)
{
  const uint64_t size = z->bytes->size_bytes;
  const size_t n_tail = size < TAIL_BYTES ? (size_t)size : TAIL_BYTES;
  uint8_t *const piece = malloc(PIECE_BYTES);
  hk_err e = piece == NULL ? no_memory("open archive") : read_end(z, piece, n_tail);
  if (e.code == HK_OK) e = settle_shift(z);
  if (e.code == HK_OK) {
    z->entries = hk_new(&z->arena, struct entry, (size_t)z->end.n_entries);
    e = z->entries == NULL ? no_memory("open archive") : read_directory(z, piece);
  }
  free(piece);
  if (e.code == HK_OK) e = index_names(z);
  return e.code == HK_OK ? mark_overlaps(z) : e;
}

static hk_err start(struct hk_archive *z, struct hk_archive **out)
{
  const hk_err e = open_archive(z);
  if (e.code != HK_OK)
    hk_archive_close(z);
  else
    *out = z;
  return e;
}

static struct hk_archive *new_archive(void)
{
  struct hk_archive *const z = calloc(1, sizeof *z);
  if (z != NULL) hk_arena_init(&z->arena, MEMORY_LIMIT);
  return z;
}

hk_err hk_archive_open_bytes(struct hk_bytes *bytes, struct hk_archive **out)
{
  struct hk_archive *const z = new_archive();
  if (z == NULL) return no_memory("open archive");
  z->bytes = bytes;
  return start(z, out);
}

hk_err hk_archive_open(hk_str os_path, struct hk_archive **out)
{
  struct hk_archive *const z = new_archive();
  if (z == NULL) return no_memory("open archive");
  const hk_err e = file_bytes_open(os_path, &z->file);
  if (e.code != HK_OK) {
    hk_archive_close(z);
    return e;
  }
  z->bytes = &z->file.bytes;
  return start(z, out);
}

void hk_archive_close(struct hk_archive *z)
{
  if (z == NULL) return;
  file_bytes_close(&z->file);
  hk_arena_done(&z->arena);
  free(z);
}

size_t hk_archive_count(const struct hk_archive *z)
{
  return z->n;
}

const struct hk_archive_entry *hk_archive_at(const struct hk_archive *z, size_t i)
{
  return &z->entries[i].pub;
}

size_t hk_archive_index(const struct hk_archive *z, const struct hk_archive_entry *e)
{
  return (size_t)((const struct entry *)(const void *)e - z->entries);
}

const struct hk_archive_entry *hk_archive_find(const struct hk_archive *z, hk_str name)
{
  const size_t i = name_index_find(&z->by_name, name);
  return i == NAME_NOT_FOUND ? NULL : &z->entries[i].pub;
}

struct hk_bytes *archive_bytes(struct hk_archive *z)
{
  return z->bytes;
}

const struct zip_head *archive_head(const struct hk_archive *z, size_t i)
{
  return &z->entries[i].head;
}

size_t archive_index(const struct hk_archive *z, const struct hk_archive_entry *e)
{
  return (size_t)((const struct entry *)(const void *)e - z->entries);
}

uint64_t archive_directory_at(const struct hk_archive *z)
{
  return z->end.directory_at + z->shift;
}

uint64_t archive_directory_bytes(const struct hk_archive *z)
{
  return z->end.directory_bytes;
}

/* ---- one entry ------------------------------------------------------------------------------------------------------------- */

hk_err archive_local(struct hk_archive *z, const struct hk_archive_entry *e, struct zip_head *local, uint64_t *data_at)
{
  const struct entry *const in = &z->entries[archive_index(z, e)];
  uint8_t *const header = malloc(LARGEST_LOCAL);
  if (header == NULL) return no_memory("read local header");
  size_t got = 0;
  hk_err r = z->bytes->read_at(z->bytes, e->at, header, LARGEST_LOCAL, &got);
  struct hk_cur c = hk_cur_over(header, got);
  if (r.code == HK_OK) r = zip_get_local(&c, local);
  if (r.code == HK_ABSENT) r = hk_fail(HK_DAMAGED, "find local header", (int64_t)e->at);
  if (r.code == HK_OK && !hk_str_eq(local->name, in->head.name))
    r = hk_fail(HK_DAMAGED, "compare local and central name", (int64_t)e->at);
  local->name = in->head.name;
  *data_at = e->at + c.pos;
  free(header);
  return r;
}

hk_err hk_archive_read_open(struct hk_archive *z, const struct hk_archive_entry *e, struct hk_archive_reader **out)
{
  const struct entry *const in = &z->entries[archive_index(z, e)];
  struct zip_head local = {0};
  uint64_t data_at = 0;
  if ((in->head.flags & ZIP_FLAG_ENCRYPTED) != 0) return hk_fail(HK_UNSUPPORTED, "read encrypted entry", (int64_t)e->at);
  if (in->overlaps) return hk_fail(HK_DAMAGED, "read entry that overlaps another", (int64_t)e->at);
  HK_TRY(archive_local(z, e, &local, &data_at));
  if (local.method != e->method) return hk_fail(HK_DAMAGED, "compare local and central method", (int64_t)e->at);
  if (data_at > z->bytes->size_bytes || e->packed_bytes > z->bytes->size_bytes - data_at)
    return hk_fail(HK_TRUNCATED, "find entry's data", (int64_t)e->at);
  const bool lies = e->method == ZIP_STORED ? e->size_bytes != e->packed_bytes
                                            : e->size_bytes / MOST_FROM_ONE > e->packed_bytes;
  if (lies) return hk_fail(HK_DAMAGED, "compare sizes of an entry", (int64_t)e->at);
  struct hk_archive_reader *const r = calloc(1, sizeof *r);
  if (r == NULL) return no_memory("read archive entry");
  *r = (struct hk_archive_reader){.size_bytes = e->size_bytes,
                                  .packed_bytes = e->packed_bytes,
                                  .crc32 = e->crc32,
                                  .at = e->at};
  const hk_err opened = unpack_open(z->bytes, data_at, e->packed_bytes, e->method, e->size_bytes, &r->unpack);
  if (opened.code != HK_OK) {
    free(r);
    return opened;
  }
  *out = r;
  return hk_ok();
}

hk_err hk_archive_read(struct hk_archive_reader *r, void *out, size_t n, size_t *got)
{
  HK_TRY(unpack_read(r->unpack, out, n, got));
  if (*got > 0 || n == 0) return hk_ok();
  if (unpack_size(r->unpack) != r->size_bytes || unpack_packed(r->unpack) != r->packed_bytes)
    return hk_fail(HK_DAMAGED, "check size of an entry", (int64_t)r->at);
  if (unpack_crc32(r->unpack) != r->crc32) return hk_fail(HK_DAMAGED, "check CRC-32 of an entry", (int64_t)r->at);
  return hk_ok();
}

void hk_archive_read_close(struct hk_archive_reader *r)
{
  if (r == NULL) return;
  unpack_close(r->unpack);
  free(r);
}

uint32_t archive_reader_packed_crc32(const struct hk_archive_reader *r)
{
  return unpack_packed_crc32(r->unpack);
}

hk_str hk_archive_evidence_path(struct hk_arena *a, hk_str entry_name)
{
  return layout_evidence_path(a, entry_name);
}
