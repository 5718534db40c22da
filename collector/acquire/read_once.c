/* One file, one pass: read, hash, archive, hand on. */
#include <stdlib.h>

#include "acquire/acquire.h"

#define BLOCK_BYTES ((size_t)1024 * 1024)
#define SMALL_BYTES ((size_t)16 * 1024)
#define DEFAULT_MAX_BYTES (UINT64_C(1) << 30)

struct pass {
  struct hk_store *store; /* NULL: not archived */
  const struct hk_tap *tap;
  bool tap_open;
  uint64_t done_bytes;
};

/* Returns an error of the output; the file's own goes to *read_result. */
static hk_err pump(struct pass *p, struct hk_stream *in, uint64_t limit_bytes, uint8_t *block, size_t block_bytes,
                   hk_err *read_result)
{
  const bool may_stop = p->tap != NULL && p->tap->go_on != NULL;
  for (;;) {
    const hk_err stopped = may_stop ? p->tap->go_on(p->tap->ctx) : hk_ok();
    if (stopped.code != HK_OK) {
      *read_result = stopped;
      read_result->offset = (int64_t)p->done_bytes;
      return hk_ok();
    }
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
  hk_err e = store == NULL ? hk_ok() : hk_store_begin(store, row);
  if (e.code == HK_OK) e = pump(&p, in, limit_bytes, block, block_bytes, &out->read_result);
  out->method = in->method == NULL ? row->method : in->method;
  if (e.code == HK_OK && store != NULL) hk_store_read_by(store, out->method);
  if (e.code == HK_OK && store != NULL) e = hk_store_end(store, out->read_result, &out->digests);
  out->stored = e.code == HK_OK && store != NULL;
  out->read_bytes = p.done_bytes;
  free(block);
  return e;
}

static struct hk_stored stored_row(const struct hk_source *s, const struct hk_planned *file)
{
  return (struct hk_stored){.path = file->entry.path,
                            .method = s->ops->method,
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

hk_err hk_acquire_file(struct hk_source *s, struct hk_store *store, const struct hk_planned *file,
                       const struct hk_tap *tap, struct hk_acquired *out)
{
  struct hk_arena a;
  hk_arena_init(&a, 0);
  *out = (struct hk_acquired){.read_result = hk_ok(), .method = s->ops->method};
  const uint64_t limit = file->artefact->max_bytes == 0 ? DEFAULT_MAX_BYTES : file->artefact->max_bytes;
  struct hk_stored row = stored_row(s, file);
  (void)s->ops->owner(s, file->entry.path, &a, &row.owner_sid);
  struct hk_stream *in = NULL;
  if (file->entry.size_bytes > limit)
    out->read_result = hk_fail(HK_SKIPPED, "read: larger than the limit for one file", HK_NO_OFFSET);
  else
    out->read_result = s->ops->open(s, file->entry.path, &in);
  /* It was there a moment ago: "absent" would say that there was nothing to see. */
  if (in == NULL && out->read_result.code == HK_ABSENT)
    out->read_result =
        hk_fail(HK_SKIPPED, "open: it is gone since it was listed, or its name cannot be opened", HK_NO_OFFSET);
  hk_err e = hk_ok();
  if (in == NULL) {
    if (store != NULL) e = hk_store_miss(store, &row, out->read_result);
  } else {
    e = read_open(store, &row, limit, in, tap, out);
    in->close(in);
  }
  hk_arena_done(&a);
  return e;
}
