/* Copies what was finished of a cut-off archive into a new, sealed one. The copies keep their packed bytes. What the
   archive's journal says of an entry is used when its SHA-256 is the content's; of others the name and the times in the zip
   are all that is known, and their lines say "unlisted". */
#include <stdlib.h>
#include <string.h>

#include "os/os.h"
#include "store/layout.h"
#include "store/name_index.h"
#include "store/ranges.h"
#include "store/store_internal.h"
#include "store/unpack.h"
#include "store/zip_scan.h"

#define MEMORY_LIMIT ((size_t)2 << 30)
#define FIRST_LIST 1024

struct list {
  void *p;
  size_t n, capacity, element_bytes;
};

struct recovery {
  struct hk_bytes *in;
  struct hk_arena arena;
  struct list found; /* struct zip_found */
  struct list lines; /* struct hk_manifest_line */
  bool has_case;
  struct hk_case c;
  struct hk_verdict *verdict;
};

static void *list_add(struct list *l, size_t element_bytes)
{
  if (l->n == l->capacity) {
    const size_t capacity = l->capacity == 0 ? FIRST_LIST : l->capacity * 2;
    void *const p = capacity > SIZE_MAX / element_bytes ? NULL : realloc(l->p, capacity * element_bytes);
    if (p == NULL) return NULL;
    l->p = p;
    l->capacity = capacity;
  }
  return (char *)l->p + l->n++ * element_bytes;
}

static struct zip_found *found_at(const struct recovery *r, size_t i)
{
  return (struct zip_found *)r->found.p + i;
}

static hk_err no_memory(void)
{
  return hk_fail(HK_MEMORY, "recover archive", HK_NO_OFFSET);
}

/* ---- what there is ------------------------------------------------------------------------------------------------------ */

static hk_err on_found(void *ctx, const struct zip_found *f)
{
  struct recovery *const r = ctx;
  if (zip_is_directory(&f->head)) return hk_ok();
  struct zip_found *const copy = list_add(&r->found, sizeof *copy);
  if (copy == NULL) return no_memory();
  *copy = *f;
  copy->head.name = hk_str_copy(&r->arena, f->head.name);
  if (copy->head.name.p == NULL) return no_memory();
  r->verdict->n_entries++;
  r->verdict->n_good++;
  return hk_ok();
}

static void copy_text(char *out, size_t size, hk_str s)
{
  const size_t n = s.n < size - 1 ? s.n : size - 1;
  if (n > 0) memcpy(out, s.p, n);
  out[n] = 0;
}

static void on_broken(void *ctx, hk_str name, hk_err e)
{
  struct hk_verdict *const v = ((struct recovery *)ctx)->verdict;
  v->n_entries++;
  v->n_bad++;
  if (v->n_bad > 1) return;
  copy_text(v->first_bad, sizeof v->first_bad, name.n == 0 ? HK_S("(no name)") : name);
  copy_text(v->why, sizeof v->why, hk_str_of(e.step));
}

/* ---- the journal ---------------------------------------------------------------------------------------------------------- */

static hk_err keep_line(void *ctx, const struct hk_manifest_line *line)
{
  struct recovery *const r = ctx;
  struct hk_arena *const a = &r->arena;
  const bool is_case = hk_str_eq(line->role, HK_S("case"));
  if (is_case && !r->has_case) {
    const struct hk_case *const c = &line->of_case;
    r->has_case = true;
    r->c = (struct hk_case){.host = hk_str_copy(a, c->host),
                            .host_id = hk_str_copy(a, c->host_id),
                            .case_id = hk_str_copy(a, c->case_id),
                            .operator_name = hk_str_copy(a, c->operator_name),
                            .reason = hk_str_copy(a, c->reason),
                            .command_line = hk_str_copy(a, c->command_line),
                            .tool_version = hk_str_copy(a, c->tool_version),
                            .tool_sha256 = hk_str_copy(a, c->tool_sha256),
                            .started_at = c->started_at,
                            .utc_offset_minutes = c->utc_offset_minutes,
                            .machine = hk_str_copy(a, c->machine),
                            .machine_os = hk_str_copy(a, c->machine_os),
                            .booted_at = c->booted_at,
                            .time_zone = hk_str_copy(a, c->time_zone),
                            .ntp_server = hk_str_copy(a, c->ntp_server),
                            .clock_offset = hk_str_copy(a, c->clock_offset),
                            .clock_note = hk_str_copy(a, c->clock_note)};
  }
  if (is_case || hk_str_eq(line->role, HK_S("end")) || hk_str_eq(line->role, HK_S("journal"))) return hk_ok();
  struct hk_manifest_line *const copy = list_add(&r->lines, sizeof *copy);
  if (copy == NULL) return no_memory();
  *copy = *line;
  copy->role = hk_str_copy(a, line->role);
  copy->path = hk_str_copy(a, line->path);
  copy->name = hk_str_copy(a, line->name);
  copy->same_as = hk_str_copy(a, line->same_as);
  copy->method = hk_str_copy(a, line->method);
  copy->owner_sid = hk_str_copy(a, line->owner_sid);
  copy->artefact = hk_str_copy(a, line->artefact);
  copy->step = hk_str_copy(a, line->step);
  return a->spent ? no_memory() : hk_ok();
}

static hk_err read_lines(struct unpack *u, struct manifest_reader *reader)
{
  uint8_t piece[4096];
  for (;;) {
    size_t got = 0;
    HK_TRY(unpack_read(u, piece, sizeof piece, &got));
    if (got == 0) return hk_ok();
    HK_TRY(manifest_reader_add(reader, piece, got));
  }
}

/* The chain is not asked for: with a journal lost it is broken, and a line counts only by its content's digest anyway. */
static hk_err read_journal(struct recovery *r, const struct zip_found *f)
{
  struct unpack *u = NULL;
  struct manifest_reader *reader = NULL;
  HK_TRY(unpack_open(r->in, f->data_at, f->head.packed_bytes, f->head.method, f->head.size_bytes, &u));
  hk_err e = manifest_reader_open(keep_line, r, false, &reader);
  if (e.code == HK_OK) e = read_lines(u, reader);
  manifest_reader_close(reader);
  unpack_close(u);
  return e.code == HK_MEMORY ? e : hk_ok(); /* a line that cannot be read leaves its entry unlisted */
}

static bool is_journal(hk_str name)
{
  return hk_str_starts(name, HK_S(JOURNAL_PREFIX));
}

/* A whole manifest says all that the journal says. */
static hk_err read_journals(struct recovery *r)
{
  for (size_t i = 0; i < r->found.n; i++)
    if (hk_str_eq(found_at(r, i)->head.name, HK_S(MANIFEST_NAME))) return read_journal(r, found_at(r, i));
  for (size_t i = 0; i < r->found.n; i++)
    if (is_journal(found_at(r, i)->head.name)) HK_TRY(read_journal(r, found_at(r, i)));
  return hk_ok();
}

/* ---- the new archive -------------------------------------------------------------------------------------------------------- */

/* Files that sealing writes anew. */
static bool is_made_anew(hk_str name)
{
  static const char *const names[] = {"uploads.json", "collection_context.json", "client_info.json",
                                      "log.json",     MANIFEST_NAME,             SEAL_NAME};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (hk_str_eq(name, hk_str_of(names[i]))) return true;
  return is_journal(name) || hk_str_starts(name, HK_S("hikeshi/velociraptor/"));
}

static hk_err copy_packed(struct recovery *r, struct hk_store *s, const struct zip_found *f)
{
  uint8_t piece[8000];
  uint64_t at = f->data_at;
  uint64_t left = f->head.packed_bytes;
  while (left > 0) {
    size_t got = 0;
    HK_TRY(r->in->read_at(r->in, at, piece, left < sizeof piece ? (size_t)left : sizeof piece, &got));
    if (got == 0) return hk_fail(HK_TRUNCATED, "copy archive entry", (int64_t)at);
    HK_TRY(store_write_packed(s, piece, got));
    at += got;
    left -= got;
  }
  return hk_ok();
}

static const char *method_name(hk_str s)
{
  static const char *const known[] = {"api", "directory", "raw", "api+raw", "shadow", "archive"};
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
    if (hk_str_eq(s, hk_str_of(known[i]))) return known[i];
  return "unknown";
}

static hk_err outcome_of(const struct hk_manifest_line *line, struct hk_arena *a)
{
  if (line->outcome <= HK_OK) return hk_ok();
  const char *const step = hk_str_z(a, line->step);
  return (hk_err){.code = line->outcome, .os = line->os, .offset = line->offset, .step = step == NULL ? "" : step};
}

static struct hk_stored stored_of(const struct hk_manifest_line *line)
{
  return (struct hk_stored){.path = line->path,
                            .method = method_name(line->method),
                            .born_at = line->born_at,
                            .modified_at = line->modified_at,
                            .accessed_at = line->accessed_at,
                            .changed_at = line->changed_at,
                            .attributes = line->attributes,
                            .owner_sid = line->owner_sid,
                            .artefact = line->artefact};
}

/* Found whole, and not to be kept all the same. */
static void refuse(struct recovery *r, hk_str name, hk_err why)
{
  on_broken(r, name, why);
  r->verdict->n_good--;
  r->verdict->n_entries--;
}

/* ---- sparse files ----------------------------------------------------------------------------------------------------------- */

static hk_err read_ranges(struct recovery *r, const struct zip_found *f, uint64_t stored_bytes, struct hk_ranges *out)
{
  struct unpack *u = NULL;
  struct hk_buf text;
  uint8_t piece[4096];
  hk_buf_init(&text, RANGES_TEXT_MAX);
  HK_TRY(unpack_open(r->in, f->data_at, f->head.packed_bytes, f->head.method, f->head.size_bytes, &u));
  hk_err e = hk_ok();
  for (size_t got = 1; got > 0 && e.code == HK_OK;) {
    e = unpack_read(u, piece, sizeof piece, &got);
    if (e.code == HK_OK) hk_buf_add(&text, piece, got);
  }
  unpack_close(u);
  if (e.code == HK_OK && text.failed) e = hk_fail(HK_LIMIT, "read the index of a sparse file", HK_NO_OFFSET);
  if (e.code == HK_OK) e = ranges_parse(hk_buf_view(&text), stored_bytes, &r->arena, out);
  hk_buf_done(&text);
  return e;
}

/* Is the entry behind entry i its index, and a right one? The journal says so, unless the run died before it did. */
static bool has_index(struct recovery *r, size_t i, const struct hk_manifest_line *line, struct hk_ranges *out)
{
  if (i + 1 >= r->found.n || (line != NULL && !line->sparse)) return false;
  const struct zip_found *const f = found_at(r, i);
  const struct zip_found *const next = found_at(r, i + 1);
  const hk_str name = next->head.name;
  const bool named = hk_str_starts(name, f->head.name) && hk_str_eq(hk_str_sub(name, f->head.name.n, name.n), HK_S(RANGES_SUFFIX));
  return named && hk_str_starts(name, HK_S("uploads/")) && read_ranges(r, next, f->head.size_bytes, out).code == HK_OK;
}

struct copy {
  const struct zip_found *found;
  const struct hk_manifest_line *line; /* NULL: unlisted */
  const struct hk_ranges *ranges;
  bool is_index;
};

static hk_err copy_entry(struct recovery *r, struct hk_store *s, const struct copy *c)
{
  const struct zip_found *const f = c->found;
  const struct hk_manifest_line *const line = c->line;
  const bool evidence = !c->is_index && hk_str_starts(f->head.name, HK_S("uploads/"));
  struct hk_digests d = {.size_bytes = f->head.size_bytes};
  struct hk_stored stored = {.method = "unknown",
                             .born_at = f->head.born_at,
                             .modified_at = f->head.modified_at,
                             .accessed_at = f->head.accessed_at};
  hk_err outcome = hk_ok();
  memcpy(d.sha256, f->sha256, sizeof d.sha256);
  memcpy(d.md5, f->md5, sizeof d.md5);
  if (evidence && line != NULL) {
    stored = stored_of(line);
    outcome = outcome_of(line, &r->arena);
    if (line->sparse && c->ranges == NULL)
      outcome = hk_fail(HK_DAMAGED, "recover: where the data of the sparse file stood is lost", HK_NO_OFFSET);
  } else if (evidence) {
    stored.path = layout_evidence_path(&r->arena, f->head.name);
    if (stored.path.p == NULL) stored.path = f->head.name;
  }
  const struct store_copy from = {.head = &f->head,
                                  .stored = evidence ? &stored : NULL,
                                  .ranges = c->ranges,
                                  .is_index = c->is_index,
                                  .renamed = line != NULL && line->renamed};
  const hk_err begun = store_begin_packed(s, &from);
  if (begun.code == HK_REFUSED || begun.code == HK_USAGE) {
    /* No writer of ours gives such a name, or one name twice. */
    refuse(r, f->head.name, begun);
    return hk_ok();
  }
  HK_TRY(begun);
  HK_TRY(copy_packed(r, s, f));
  return store_end_packed(s, &d, outcome, line == NULL ? "unlisted" : "listed");
}

static hk_err note_result(struct hk_store *s, struct hk_arena *a, const struct zip_found *f)
{
  const hk_str prefix = HK_S("results/");
  const hk_str suffix = HK_S(".json");
  const hk_str name = f->head.name;
  if (!hk_str_starts(name, prefix) || !hk_str_iends(name, suffix) || name.n <= prefix.n + suffix.n) return hk_ok();
  const char *const artifact = hk_str_z(a, hk_str_sub(name, prefix.n, name.n - suffix.n));
  return artifact == NULL ? no_memory() : hk_store_result(s, artifact, f->n_lines);
}

static hk_str line_name_at(const void *list, size_t i)
{
  return ((const struct hk_manifest_line *)list)[i].name;
}

/* What was said of this entry, if it is of this content. */
static const struct hk_manifest_line *line_of(const struct recovery *r, const struct name_index *by_name, const struct zip_found *f)
{
  const struct hk_manifest_line *const lines = r->lines.p;
  const size_t k = name_index_find(by_name, f->head.name);
  if (k == NAME_NOT_FOUND || !lines[k].has_digests) return NULL;
  return memcmp(lines[k].sha256, f->sha256, HK_SHA256_SIZE) == 0 ? &lines[k] : NULL;
}

/* A file whose bytes another entry has: as good as that entry. */
static hk_err note_same(struct recovery *r, struct hk_store *s, const struct hk_manifest_line *line, const struct hk_stored *stored)
{
  struct hk_digests d = {.size_bytes = line->size_bytes};
  memcpy(d.sha256, line->sha256, sizeof d.sha256);
  memcpy(d.md5, line->md5, sizeof d.md5);
  for (size_t i = 0; i < r->found.n && line->has_digests; i++) {
    const struct zip_found *const f = found_at(r, i);
    if (!hk_str_eq(f->head.name, line->same_as) || memcmp(f->sha256, line->sha256, HK_SHA256_SIZE) != 0) continue;
    const hk_err e = hk_store_same(s, stored, &d, line->same_as);
    if (e.code != HK_USAGE) return e;
  }
  return hk_store_miss(s, stored, hk_fail(HK_DAMAGED, "recover: the entry that had its bytes is lost", HK_NO_OFFSET));
}

static hk_err copy_all(struct recovery *r, struct hk_store *s)
{
  struct name_index by_name;
  const struct hk_manifest_line *const lines = r->lines.p;
  if (!name_index_make(&by_name, &r->arena, lines, r->lines.n, line_name_at)) return no_memory();
  for (size_t i = 0; i < r->found.n; i++) {
    const struct zip_found *const f = found_at(r, i);
    if (is_made_anew(f->head.name)) continue;
    const struct hk_manifest_line *const line = line_of(r, &by_name, f);
    struct hk_ranges ranges;
    if (line != NULL && hk_str_eq(line->role, HK_S("index"))) { /* its data are lost: else it went with them */
      refuse(r, f->head.name, hk_fail(HK_ABSENT, "find the sparse file of an index", HK_NO_OFFSET));
      continue;
    }
    const bool sparse = has_index(r, i, line, &ranges);
    HK_TRY(copy_entry(r, s, &(struct copy){.found = f, .line = line, .ranges = sparse ? &ranges : NULL}));
    if (sparse) i++;
    const struct zip_found *const next = found_at(r, i);
    if (sparse) HK_TRY(copy_entry(r, s, &(struct copy){.found = next, .line = line_of(r, &by_name, next), .is_index = true}));
    HK_TRY(note_result(s, &r->arena, f));
  }
  for (size_t i = 0; i < r->lines.n; i++) {
    const bool same = hk_str_eq(lines[i].role, HK_S("same"));
    if (!same && !hk_str_eq(lines[i].role, HK_S("missed"))) continue;
    const struct hk_stored stored = stored_of(&lines[i]);
    if (same) {
      HK_TRY(note_same(r, s, &lines[i], &stored));
      continue;
    }
    HK_TRY(hk_store_miss(s, &stored, outcome_of(&lines[i], &r->arena)));
  }
  return hk_ok();
}

static hk_err write_recovered(struct recovery *r, hk_str from, hk_str out_path)
{
  struct hk_store *s = NULL;
  size_t slash = from.n;
  while (slash > 0 && from.p[slash - 1] != '/' && from.p[slash - 1] != os_separator) slash--;
  HK_TRY(store_open_at(out_path, &r->c, hk_str_sub(from, slash, from.n), &s));
  const hk_err e = copy_all(r, s);
  if (e.code != HK_OK) {
    hk_store_abandon(s);
    return e;
  }
  return hk_store_seal(s, HK_S(""), os_now(), r->verdict->seal);
}

hk_err hk_store_recover_bytes(struct hk_bytes *in, hk_str from, hk_str out_path, struct hk_verdict *out)
{
  struct recovery r = {.verdict = out, .in = in};
  const struct zip_scan_events events = {.ctx = &r, .on_found = on_found, .on_broken = on_broken};
  *out = (struct hk_verdict){0};
  hk_arena_init(&r.arena, MEMORY_LIMIT);
  hk_err e = zip_scan(r.in, &events);
  if (e.code == HK_LIMIT) e = hk_ok(); /* what was found until then is good */
  if (e.code == HK_OK) e = read_journals(&r);
  if (e.code == HK_OK) e = write_recovered(&r, from, out_path);
  out->sealed = e.code == HK_OK;
  hk_arena_done(&r.arena);
  free(r.found.p);
  free(r.lines.p);
  return e;
}

hk_err hk_store_recover(hk_str os_path, hk_str out_path, struct hk_verdict *out)
{
  struct file_bytes file;
  *out = (struct hk_verdict){0};
  HK_TRY(file_bytes_open(os_path, &file));
  const hk_err e = hk_store_recover_bytes(&file.bytes, os_path, out_path, out);
  file_bytes_close(&file);
  return e;
}
