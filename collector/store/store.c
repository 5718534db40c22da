/* The archive as the collector sees it: evidence and products go in, a sealed container comes out. */
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

#include "os/os.h"
#include "store/store_internal.h"

#define JOURNAL_LINES 64
#define JOURNAL_BYTES (UINT64_C(64) << 20)
#define UPLOADS_LIMIT (UINT64_C(1) << 30)

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
  pending_free(s->now);
  listing_done(&s->listing);
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

static hk_err on_written(void *ctx, void *tag, const struct zip_written *w);

static hk_err open_parts(struct hk_store *s, unsigned n_threads, hk_str recovered_from)
{
  const struct zip_events events = {.ctx = s, .on_written = on_written};
  while (s->archive_id == 0) os_random(&s->archive_id, sizeof s->archive_id);
  HK_TRY(layout_open(&s->layout));
  HK_TRY(manifest_open(&s->manifest));
  HK_TRY(digester_open(&s->digester));
  HK_TRY(spool_open(UPLOADS_LIMIT, &s->uploads));
  HK_TRY(contents_open(&s->contents));
  HK_TRY(zip_writer_open(s->sink, s->archive_id, n_threads == 0 ? os_cpu_count() : n_threads, &events, &s->zip));
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
static hk_err open_store(struct hk_store_sink *sink, hk_str path, const struct hk_store_options *o, const struct hk_case *c,
                         hk_str recovered_from, struct hk_store **out)
{
  struct hk_store *const s = calloc(1, sizeof *s);
  if (s == NULL) {
    sink->close(sink);
    return no_memory("open archive");
  }
  s->sink = sink;
  s->archive_id = o->archive_id;
  hk_arena_init(&s->arena, (size_t)64 << 20);
  s->c = *c;
  s->path = hk_str_copy(&s->arena, path);
  s->name = base_name(s->path);
  hk_err e = s->path.p == NULL ? no_memory("open archive") : open_parts(s, o->n_threads, recovered_from);
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
  return open_store(sink, path, &(struct hk_store_options){.n_threads = 0}, c, recovered_from, out);
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
    if (e.code == HK_OK) e = open_store(sink, path, o, c, HK_S(""), out);
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

/* The entry to be fed next; nothing of one before is left. */
static hk_err new_pending(struct hk_store *s, const char *role)
{
  struct pending *const p = pending_new(role);
  if (p == NULL) return no_memory("begin archive entry");
  pending_free(s->now);
  s->now = p;
  return hk_ok();
}

static hk_err begin_entry(struct hk_store *s, enum store_kind kind, const struct zip_head *h)
{
  HK_TRY(layout_folders(s->layout, h->name, make_folder, s));
  HK_TRY(zip_begin(s->zip, h));
  digester_begin(s->digester);
  s->now->name = h->name;
  s->entry_bytes = 0;
  s->packed = false;
  s->jsonl = false;
  s->last_byte = '\n';
  s->kind = kind;
  return hk_ok();
}

static hk_err lend(struct pending *p, const struct hk_stored *a)
{
  p->has_stored = true;
  p->stored = *a;
  p->stored.path = hk_str_copy(&p->arena, a->path);
  p->stored.owner_sid = hk_str_copy(&p->arena, a->owner_sid);
  p->stored.artefact = hk_str_copy(&p->arena, a->artefact);
  return p->arena.spent ? no_memory("begin archive entry") : hk_ok();
}

hk_err hk_store_begin(struct hk_store *s, const struct hk_stored *a)
{
  if (s->kind != NOTHING) return hk_fail(HK_USAGE, "begin archive entry", HK_NO_OFFSET);
  HK_TRY(new_pending(s, "evidence"));
  struct pending *const p = s->now;
  HK_TRY(lend(p, a));
  HK_TRY(layout_place(s->layout, &p->arena, p->stored.path, a->sparse_bytes > 0, &p->place));
  ranges_reset(&s->ranges);
  const struct zip_head h = {.name = p->place.name,
                             .born_at = a->born_at,
                             .modified_at = a->modified_at,
                             .accessed_at = a->accessed_at};
  return begin_entry(s, EVIDENCE, &h);
}

static bool is_sparse(const struct hk_store *s)
{
  return s->kind == EVIDENCE && !s->packed && s->now->stored.sparse_bytes > 0;
}

hk_err hk_store_write(struct hk_store *s, const void *p, size_t n)
{
  if (s->kind == NOTHING || s->packed) return hk_fail(HK_USAGE, "write to archive", HK_NO_OFFSET);
  if (n == 0) return hk_ok();
  if (is_sparse(s)) HK_TRY(ranges_add(&s->ranges, n));
  digester_add(s->digester, p, n);
  s->entry_bytes += n;
  s->last_byte = ((const uint8_t *)p)[n - 1];
  return zip_write(s->zip, p, n);
}

void hk_store_read_by(struct hk_store *s, const char *method, const char *read_from)
{
  if (s->kind != EVIDENCE) return;
  s->now->stored.method = method;
  s->now->stored.read_from = read_from;
}

hk_err hk_store_at(struct hk_store *s, uint64_t offset)
{
  if (!is_sparse(s)) return hk_fail(HK_USAGE, "write to archive", HK_NO_OFFSET);
  return ranges_at(&s->ranges, offset);
}

hk_err store_begin_product(struct hk_store *s, const char *role, hk_str name, hk_time modified)
{
  HK_TRY(layout_own(s->layout, name));
  HK_TRY(new_pending(s, role));
  const hk_str copy = hk_str_copy(&s->now->arena, name);
  if (copy.p == NULL) return no_memory("begin archive entry");
  const struct zip_head h = {.name = copy, .modified_at = modified};
  HK_TRY(begin_entry(s, PRODUCT, &h));
  s->jsonl = hk_str_starts(name, HK_S("results/")) || hk_str_eq(name, HK_S("log.json"));
  return hk_ok();
}

/* ---- what is written, and journals of it ---------------------------------------------------------------------------------- */

static hk_err on_written(void *ctx, void *tag, const struct zip_written *w)
{
  struct hk_store *const s = ctx;
  struct pending *const p = tag;
  if (p == NULL) {
    s->manifest_packed_crc32 = w->packed_crc32; /* of folders and of the manifest, which is the last when this is asked for */
    return hk_ok();
  }
  p->zip = *w;
  p->has_zip = p->ready = true;
  return listing_write(&s->listing, s->manifest);
}

/* What is being fed is ended: its line has its place from now on. */
static struct pending *queue_line(struct hk_store *s, uint64_t stored_bytes)
{
  struct pending *const p = s->now;
  s->now = NULL;
  listing_add(&s->listing, p);
  s->n_lines_since_journal++;
  s->bytes_since_journal += stored_bytes;
  return p;
}

void store_digests(struct hk_store *s, struct hk_digests *out)
{
  out->size_bytes = s->entry_bytes;
  digester_end(s->digester, out->sha256, out->md5);
}

hk_err hk_store_digest_begin(struct hk_store *s)
{
  if (s->kind != NOTHING) return hk_fail(HK_USAGE, "hash between archive entries", HK_NO_OFFSET);
  digester_begin(s->digester);
  s->entry_bytes = 0;
  return hk_ok();
}

void hk_store_digest_add(struct hk_store *s, const void *p, size_t n)
{
  digester_add(s->digester, p, n);
  s->entry_bytes += n;
}

void hk_store_digest_end(struct hk_store *s, struct hk_digests *out)
{
  store_digests(s, out);
}

/* Ends an entry whose digests are known. */
static hk_err end_entry(struct hk_store *s, hk_err outcome)
{
  s->kind = NOTHING;
  s->packed = false;
  s->now->outcome = outcome;
  return zip_end(s->zip, queue_line(s, s->now->digests.size_bytes));
}

hk_err hk_store_settle(struct hk_store *s)
{
  if (s->kind != NOTHING) return hk_fail(HK_USAGE, "settle archive in the middle of an entry", HK_NO_OFFSET);
  return zip_settle(s->zip);
}

/* The pending lines as an entry. Its own line goes into the next one. */
static hk_err journal(struct hk_store *s)
{
  const hk_str name = hk_str_printf(&s->arena, JOURNAL_PREFIX "%06llu.jsonl", (unsigned long long)++s->n_journals);
  if (name.p == NULL) return no_memory("write journal");
  HK_TRY(hk_store_settle(s));
  const hk_str lines = manifest_pending(s->manifest);
  HK_TRY(store_begin_product(s, "journal", name, s->c.started_at));
  HK_TRY(hk_store_write(s, lines.p, lines.n));
  manifest_pending_done(s->manifest);
  store_digests(s, &s->now->digests);
  s->n_lines_since_journal = 0;
  HK_TRY(end_entry(s, hk_ok()));
  s->bytes_since_journal = 0;
  return hk_ok();
}

/* When it is due depends on what was ended, never on what is written by now: the same calls give the same bytes. A renamed
   entry's true path and a sparse one's size are nowhere else, so they travel at once. */
static hk_err maybe_journal(struct hk_store *s, bool now)
{
  const bool due = s->n_lines_since_journal >= JOURNAL_LINES || s->bytes_since_journal >= JOURNAL_BYTES;
  return due || now ? journal(s) : hk_ok();
}

/* ---- the end of entries -------------------------------------------------------------------------------------------------- */

static hk_err add_upload(struct hk_store *s)
{
  const struct pending *const p = s->now;
  struct hk_buf row;
  hk_buf_init(&row, (size_t)8 << 20);
  velociraptor_upload(&row, &p->place, &p->stored, &p->digests);
  const hk_err e = row.failed ? no_memory("write upload row") : spool_add(s->uploads, row.p, row.n);
  hk_buf_done(&row);
  if (e.code == HK_OK) {
    s->n_files++;
    s->bytes += p->digests.size_bytes;
  }
  return e;
}

static hk_err put_index(struct hk_store *s, const struct hk_buf *text, hk_str name, hk_time modified)
{
  HK_TRY(new_pending(s, "index"));
  const struct zip_head h = {.name = hk_str_copy(&s->now->arena, name), .modified_at = modified};
  if (h.name.p == NULL || text->failed) return no_memory("write index of a sparse file");
  HK_TRY(begin_entry(s, INDEX, &h));
  HK_TRY(hk_store_write(s, text->p, text->n));
  store_digests(s, &s->now->digests);
  return end_entry(s, hk_ok());
}

/* The data, and behind them their index. */
static hk_err end_sparse(struct hk_store *s, hk_err read_result)
{
  struct hk_buf text, name;
  struct pending *const p = s->now;
  const struct hk_ranges ranges = ranges_view(&s->ranges, p->stored.sparse_bytes);
  const hk_time modified = p->stored.modified_at;
  hk_buf_init(&text, RANGES_TEXT_MAX);
  hk_buf_init(&name, 2 * p->place.index.n);
  ranges_put(&text, &ranges);
  hk_buf_str(&name, p->place.index);
  p->sparse = true;
  p->data_from = ranges.n == 0 ? ranges.size_bytes : ranges.v[0].offset;
  hk_err e = end_entry(s, read_result);
  if (e.code == HK_OK) e = put_index(s, &text, hk_buf_view(&name), modified);
  hk_buf_done(&name);
  hk_buf_done(&text);
  return e;
}

hk_err hk_store_end(struct hk_store *s, hk_err read_result, struct hk_digests *out)
{
  if (s->kind != EVIDENCE || s->packed) return hk_fail(HK_USAGE, "end archive entry", HK_NO_OFFSET);
  struct pending *const p = s->now;
  if (is_sparse(s) && read_result.code != HK_OK) p->stored.sparse_bytes = s->ranges.end;
  const bool sparse = is_sparse(s);
  const bool renamed = p->place.renamed;
  store_digests(s, &p->digests);
  const struct hk_digests d = p->digests;
  HK_TRY(add_upload(s));
  if (!sparse && read_result.code == HK_OK) HK_TRY(contents_add(s->contents, d.sha256, d.size_bytes, p->name));
  HK_TRY(sparse ? end_sparse(s, read_result) : end_entry(s, read_result));
  HK_TRY(maybe_journal(s, renamed || sparse));
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
  HK_TRY(new_pending(s, "same"));
  HK_TRY(lend(s->now, a));
  s->now->same_as = hk_str_copy(&s->now->arena, entry_name);
  if (s->now->same_as.p == NULL) return no_memory("note a file stored once");
  s->now->digests = *d;
  queue_line(s, 0)->ready = true;
  HK_TRY(listing_write(&s->listing, s->manifest));
  return maybe_journal(s, false);
}

hk_err hk_store_miss(struct hk_store *s, const struct hk_stored *a, hk_err why)
{
  if (s->kind != NOTHING) return hk_fail(HK_USAGE, "note a missed artefact", HK_NO_OFFSET);
  HK_TRY(new_pending(s, "missed"));
  HK_TRY(lend(s->now, a));
  s->now->outcome = why;
  queue_line(s, 0)->ready = true;
  HK_TRY(listing_write(&s->listing, s->manifest));
  return maybe_journal(s, false);
}

hk_err hk_store_begin_own(struct hk_store *s, hk_str name, hk_time modified)
{
  if (s->kind != NOTHING) return hk_fail(HK_USAGE, "begin archive entry", HK_NO_OFFSET);
  return store_begin_product(s, "product", name, modified);
}

hk_err hk_store_end_own(struct hk_store *s, struct hk_digests *out)
{
  if (s->kind != PRODUCT || s->packed) return hk_fail(HK_USAGE, "end archive entry", HK_NO_OFFSET);
  if (s->jsonl && s->last_byte != '\n') HK_TRY(hk_store_write(s, "\n", 1));
  store_digests(s, &s->now->digests);
  const struct hk_digests d = s->now->digests;
  HK_TRY(end_entry(s, hk_ok()));
  HK_TRY(maybe_journal(s, false));
  if (out != NULL) *out = d;
  return hk_ok();
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
static hk_err place_of_name(struct pending *to, hk_str name, bool renamed)
{
  size_t n = 1;
  for (size_t i = 0; i < name.n; i++) n += name.p[i] == '/';
  hk_str *const parts = hk_new(&to->arena, hk_str, n);
  if (parts == NULL) return no_memory("copy archive entry");
  for (size_t i = 0; i < n; i++) {
    const size_t end = hk_str_find(name, '/');
    parts[i] = hk_percent_decode(&to->arena, hk_str_sub(name, 0, end));
    if (parts[i].p == NULL) return no_memory("copy archive entry");
    name = hk_str_sub(name, end + 1, name.n);
  }
  to->place = (struct layout_place){.parts = parts, .n_parts = n, .renamed = renamed};
  return hk_ok();
}

hk_err store_begin_packed(struct hk_store *s, const struct store_copy *from)
{
  if (s->kind != NOTHING) return hk_fail(HK_USAGE, "copy archive entry", HK_NO_OFFSET);
  HK_TRY(new_pending(s, from->is_index ? "index" : from->stored == NULL ? "product" : "evidence"));
  struct pending *const p = s->now;
  if (from->stored != NULL) HK_TRY(lend(p, from->stored));
  struct zip_head copy = *from->head;
  copy.name = hk_str_copy(&p->arena, copy.name);
  if (copy.name.p == NULL) return no_memory("copy archive entry");
  HK_TRY(place_of_name(p, copy.name, from->renamed));
  HK_TRY(layout_keep(s->layout, copy.name));
  HK_TRY(layout_folders(s->layout, copy.name, make_folder, s));
  HK_TRY(zip_begin_packed(s->zip, &copy));
  p->name = copy.name;
  p->sparse = from->ranges != NULL;
  if (p->sparse) {
    p->stored.sparse_bytes = from->ranges->size_bytes;
    p->data_from = from->ranges->n == 0 ? from->ranges->size_bytes : from->ranges->v[0].offset;
  }
  s->packed = true;
  s->kind = from->is_index ? INDEX : from->stored == NULL ? PRODUCT : EVIDENCE;
  return hk_ok();
}

hk_err store_write_packed(struct hk_store *s, const void *p, size_t n)
{
  return zip_write_packed(s->zip, p, n);
}

hk_err store_end_packed(struct hk_store *s, const struct hk_digests *d, hk_err outcome, const char *recovered)
{
  const bool evidence = s->kind == EVIDENCE;
  const bool renamed = s->now->place.renamed;
  s->now->digests = *d;
  s->now->recovered = recovered;
  if (evidence) HK_TRY(add_upload(s));
  HK_TRY(end_entry(s, outcome));
  return maybe_journal(s, evidence && renamed);
}

