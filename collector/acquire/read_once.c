/* One file, one pass: read, hash, archive, hand on. */
#include <stdlib.h>

#include "acquire/acquire.h"

#define BLOCK_BYTES ((size_t)1024 * 1024)
#define SMALL_BYTES ((size_t)16 * 1024)
#define ATTRIBUTE_SPARSE 0x200u

struct pass {
  struct hk_store *store; /* NULL: not archived */
  const struct hk_tap *tap;
  bool tap_open;
  uint64_t done_bytes;
  uint64_t data_from; /* of a sparse file */
};

static hk_err may_go_on(const struct pass *p, uint64_t offset)
{
  hk_err e = p->tap != NULL && p->tap->go_on != NULL ? p->tap->go_on(p->tap->ctx) : hk_ok();
  if (e.code != HK_OK) e.offset = (int64_t)offset;
  return e;
}

/* Returns an error of the output; the file's own goes to *read_result. */
static hk_err pump(struct pass *p, struct hk_stream *in, uint64_t limit_bytes, uint8_t *block, size_t block_bytes,
                   hk_err *read_result)
{
  for (;;) {
    *read_result = may_go_on(p, p->done_bytes);
    if (read_result->code != HK_OK) return hk_ok();
    size_t got = 0;
    const hk_err e = in->read(in, block, block_bytes, &got);
    if (e.code != HK_OK) {
      *read_result = e;
      read_result->offset = (int64_t)p->done_bytes;
      return hk_ok();
    }
    if (got == 0) {
      if (p->done_bytes < in->bytes.size_bytes)
        *read_result = hk_fail(HK_TRUNCATED, "read: it became shorter while it was read", (int64_t)p->done_bytes);
      return hk_ok();
    }
    /* A log may grow while it is read: the ceiling holds for what is read, not for what was announced. */
    if (got > limit_bytes - p->done_bytes) {
      *read_result = hk_fail(HK_LIMIT, "read: larger than the limit for one file", (int64_t)p->done_bytes);
      return hk_ok();
    }
    if (p->store != NULL) HK_TRY(hk_store_write(p->store, block, got));
    if (p->tap_open) p->tap_open = p->tap->bytes(p->tap->ctx, block, got);
    p->done_bytes += got;
  }
}

/* ---- sparse files -------------------------------------------------------------------------------------------------------- */

/* The pieces of a sparse file, one after the other. */
struct pieces {
  uint64_t at, end; /* in the file: what is left of the piece at hand */
  bool any;
};

static bool next_piece(struct pass *p, struct pieces *x, struct hk_stream *in, uint64_t *hole)
{
  uint64_t start = 0;
  const uint64_t from = x->at;
  *hole = 0;
  if (!in->next_data(in, from, &start, &x->end)) {
    *hole = in->bytes.size_bytes - from;
    return false;
  }
  x->at = start;
  if (x->any) *hole = start - from;
  if (!x->any) p->data_from = start;
  x->any = true;
  return true;
}

static void tell_hole(struct pass *p, uint64_t n)
{
  if (n > 0 && p->tap_open) p->tap_open = p->tap->hole != NULL && p->tap->hole(p->tap->ctx, n);
}

/* One block of the piece at hand, at most n bytes. */
static hk_err copy_piece(struct pass *p, struct pieces *x, struct hk_stream *in, uint8_t *block, size_t n, hk_err *read_result)
{
  size_t got = 0;
  if (n > x->end - x->at) n = (size_t)(x->end - x->at);
  hk_err e = in->bytes.read_at(&in->bytes, x->at, block, n, &got);
  if (e.code == HK_OK && got == 0) e = hk_fail(HK_TRUNCATED, "read: it became shorter while it was read", HK_NO_OFFSET);
  if (got > 0 && p->store != NULL) HK_TRY(hk_store_write(p->store, block, got));
  if (got > 0 && p->tap_open) p->tap_open = p->tap->bytes(p->tap->ctx, block, got);
  p->done_bytes += got;
  x->at += got;
  if (e.code == HK_OK) return e;
  *read_result = e;
  read_result->offset = (int64_t)x->at;
  return hk_ok();
}

/* Of a sparse file only the data, each piece with its place. */
static hk_err pump_sparse(struct pass *p, struct hk_stream *in, uint64_t limit_bytes, uint8_t *block, size_t block_bytes,
                          hk_err *read_result)
{
  struct pieces x = {.at = 0};
  uint64_t hole = 0;
  while (next_piece(p, &x, in, &hole)) {
    tell_hole(p, hole);
    hk_err at = p->store == NULL ? hk_ok() : hk_store_at(p->store, x.at);
    if (at.code == HK_OK && x.end - x.at > limit_bytes - p->done_bytes)
      at = hk_fail(HK_LIMIT, "read: larger than the limit for one file", (int64_t)x.at);
    *read_result = at;
    while (read_result->code == HK_OK && x.at < x.end) {
      *read_result = may_go_on(p, x.at);
      if (read_result->code == HK_OK) HK_TRY(copy_piece(p, &x, in, block, block_bytes, read_result));
    }
    if (read_result->code != HK_OK) return hk_ok();
  }
  if (x.any)
    tell_hole(p, hole);
  else
    p->data_from = in->bytes.size_bytes;
  return hk_ok();
}

/* Has it holes? A stream may be called sparse and have none. */
static bool is_sparse(struct hk_stream *in)
{
  uint64_t start = 0, end = 0;
  if (in->next_data == NULL || in->bytes.size_bytes == 0) return false;
  return !in->next_data(in, 0, &start, &end) || start > 0 || end < in->bytes.size_bytes;
}

/* ---- one file -------------------------------------------------------------------------------------------------------------- */

static hk_err read_open(struct hk_store *store, const struct hk_stored *row, uint64_t limit_bytes, struct hk_stream *in,
                        const struct hk_tap *tap, struct hk_acquired *out)
{
  struct pass p = {.store = store, .tap = tap, .tap_open = tap != NULL};
  /* Most files are small, and a large block is new pages each time. One byte more shows the end at once. */
  const uint64_t expected = in->bytes.size_bytes;
  const size_t block_bytes = expected < SMALL_BYTES   ? SMALL_BYTES
                             : expected < BLOCK_BYTES ? (size_t)expected + 1
                                                      : BLOCK_BYTES;
  uint8_t *const block = malloc(block_bytes);
  if (block == NULL) return hk_fail(HK_MEMORY, "read", HK_NO_OFFSET);
  struct hk_stored stored = *row;
  const bool sparse = is_sparse(in);
  if (sparse) stored.sparse_bytes = in->bytes.size_bytes;
  hk_err e = store == NULL ? hk_ok() : hk_store_begin(store, &stored);
  if (e.code == HK_OK)
    e = (sparse ? pump_sparse : pump)(&p, in, limit_bytes, block, block_bytes, &out->read_result);
  out->method = in->method == NULL ? row->method : in->method;
  if (e.code == HK_OK && store != NULL) hk_store_read_by(store, out->method, in->from);
  if (e.code == HK_OK && store != NULL) e = hk_store_end(store, out->read_result, &out->digests);
  out->stored = e.code == HK_OK && store != NULL;
  out->read_bytes = p.done_bytes;
  out->data_from = p.data_from;
  out->sparse = sparse;
  free(block);
  return e;
}

static struct hk_stored stored_row(const struct hk_source *s, const struct hk_planned *file)
{
  return (struct hk_stored){.path = file->entry.path,
                            .method = file->entry.shadow > 0 ? "shadow" : s->ops->method,
                            .born_at = file->entry.born_at,
                            .modified_at = file->entry.modified_at,
                            .accessed_at = file->entry.accessed_at,
                            .changed_at = file->entry.changed_at,
                            .attributes = file->entry.attributes,
                            .owner_sid = hk_str_of(""),
                            .artefact = hk_str_of(file->artefact->name)};
}

hk_err hk_acquire_miss(const struct hk_source *s, struct hk_store *store, const struct hk_planned *file, hk_err why)
{
  const struct hk_stored row = stored_row(s, file);
  return hk_store_miss(store, &row, why);
}

/* A file larger than its limit may be so by its holes: a stream says only when it is open. */
static bool may_be_sparse(const struct hk_entry *e)
{
  return (e->attributes & ATTRIBUTE_SPARSE) != 0 || hk_str_find(hk_str_sub(e->path, 2, e->path.n), ':') + 2 < e->path.n;
}

uint64_t hk_acquire_expects(const struct hk_planned *file)
{
  const uint64_t size = file->entry.size_bytes;
  const uint64_t held = file->entry.held_bytes;
  if (held != 0 && held < size) return held;
  return size > BLOCK_BYTES && may_be_sparse(&file->entry) ? 0 : size;
}

static hk_err open_within(struct hk_source *s, const struct hk_entry *e, uint64_t limit, struct hk_stream **out)
{
  const hk_err too_large = hk_fail(HK_SKIPPED, "read: larger than the limit for one file", HK_NO_OFFSET);
  if (e->size_bytes > limit && !may_be_sparse(e)) return too_large;
  struct hk_stream *in = NULL;
  HK_TRY(s->ops->open(s, e->path, &in));
  if (e->size_bytes > limit && !is_sparse(in)) {
    in->close(in);
    return too_large;
  }
  *out = in;
  return hk_ok();
}

static uint64_t limit_of(const struct hk_planned *file)
{
  const uint64_t own = hk_artefact_limit(file->artefact);
  return file->limit_bytes > own ? file->limit_bytes : own; /* another definition may allow more */
}

/* ---- shadow copies: most of what is in them is in the archive already -------------------------------------------------------- */

static hk_err hash_stream(struct hk_store *store, struct hk_stream *in, const struct pass *p, uint64_t limit, struct hk_digests *out)
{
  HK_TRY(hk_store_digest_begin(store));
  uint8_t *const block = malloc(BLOCK_BYTES);
  hk_err e = block == NULL ? hk_fail(HK_MEMORY, "read", HK_NO_OFFSET) : hk_ok();
  uint64_t done = 0;
  for (size_t got = 1; e.code == HK_OK && got > 0;) {
    e = may_go_on(p, done);
    if (e.code == HK_OK) e = in->read(in, block, BLOCK_BYTES, &got);
    if (e.code != HK_OK || got == 0) break;
    hk_store_digest_add(store, block, got);
    done += got;
    if (done > limit) e = hk_fail(HK_LIMIT, "read", HK_NO_OFFSET);
  }
  hk_store_digest_end(store, out);
  free(block);
  return e;
}

/* True when it is dealt with; an error of reading is met again, and told, by who reads it for the archive. */
static bool is_stored_already(struct hk_source *s, struct hk_store *store, const struct hk_planned *file, const struct hk_tap *tap,
                              const struct hk_stored *row, struct hk_acquired *out, hk_err *output)
{
  const uint64_t limit = limit_of(file);
  const struct pass p = {.tap = tap};
  struct hk_stream *in = NULL;
  struct hk_digests d;
  if (open_within(s, &file->entry, limit, &in).code != HK_OK) return false;
  const bool whole = !is_sparse(in) && hash_stream(store, in, &p, limit, &d).code == HK_OK && d.size_bytes >= in->bytes.size_bytes;
  const char *const method = in->method;
  in->close(in);
  const hk_str name = whole ? hk_store_find(store, &d) : (hk_str){.p = NULL, .n = 0};
  if (name.n == 0) return false;
  struct hk_stored same = *row;
  if (method != NULL) same.method = method;
  *output = hk_store_same(store, &same, &d, name);
  *out = (struct hk_acquired){
      .read_result = hk_ok(), .digests = d, .read_bytes = d.size_bytes, .method = same.method, .stored = true, .same = true};
  return true;
}

hk_err hk_acquire_file(struct hk_source *s, struct hk_store *store, const struct hk_planned *file,
                       const struct hk_tap *tap, struct hk_acquired *out)
{
  struct hk_arena a;
  hk_arena_init(&a, 0);
  *out = (struct hk_acquired){.read_result = hk_ok(), .method = s->ops->method};
  const uint64_t limit = limit_of(file);
  struct hk_stored row = stored_row(s, file);
  (void)s->ops->owner(s, file->entry.path, &a, &row.owner_sid);
  struct hk_stream *in = NULL;
  hk_err e = hk_ok();
  if (store != NULL && file->entry.shadow > 0 && is_stored_already(s, store, file, tap, &row, out, &e)) {
    hk_arena_done(&a);
    return e;
  }
  out->read_result = open_within(s, &file->entry, limit, &in);
  /* It was there a moment ago: "absent" would say that there was nothing to see. */
  if (in == NULL && out->read_result.code == HK_ABSENT)
    out->read_result =
        hk_fail(HK_SKIPPED, "open: it is gone since it was listed, or its name cannot be opened", HK_NO_OFFSET);
  if (in == NULL) {
    if (store != NULL) e = hk_store_miss(store, &row, out->read_result);
  } else {
    e = read_open(store, &row, limit, in, tap, out);
    in->close(in);
  }
  hk_arena_done(&a);
  return e;
}
