/* The forward-only ZIP64 writer. */
#include "store/zip_write.h"

#include <stdlib.h>
#include <string.h>
#include <zlib-ng.h>

#include "store/spool.h"

#define WINDOW_BYTES (128 * 1024)
#define PACKED_BYTES (256 * 1024)
#define LEVEL 2
/* A first part that loses less than 1/32 by deflate says the rest is packed already. */
#define WORTH(packed, size) ((packed) < (size) - (size) / 32)
#define DIRECTORY_LIMIT (UINT64_C(1) << 30) /* packed: some ten million entries */

enum state { IDLE, WINDOW, STREAMING, PACKED };

struct zip_writer {
  struct hk_store_sink *sink;
  hk_err failed; /* sticky */
  uint64_t at;   /* bytes written, those in `pending` too */
  uint64_t n_entries, archive_id;
  struct hk_buf pending; /* small writes are collected until an entry ends */
  struct hk_buf scratch; /* one header */
  struct spool *directory;
  zng_stream z;

  enum state state;
  struct zip_head head;
  char *name;
  uint32_t packed_crc32;
  uint64_t packed_left; /* PACKED: still to come */
  size_t n_window;
  uint8_t window[WINDOW_BYTES];
  uint8_t packed[PACKED_BYTES];
};

hk_err zip_writer_open(struct hk_store_sink *sink, uint64_t archive_id, struct zip_writer **out)
{
  struct zip_writer *const w = calloc(1, sizeof *w);
  if (w == NULL) return hk_fail(HK_MEMORY, "open archive writer", HK_NO_OFFSET);
  w->sink = sink;
  w->archive_id = archive_id;
  hk_buf_init(&w->pending, PACKED_BYTES + WINDOW_BYTES);
  hk_buf_init(&w->scratch, 2 * ZIP_LONGEST_NAME);
  if (zng_deflateInit2(&w->z, LEVEL, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    free(w);
    return hk_fail(HK_MEMORY, "open archive writer", HK_NO_OFFSET);
  }
  const hk_err e = spool_open(DIRECTORY_LIMIT, &w->directory);
  if (e.code != HK_OK) {
    zip_writer_close(w);
    return e;
  }
  *out = w;
  return hk_ok();
}

void zip_writer_close(struct zip_writer *w)
{
  if (w == NULL) return;
  (void)zng_deflateEnd(&w->z);
  spool_close(w->directory);
  hk_buf_done(&w->pending);
  hk_buf_done(&w->scratch);
  free(w->name);
  free(w);
}

uint64_t zip_n_entries(const struct zip_writer *w)
{
  return w->n_entries;
}

uint64_t zip_n_bytes(const struct zip_writer *w)
{
  return w->at;
}

static hk_err stick(struct zip_writer *w, hk_err e)
{
  if (e.code != HK_OK && w->failed.code == HK_OK) w->failed = e;
  return e;
}

/* ---- output ---------------------------------------------------------------------------------------------------------- */

static hk_err flush(struct zip_writer *w)
{
  if (w->pending.n == 0) return hk_ok();
  const hk_err e = w->sink->write(w->sink, w->pending.p, w->pending.n);
  hk_buf_reset(&w->pending);
  return stick(w, e);
}

static hk_err put(struct zip_writer *w, const void *p, size_t n)
{
  w->at += n;
  if (n >= WINDOW_BYTES / 2) {
    HK_TRY(flush(w));
    return stick(w, w->sink->write(w->sink, p, n));
  }
  if (w->pending.n + n > PACKED_BYTES) HK_TRY(flush(w));
  hk_buf_add(&w->pending, p, n);
  return w->pending.failed ? stick(w, hk_fail(HK_MEMORY, "buffer archive", HK_NO_OFFSET)) : hk_ok();
}

static hk_err put_scratch(struct zip_writer *w)
{
  if (w->scratch.failed) return stick(w, hk_fail(HK_MEMORY, "make archive header", HK_NO_OFFSET));
  return put(w, w->scratch.p, w->scratch.n);
}

static hk_err put_packed(struct zip_writer *w, const void *p, size_t n)
{
  w->packed_crc32 = zng_crc32_z(w->packed_crc32, p, n);
  w->head.packed_bytes += n;
  return put(w, p, n);
}

static hk_err put_local(struct zip_writer *w)
{
  w->head.at = w->at;
  w->head.archive_id = w->archive_id;
  w->head.number = w->n_entries;
  hk_buf_reset(&w->scratch);
  zip_put_local(&w->scratch, &w->head);
  return put_scratch(w);
}

/* ---- entries --------------------------------------------------------------------------------------------------------- */

static hk_time sane(hk_time t)
{
  return t < 0 || t > HK_TIME_MAX ? HK_TIME_UNKNOWN : t;
}

static hk_err open_entry(struct zip_writer *w, const struct zip_head *h, enum state state)
{
  if (w->failed.code != HK_OK) return w->failed;
  if (w->state != IDLE || h->name.n == 0 || h->name.n > ZIP_LONGEST_NAME)
    return hk_fail(HK_USAGE, "begin archive entry", HK_NO_OFFSET);
  char *const name = malloc(h->name.n);
  if (name == NULL) return stick(w, hk_fail(HK_MEMORY, "begin archive entry", HK_NO_OFFSET));
  memcpy(name, h->name.p, h->name.n);
  free(w->name);
  w->name = name;
  w->head = (struct zip_head){.name = {.p = name, .n = h->name.n},
                              .flags = ZIP_FLAG_UTF8,
                              .born_at = sane(h->born_at),
                              .modified_at = sane(h->modified_at),
                              .accessed_at = sane(h->accessed_at)};
  w->packed_crc32 = 0;
  w->n_window = 0;
  w->state = state;
  return hk_ok();
}

hk_err zip_begin(struct zip_writer *w, const struct zip_head *h)
{
  return open_entry(w, h, WINDOW);
}

/* Runs deflate over the n bytes at p; output beyond w->packed goes out when `streaming`, and is an error otherwise (the
   caller gave room). */
static hk_err deflate_some(struct zip_writer *w, const void *p, size_t n, int how)
{
  w->z.next_in = p;
  w->z.avail_in = (uint32_t)n;
  for (;;) {
    w->z.next_out = w->packed;
    w->z.avail_out = sizeof w->packed;
    const int r = zng_deflate(&w->z, how);
    const size_t made = sizeof w->packed - w->z.avail_out;
    if (made > 0) HK_TRY(put_packed(w, w->packed, made));
    if (how == Z_FINISH ? r == Z_STREAM_END : w->z.avail_in == 0 && w->z.avail_out != 0) return hk_ok();
    if (r != Z_OK && r != Z_BUF_ERROR) return stick(w, hk_fail(HK_MEMORY, "deflate", HK_NO_OFFSET));
  }
}

/* Deflates the window into w->packed, which is twice as large, so it always fits. */
static hk_err deflate_window(struct zip_writer *w, int how, size_t *packed_bytes)
{
  (void)zng_deflateReset(&w->z);
  w->z.next_in = w->window;
  w->z.avail_in = (uint32_t)w->n_window;
  w->z.next_out = w->packed;
  w->z.avail_out = sizeof w->packed;
  const int r = zng_deflate(&w->z, how);
  if ((how == Z_FINISH && r != Z_STREAM_END) || (how != Z_FINISH && (r != Z_OK || w->z.avail_in != 0)))
    return stick(w, hk_fail(HK_MEMORY, "deflate", HK_NO_OFFSET));
  *packed_bytes = sizeof w->packed - w->z.avail_out;
  return hk_ok();
}

/* The window is full and more comes: decide, write the header, let the window go. Z_BLOCK makes deflate show all it has,
   so that the trial measures the whole window; the stream goes on from there. */
static hk_err begin_streaming(struct zip_writer *w)
{
  size_t packed_bytes = 0;
  HK_TRY(deflate_window(w, Z_BLOCK, &packed_bytes));
  const bool worth = WORTH(packed_bytes, w->n_window);
  w->head.flags |= ZIP_FLAG_STREAMED;
  w->head.method = worth ? ZIP_DEFLATE : ZIP_STORED;
  HK_TRY(put_local(w));
  w->state = STREAMING;
  return worth ? put_packed(w, w->packed, packed_bytes) : put_packed(w, w->window, w->n_window);
}

static hk_err write_some(struct zip_writer *w, const uint8_t *p, size_t n)
{
  w->head.crc32 = zng_crc32_z(w->head.crc32, p, n);
  w->head.size_bytes += n;
  if (w->state == WINDOW) {
    if (n <= WINDOW_BYTES - w->n_window) {
      memcpy(w->window + w->n_window, p, n);
      w->n_window += n;
      return hk_ok();
    }
    const size_t room = WINDOW_BYTES - w->n_window;
    memcpy(w->window + w->n_window, p, room);
    w->n_window += room;
    HK_TRY(begin_streaming(w));
    p += room;
    n -= room;
  }
  return w->head.method == ZIP_DEFLATE ? deflate_some(w, p, n, Z_NO_FLUSH) : put_packed(w, p, n);
}

hk_err zip_write(struct zip_writer *w, const void *p, size_t n)
{
  const uint8_t *in = p;
  if (w->failed.code != HK_OK) return w->failed;
  if (w->state != WINDOW && w->state != STREAMING) return hk_fail(HK_USAGE, "write to archive entry", HK_NO_OFFSET);
  while (n > 0) {
    const size_t take = n > (1u << 20) ? 1u << 20 : n;
    HK_TRY(write_some(w, in, take));
    in += take;
    n -= take;
  }
  return hk_ok();
}

/* All of the entry is in the window: the header can say everything. */
static hk_err end_window(struct zip_writer *w)
{
  size_t packed_bytes = 0;
  if (w->n_window > 0) HK_TRY(deflate_window(w, Z_FINISH, &packed_bytes));
  const bool worth = w->n_window > 0 && WORTH(packed_bytes, w->n_window);
  const uint8_t *const p = worth ? w->packed : w->window;
  const size_t n = worth ? packed_bytes : w->n_window;
  w->head.method = worth ? ZIP_DEFLATE : ZIP_STORED;
  w->head.packed_bytes = n;
  HK_TRY(put_local(w));
  w->head.packed_bytes = 0;
  return put_packed(w, p, n);
}

static hk_err end_streaming(struct zip_writer *w)
{
  if (w->head.method == ZIP_DEFLATE) HK_TRY(deflate_some(w, NULL, 0, Z_FINISH));
  hk_buf_reset(&w->scratch);
  zip_put_descriptor(&w->scratch, &w->head);
  return put_scratch(w);
}

/* Into the central directory. */
static hk_err list_entry(struct zip_writer *w)
{
  hk_buf_reset(&w->scratch);
  zip_put_central(&w->scratch, &w->head);
  if (w->scratch.failed) return stick(w, hk_fail(HK_MEMORY, "list archive entry", HK_NO_OFFSET));
  HK_TRY(stick(w, spool_add(w->directory, w->scratch.p, w->scratch.n)));
  w->n_entries++;
  return hk_ok();
}

hk_err zip_end(struct zip_writer *w, struct zip_written *out)
{
  if (w->failed.code != HK_OK) return w->failed;
  if (w->state == IDLE || (w->state == PACKED && w->packed_left != 0))
    return stick(w, hk_fail(HK_USAGE, "end archive entry", HK_NO_OFFSET));
  if (w->state == WINDOW) HK_TRY(end_window(w));
  if (w->state == STREAMING) HK_TRY(end_streaming(w));
  w->state = IDLE;
  HK_TRY(list_entry(w));
  HK_TRY(flush(w));
  HK_TRY(stick(w, w->sink->flush(w->sink)));
  *out = (struct zip_written){.head = w->head, .packed_crc32 = w->packed_crc32};
  return hk_ok();
}

hk_err zip_directory(struct zip_writer *w, hk_str name, hk_time modified_at)
{
  const struct zip_head h = {.name = name, .modified_at = modified_at};
  struct zip_written ignored;
  HK_TRY(zip_begin(w, &h));
  return zip_end(w, &ignored);
}

hk_err zip_begin_packed(struct zip_writer *w, const struct zip_head *h)
{
  HK_TRY(open_entry(w, h, PACKED));
  w->head.method = h->method;
  w->head.crc32 = h->crc32;
  w->head.size_bytes = h->size_bytes;
  w->head.packed_bytes = w->packed_left = h->packed_bytes;
  HK_TRY(put_local(w));
  w->head.packed_bytes = 0; /* counted again as the bytes come */
  return hk_ok();
}

hk_err zip_write_packed(struct zip_writer *w, const void *p, size_t n)
{
  if (w->failed.code != HK_OK) return w->failed;
  if (w->state != PACKED || n > w->packed_left) return stick(w, hk_fail(HK_USAGE, "write packed entry", HK_NO_OFFSET));
  w->packed_left -= n;
  return put_packed(w, p, n);
}

static hk_err put_directory_part(void *ctx, const void *p, size_t n)
{
  return put(ctx, p, n);
}

hk_err zip_finish(struct zip_writer *w)
{
  if (w->failed.code != HK_OK) return w->failed;
  if (w->state != IDLE) return hk_fail(HK_USAGE, "finish archive", HK_NO_OFFSET);
  const uint64_t directory_at = w->at;
  HK_TRY(stick(w, spool_read(w->directory, put_directory_part, w)));
  hk_buf_reset(&w->scratch);
  zip_put_end(&w->scratch, w->n_entries, directory_at, w->at - directory_at);
  HK_TRY(put_scratch(w));
  return flush(w);
}
