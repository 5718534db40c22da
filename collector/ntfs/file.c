/* Putting a file together out of its records. The attribute list only tells which records to read; what they hold is taken
   from themselves, and only when they name this file as their base. */
#include "ntfs/file.h"

#include <stdlib.h>
#include <string.h>

#define MOST_LIST_BYTES ((uint64_t)1 << 20)
#define FILE_ARENA_BYTES ((size_t)64 << 20)

static hk_err read_record_at(const struct hk_ntfs_volume *v, uint64_t cluster, uint8_t *buffer, struct hk_ntfs_record *out)
{
  if (cluster >= v->n_clusters) return hk_fail(HK_DAMAGED, "find $MFT: outside the volume", HK_NO_OFFSET);
  HK_TRY(hk_ntfs_volume_read(v, cluster * v->cluster_bytes, buffer, v->record_bytes));
  HK_TRY(hk_ntfs_fixup(buffer, v->record_bytes, "FILE"));
  return hk_ntfs_record_parse(buffer, v->record_bytes, out);
}

hk_err hk_ntfs_mft_record(struct hk_ntfs_mft *m, uint64_t number, uint8_t *buffer, struct hk_ntfs_record *out)
{
  const uint32_t size = m->volume->record_bytes;
  size_t got = 0;
  if (number >= m->n_records) return hk_fail(HK_ABSENT, "read record: behind the end of $MFT", HK_NO_OFFSET);
  HK_TRY(m->data.bytes.read_at(&m->data.bytes, number * size, buffer, size, &got));
  if (got < size) return hk_fail(HK_TRUNCATED, "read record", (int64_t)(number * size));
  HK_TRY(hk_ntfs_fixup(buffer, size, "FILE"));
  return hk_ntfs_record_parse(buffer, size, out);
}

/* The first attribute of that type in one record. */
static bool find_in(const struct hk_ntfs_record *r, uint32_t type, struct hk_ntfs_attribute *out)
{
  struct hk_cur c = hk_ntfs_attributes(r);
  while (hk_ntfs_attribute_next(&c, out))
    if (out->type == type && out->name.size == 0) return true;
  return false;
}

/* ---- the attribute list ---------------------------------------------------------------------------------------------- */

static hk_err read_list(struct hk_ntfs_file *f, struct hk_cur *out)
{
  struct hk_ntfs_attribute a;
  struct hk_ntfs_stream s;
  *out = hk_cur_over(NULL, 0);
  if (!find_in(&f->records[0], HK_NTFS_ATTRIBUTE_LIST, &a)) return hk_ok();
  HK_TRY(hk_ntfs_stream_init(&s, f->mft->volume, &a));
  return hk_ntfs_stream_whole(&s, &f->arena, MOST_LIST_BYTES, "read attribute list", out);
}

static bool is_known(const uint64_t *seen, size_t n, uint64_t number)
{
  for (size_t i = 0; i < n; i++)
    if (seen[i] == number) return true;
  return false;
}

/* Numbers of the records the list names, without the base, each once. */
static hk_err list_records(struct hk_ntfs_file *f, struct hk_cur list, uint64_t **out, size_t *n_out)
{
  size_t most = hk_cur_left(&list) / 26;
  if (most > HK_NTFS_EXTENSIONS_MAX) most = HK_NTFS_EXTENSIONS_MAX;
  uint64_t *const seen = hk_new(&f->arena, uint64_t, most);
  size_t n = 0;
  if (seen == NULL) return hk_fail(HK_MEMORY, "read attribute list", HK_NO_OFFSET);
  while (hk_cur_left(&list) >= 26 && n < most) {
    const size_t start = list.pos;
    hk_skip(&list, 4);
    const uint16_t length = hk_u16le(&list);
    hk_skip(&list, 10);
    const uint64_t number = hk_ntfs_ref_from(hk_u64le(&list)).record;
    if (length < 26) break;
    hk_seek(&list, start + length);
    if (list.bad) break;
    /* One file's attributes lie together: the last ones seen are the likely ones. */
    if (number != f->number && !(n > 0 && seen[n - 1] == number) && !is_known(seen, n, number)) seen[n++] = number;
  }
  *out = seen;
  *n_out = n;
  return hk_ok();
}

static bool belongs(const struct hk_ntfs_file *f, const struct hk_ntfs_record *r)
{
  const struct hk_ntfs_record *const base = &f->records[0];
  if (r->base.record != f->number || r->base.sequence == 0 || r->in_use != base->in_use) return false;
  /* Deleting counts the base's sequence up and leaves what the extensions say of it. */
  return r->base.sequence == base->sequence || (!base->in_use && (uint16_t)(r->base.sequence + 1) == base->sequence);
}

static hk_err load_extensions(struct hk_ntfs_file *f)
{
  struct hk_cur list;
  uint64_t *numbers = NULL;
  size_t n = 0;
  HK_TRY(read_list(f, &list));
  HK_TRY(list_records(f, list, &numbers, &n));
  if (n == 0) return hk_ok();
  const size_t size = f->mft->volume->record_bytes;
  struct hk_ntfs_record *const records = hk_new(&f->arena, struct hk_ntfs_record, n + 1);
  if (records == NULL) return hk_fail(HK_MEMORY, "read extension records", HK_NO_OFFSET);
  records[0] = f->records[0];
  f->records = records;
  for (size_t i = 0; i < n; i++) {
    uint8_t *const buffer = hk_alloc(&f->arena, size);
    if (buffer == NULL) return hk_fail(HK_MEMORY, "read extension records", HK_NO_OFFSET);
    const hk_err e = hk_ntfs_mft_record(f->mft, numbers[i], buffer, &records[f->n_records]);
    if (e.code == HK_OK && belongs(f, &records[f->n_records]))
      f->n_records++;
    else
      f->n_missing++;
  }
  return hk_ok();
}

/* ---- files ------------------------------------------------------------------------------------------------------------ */

void hk_ntfs_file_close(struct hk_ntfs_file *f)
{
  hk_arena_done(&f->arena);
  *f = (struct hk_ntfs_file){.n_records = 0};
}

static hk_err load(struct hk_ntfs_file *f, const struct hk_ntfs_record *ready)
{
  f->records = hk_new(&f->arena, struct hk_ntfs_record, 1);
  uint8_t *const buffer = hk_alloc(&f->arena, f->mft->volume->record_bytes);
  if (f->records == NULL || buffer == NULL) return hk_fail(HK_MEMORY, "open a file", HK_NO_OFFSET);
  if (ready != NULL)
    f->records[0] = *ready;
  else
    HK_TRY(hk_ntfs_mft_record(f->mft, f->number, buffer, &f->records[0]));
  f->n_records = 1;
  if (f->records[0].base.record != 0) return hk_fail(HK_USAGE, "open a file by a record that is only a part of one", HK_NO_OFFSET);
  return load_extensions(f);
}

static hk_err open_file(struct hk_ntfs_mft *m, uint64_t number, const struct hk_ntfs_record *ready, struct hk_ntfs_file *out)
{
  struct hk_ntfs_file f = {.mft = m, .number = number};
  hk_arena_init(&f.arena, FILE_ARENA_BYTES);
  const hk_err e = load(&f, ready);
  if (e.code != HK_OK) {
    hk_ntfs_file_close(&f);
    return e;
  }
  *out = f;
  return hk_ok();
}

hk_err hk_ntfs_file_open(struct hk_ntfs_mft *m, uint64_t number, struct hk_ntfs_file *out)
{
  return open_file(m, number, NULL, out);
}

static bool name_is(struct hk_arena *a, const struct hk_ntfs_attribute *attribute, hk_str folded)
{
  if (folded.n == 0 || attribute->name.size == 0) return folded.n == attribute->name.size;
  const hk_str name = hk_str_from_utf16le(a, attribute->name.base, attribute->name.size);
  return hk_str_eq(hk_str_fold(a, name), folded);
}

static int by_first_vcn(const void *x, const void *y)
{
  const struct hk_ntfs_attribute *const a = x, *const b = y;
  return (a->first_vcn > b->first_vcn) - (a->first_vcn < b->first_vcn);
}

/* Copies the pieces of one attribute into the arena: *n_out of them, in order. */
static hk_err gather(struct hk_ntfs_file *f, struct hk_arena *a, uint32_t type, hk_str name, struct hk_ntfs_attribute **out, size_t *n_out)
{
  const hk_str folded = hk_str_fold(a, name);
  struct hk_ntfs_attribute *v = hk_new(a, struct hk_ntfs_attribute, f->n_records);
  size_t n = 0;
  if (v == NULL) return hk_fail(HK_MEMORY, "open a stream", HK_NO_OFFSET);
  for (size_t i = 0; i < f->n_records; i++) {
    struct hk_cur c = hk_ntfs_attributes(&f->records[i]);
    struct hk_ntfs_attribute at;
    while (hk_ntfs_attribute_next(&c, &at)) {
      if (at.type != type || !name_is(a, &at, folded)) continue;
      /* One piece a record: a second one of the same name is damage. */
      v[n++] = at;
      break;
    }
  }
  if (n == 0) return hk_fail(HK_ABSENT, "find the stream", HK_NO_OFFSET);
  qsort(v, n, sizeof *v, by_first_vcn);
  *out = v;
  *n_out = n;
  return hk_ok();
}

static hk_err open_stream(struct hk_ntfs_file *f, struct hk_arena *a, uint32_t type, hk_str name, struct hk_ntfs_stream *out)
{
  struct hk_ntfs_attribute *v = NULL;
  size_t n = 0;
  HK_TRY(gather(f, a, type, name, &v, &n));
  struct hk_ntfs_stream s;
  HK_TRY(hk_ntfs_stream_init(&s, f->mft->volume, &v[0]));
  hk_err e = hk_ok();
  for (size_t i = 1; i < n && e.code == HK_OK && !v[0].resident; i++) e = hk_ntfs_stream_add(&s, &v[i]);
  if (e.code != HK_OK) {
    hk_ntfs_stream_done(&s);
    return e;
  }
  *out = s;
  return hk_ok();
}

hk_err hk_ntfs_file_stream(struct hk_ntfs_file *f, uint32_t type, hk_str name, struct hk_ntfs_stream *out)
{
  struct hk_arena a;
  hk_arena_init(&a, FILE_ARENA_BYTES);
  const hk_err e = open_stream(f, &a, type, name, out);
  hk_arena_done(&a);
  return e;
}

bool hk_ntfs_file_standard(const struct hk_ntfs_file *f, struct hk_ntfs_standard *out)
{
  struct hk_ntfs_attribute a;
  return find_in(&f->records[0], HK_NTFS_STANDARD_INFORMATION, &a) && a.resident && hk_ntfs_standard_parse(a.value, out);
}

uint32_t hk_ntfs_file_reparse_tag(struct hk_ntfs_file *f)
{
  struct hk_ntfs_stream s;
  uint8_t head[4];
  size_t got = 0;
  if (hk_ntfs_file_stream(f, HK_NTFS_REPARSE_POINT, hk_str_of(""), &s).code != HK_OK) return 0;
  const hk_err e = s.bytes.read_at(&s.bytes, 0, head, sizeof head, &got);
  hk_ntfs_stream_done(&s);
  struct hk_cur c = hk_cur_over(head, got);
  return e.code == HK_OK ? hk_u32le(&c) : 0;
}

/* ---- the $MFT itself -------------------------------------------------------------------------------------------------- */

/* No $MFT is larger than what it lies on, whatever its holes and its run list say. */
static uint64_t most_bytes(const struct hk_ntfs_volume *v)
{
  const uint64_t device = v->device->bytes->size_bytes;
  if (device == UINT64_MAX) return v->size_bytes; /* a device that does not tell */
  const uint64_t left = device > v->start_bytes ? device - v->start_bytes : 0;
  return left < v->size_bytes ? left : v->size_bytes;
}

static void use_stream(struct hk_ntfs_mft *m, struct hk_ntfs_stream *s)
{
  hk_ntfs_stream_done(&m->data);
  m->data = *s;
  const uint64_t most = most_bytes(m->volume);
  m->n_records = (s->initialised_bytes < most ? s->initialised_bytes : most) / m->volume->record_bytes;
}

/* Record 0 tells where the rest is; a fragmented $MFT tells it in extension records that lie in what is known so far. */
static hk_err open_with(struct hk_ntfs_mft *m, const struct hk_ntfs_record *zero)
{
  struct hk_ntfs_attribute a;
  struct hk_ntfs_stream s;
  if (!find_in(zero, HK_NTFS_DATA, &a) || a.resident) return hk_fail(HK_DAMAGED, "find the run list of $MFT", HK_NO_OFFSET);
  HK_TRY(hk_ntfs_stream_init(&s, m->volume, &a));
  use_stream(m, &s);
  size_t known = m->data.runs.n;
  /* Each round may reach extension records the last one could not. */
  for (int round = 0; round < 8; round++) {
    struct hk_ntfs_file f;
    HK_TRY(open_file(m, 0, zero, &f));
    const hk_err e = hk_ntfs_file_stream(&f, HK_NTFS_DATA, hk_str_of(""), &s);
    hk_ntfs_file_close(&f);
    HK_TRY(e);
    use_stream(m, &s);
    if (m->data.runs.n == known) break;
    known = m->data.runs.n;
  }
  return hk_ok();
}

hk_err hk_ntfs_mft_open(const struct hk_ntfs_volume *v, struct hk_ntfs_mft *out)
{
  struct hk_ntfs_record zero;
  struct hk_ntfs_mft m = {.volume = v};
  uint8_t *const buffer = malloc(v->record_bytes);
  if (buffer == NULL) return hk_fail(HK_MEMORY, "open $MFT", HK_NO_OFFSET);
  hk_err e = read_record_at(v, v->mft_cluster, buffer, &zero);
  if (e.code == HK_OK) e = open_with(&m, &zero);
  if (e.code != HK_OK && e.code != HK_MEMORY) {
    m.from_mirror = true;
    hk_err again = read_record_at(v, v->mirror_cluster, buffer, &zero);
    if (again.code == HK_OK) again = open_with(&m, &zero);
    if (again.code == HK_OK) e = again;
  }
  free(buffer);
  if (e.code != HK_OK) {
    hk_ntfs_mft_close(&m);
    return e;
  }
  *out = m;
  return hk_ok();
}

void hk_ntfs_mft_close(struct hk_ntfs_mft *m)
{
  hk_ntfs_stream_done(&m->data);
  *m = (struct hk_ntfs_mft){.n_records = 0};
}
