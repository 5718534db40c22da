/* Ranges of sparse files and their index. */
#include "store/ranges.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"

/* ---- while a file is stored ---------------------------------------------------------------------------------------------- */

void ranges_done(struct ranges_list *l)
{
  free(l->v);
  *l = (struct ranges_list){.v = NULL};
}

void ranges_reset(struct ranges_list *l)
{
  l->n = 0;
  l->stored_bytes = 0;
  l->end = 0;
}

hk_err ranges_at(struct ranges_list *l, uint64_t offset)
{
  if (offset < l->end || offset > (uint64_t)INT64_MAX) return hk_fail(HK_USAGE, "store a sparse file backwards", HK_NO_OFFSET);
  if (offset > l->end && l->n == RANGES_MAX) return hk_fail(HK_LIMIT, "store a sparse file: too many holes", (int64_t)offset);
  l->end = offset;
  return hk_ok();
}

hk_err ranges_add(struct ranges_list *l, uint64_t n)
{
  struct hk_range *const last = l->n == 0 ? NULL : &l->v[l->n - 1];
  if (n == 0) return hk_ok();
  if (last != NULL && last->offset + last->size_bytes == l->end) {
    last->size_bytes += n;
  } else {
    if (l->n == l->capacity) {
      const size_t capacity = l->capacity == 0 ? 16 : l->capacity * 2;
      struct hk_range *const v = realloc(l->v, capacity * sizeof *v);
      if (v == NULL) return hk_fail(HK_MEMORY, "store a sparse file", HK_NO_OFFSET);
      l->v = v;
      l->capacity = capacity;
    }
    l->v[l->n++] = (struct hk_range){.offset = l->end, .size_bytes = n, .at = l->stored_bytes};
  }
  l->stored_bytes += n;
  l->end += n;
  return hk_ok();
}

struct hk_ranges ranges_view(const struct ranges_list *l, uint64_t size_bytes)
{
  const struct hk_range *const last = l->n == 0 ? NULL : &l->v[l->n - 1];
  const uint64_t reach = last == NULL ? 0 : last->offset + last->size_bytes;
  return (struct hk_ranges){.v = l->v, .n = l->n, .size_bytes = size_bytes > reach ? size_bytes : reach};
}

/* ---- writing ---------------------------------------------------------------------------------------------------------------- */

static void put_range(struct hk_json *j, uint64_t at, uint64_t offset, uint64_t data_bytes, uint64_t size_bytes)
{
  hk_json_open(j, '{');
  hk_json_put_size(j, "file_offset", at);
  hk_json_put_size(j, "original_offset", offset);
  hk_json_put_size(j, "file_length", data_bytes);
  hk_json_put_size(j, "length", size_bytes);
  hk_json_close(j, '}');
}

void ranges_put(struct hk_buf *out, const struct hk_ranges *r)
{
  struct hk_json j;
  uint64_t end = 0, stored = 0;
  hk_json_init(&j, out);
  hk_json_open(&j, '{');
  hk_json_put_open(&j, "ranges", '[');
  for (size_t i = 0; i < r->n; i++) {
    const struct hk_range *const d = &r->v[i];
    if (d->offset > end) put_range(&j, stored, end, 0, d->offset - end);
    put_range(&j, stored, d->offset, d->size_bytes, d->size_bytes);
    stored += d->size_bytes;
    end = d->offset + d->size_bytes;
  }
  if (r->size_bytes > end) put_range(&j, stored, end, 0, r->size_bytes - end);
  hk_json_close(&j, ']');
  hk_json_close(&j, '}');
  hk_buf_u8(out, '\n');
}

/* ---- reading ----------------------------------------------------------------------------------------------------------------- */

struct text {
  hk_str s;
  size_t at;
};

static void skip_space(struct text *t)
{
  while (t->at < t->s.n && memchr(" \t\r\n", t->s.p[t->at], 4) != NULL) t->at++;
}

static bool take(struct text *t, char c)
{
  skip_space(t);
  const bool there = t->at < t->s.n && t->s.p[t->at] == c;
  t->at += there;
  return there;
}

/* Names with escapes are none of ours. */
static bool take_name(struct text *t, hk_str *out)
{
  if (!take(t, '"')) return false;
  const size_t n = hk_str_find(hk_str_sub(t->s, t->at, t->s.n), '"');
  if (t->at + n == t->s.n) return false;
  *out = hk_str_sub(t->s, t->at, t->at + n);
  t->at += n + 1;
  return take(t, ':');
}

static bool take_number(struct text *t, uint64_t *out)
{
  uint64_t v = 0;
  skip_space(t);
  const size_t from = t->at;
  for (; t->at < t->s.n && t->s.p[t->at] >= '0' && t->s.p[t->at] <= '9'; t->at++) {
    if (v > (uint64_t)INT64_MAX / 10 - 1) return false;
    v = v * 10 + (uint64_t)(t->s.p[t->at] - '0');
  }
  *out = v;
  return t->at > from;
}

struct piece {
  uint64_t file_offset, original_offset, file_length, length;
};

/* Keys in any order; those with the value 0 may be left out. */
static bool take_piece(struct text *t, struct piece *out)
{
  *out = (struct piece){0};
  if (!take(t, '{')) return false;
  if (take(t, '}')) return true;
  for (int n_keys = 0; n_keys < 4; n_keys++) {
    hk_str name;
    uint64_t v = 0;
    if (!take_name(t, &name) || !take_number(t, &v)) return false;
    if (hk_str_eq(name, HK_S("file_offset")))
      out->file_offset = v;
    else if (hk_str_eq(name, HK_S("original_offset")))
      out->original_offset = v;
    else if (hk_str_eq(name, HK_S("file_length")))
      out->file_length = v;
    else if (hk_str_eq(name, HK_S("length")))
      out->length = v;
    else
      return false;
    if (take(t, '}')) return true;
    if (!take(t, ',')) return false;
  }
  return false;
}

static hk_err damaged(const struct text *t)
{
  return hk_fail(HK_DAMAGED, "read the index of a sparse file", (int64_t)t->at);
}

/* Each piece goes on where the one before ended, in the file and in the data. */
static hk_err take_pieces(struct text *t, struct hk_ranges *r, uint64_t *stored)
{
  struct hk_range *const v = (struct hk_range *)(uintptr_t)r->v;
  if (take(t, ']')) return hk_ok();
  for (size_t n = 0; n < 2 * RANGES_MAX + 1; n++) {
    struct piece p;
    if (!take_piece(t, &p)) return damaged(t);
    const bool follows = p.original_offset == r->size_bytes && (p.file_length == 0 || p.file_offset == *stored);
    const bool whole = p.file_length == 0 || p.file_length == p.length;
    if (!follows || !whole || p.length == 0 || p.length > (uint64_t)INT64_MAX - r->size_bytes) return damaged(t);
    if (p.file_length > 0) {
      if (r->n == RANGES_MAX) break;
      v[r->n++] = (struct hk_range){.offset = p.original_offset, .size_bytes = p.length, .at = *stored};
      *stored += p.length;
    }
    r->size_bytes += p.length;
    if (take(t, ']')) return hk_ok();
    if (!take(t, ',')) return damaged(t);
  }
  return hk_fail(HK_LIMIT, "read the index of a sparse file", (int64_t)t->at);
}

hk_err ranges_parse(hk_str text, uint64_t stored_bytes, struct hk_arena *a, struct hk_ranges *out)
{
  struct text t = {.s = text};
  hk_str name;
  uint64_t stored = 0;
  /* "{}" is the least that a piece takes. */
  const size_t most = text.n / 2 < RANGES_MAX ? text.n / 2 : RANGES_MAX;
  struct hk_ranges r = {.v = hk_new(a, struct hk_range, most + 1)};
  if (r.v == NULL) return hk_fail(HK_MEMORY, "read the index of a sparse file", HK_NO_OFFSET);
  if (!take(&t, '{') || !take_name(&t, &name) || !hk_str_eq(name, HK_S("ranges")) || !take(&t, '[')) return damaged(&t);
  HK_TRY(take_pieces(&t, &r, &stored));
  if (!take(&t, '}')) return damaged(&t);
  skip_space(&t);
  if (t.at != t.s.n || stored != stored_bytes) return damaged(&t);
  *out = r;
  return hk_ok();
}

/* ---- in an archive ------------------------------------------------------------------------------------------------------------ */

static hk_err read_text(struct hk_archive *z, const struct hk_archive_entry *e, struct hk_arena *a, hk_str *out)
{
  struct hk_archive_reader *in = NULL;
  size_t n = 0;
  hk_err result = hk_ok();
  if (e->size_bytes > RANGES_TEXT_MAX) return hk_fail(HK_LIMIT, "read the index of a sparse file", HK_NO_OFFSET);
  char *const p = hk_alloc(a, (size_t)e->size_bytes + 1);
  if (p == NULL) return hk_fail(HK_MEMORY, "read the index of a sparse file", HK_NO_OFFSET);
  HK_TRY(hk_archive_read_open(z, e, &in));
  for (size_t got = 1; got > 0 && result.code == HK_OK; n += got) {
    got = 0;
    result = hk_archive_read(in, p + n, (size_t)e->size_bytes + 1 - n, &got); /* more than was declared is an error there */
  }
  hk_archive_read_close(in);
  *out = (hk_str){.p = p, .n = n};
  return result;
}

hk_err hk_archive_ranges(struct hk_archive *z, const struct hk_archive_entry *e, struct hk_arena *a, struct hk_ranges *out)
{
  struct hk_arena scratch;
  hk_str text;
  hk_arena_init(&scratch, (size_t)RANGES_TEXT_MAX + ((size_t)1 << 20));
  const hk_str name = hk_str_printf(&scratch, "%.*s" RANGES_SUFFIX, (int)e->name.n, e->name.p);
  const struct hk_archive_entry *const index = name.p == NULL ? NULL : hk_archive_find(z, name);
  hk_err result = hk_fail(HK_ABSENT, "find the index of a sparse file", HK_NO_OFFSET);
  if (index != NULL) result = read_text(z, index, &scratch, &text);
  if (result.code == HK_OK) result = ranges_parse(text, e->size_bytes, a, out);
  hk_arena_done(&scratch);
  return result;
}
