/* The archive as the collector sees it: evidence and products go in, a sealed container comes out. */
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

#include <zlib-ng.h>

#include "os/os.h"
#include "store/contents.h"
#include "store/digester.h"
#include "store/layout.h"
#include "store/ranges.h"
#include "store/spool.h"
#include "store/store_internal.h"
#include "store/velociraptor.h"
#include "store/zip_write.h"

#define JOURNAL_LINES 64
#define JOURNAL_BYTES (UINT64_C(64) << 20)
#define UPLOADS_LIMIT (UINT64_C(1) << 30)
#define MAX_RESULTS 512

enum kind { NOTHING, EVIDENCE, INDEX, PRODUCT };

struct hk_store {
  struct hk_case c;
  hk_str path, name;
  uint64_t archive_id;
  struct hk_store_sink *sink;
  struct zip_writer *zip;
  struct manifest *manifest;
  struct layout *layout;
  struct digester *digester;
  struct spool *uploads;
  struct contents *contents;
  struct hk_arena arena; /* for the store's life */
  uint64_t n_files, bytes, bytes_since_journal;
  uint64_t n_journals;
  struct velociraptor_result results[MAX_RESULTS];
  size_t n_results;

  /* the entry being written */
  enum kind kind;
  struct hk_arena entry; /* copies of what the caller lent */
  struct hk_stored stored;
  struct layout_place place;
  hk_str entry_name;
  uint64_t entry_bytes;
  struct ranges_list ranges; /* of a sparse file, and of the one before until it is listed */
  bool jsonl; /* ends with a newline, whatever the caller wrote: a reader drops a last line without */
  bool packed; /* bytes come deflated from another archive */
  const struct hk_ranges *packed_ranges; /* of such a one, when it is sparse; the caller's */
  uint8_t last_byte;
};

static hk_err no_memory(const char *step)
{
  return hk_fail(HK_MEMORY, step, HK_NO_OFFSET);
}

/* ---- opening and closing ------------------------------------------------------------------------------------------- */

static void store_free(struct hk_store *s)
{
  if (s == NULL) return;
  zip_writer_close(s->zip);
  if (s->sink != NULL) s->sink->close(s->sink);
  manifest_close(s->manifest);
  layout_close(s->layout);
  digester_close(s->digester);
  spool_close(s->uploads);
  contents_close(s->contents);
  ranges_done(&s->ranges);
  hk_arena_done(&s->entry);
  hk_arena_done(&s->arena);
  free(s);
}

void hk_store_abandon(struct hk_store *s)
{
  store_free(s);
}

/* A host's name as part of a file name: what no file system or shell takes amiss. */
static hk_str file_part(struct hk_arena *a, hk_str host)
{
  const hk_str clean = hk_str_clean(a, host);
  char *const out = clean.p == NULL ? NULL : hk_alloc(a, clean.n + 1);
  if (out == NULL || clean.n == 0) return HK_S("UNKNOWN");
  size_t n = 0;
  for (size_t i = 0; i < clean.n && i <= 64; n = i) (void)hk_str_next(clean, &i);
  for (size_t i = 0; i < n; i++) {
    const unsigned char c = (unsigned char)clean.p[i];
    const bool fine = c >= 0x80 || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '-';
    out[i] = fine ? (char)c : '_';
  }
  return (hk_str){.p = out, .n = n};
}

static hk_err open_parts(struct hk_store *s, hk_str recovered_from)
{
  os_random(&s->archive_id, sizeof s->archive_id);
  HK_TRY(layout_open(&s->layout));
  HK_TRY(manifest_open(&s->manifest));
  HK_TRY(digester_open(&s->digester));
  HK_TRY(spool_open(UPLOADS_LIMIT, &s->uploads));
  HK_TRY(contents_open(&s->contents));
  HK_TRY(zip_writer_open(s->sink, s->archive_id, &s->zip));
  return manifest_case(s->manifest, &s->c, s->archive_id, recovered_from);
}

static hk_err journal(struct hk_store *s);

static hk_str base_name(hk_str path)
{
  size_t at = path.n;
  while (at > 0 && path.p[at - 1] != '/' && path.p[at - 1] != os_separator) at--;
  return hk_str_sub(path, at, path.n);
}

/* The sink is the store's, and closed when this fails. */
static hk_err open_store(struct hk_store_sink *sink, hk_str path, const struct hk_case *c, hk_str recovered_from,
                         struct hk_store **out)
{
  struct hk_store *const s = calloc(1, sizeof *s);
  if (s == NULL) {
    sink->close(sink);
    return no_memory("open archive");
  }
  s->sink = sink;
  hk_arena_init(&s->arena, (size_t)64 << 20);
  hk_arena_init(&s->entry, (size_t)16 << 20);
  s->c = *c;
  s->path = hk_str_copy(&s->arena, path);
  s->name = base_name(s->path);
  hk_err e = s->path.p == NULL ? no_memory("open archive") : open_parts(s, recovered_from);
  /* The case line travels at once: a run killed early still says whose evidence this is. */
  if (e.code == HK_OK) e = journal(s);
  if (e.code != HK_OK) {
    store_free(s);
    return e;
  }
  *out = s;
  return hk_ok();
}

hk_err store_open_at(hk_str path, const struct hk_case *c, hk_str recovered_from, struct hk_store **out)
{
  struct hk_store_sink *sink = NULL;
  HK_TRY(hk_store_sink_file(path, &sink));
  return open_store(sink, path, c, recovered_from, out);
}

static hk_err open_sink(const struct hk_store_options *o, hk_str name, hk_str path, struct hk_store_sink **out)
{
  return o->open != NULL ? o->open(o->ctx, name, out) : hk_store_sink_file(path, out);
}

hk_err hk_store_create(const struct hk_store_options *o, const struct hk_case *c, struct hk_store **out)
{
  struct hk_arena a;
  hk_arena_init(&a, (size_t)1 << 20);
  const struct hk_civil t = hk_time_civil(c->started_at);
  const hk_str host = file_part(&a, c->host);
  hk_err e = no_memory("name archive");
  for (int i = 1; i < 100; i++) {
    char again[8] = "";
    if (i > 1) {
      again[0] = '-';
      again[1] = (char)('0' + i / 10);
      again[2] = (char)('0' + i % 10);
    }
    const hk_str name = hk_str_printf(&a, "HIKESHI_%.*s_%04d%02d%02dT%02d%02d%02dZ%s.zip%.*s", (int)host.n, host.p, t.year, t.month,
                                      t.day, t.hour, t.minute, t.second, again, (int)o->suffix.n, o->suffix.n == 0 ? "" : o->suffix.p);
    const hk_str path = name.p == NULL || o->dir.n == 0 ? name : os_join(&a, o->dir, name);
    if (path.p == NULL) break;
    struct hk_store_sink *sink = NULL;
    e = open_sink(o, name, path, &sink);
    if (e.code == HK_OK) e = open_store(sink, path, c, HK_S(""), out);
    if (e.code != HK_USAGE) break; /* USAGE: an archive of that second is there already */
  }
  hk_arena_done(&a);
  return e;
}

hk_str hk_store_name(const struct hk_store *s)
{
  return s->name;
}

hk_str hk_store_path(const struct hk_store *s)
{
  return s->path;
}

uint64_t hk_store_size(const struct hk_store *s)
{
  return zip_n_bytes(s->zip);
}

/* ---- entries --------------------------------------------------------------------------------------------------------- */

static hk_err make_folder(void *ctx, hk_str folder)
{
  struct hk_store *const s = ctx;
  return zip_directory(s->zip, folder, s->c.started_at);
}

static hk_err begin_entry(struct hk_store *s, enum kind kind, const struct zip_head *h)
{
  HK_TRY(layout_folders(s->layout, h->name, make_folder, s));
  HK_TRY(zip_begin(s->zip, h));
  digester_begin(s->digester);
  s->entry_name = h->name;
  s->entry_bytes = 0;
  s->packed = false;
  s->jsonl = false;
  s->last_byte = '\n';
  s->kind = kind;
  return hk_ok();
}

static hk_err lend(struct hk_store *s, const struct hk_stored *a)
{
  hk_arena_done(&s->entry);
  s->stored = *a;
  s->stored.path = hk_str_copy(&s->entry, a->path);
  s->stored.owner_sid = hk_str_copy(&s->entry, a->owner_sid);
  s->stored.artefact = hk_str_copy(&s->entry, a->artefact);
  return s->entry.spent ? no_memory("begin archive entry") : hk_ok();
}

hk_err hk_store_begin(struct hk_store *s, const struct hk_stored *a)
{
  if (s->kind != NOTHING) return hk_fail(HK_USAGE, "begin archive entry", HK_NO_OFFSET);
  HK_TRY(lend(s, a));
  HK_TRY(layout_place(s->layout, &s->entry, s->stored.path, a->sparse_bytes > 0, &s->place));
  ranges_reset(&s->ranges);
  const struct zip_head h = {.name = s->place.name,
                             .born_at = a->born_at,
                             .modified_at = a->modified_at,
                             .accessed_at = a->accessed_at};
  return begin_entry(s, EVIDENCE, &h);
}

hk_err hk_store_write(struct hk_store *s, const void *p, size_t n)
{
  if (s->kind == NOTHING || s->packed) return hk_fail(HK_USAGE, "write to archive", HK_NO_OFFSET);
  if (n == 0) return hk_ok();
  if (s->kind == EVIDENCE && s->stored.sparse_bytes > 0) HK_TRY(ranges_add(&s->ranges, n));
  digester_add(s->digester, p, n);
  s->entry_bytes += n;
  s->last_byte = ((const uint8_t *)p)[n - 1];
  return zip_write(s->zip, p, n);
}

void hk_store_read_by(struct hk_store *s, const char *method)
{
  if (s->kind == EVIDENCE) s->stored.method = method;
}

hk_err hk_store_at(struct hk_store *s, uint64_t offset)
{
  if (s->kind != EVIDENCE || s->packed || s->stored.sparse_bytes == 0) return hk_fail(HK_USAGE, "write to archive", HK_NO_OFFSET);
  return ranges_at(&s->ranges, offset);
}

static hk_err begin_product(struct hk_store *s, hk_str name, hk_time modified)
{
  HK_TRY(layout_own(s->layout, name));
  hk_arena_done(&s->entry);
  const hk_str copy = hk_str_copy(&s->entry, name);
  if (copy.p == NULL) return no_memory("begin archive entry");
  const struct zip_head h = {.name = copy, .modified_at = modified};
  HK_TRY(begin_entry(s, PRODUCT, &h));
  s->jsonl = hk_str_starts(name, HK_S("results/")) || hk_str_eq(name, HK_S("log.json"));
  return hk_ok();
}

/* Ends the entry in the zip and its hashes, and says so in the manifest. */
static hk_err end_entry(struct hk_store *s, const char *role, hk_err outcome, struct hk_digests *out)
{
  struct zip_written written;
  struct hk_digests d = {.size_bytes = s->entry_bytes};
  const bool evidence = s->kind == EVIDENCE;
  const struct hk_ranges ranges = ranges_view(&s->ranges, s->stored.sparse_bytes);
  s->kind = NOTHING;
  HK_TRY(zip_end(s->zip, &written));
  digester_end(s->digester, d.sha256, d.md5);
  const struct manifest_entry line = {.role = role,
                                      .stored = evidence ? &s->stored : NULL,
                                      .name = s->entry_name,
                                      .renamed = evidence && s->place.renamed,
                                      .ranges = evidence && s->stored.sparse_bytes > 0 ? &ranges : NULL,
                                      .zip = &written,
                                      .digests = &d,
                                      .outcome = outcome};
  HK_TRY(manifest_add(s->manifest, &line));
  s->bytes_since_journal += s->entry_bytes;
  if (out != NULL) *out = d;
  return hk_ok();
}

/* The pending lines as an entry. Its own line goes into the next one. */
static hk_err journal(struct hk_store *s)
{
  const hk_str lines = manifest_pending(s->manifest);
  const hk_str name = hk_str_printf(&s->arena, JOURNAL_PREFIX "%06llu.jsonl", (unsigned long long)++s->n_journals);
  if (name.p == NULL) return no_memory("write journal");
  HK_TRY(begin_product(s, name, s->c.started_at));
  HK_TRY(hk_store_write(s, lines.p, lines.n));
  manifest_pending_done(s->manifest);
  HK_TRY(end_entry(s, "journal", hk_ok(), NULL));
  s->bytes_since_journal = 0;
  return hk_ok();
}

/* A renamed entry's true path and a sparse one's size are nowhere else, so they travel at once. */
static hk_err maybe_journal(struct hk_store *s, bool now)
{
  const bool due = manifest_n_pending(s->manifest) >= JOURNAL_LINES || s->bytes_since_journal >= JOURNAL_BYTES;
  return due || now ? journal(s) : hk_ok();
}

static hk_err add_upload(struct hk_store *s, const struct hk_digests *d)
{
  struct hk_buf row;
  hk_buf_init(&row, (size_t)8 << 20);
  velociraptor_upload(&row, &s->place, &s->stored, d);
  const hk_err e = row.failed ? no_memory("write upload row") : spool_add(s->uploads, row.p, row.n);
  hk_buf_done(&row);
  if (e.code == HK_OK) {
    s->n_files++;
    s->bytes += d->size_bytes;
  }
  return e;
}

/* Behind the data it belongs to. */
static hk_err write_index(struct hk_store *s)
{
  struct hk_buf text;
  const struct hk_ranges ranges = ranges_view(&s->ranges, s->stored.sparse_bytes);
  const struct zip_head h = {.name = s->place.index, .modified_at = s->stored.modified_at};
  hk_buf_init(&text, RANGES_TEXT_MAX);
  ranges_put(&text, &ranges);
  hk_err e = text.failed ? no_memory("write index of a sparse file") : begin_entry(s, INDEX, &h);
  if (e.code == HK_OK) e = hk_store_write(s, text.p, text.n);
  if (e.code == HK_OK) e = end_entry(s, "index", hk_ok(), NULL);
  hk_buf_done(&text);
  return e;
}

hk_err hk_store_end(struct hk_store *s, hk_err read_result, struct hk_digests *out)
{
  struct hk_digests d;
  if (s->kind != EVIDENCE || s->packed) return hk_fail(HK_USAGE, "end archive entry", HK_NO_OFFSET);
  if (s->stored.sparse_bytes > 0 && read_result.code != HK_OK) s->stored.sparse_bytes = s->ranges.end;
  const bool sparse = s->stored.sparse_bytes > 0;
  HK_TRY(end_entry(s, "evidence", read_result, &d));
  if (!sparse && read_result.code == HK_OK) HK_TRY(contents_add(s->contents, d.sha256, d.size_bytes, s->entry_name));
  HK_TRY(add_upload(s, &d));
  if (sparse) HK_TRY(write_index(s));
  HK_TRY(maybe_journal(s, s->place.renamed || sparse));
  if (out != NULL) *out = d;
  return hk_ok();
}

hk_str hk_store_find(const struct hk_store *s, const struct hk_digests *d)
{
  return contents_find(s->contents, d->sha256, d->size_bytes);
}

hk_err hk_store_same(struct hk_store *s, const struct hk_stored *a, const struct hk_digests *d, hk_str entry_name)
{
  if (s->kind != NOTHING || !layout_has_file(s->layout, entry_name)) return hk_fail(HK_USAGE, "note a file stored once", HK_NO_OFFSET);
  const struct manifest_entry line = {.role = "same", .stored = a, .same_as = entry_name, .digests = d, .outcome = hk_ok()};
  HK_TRY(manifest_add(s->manifest, &line));
  return maybe_journal(s, false);
}

hk_err hk_store_miss(struct hk_store *s, const struct hk_stored *a, hk_err why)
{
  if (s->kind != NOTHING) return hk_fail(HK_USAGE, "note a missed artefact", HK_NO_OFFSET);
  const struct manifest_entry line = {.role = "missed", .stored = a, .outcome = why};
  HK_TRY(manifest_add(s->manifest, &line));
  return maybe_journal(s, false);
}

hk_err hk_store_begin_own(struct hk_store *s, hk_str name, hk_time modified)
{
  if (s->kind != NOTHING) return hk_fail(HK_USAGE, "begin archive entry", HK_NO_OFFSET);
  return begin_product(s, name, modified);
}

hk_err hk_store_end_own(struct hk_store *s, struct hk_digests *out)
{
  if (s->kind != PRODUCT || s->packed) return hk_fail(HK_USAGE, "end archive entry", HK_NO_OFFSET);
  if (s->jsonl && s->last_byte != '\n') HK_TRY(hk_store_write(s, "\n", 1));
  HK_TRY(end_entry(s, "product", hk_ok(), out));
  return maybe_journal(s, false);
}

hk_err hk_store_add_own(struct hk_store *s, hk_str name, const void *p, size_t n, hk_time modified)
{
  HK_TRY(hk_store_begin_own(s, name, modified));
  HK_TRY(hk_store_write(s, p, n));
  return hk_store_end_own(s, NULL);
}

static hk_err copy_file(struct hk_store *s, struct os_file *f, uint8_t *buffer, size_t size)
{
  for (;;) {
    size_t got = 0;
    HK_TRY(os_read(f, buffer, size, &got));
    if (got == 0) return hk_ok();
    HK_TRY(hk_store_write(s, buffer, got));
  }
}

hk_err hk_store_add_own_file(struct hk_store *s, hk_str name, hk_str os_path, hk_time modified)
{
  const size_t size = 256 * 1024;
  struct os_file *f = NULL;
  HK_TRY(os_open(os_path, OS_READ, &f));
  uint8_t *const buffer = malloc(size);
  hk_err e = buffer == NULL ? no_memory("copy work file") : hk_store_begin_own(s, name, modified);
  if (e.code != HK_OK) goto done;
  e = copy_file(s, f, buffer, size);
  /* A work file that cannot be read ends the entry where it was, so that the archive stays whole. */
  const hk_err ended = hk_store_end_own(s, NULL);
  if (e.code == HK_OK) e = ended;
done:
  free(buffer);
  os_close(f);
  return e;
}

hk_err hk_store_result(struct hk_store *s, const char *artifact, uint64_t n_rows)
{
  const hk_str given = hk_str_of(artifact);
  const bool whole = hk_str_starts(given, HK_S("Hikeshi."));
  if (given.n == 0 || s->n_results >= MAX_RESULTS) return hk_fail(HK_USAGE, "name a result", HK_NO_OFFSET);
  const hk_str name = hk_str_printf(&s->arena, "%s%s", whole ? "" : "Hikeshi.", artifact);
  if (name.p == NULL) return no_memory("name a result");
  s->results[s->n_results++] = (struct velociraptor_result){.artifact = name, .n_rows = n_rows};
  return hk_ok();
}

/* ---- entries copied from another archive -------------------------------------------------------------------------------- */

/* The place such an entry has: its own name, decoded component by component. */
static hk_err place_of_name(struct hk_store *s, hk_str name, bool renamed)
{
  size_t n = 1;
  for (size_t i = 0; i < name.n; i++) n += name.p[i] == '/';
  hk_str *const parts = hk_new(&s->entry, hk_str, n);
  if (parts == NULL) return no_memory("copy archive entry");
  for (size_t i = 0; i < n; i++) {
    const size_t end = hk_str_find(name, '/');
    parts[i] = hk_percent_decode(&s->entry, hk_str_sub(name, 0, end));
    if (parts[i].p == NULL) return no_memory("copy archive entry");
    name = hk_str_sub(name, end + 1, name.n);
  }
  s->place = (struct layout_place){.parts = parts, .n_parts = n, .renamed = renamed};
  return hk_ok();
}

hk_err store_begin_packed(struct hk_store *s, const struct store_copy *from)
{
  if (s->kind != NOTHING) return hk_fail(HK_USAGE, "copy archive entry", HK_NO_OFFSET);
  const struct hk_stored none = {.method = ""};
  HK_TRY(lend(s, from->stored == NULL ? &none : from->stored));
  struct zip_head copy = *from->head;
  copy.name = hk_str_copy(&s->entry, copy.name);
  if (copy.name.p == NULL) return no_memory("copy archive entry");
  HK_TRY(place_of_name(s, copy.name, from->renamed));
  HK_TRY(layout_keep(s->layout, copy.name));
  HK_TRY(layout_folders(s->layout, copy.name, make_folder, s));
  HK_TRY(zip_begin_packed(s->zip, &copy));
  s->entry_name = copy.name;
  s->packed = true;
  s->packed_ranges = from->ranges;
  s->stored.sparse_bytes = from->ranges == NULL ? 0 : from->ranges->size_bytes;
  s->kind = from->is_index ? INDEX : from->stored == NULL ? PRODUCT : EVIDENCE;
  return hk_ok();
}

hk_err store_write_packed(struct hk_store *s, const void *p, size_t n)
{
  return zip_write_packed(s->zip, p, n);
}

hk_err store_end_packed(struct hk_store *s, const struct hk_digests *d, hk_err outcome, const char *recovered)
{
  struct zip_written written;
  const bool evidence = s->kind == EVIDENCE;
  const char *const role = evidence ? "evidence" : s->kind == INDEX ? "index" : "product";
  s->kind = NOTHING;
  s->packed = false;
  HK_TRY(zip_end(s->zip, &written));
  const struct manifest_entry line = {.role = role,
                                      .stored = evidence ? &s->stored : NULL,
                                      .name = s->entry_name,
                                      .renamed = s->place.renamed,
                                      .ranges = s->packed_ranges,
                                      .zip = &written,
                                      .digests = d,
                                      .outcome = outcome,
                                      .recovered = recovered};
  HK_TRY(manifest_add(s->manifest, &line));
  s->bytes_since_journal += d->size_bytes;
  if (evidence) HK_TRY(add_upload(s, d));
  return maybe_journal(s, evidence && s->place.renamed);
}

/* ---- sealing ------------------------------------------------------------------------------------------------------------- */

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
  struct zip_written written;
  const struct zip_head h = {.name = HK_S(SEAL_NAME),
                             .modified_at = at,
                             .method = ZIP_STORED,
                             .crc32 = zng_crc32_z(0, b->p, b->n),
                             .size_bytes = b->n,
                             .packed_bytes = b->n};
  HK_TRY(layout_own(s->layout, h.name));
  HK_TRY(zip_begin_packed(s->zip, &h));
  HK_TRY(zip_write_packed(s->zip, b->p, b->n));
  return zip_end(s->zip, &written);
}

/* The manifest is the last entry but one; the last names its digest. Neither has a line in it. */
static hk_err write_manifest(struct hk_store *s, struct hk_buf *b, hk_time at, char seal[2 * HK_SHA256_SIZE + 1])
{
  struct zip_written written;
  uint8_t sha256[HK_SHA256_SIZE];
  uint8_t md5[HK_MD5_SIZE];
  HK_TRY(manifest_end(s->manifest, at));
  HK_TRY(begin_product(s, HK_S(MANIFEST_NAME), at));
  HK_TRY(manifest_read(s->manifest, write_part, s));
  s->kind = NOTHING;
  HK_TRY(zip_end(s->zip, &written));
  digester_end(s->digester, sha256, md5);
  hk_hex(sha256, sizeof sha256, seal);
  manifest_seal(b, sha256, written.packed_crc32, manifest_n_lines(s->manifest));
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
  store_free(s);
  return e;
}
