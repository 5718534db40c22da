/* The bytes of an entry as the stream they were: read once from the front, or anywhere, and with its holes. */
#include <stdlib.h>
#include <string.h>

#include "acquire/archived.h"

struct content {
  struct hk_stream stream;
  struct hk_archive *zip;
  const struct hk_archived *item;
  struct hk_archive_reader *reader;
  struct hk_bytes *random; /* made on the first read_at */
  uint64_t position;       /* of sparse_read */
};

static hk_err stream_read(struct hk_stream *s, void *out, size_t n, size_t *got)
{
  const struct content *const t = (struct content *)(void *)s;
  HK_TRY(hk_archive_read(t->reader, out, n, got));
  return *got == 0 ? t->item->read_result : hk_ok();
}

static hk_err stream_read_at(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
  struct content *const t = (struct content *)(void *)self;
  if (t->random == NULL) HK_TRY(hk_archive_bytes_open(t->zip, t->item->entry, &t->random));
  return t->random->read_at(t->random, offset, out, n, got);
}

/* ---- sparse files: their data are in the entry, their holes are zeroes ------------------------------------------------------- */

/* Index of the first range that ends behind the offset. */
static size_t range_behind(const struct hk_ranges *r, uint64_t offset)
{
  size_t low = 0;
  size_t high = r->n;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (r->v[middle].offset + r->v[middle].size_bytes <= offset)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static bool sparse_next_data(struct hk_stream *s, uint64_t from, uint64_t *start, uint64_t *end)
{
  const struct hk_ranges *const r = &((struct content *)(void *)s)->item->ranges;
  const size_t i = range_behind(r, from);
  if (i == r->n) return false;
  *start = r->v[i].offset > from ? r->v[i].offset : from;
  *end = r->v[i].offset + r->v[i].size_bytes;
  return true;
}

static hk_err sparse_read_at(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
  const struct hk_ranges *const r = &((struct content *)(void *)self)->item->ranges;
  const uint64_t left = offset < r->size_bytes ? r->size_bytes - offset : 0;
  uint8_t *const to = out;
  size_t i = range_behind(r, offset);
  *got = 0;
  if (n > left) n = (size_t)left;
  while (*got < n) {
    const uint64_t at = offset + *got;
    const bool hole = i == r->n || r->v[i].offset > at;
    const uint64_t end = i == r->n ? r->size_bytes : hole ? r->v[i].offset : r->v[i].offset + r->v[i].size_bytes;
    size_t step = end - at < n - *got ? (size_t)(end - at) : n - *got;
    if (hole) {
      memset(to + *got, 0, step);
    } else {
      size_t some = 0;
      HK_TRY(stream_read_at(self, r->v[i].at + (at - r->v[i].offset), to + *got, step, &some));
      if (some == 0) return hk_fail(HK_TRUNCATED, "read a sparse file of the archive", (int64_t)at);
      step = some;
    }
    *got += step;
    if (!hole && at + step == end) i++;
  }
  return hk_ok();
}

/* All of it, with its holes. */
static hk_err sparse_read(struct hk_stream *s, void *out, size_t n, size_t *got)
{
  struct content *const t = (struct content *)(void *)s;
  HK_TRY(sparse_read_at(&s->bytes, t->position, out, n, got));
  t->position += *got;
  return *got == 0 ? t->item->read_result : hk_ok();
}

static void stream_close(struct hk_stream *s)
{
  struct content *const t = (struct content *)(void *)s;
  hk_archive_read_close(t->reader);
  hk_archive_bytes_close(t->random);
  free(t);
}

hk_err hk_archived_open(struct hk_archive *zip, const struct hk_archived *item, struct hk_stream **out)
{
  if (item->entry == NULL) return item->read_result;
  struct content *const t = calloc(1, sizeof *t);
  if (t == NULL) return hk_fail(HK_MEMORY, "open", HK_NO_OFFSET);
  t->zip = zip;
  t->item = item;
  const hk_err e = hk_archive_read_open(zip, item->entry, &t->reader);
  if (e.code != HK_OK) {
    free(t);
    return e;
  }
  t->stream = (struct hk_stream){.bytes = {.size_bytes = item->entry->size_bytes, .read_at = stream_read_at},
                                 .read = stream_read,
                                 .method = item->older ? "shadow" : NULL,
                                 .close = stream_close};
  if (item->sparse) {
    t->stream.bytes = (struct hk_bytes){.size_bytes = item->ranges.size_bytes, .read_at = sparse_read_at};
    t->stream.read = sparse_read;
    t->stream.next_data = sparse_next_data;
  }
  *out = &t->stream;
  return hk_ok();
}
