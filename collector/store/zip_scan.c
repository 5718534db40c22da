/* The scan of local headers. */
#include "store/zip_scan.h"

#include <stdlib.h>
#include <string.h>
#include <zlib-ng.h>

#include "store/unpack.h"

#define WINDOW_BYTES ((size_t)1 << 18)
#define LARGEST_LOCAL (ZIP_LOCAL_SIZE + 2 * 65535)
/* Bytes spent on entries that turn out broken; an honest archive has one or a few of them. */
#define WASTE_LIMIT(size) ((size) * 16 + (UINT64_C(64) << 20))

struct scan {
  struct hk_bytes *in;
  const struct zip_scan_events *events;
  bool has_id;
  uint64_t id;
  uint64_t wasted;
  uint8_t header[LARGEST_LOCAL];
  uint8_t window[WINDOW_BYTES];
};

static hk_err read_some(struct scan *s, uint64_t at, void *out, size_t n, size_t *got)
{
  *got = 0;
  return at >= s->in->size_bytes ? hk_ok() : s->in->read_at(s->in, at, out, n, got);
}

/* ---- one entry -------------------------------------------------------------------------------------------------------- */

static hk_err hash_content(struct scan *s, struct unpack *u, struct zip_found *f)
{
  struct hk_sha256 sha256;
  struct hk_md5 md5;
  hk_sha256_init(&sha256);
  hk_md5_init(&md5);
  for (;;) {
    size_t got = 0;
    HK_TRY(unpack_read(u, s->window, sizeof s->window, &got));
    if (got == 0) break;
    hk_sha256_add(&sha256, s->window, got);
    hk_md5_add(&md5, s->window, got);
    for (const uint8_t *p = s->window, *end = p + got; p < end; p++) {
      p = memchr(p, '\n', (size_t)(end - p));
      if (p == NULL) break;
      f->n_lines++;
    }
  }
  hk_sha256_end(&sha256, f->sha256);
  hk_md5_end(&md5, f->md5);
  return hk_ok();
}

static hk_err unpack_content(struct scan *s, struct zip_found *f, uint64_t packed_bytes, uint64_t size_bytes)
{
  struct unpack *u = NULL;
  HK_TRY(unpack_open(s->in, f->data_at, packed_bytes, f->head.method, size_bytes, &u));
  const hk_err e = hash_content(s, u, f);
  s->wasted += unpack_packed(u) + unpack_size(u);
  f->head.size_bytes = unpack_size(u);
  f->head.packed_bytes = unpack_packed(u);
  f->head.crc32 = unpack_crc32(u);
  f->packed_crc32 = unpack_packed_crc32(u);
  unpack_close(u);
  return e;
}

static hk_err broken(const struct zip_found *f, const char *step)
{
  return hk_fail(HK_DAMAGED, step, (int64_t)f->head.at);
}

/* Sizes and CRC stand in the header. */
static hk_err check_known(struct scan *s, struct zip_found *f)
{
  const struct zip_head said = f->head;
  if (f->data_at > s->in->size_bytes || said.packed_bytes > s->in->size_bytes - f->data_at)
    return hk_fail(HK_TRUNCATED, "find entry's data", (int64_t)said.at);
  HK_TRY(unpack_content(s, f, said.packed_bytes, said.size_bytes));
  if (f->head.packed_bytes != said.packed_bytes || f->head.size_bytes != said.size_bytes)
    return broken(f, "check size of an entry");
  if (f->head.crc32 != said.crc32) return broken(f, "check CRC-32 of an entry");
  f->end_at = f->data_at + said.packed_bytes;
  return hk_ok();
}

/* Descriptors have 64-bit or 32-bit sizes, with a signature or, from old writers, without. Length of the form that agrees;
   0 when none does. */
static size_t match_descriptor(const struct zip_head *h, const uint8_t *p, size_t n)
{
  for (int form = 0; form < 4; form++) {
    const bool wide = form == 0 || form == 2;
    struct hk_cur c = hk_cur_over(p, n);
    if (form < 2 && hk_u32le(&c) != ZIP_DESCRIPTOR_SIGNATURE) continue;
    const uint32_t crc = hk_u32le(&c);
    const uint64_t packed = wide ? hk_u64le(&c) : hk_u32le(&c);
    const uint64_t size = wide ? hk_u64le(&c) : hk_u32le(&c);
    if (!c.bad && crc == h->crc32 && packed == h->packed_bytes && size == h->size_bytes) return c.pos;
  }
  return 0;
}

/* The deflate stream says itself where it ends. */
static hk_err check_deflated(struct scan *s, struct zip_found *f)
{
  uint8_t descriptor[ZIP_DESCRIPTOR_SIZE];
  size_t got = 0;
  HK_TRY(unpack_content(s, f, s->in->size_bytes - f->data_at, UINT64_MAX));
  const uint64_t at = f->data_at + f->head.packed_bytes;
  HK_TRY(read_some(s, at, descriptor, sizeof descriptor, &got));
  const size_t n = match_descriptor(&f->head, descriptor, got);
  if (n == 0) return got < sizeof descriptor ? hk_fail(HK_TRUNCATED, "read data descriptor", (int64_t)at)
                                             : broken(f, "compare entry with its data descriptor");
  f->end_at = at + n;
  return hk_ok();
}

/* Looks in the window of stored bytes from `from` on for a descriptor that states exactly the bytes before it. `crc` is of
   all that came before the window, which begins `before` bytes into the data. */
static size_t find_descriptor(const uint8_t *p, size_t n, size_t from, uint32_t crc, uint64_t before)
{
  for (size_t i = from; i + ZIP_DESCRIPTOR_SIZE <= n; i++) {
    const uint8_t *const q = memchr(p + i, 'P', n - ZIP_DESCRIPTOR_SIZE - i + 1);
    if (q == NULL) break;
    i = (size_t)(q - p);
    struct hk_cur c = hk_cur_over(q, ZIP_DESCRIPTOR_SIZE);
    if (hk_u32le(&c) != ZIP_DESCRIPTOR_SIGNATURE) continue;
    const uint32_t said = hk_u32le(&c);
    const uint64_t packed = hk_u64le(&c);
    const uint64_t size = hk_u64le(&c);
    if (packed == before + i && size == packed && said == zng_crc32_z(crc, p, i)) return i;
  }
  return n;
}

/* Stored and streamed: only the descriptor (ours, 64-bit) says where the data end. A signature inside the data is believed
   only with the right length and the right CRC-32. */
static hk_err check_stored(struct scan *s, struct zip_found *f)
{
  uint32_t crc = 0;
  uint64_t before = 0;
  for (;;) {
    size_t got = 0;
    HK_TRY(read_some(s, f->data_at + before, s->window, sizeof s->window, &got));
    s->wasted += got;
    const size_t i = find_descriptor(s->window, got, 0, crc, before);
    if (i < got) {
      const uint64_t packed = before + i;
      HK_TRY(unpack_content(s, f, packed, packed));
      f->end_at = f->data_at + packed + ZIP_DESCRIPTOR_SIZE;
      return hk_ok();
    }
    if (got < sizeof s->window) return hk_fail(HK_TRUNCATED, "find data descriptor", (int64_t)f->head.at);
    const size_t step = got - ZIP_DESCRIPTOR_SIZE + 1; /* a descriptor may lie across the window's end */
    crc = zng_crc32_z(crc, s->window, step);
    before += step;
  }
}

/* HK_ABSENT: no local header here. Else out->head.name is set whatever else is wrong. */
static hk_err check_entry(struct scan *s, uint64_t at, struct zip_found *f)
{
  size_t got = 0;
  *f = (struct zip_found){.end_at = at};
  HK_TRY(read_some(s, at, s->header, sizeof s->header, &got));
  struct hk_cur c = hk_cur_over(s->header, got);
  HK_TRY(zip_get_local(&c, &f->head));
  f->head.at = at;
  f->data_at = at + c.pos;
  if ((f->head.flags & ZIP_FLAG_ENCRYPTED) != 0) return hk_fail(HK_UNSUPPORTED, "read encrypted entry", (int64_t)at);
  if (!zip_is_streamed(&f->head)) return check_known(s, f);
  return f->head.method == ZIP_STORED ? check_stored(s, f) : check_deflated(s, f);
}

/* ---- behind damage ------------------------------------------------------------------------------------------------------ */

/* True when a local header with the archive's id stands there; the first id seen becomes the archive's. */
static bool is_ours(struct scan *s, uint64_t at)
{
  size_t got = 0;
  struct zip_head h;
  if (read_some(s, at, s->header, sizeof s->header, &got).code != HK_OK) return false;
  struct hk_cur c = hk_cur_over(s->header, got);
  if (zip_get_local(&c, &h).code != HK_OK || !h.has_id) return false;
  if (!s->has_id) {
    s->has_id = true;
    s->id = h.archive_id;
  }
  return h.archive_id == s->id;
}

/* Offset of the next header of ours at or behind `from`; the file's size when there is none. */
static uint64_t next_header(struct scan *s, uint64_t from)
{
  const uint64_t size = s->in->size_bytes;
  while (from < size) {
    size_t got = 0;
    if (read_some(s, from, s->window, sizeof s->window, &got).code != HK_OK || got < ZIP_LOCAL_SIZE) return size;
    for (size_t i = 0; i + 4 <= got; i++) {
      const uint8_t *const q = memchr(s->window + i, 'P', got - 3 - i);
      if (q == NULL) break;
      i = (size_t)(q - s->window);
      if (memcmp(q, "PK\3\4", 4) != 0) continue;
      s->wasted += LARGEST_LOCAL / 64;
      if (is_ours(s, from + i)) return from + i;
      if (s->wasted > WASTE_LIMIT(size)) return size;
    }
    from += got - 3;
  }
  return size;
}

static bool is_directory_here(struct scan *s, uint64_t at)
{
  uint8_t p[4];
  size_t got = 0;
  if (read_some(s, at, p, sizeof p, &got).code != HK_OK || got < 4) return false;
  return memcmp(p, "PK\1\2", 4) == 0 || memcmp(p, "PK\5\6", 4) == 0;
}

static hk_err walk(struct scan *s)
{
  const uint64_t size = s->in->size_bytes;
  uint64_t at = 0;
  uint64_t n_headers = 0;
  while (at < size) {
    struct zip_found f;
    const uint64_t wasted = s->wasted;
    const hk_err e = check_entry(s, at, &f);
    if (e.code == HK_ABSENT && is_directory_here(s, at)) return hk_ok();
    if (e.code == HK_OK) {
      s->wasted = wasted;
      n_headers++;
      if (f.head.has_id && !s->has_id) {
        s->has_id = true;
        s->id = f.head.archive_id;
      }
      HK_TRY(s->events->on_found(s->events->ctx, &f));
      at = f.end_at;
      continue;
    }
    if (e.code == HK_ABSENT && n_headers == 0 && at == 0 && next_header(s, 0) == size) return e;
    if (e.code == HK_MEMORY || e.code == HK_IO) return e;
    s->events->on_broken(s->events->ctx, f.head.name, e);
    if (s->wasted > WASTE_LIMIT(size)) return hk_fail(HK_LIMIT, "scan archive", (int64_t)at);
    n_headers++;
    at = next_header(s, at + 1);
  }
  return n_headers == 0 ? hk_fail(HK_ABSENT, "find local header", 0) : hk_ok();
}

hk_err zip_scan(struct hk_bytes *in, const struct zip_scan_events *events)
{
  struct scan *const s = calloc(1, sizeof *s);
  if (s == NULL) return hk_fail(HK_MEMORY, "scan archive", HK_NO_OFFSET);
  s->in = in;
  s->events = events;
  const hk_err e = walk(s);
  free(s);
  return e;
}
