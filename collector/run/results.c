/* Spooled JSONL. */
#include "run/results.h"

#include <stdlib.h>

#include "base/buf.h"
#include "os/os.h"
#include "record/jsonl.h"

#define MAX_TYPES 128
#define FLUSH_BYTES ((size_t)256 * 1024)
/* A frame of 16 MiB, each byte written as \u00XX, and what was not flushed yet. */
#define LINE_LIMIT ((size_t)160 * 1024 * 1024)

#define MEMORY_LIMIT ((size_t)1 << 30)

struct spool {
  const struct hk_record_type *type;
  struct os_file *file;       /* this, */
  struct hk_scratch *locked;  /* or this */
  hk_str os_path;
  struct hk_buf buf;
  uint64_t n_rows;
  uint64_t n_bytes; /* written */
};

struct hk_results {
  struct hk_arena arena;
  hk_str dir;
  bool locked;
  struct spool spools[MAX_TYPES];
  size_t n;
};

hk_err hk_results_open(hk_str dir, bool locked, struct hk_results **out)
{
  struct hk_results *const r = calloc(1, sizeof *r);
  if (r == NULL) return hk_fail(HK_MEMORY, "open results", HK_NO_OFFSET);
  hk_arena_init(&r->arena, 0);
  r->dir = hk_str_copy(&r->arena, dir);
  r->locked = locked;
  *out = r;
  return hk_ok();
}

static hk_err spool_of(struct hk_results *r, const struct hk_record_type *t, struct spool **out)
{
  for (size_t i = 0; i < r->n; i++) {
    if (r->spools[i].type != t) continue;
    *out = &r->spools[i];
    return hk_ok();
  }
  if (r->n == MAX_TYPES) return hk_fail(HK_LIMIT, "write results: too many record types", HK_NO_OFFSET);
  struct spool *const s = &r->spools[r->n];
  s->type = t;
  s->os_path = HK_S("");
  if (r->dir.n > 0) {
    s->os_path = os_join(&r->arena, r->dir, hk_str_printf(&r->arena, "Hikeshi.%s.json", t->artifact));
    HK_TRY(r->locked ? hk_scratch_open(s->os_path, &s->locked) : os_open(s->os_path, OS_CREATE, &s->file));
  }
  hk_buf_init(&s->buf, r->dir.n > 0 ? LINE_LIMIT : MEMORY_LIMIT);
  r->n++;
  *out = s;
  return hk_ok();
}

static hk_err flush(struct spool *s)
{
  if (s->buf.n == 0 || s->os_path.n == 0) return hk_ok();
  HK_TRY(s->locked != NULL ? hk_scratch_write_at(s->locked, s->n_bytes, s->buf.p, s->buf.n) : os_write(s->file, s->buf.p, s->buf.n));
  s->n_bytes += s->buf.n;
  hk_buf_reset(&s->buf);
  return hk_ok();
}

hk_err hk_results_add(struct hk_results *r, const struct hk_record_type *t, const void *record, hk_str file)
{
  struct spool *s = NULL;
  HK_TRY(spool_of(r, t, &s));
  hk_jsonl_put(&s->buf, t, record, file);
  if (s->buf.failed) return hk_fail(HK_MEMORY, "write results", HK_NO_OFFSET);
  s->n_rows++;
  return s->buf.n < FLUSH_BYTES ? hk_ok() : flush(s);
}

hk_err hk_results_flush(struct hk_results *r)
{
  for (size_t i = 0; i < r->n; i++) HK_TRY(flush(&r->spools[i]));
  return hk_ok();
}

uint64_t hk_results_size(const struct hk_results *r, uint64_t *on_disk)
{
  uint64_t buffered = 0;
  *on_disk = 0;
  for (size_t i = 0; i < r->n; i++) {
    *on_disk += r->spools[i].n_bytes;
    buffered += r->spools[i].buf.n;
  }
  return *on_disk + buffered;
}

hk_err hk_results_each(struct hk_results *r, hk_err (*on)(void *ctx, const struct hk_rows *rows), void *ctx)
{
  for (size_t i = 0; i < r->n; i++) {
    const struct spool *const s = &r->spools[i];
    const struct hk_rows rows = {.type = s->type, .os_path = s->os_path, .locked = s->locked, .text = hk_buf_view(&s->buf),
                                 .n_rows = s->n_rows, .n_bytes = s->n_bytes + s->buf.n};
    HK_TRY(on(ctx, &rows));
  }
  return hk_ok();
}

void hk_results_close(struct hk_results *r, bool remove)
{
  if (r == NULL) return;
  for (size_t i = 0; i < r->n; i++) {
    os_close(r->spools[i].file);
    hk_scratch_close(r->spools[i].locked);
    hk_buf_done(&r->spools[i].buf);
    if (remove && r->spools[i].os_path.n > 0) (void)os_remove(r->spools[i].os_path);
  }
  hk_arena_done(&r->arena);
  free(r);
}
