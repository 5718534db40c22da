/* Sealing: the collection's files, the manifest, the seal, the central directory. */
#include <zlib-ng.h>

#include "store/store_internal.h"

static hk_err no_memory(const char *step)
{
  return hk_fail(HK_MEMORY, step, HK_NO_OFFSET);
}

static hk_err write_part(void *ctx, const void *p, size_t n)
{
  return hk_store_write(ctx, p, n);
}

static hk_err add_buffer(struct hk_store *s, const char *name, struct hk_buf *b, hk_time at)
{
  const hk_err e = b->failed ? no_memory("write collection files") : hk_store_add_own(s, hk_str_of(name), b->p, b->n, at);
  hk_buf_reset(b);
  return e;
}

/* A result that was named but never written would be shown with rows that are not there. */
static void drop_missing_results(struct hk_store *s)
{
  size_t kept = 0;
  for (size_t i = 0; i < s->n_results; i++) {
    const hk_str name = hk_str_printf(&s->arena, "results/%.*s.json", (int)s->results[i].artifact.n, s->results[i].artifact.p);
    if (name.p != NULL && layout_has_file(s->layout, name)) s->results[kept++] = s->results[i];
  }
  s->n_results = kept;
}

static uint64_t count_lines(hk_str s)
{
  uint64_t n = s.n > 0 && s.p[s.n - 1] != '\n' ? 1 : 0;
  for (size_t i = 0; i < s.n; i++) n += s.p[i] == '\n';
  return n;
}

static hk_err write_artifacts(struct hk_store *s, struct hk_buf *b, hk_time at)
{
  for (size_t i = 0; i < s->n_results; i++) {
    const hk_str artifact = s->results[i].artifact;
    const hk_str name = hk_str_printf(&s->arena, "hikeshi/velociraptor/%.*s.yaml", (int)artifact.n, artifact.p);
    if (name.p == NULL) return no_memory("write collection files");
    velociraptor_artifact(b, artifact);
    HK_TRY(add_buffer(s, name.p, b, at));
  }
  return hk_ok();
}

static hk_err write_collection(struct hk_store *s, struct hk_buf *b, hk_str log, hk_time at)
{
  drop_missing_results(s);
  HK_TRY(write_artifacts(s, b, at));
  const struct velociraptor_totals totals = {.n_files = s->n_files,
                                             .bytes = s->bytes,
                                             .n_log_rows = log.n > 0 ? count_lines(log) : 1,
                                             .started_at = s->c.started_at,
                                             .finished_at = at};
  HK_TRY(hk_store_begin_own(s, HK_S("uploads.json"), at));
  HK_TRY(spool_read(s->uploads, write_part, s));
  HK_TRY(hk_store_end_own(s, NULL));
  velociraptor_client(b, &s->c);
  HK_TRY(add_buffer(s, "client_info.json", b, at));
  if (log.n > 0)
    hk_buf_str(b, log);
  else
    velociraptor_log(b, &totals);
  HK_TRY(add_buffer(s, "log.json", b, at));
  velociraptor_context(b, &s->c, s->results, s->n_results, &totals);
  return add_buffer(s, "collection_context.json", b, at);
}

/* Nothing vouches for the packed form of the seal itself, and a packed form may end in bits that mean nothing: so it is
   stored as it is. */
static hk_err write_seal(struct hk_store *s, const struct hk_buf *b, hk_time at)
{
  const struct zip_head h = {.name = HK_S(SEAL_NAME),
                             .modified_at = at,
                             .method = ZIP_STORED,
                             .crc32 = zng_crc32_z(0, b->p, b->n),
                             .size_bytes = b->n,
                             .packed_bytes = b->n};
  HK_TRY(layout_own(s->layout, h.name));
  HK_TRY(zip_begin_packed(s->zip, &h));
  HK_TRY(zip_write_packed(s->zip, b->p, b->n));
  return zip_end(s->zip, NULL);
}

/* The manifest is the last entry but one; the last names its digest. Neither has a line in it. */
static hk_err write_manifest(struct hk_store *s, struct hk_buf *b, hk_time at, char seal[2 * HK_SHA256_SIZE + 1])
{
  struct hk_digests d;
  HK_TRY(hk_store_settle(s));
  HK_TRY(manifest_end(s->manifest, at));
  HK_TRY(store_begin_product(s, "product", HK_S(MANIFEST_NAME), at));
  HK_TRY(manifest_read(s->manifest, write_part, s));
  store_digests(s, &d);
  s->kind = NOTHING;
  HK_TRY(zip_end(s->zip, NULL));
  HK_TRY(zip_settle(s->zip));
  hk_hex(d.sha256, sizeof d.sha256, seal);
  manifest_seal(b, d.sha256, s->manifest_packed_crc32, manifest_n_lines(s->manifest));
  if (b->failed) return no_memory("write seal");
  return write_seal(s, b, at);
}

static hk_err seal_store(struct hk_store *s, struct hk_buf *b, hk_str log, hk_time at, char seal[2 * HK_SHA256_SIZE + 1])
{
  if (s->kind != NOTHING) return hk_fail(HK_USAGE, "seal archive in the middle of an entry", HK_NO_OFFSET);
  HK_TRY(write_collection(s, b, log, at));
  HK_TRY(write_manifest(s, b, at, seal));
  HK_TRY(zip_finish(s->zip));
  const hk_str note = hk_str_printf(&s->arena, "seal %s (SHA-256 of " MANIFEST_NAME " in it)", seal);
  return note.p == NULL ? no_memory("finish archive") : s->sink->finish(s->sink, note);
}

hk_err hk_store_seal(struct hk_store *s, hk_str log, hk_time finished_at, char seal[2 * HK_SHA256_SIZE + 1])
{
  struct hk_buf b;
  hk_buf_init(&b, (size_t)1 << 30);
  seal[0] = 0;
  const hk_err e = seal_store(s, &b, log, finished_at, seal);
  hk_buf_done(&b);
  hk_store_abandon(s);
  return e;
}
