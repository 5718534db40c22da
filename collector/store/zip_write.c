/* The forward-only ZIP64 writer. */
#include "store/zip_write.h"

#include <stdlib.h>
#include <string.h>
#include <zlib-ng.h>

#include "store/deflaters.h"
#include "store/spool.h"

#define PENDING_BYTES ((size_t)256 << 10)
#define DIRECTORY_LIMIT (UINT64_C(1) << 30) /* packed: some ten million entries */

/* From zip_begin until it is listed. */
struct entry {
  struct zip_head head;
  uint32_t packed_crc32;
  void *tag;
  bool header_is_out;
  bool stored; /* of several pieces: not deflated */
  char name[]; /* head.name */
};

enum state { IDLE, FEEDING, PACKED };

struct zip_writer {
  struct hk_store_sink *sink;
  struct zip_events events;
  hk_err failed; /* sticky */
  uint64_t at;   /* bytes written, those in `pending` too */
  uint64_t n_entries, archive_id;
  uint64_t on_its_way; /* bytes in pieces that are not written yet */
  struct hk_buf pending; /* small writes are collected until an entry ends */
  struct hk_buf scratch; /* one header */
  struct spool *directory;
  struct deflaters *deflaters;

  enum state state;
  struct entry *entry; /* being fed */
  struct piece *piece; /* of it, being filled */
  bool is_first;       /* piece of the entry */
  uint64_t packed_left; /* PACKED: still to come */
};

static hk_err open_parts(struct zip_writer *w, unsigned n_threads)
{
  HK_TRY(deflaters_open(n_threads, &w->deflaters));
  return spool_open(DIRECTORY_LIMIT, &w->directory);
}

hk_err zip_writer_open(struct hk_store_sink *sink, uint64_t archive_id, unsigned n_threads, const struct zip_events *events,
                       struct zip_writer **out)
{
  struct zip_writer *const w = calloc(1, sizeof *w);
  if (w == NULL) return hk_fail(HK_MEMORY, "open archive writer", HK_NO_OFFSET);
  w->sink = sink;
  w->events = *events;
  w->archive_id = archive_id;
  hk_buf_init(&w->pending, 2 * PENDING_BYTES);
  hk_buf_init(&w->scratch, 2 * ZIP_LONGEST_NAME);
  const hk_err e = open_parts(w, n_threads);
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
  for (struct piece *p = w->deflaters == NULL ? NULL : deflaters_take(w->deflaters); p != NULL; p = deflaters_take(w->deflaters)) {
    if (p->last) free(p->entry);
    deflaters_done(w->deflaters);
  }
  deflaters_close(w->deflaters);
  spool_close(w->directory);
  hk_buf_done(&w->pending);
  hk_buf_done(&w->scratch);
  free(w->entry);
  free(w);
}

uint64_t zip_n_bytes(const struct zip_writer *w)
{
  return w->at + w->on_its_way;
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
  if (n >= PENDING_BYTES / 4) {
    HK_TRY(flush(w));
    return stick(w, w->sink->write(w->sink, p, n));
  }
  if (w->pending.n + n > PENDING_BYTES) HK_TRY(flush(w));
  hk_buf_add(&w->pending, p, n);
  return w->pending.failed ? stick(w, hk_fail(HK_MEMORY, "buffer archive", HK_NO_OFFSET)) : hk_ok();
}

static hk_err put_scratch(struct zip_writer *w)
{
  if (w->scratch.failed) return stick(w, hk_fail(HK_MEMORY, "make archive header", HK_NO_OFFSET));
  return put(w, w->scratch.p, w->scratch.n);
}

static hk_err put_packed(struct zip_writer *w, struct entry *e, const void *p, size_t n, uint32_t crc32)
{
  e->packed_crc32 = zng_crc32_combine(e->packed_crc32, crc32, (z_off64_t)n);
  e->head.packed_bytes += n;
  return put(w, p, n);
}

static hk_err put_local(struct zip_writer *w, struct entry *e)
{
  e->head.at = w->at;
  e->head.archive_id = w->archive_id;
  e->head.number = w->n_entries;
  e->header_is_out = true;
  hk_buf_reset(&w->scratch);
  zip_put_local(&w->scratch, &e->head);
  return put_scratch(w);
}

/* Its bytes are out: descriptor, central directory, and the caller is told. The entry is freed. */
static hk_err list_entry(struct zip_writer *w, struct entry *e)
{
  if (zip_is_streamed(&e->head)) {
    hk_buf_reset(&w->scratch);
    zip_put_descriptor(&w->scratch, &e->head);
    HK_TRY(put_scratch(w));
  }
  hk_buf_reset(&w->scratch);
  zip_put_central(&w->scratch, &e->head);
  if (w->scratch.failed) return stick(w, hk_fail(HK_MEMORY, "list archive entry", HK_NO_OFFSET));
  HK_TRY(stick(w, spool_add(w->directory, w->scratch.p, w->scratch.n)));
  w->n_entries++;
  HK_TRY(flush(w));
  HK_TRY(stick(w, w->sink->flush(w->sink)));
  const struct zip_written written = {.head = e->head, .packed_crc32 = e->packed_crc32};
  return stick(w, w->events.on_written(w->events.ctx, e->tag, &written));
}

/* ---- pieces that come back ------------------------------------------------------------------------------------------------- */

/* All of the entry is in one piece: the header can say everything. */
static hk_err put_single(struct zip_writer *w, struct entry *e, const struct piece *p)
{
  e->head.method = p->worth ? ZIP_DEFLATE : ZIP_STORED;
  e->head.crc32 = p->crc32;
  e->head.size_bytes = p->n;
  e->head.packed_bytes = p->n_packed;
  HK_TRY(put_local(w, e));
  e->head.packed_bytes = 0; /* counted again as the bytes go out */
  return put_packed(w, e, p->packed, p->n_packed, p->packed_crc32);
}

static hk_err put_piece(struct zip_writer *w, struct entry *e, const struct piece *p)
{
  if (p->single) return put_single(w, e, p);
  if (!e->header_is_out) {
    e->head.flags |= ZIP_FLAG_STREAMED;
    e->head.method = e->stored ? ZIP_STORED : ZIP_DEFLATE;
    HK_TRY(put_local(w, e));
  }
  e->head.crc32 = zng_crc32_combine(e->head.crc32, p->crc32, (z_off64_t)p->n);
  e->head.size_bytes += p->n;
  return put_packed(w, e, p->packed, p->n_packed, p->packed_crc32);
}

static hk_err emit(struct zip_writer *w, const struct piece *p)
{
  struct entry *const e = p->entry;
  const bool last = p->last;
  w->on_its_way -= p->n;
  hk_err r = w->failed;
  if (r.code == HK_OK) r = put_piece(w, e, p);
  deflaters_done(w->deflaters);
  if (!last) return r;
  if (r.code == HK_OK) r = list_entry(w, e);
  free(e);
  return r;
}

/* Writes what has come back, without waiting. */
static hk_err emit_ready(struct zip_writer *w)
{
  for (struct piece *p = deflaters_take_ready(w->deflaters); p != NULL; p = deflaters_take_ready(w->deflaters)) HK_TRY(emit(w, p));
  return hk_ok();
}

hk_err zip_settle(struct zip_writer *w)
{
  if (w->state == FEEDING) return hk_fail(HK_USAGE, "settle archive in the middle of an entry", HK_NO_OFFSET);
  for (struct piece *p = deflaters_take(w->deflaters); p != NULL; p = deflaters_take(w->deflaters)) HK_TRY(emit(w, p));
  return w->failed;
}

/* ---- entries --------------------------------------------------------------------------------------------------------------- */

static hk_time sane(hk_time t)
{
  return t < 0 || t > HK_TIME_MAX ? HK_TIME_UNKNOWN : t;
}

/* A free piece for the entry at hand. `before` is the piece just given: its end is the dictionary. */
static hk_err next_piece(struct zip_writer *w, const struct piece *before)
{
  struct piece *p = deflaters_free(w->deflaters);
  while (p == NULL) {
    HK_TRY(emit(w, deflaters_take(w->deflaters)));
    p = deflaters_free(w->deflaters);
  }
  p->entry = w->entry;
  p->last = p->single = false;
  p->stored = w->entry->stored;
  p->n = 0;
  p->n_dictionary = before == NULL || p->stored ? 0 : DEFLATERS_DICTIONARY;
  if (p->n_dictionary > 0) memcpy(p->data - p->n_dictionary, before->data + before->n - p->n_dictionary, p->n_dictionary);
  w->is_first = before == NULL;
  w->piece = p;
  return hk_ok();
}

static struct piece *give_piece(struct zip_writer *w, bool last)
{
  struct piece *const p = w->piece;
  p->last = last;
  p->single = last && w->is_first;
  if (w->is_first && !last) w->entry->stored = p->stored = deflaters_looks_packed(w->deflaters, p->data, p->n);
  w->on_its_way += p->n;
  w->piece = NULL;
  deflaters_give(w->deflaters);
  return p;
}

static hk_err open_entry(struct zip_writer *w, const struct zip_head *h, enum state state)
{
  if (w->failed.code != HK_OK) return w->failed;
  if (w->state != IDLE || h->name.n == 0 || h->name.n > ZIP_LONGEST_NAME)
    return hk_fail(HK_USAGE, "begin archive entry", HK_NO_OFFSET);
  struct entry *const e = calloc(1, sizeof *e + h->name.n);
  if (e == NULL) return stick(w, hk_fail(HK_MEMORY, "begin archive entry", HK_NO_OFFSET));
  memcpy(e->name, h->name.p, h->name.n);
  e->head = (struct zip_head){.name = {.p = e->name, .n = h->name.n},
                              .flags = ZIP_FLAG_UTF8,
                              .born_at = sane(h->born_at),
                              .modified_at = sane(h->modified_at),
                              .accessed_at = sane(h->accessed_at)};
  w->entry = e;
  w->state = state;
  return hk_ok();
}

hk_err zip_begin(struct zip_writer *w, const struct zip_head *h)
{
  HK_TRY(open_entry(w, h, FEEDING));
  return next_piece(w, NULL);
}

hk_err zip_write(struct zip_writer *w, const void *p, size_t n)
{
  const uint8_t *in = p;
  if (w->failed.code != HK_OK) return w->failed;
  if (w->state != FEEDING) return hk_fail(HK_USAGE, "write to archive entry", HK_NO_OFFSET);
  while (n > 0) {
    if (w->piece->n == DEFLATERS_PIECE) HK_TRY(next_piece(w, give_piece(w, false)));
    const size_t room = DEFLATERS_PIECE - w->piece->n;
    const size_t take = n < room ? n : room;
    memcpy(w->piece->data + w->piece->n, in, take);
    w->piece->n += take;
    in += take;
    n -= take;
  }
  return hk_ok();
}

static hk_err end_packed(struct zip_writer *w)
{
  struct entry *const e = w->entry;
  w->entry = NULL;
  w->state = IDLE;
  const hk_err r = list_entry(w, e);
  free(e);
  return r;
}

hk_err zip_end(struct zip_writer *w, void *tag)
{
  if (w->failed.code != HK_OK) return w->failed;
  if (w->state == IDLE || (w->state == PACKED && w->packed_left != 0))
    return stick(w, hk_fail(HK_USAGE, "end archive entry", HK_NO_OFFSET));
  w->entry->tag = tag;
  if (w->state == PACKED) return end_packed(w);
  (void)give_piece(w, true);
  w->entry = NULL; /* freed when it is written */
  w->state = IDLE;
  return emit_ready(w);
}

hk_err zip_directory(struct zip_writer *w, hk_str name, hk_time modified_at)
{
  const struct zip_head h = {.name = name, .modified_at = modified_at};
  HK_TRY(zip_begin(w, &h));
  return zip_end(w, NULL);
}

hk_err zip_begin_packed(struct zip_writer *w, const struct zip_head *h)
{
  HK_TRY(zip_settle(w));
  HK_TRY(open_entry(w, h, PACKED));
  struct entry *const e = w->entry;
  e->head.method = h->method;
  e->head.crc32 = h->crc32;
  e->head.size_bytes = h->size_bytes;
  e->head.packed_bytes = w->packed_left = h->packed_bytes;
  HK_TRY(put_local(w, e));
  e->head.packed_bytes = 0; /* counted again as the bytes come */
  return hk_ok();
}

hk_err zip_write_packed(struct zip_writer *w, const void *p, size_t n)
{
  if (w->failed.code != HK_OK) return w->failed;
  if (w->state != PACKED || n > w->packed_left) return stick(w, hk_fail(HK_USAGE, "write packed entry", HK_NO_OFFSET));
  w->packed_left -= n;
  return put_packed(w, w->entry, p, n, zng_crc32_z(0, p, n));
}

static hk_err put_directory_part(void *ctx, const void *p, size_t n)
{
  return put(ctx, p, n);
}

hk_err zip_finish(struct zip_writer *w)
{
  if (w->failed.code != HK_OK) return w->failed;
  if (w->state != IDLE) return hk_fail(HK_USAGE, "finish archive", HK_NO_OFFSET);
  HK_TRY(zip_settle(w));
  const uint64_t directory_at = w->at;
  HK_TRY(stick(w, spool_read(w->directory, put_directory_part, w)));
  hk_buf_reset(&w->scratch);
  zip_put_end(&w->scratch, w->n_entries, directory_at, w->at - directory_at);
  HK_TRY(put_scratch(w));
  return flush(w);
}
