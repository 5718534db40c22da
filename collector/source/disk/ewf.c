/* The disk: its bytes out of chunks. Unpacked chunks that were asked for in parts are kept; a whole one goes straight to the reader. Threads
   look up under the lock and unpack outside it, each with a worker of its own. */
#include "source/disk/ewf.h"

#include <stdlib.h>
#include <string.h>

#include <zlib-ng.h>

#include "os/os.h"
#include "source/disk/formats.h"

enum { CHECKSUM_BYTES = 4, KEPT_MAX = 64 };

#define KEPT_BYTES ((size_t)8 << 20)

struct worker {
  zng_stream z;
  bool has_z;
  uint8_t *packed; /* packed_bytes */
  uint8_t *plain;  /* a chunk; changes places with a kept one */
  struct worker *next;
};

struct kept {
  uint8_t *plain;
  uint64_t chunk;
  hk_err damage; /* code 0: plain holds the chunk */
  uint64_t used_at; /* 0: holds nothing */
};

struct image {
  struct hk_disk disk;
  struct hk_ewf_series *series;
  size_t packed_bytes; /* no chunk is stored longer */
  struct os_mutex *lock; /* what follows */
  struct hk_ewf_map map;
  struct worker *idle;
  struct kept kept[KEPT_MAX];
  size_t n_kept;
  uint64_t clock;
};

/* ---- workers ------------------------------------------------------------------------------------------------------------ */

static void free_worker(struct worker *w)
{
  if (w == NULL) return;
  if (w->has_z) (void)zng_inflateEnd(&w->z);
  free(w->packed);
  free(w->plain);
  free(w);
}

static struct worker *new_worker(const struct image *d)
{
  struct worker *const w = calloc(1, sizeof *w);
  if (w == NULL) return NULL;
  w->packed = malloc(d->packed_bytes);
  w->has_z = zng_inflateInit(&w->z) == Z_OK;
  if (w->packed != NULL && w->has_z) return w;
  free_worker(w);
  return NULL;
}

/* ---- chunks ------------------------------------------------------------------------------------------------------------- */

/* The last chunk may be short, or filled up to its size. */
static hk_err copy_stored(const struct image *d, const struct hk_ewf_place *p, struct worker *w, size_t length, uint8_t *out)
{
  const size_t chunk = d->map.media.chunk_bytes;
  const size_t n = p->size >= chunk + CHECKSUM_BYTES ? chunk : length;
  HK_TRY(hk_ewf_series_read(d->series, p->segment, p->at, w->packed, n + CHECKSUM_BYTES));
  const struct hk_cur all = hk_cur_over(w->packed, n + CHECKSUM_BYTES);
  struct hk_cur sum = hk_cur_at(&all, n, CHECKSUM_BYTES);
  if (p->size < n + CHECKSUM_BYTES || hk_u32le(&sum) != zng_adler32_z(1, w->packed, n))
    return hk_fail(HK_DAMAGED, "read a chunk of the image: checksum", HK_NO_OFFSET);
  memcpy(out, w->packed, n);
  return hk_ok();
}

static hk_err unpack(const struct image *d, const struct hk_ewf_place *p, struct worker *w, size_t length, uint8_t *out)
{
  const size_t n = p->size < d->packed_bytes ? (size_t)p->size : d->packed_bytes;
  HK_TRY(hk_ewf_series_read(d->series, p->segment, p->at, w->packed, n));
  (void)zng_inflateReset(&w->z);
  w->z.next_in = w->packed;
  w->z.avail_in = (uint32_t)n;
  w->z.next_out = out;
  w->z.avail_out = d->map.media.chunk_bytes;
  /* Its end holds the checksum, which zlib compares. */
  const bool whole = zng_inflate(&w->z, Z_FINISH) == Z_STREAM_END;
  if (whole && d->map.media.chunk_bytes - w->z.avail_out >= length) return hk_ok();
  return hk_fail(HK_DAMAGED, "unpack a chunk of the image", HK_NO_OFFSET);
}

/* `out` has room for a full chunk, of which `length` bytes are the disk's. */
static hk_err decode(const struct image *d, const struct hk_ewf_place *p, struct worker *w, size_t length, uint8_t *out)
{
  return p->packed ? unpack(d, p, w, length, out) : copy_stored(d, p, w, length, out);
}

/* ---- what is kept ------------------------------------------------------------------------------------------------------- */

static struct kept *find_kept(struct image *d, uint64_t chunk)
{
  for (size_t i = 0; i < d->n_kept; i++) {
    struct kept *const k = &d->kept[i];
    if (k->used_at == 0 || k->chunk != chunk) continue;
    k->used_at = ++d->clock;
    return k;
  }
  return NULL;
}

static struct kept *oldest_kept(struct image *d)
{
  struct kept *oldest = &d->kept[0];
  for (size_t i = 1; i < d->n_kept; i++)
    if (d->kept[i].used_at < oldest->used_at) oldest = &d->kept[i];
  return oldest;
}

/* Takes the worker's chunk and gives it the oldest one's memory. */
static void keep(struct image *d, uint64_t chunk, struct worker *w)
{
  struct kept *const k = oldest_kept(d);
  uint8_t *const memory = k->plain;
  *k = (struct kept){.plain = w->plain, .chunk = chunk, .used_at = ++d->clock};
  w->plain = memory;
}

/* Where a read fails, the records in it are asked for one by one: a large chunk is not unpacked in vain for each. */
static void keep_damage(struct image *d, uint64_t chunk, hk_err damage)
{
  struct kept *const k = oldest_kept(d);
  *k = (struct kept){.plain = k->plain, .chunk = chunk, .damage = damage, .used_at = ++d->clock};
}

/* ---- reading ------------------------------------------------------------------------------------------------------------ */

struct part {
  uint64_t chunk;
  size_t length; /* of the chunk, on the disk */
  size_t skip, n;
};

static hk_err read_with(struct image *d, const struct hk_ewf_place *p, struct worker *w, const struct part *part, uint8_t *out)
{
  const size_t chunk_bytes = d->map.media.chunk_bytes;
  if (part->n == chunk_bytes) return decode(d, p, w, part->length, out);
  if (w->plain == NULL) w->plain = malloc(chunk_bytes);
  if (w->plain == NULL) return hk_fail(HK_MEMORY, "unpack a chunk of the image", HK_NO_OFFSET);
  HK_TRY(decode(d, p, w, part->length, w->plain));
  memcpy(out, w->plain + part->skip, part->n);
  return hk_ok();
}

static hk_err read_kept(const struct kept *k, const struct part *part, uint8_t *out)
{
  if (k->damage.code == HK_OK) memcpy(out, k->plain + part->skip, part->n);
  return k->damage;
}

/* A worker that is idle; NULL: a new one is needed. */
static struct worker *take_worker(struct image *d)
{
  struct worker *const w = d->idle;
  if (w != NULL) d->idle = w->next;
  return w;
}

static void hand_back(struct image *d, struct worker *w, const struct part *part, hk_err e)
{
  os_lock(d->lock);
  if (e.code == HK_DAMAGED)
    keep_damage(d, part->chunk, e);
  else if (e.code == HK_OK && part->n != d->map.media.chunk_bytes)
    keep(d, part->chunk, w);
  w->next = d->idle;
  d->idle = w;
  os_unlock(d->lock);
}

static hk_err read_part(struct image *d, const struct part *part, uint8_t *out)
{
  struct hk_ewf_place place;
  struct worker *w = NULL;
  os_lock(d->lock);
  const struct kept *const k = find_kept(d, part->chunk);
  hk_err e = k != NULL ? read_kept(k, part, out) : hk_ewf_map_find(&d->map, part->chunk, &place);
  if (k == NULL && e.code == HK_OK) w = take_worker(d);
  os_unlock(d->lock);
  if (k != NULL || e.code != HK_OK) return e;
  if (w == NULL) w = new_worker(d);
  if (w == NULL) return hk_fail(HK_MEMORY, "unpack a chunk of the image", HK_NO_OFFSET);
  e = read_with(d, &place, w, part, out);
  if (e.code == HK_DAMAGED && e.offset == HK_NO_OFFSET) e.offset = (int64_t)(part->chunk * d->map.media.chunk_bytes);
  hand_back(d, w, part, e);
  return e;
}

static hk_err read_at(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
  struct image *const d = (struct image *)(void *)self;
  const uint32_t size = d->map.media.chunk_bytes;
  *got = 0;
  if (offset >= self->size_bytes) return hk_ok();
  if (n > self->size_bytes - offset) n = (size_t)(self->size_bytes - offset);
  while (*got < n) {
    const uint64_t at = offset + *got, start = at - at % size;
    struct part part = {.chunk = at / size, .skip = (size_t)(at % size)};
    part.length = self->size_bytes - start < size ? (size_t)(self->size_bytes - start) : size;
    part.n = part.length - part.skip < n - *got ? part.length - part.skip : n - *got;
    HK_TRY(read_part(d, &part, (uint8_t *)out + *got));
    *got += part.n;
  }
  return hk_ok();
}

/* ---- opening ------------------------------------------------------------------------------------------------------------ */

static void close_image(struct hk_disk *self)
{
  struct image *const d = (struct image *)(void *)self;
  while (d->idle != NULL) {
    struct worker *const w = d->idle;
    d->idle = w->next;
    free_worker(w);
  }
  for (size_t i = 0; i < KEPT_MAX; i++) free(d->kept[i].plain);
  hk_ewf_map_done(&d->map);
  hk_ewf_series_close(d->series);
  os_mutex_free(d->lock);
  free(d);
}

static hk_err open_image(struct image *d, struct hk_bytes *file, hk_str path)
{
  d->lock = os_mutex_new();
  if (d->lock == NULL) return hk_fail(HK_MEMORY, "open the image", HK_NO_OFFSET);
  HK_TRY(hk_ewf_series_open(file, path, &d->series));
  HK_TRY(hk_ewf_map_open(d->series, &d->map));
  const size_t chunk = d->map.media.chunk_bytes;
  d->packed_bytes = chunk + chunk / 8 + 1024; /* deflate adds less to what it cannot pack */
  d->n_kept = KEPT_BYTES / chunk < 2 ? 2 : KEPT_BYTES / chunk < KEPT_MAX ? KEPT_BYTES / chunk : KEPT_MAX;
  d->disk.bytes = (struct hk_bytes){.size_bytes = d->map.media.size_bytes, .read_at = read_at};
  d->disk.lost = d->map.lost;
  return hk_ok();
}

hk_err hk_ewf_open(struct hk_bytes *file, hk_str path, struct hk_disk **out)
{
  uint8_t head[8];
  size_t got = 0;
  HK_TRY(file->read_at(file, 0, head, sizeof head, &got));
  if (got < sizeof head || memcmp(head, "EVF\x09\x0d\x0a\xff", 8) != 0) return hk_fail(HK_ABSENT, "find a container", 0);
  struct image *const d = calloc(1, sizeof *d);
  if (d == NULL) return hk_fail(HK_MEMORY, "open the image", HK_NO_OFFSET);
  d->disk.close = close_image;
  const hk_err e = open_image(d, file, path);
  if (e.code != HK_OK) {
    close_image(&d->disk);
    return e;
  }
  *out = &d->disk;
  return hk_ok();
}
