/* Verification of a sealed archive: every byte is accounted for. Headers, descriptors, central directory and end record are
   written again from what was read and compared; contents are compared with CRC-32, SHA-256 and size in the manifest, packed
   contents with its CRC-32 of them; the manifest with its chain and the seal. */
#include <stdlib.h>
#include <string.h>

#include "store/archive_internal.h"
#include "store/manifest.h"
#include "store/store.h"
#include "store/unpack.h"
#include "store/zip_scan.h"

#define PIECE_BYTES ((size_t)1 << 18)

/* What the manifest says of entry i. */
struct expected {
  bool listed, bad, sparse;
  uint16_t method;
  uint32_t crc32, packed_crc32;
  uint64_t size_bytes, packed_bytes, logical_bytes, data_from;
  hk_time born_at, modified_at, accessed_at;
  uint8_t sha256[HK_SHA256_SIZE];
};

struct check {
  struct hk_archive *z;
  struct hk_verdict *verdict;
  void (*on)(void *ctx, hk_str name, hk_err e);
  void *ctx;
  struct expected *expected;
  size_t n;
  uint64_t archive_id;
  hk_time started_at;
  uint64_t n_lines;
  bool has_case, has_end;
  bool whole_manifest; /* else it is no entry's fault not to be listed */
  uint64_t next_at; /* where the next entry must begin */
  struct hk_buf again; /* a header written anew */
  uint8_t piece[PIECE_BYTES];
};

static void copy_text(char *out, size_t size, hk_str s)
{
  const size_t n = s.n < size - 1 ? s.n : size - 1;
  if (n > 0) memcpy(out, s.p, n);
  out[n] = 0;
}

static hk_err damaged(const char *step)
{
  return hk_fail(HK_DAMAGED, step, HK_NO_OFFSET);
}

static void report(struct check *c, hk_str name, hk_err e)
{
  struct hk_verdict *const v = c->verdict;
  if (v->first_bad[0] == 0) {
    copy_text(v->first_bad, sizeof v->first_bad, name.n == 0 ? HK_S("(no name)") : name);
    copy_text(v->why, sizeof v->why, hk_str_of(e.step));
  }
  if (c->on != NULL) c->on(c->ctx, name, e);
}

/* An entry counts as bad once, with the first that was wrong. */
static void report_entry(struct check *c, size_t i, hk_err e)
{
  if (c->expected[i].bad) return;
  c->expected[i].bad = true;
  report(c, hk_archive_at(c->z, i)->name, e);
}

/* ---- the manifest ---------------------------------------------------------------------------------------------------------- */

/* A file that is stored once with another one: the entry it names was listed before, with the same content. */
static void check_same(struct check *c, const struct hk_manifest_line *line)
{
  const struct hk_archive_entry *const e = hk_archive_find(c->z, line->same_as);
  const struct expected *const x = e == NULL ? NULL : &c->expected[archive_index(c->z, e)];
  const bool good = x != NULL && x->listed && line->has_digests && x->size_bytes == line->size_bytes &&
                    memcmp(x->sha256, line->sha256, sizeof x->sha256) == 0;
  if (good) return;
  c->verdict->n_missing++;
  report(c, line->path, hk_fail(HK_ABSENT, "find the entry that holds the bytes of a file stored once", HK_NO_OFFSET));
}

static hk_err on_line(void *ctx, const struct hk_manifest_line *line)
{
  struct check *const c = ctx;
  if (c->has_end) return damaged("find a line behind the last of the manifest");
  c->n_lines++;
  if (hk_str_eq(line->role, HK_S("case"))) {
    c->has_case = true;
    c->archive_id = line->archive_id;
    c->started_at = line->of_case.started_at;
  }
  if (hk_str_eq(line->role, HK_S("end"))) c->has_end = true;
  if (hk_str_eq(line->role, HK_S("same"))) check_same(c, line);
  if (line->name.n == 0) return hk_ok();
  const struct hk_archive_entry *const e = hk_archive_find(c->z, line->name);
  if (e == NULL) {
    c->verdict->n_missing++;
    report(c, line->name, hk_fail(HK_ABSENT, "find entry that the manifest lists", HK_NO_OFFSET));
    return hk_ok();
  }
  const size_t i = archive_index(c->z, e);
  struct expected *const x = &c->expected[i];
  if (x->listed) return damaged("find an entry that is listed twice");
  *x = (struct expected){.listed = true,
                         .bad = x->bad,
                         .sparse = line->sparse,
                         .logical_bytes = line->logical_bytes,
                         .data_from = line->data_from,
                         .method = line->zip_method,
                         .crc32 = line->crc32,
                         .packed_crc32 = line->packed_crc32,
                         .size_bytes = line->size_bytes,
                         .packed_bytes = line->packed_bytes,
                         .born_at = line->born_at,
                         .modified_at = line->modified_at,
                         .accessed_at = line->accessed_at};
  memcpy(x->sha256, line->sha256, sizeof x->sha256);
  if (!line->has_digests) report_entry(c, i, damaged("read digests in the manifest"));
  return hk_ok();
}

struct manifest_check {
  struct hk_sha256 sha256;
  uint32_t packed_crc32;
  hk_err lines; /* the first thing wrong with the lines; the text is read to its end all the same */
};

static hk_err read_manifest_text(struct check *c, struct hk_archive_reader *in, struct manifest_reader *lines,
                                 struct manifest_check *m)
{
  for (;;) {
    size_t got = 0;
    HK_TRY(hk_archive_read(in, c->piece, sizeof c->piece, &got));
    if (got == 0) break;
    hk_sha256_add(&m->sha256, c->piece, got);
    if (m->lines.code == HK_OK) m->lines = manifest_reader_add(lines, c->piece, got);
  }
  m->packed_crc32 = archive_reader_packed_crc32(in);
  if (m->lines.code == HK_OK) m->lines = manifest_reader_end(lines);
  return m->lines;
}

static hk_err read_manifest(struct check *c, const struct hk_archive_entry *e, struct manifest_check *m)
{
  struct hk_archive_reader *in = NULL;
  struct manifest_reader *lines = NULL;
  HK_TRY(hk_archive_read_open(c->z, e, &in));
  hk_err r = manifest_reader_open(on_line, c, true, &lines);
  if (r.code == HK_OK) r = read_manifest_text(c, in, lines, m);
  manifest_reader_close(lines);
  hk_archive_read_close(in);
  return r;
}

/* seal.json must be, byte for byte, what sealing this manifest writes. */
static hk_err compare_seal(struct check *c, const struct hk_archive_entry *e, const struct hk_buf *want)
{
  struct hk_archive_reader *in = NULL;
  size_t at = 0;
  if (e->method != ZIP_STORED) return damaged("find the seal stored as it is");
  HK_TRY(hk_archive_read_open(c->z, e, &in));
  hk_err r = hk_ok();
  for (;;) {
    size_t got = 0;
    r = hk_archive_read(in, c->piece, sizeof c->piece, &got);
    if (r.code != HK_OK || got == 0) break;
    if (got > want->n - at || memcmp(want->p + at, c->piece, got) != 0) {
      r = damaged("compare seal with the manifest");
      break;
    }
    at += got;
  }
  hk_archive_read_close(in);
  if (r.code == HK_OK && at != want->n) r = damaged("compare seal with the manifest");
  return r;
}

static hk_err check_manifest(struct check *c)
{
  struct manifest_check m = {.lines = hk_ok()};
  uint8_t sha256[HK_SHA256_SIZE];
  const struct hk_archive_entry *const manifest = hk_archive_find(c->z, HK_S(MANIFEST_NAME));
  const struct hk_archive_entry *const seal = hk_archive_find(c->z, HK_S(SEAL_NAME));
  if (manifest == NULL || seal == NULL) {
    const hk_err e = hk_fail(HK_ABSENT, manifest == NULL ? "find manifest" : "find seal", HK_NO_OFFSET);
    report(c, manifest == NULL ? HK_S(MANIFEST_NAME) : HK_S(SEAL_NAME), e);
    if (manifest == NULL) return hk_ok();
  }
  hk_sha256_init(&m.sha256);
  hk_err e = read_manifest(c, manifest, &m);
  if (e.code == HK_MEMORY) return e;
  if (e.code == HK_OK && (!c->has_case || !c->has_end)) e = hk_fail(HK_TRUNCATED, "find the last line of the manifest", HK_NO_OFFSET);
  c->whole_manifest = e.code == HK_OK;
  if (e.code != HK_OK) report_entry(c, archive_index(c->z, manifest), e);
  hk_sha256_end(&m.sha256, sha256);
  hk_hex(sha256, sizeof sha256, c->verdict->seal);
  if (seal == NULL) return hk_ok();
  hk_buf_reset(&c->again);
  manifest_seal(&c->again, sha256, m.packed_crc32, c->n_lines);
  /* A manifest that is broken has no seal to compare with. */
  const hk_err s = e.code == HK_OK ? compare_seal(c, seal, &c->again) : e;
  if (e.code == HK_OK && s.code != HK_OK) report_entry(c, archive_index(c->z, seal), s);
  const size_t last = c->n - 1;
  if (archive_index(c->z, seal) != last || archive_index(c->z, manifest) + 1 != last)
    report_entry(c, archive_index(c->z, seal), damaged("find an entry behind the seal"));
  else
    c->verdict->sealed = e.code == HK_OK && s.code == HK_OK;
  return hk_ok();
}

/* ---- headers ------------------------------------------------------------------------------------------------------------------ */

/* The bytes at `at` are those of c->again. */
static bool same_bytes(struct check *c, uint64_t at)
{
  struct hk_bytes *const b = archive_bytes(c->z);
  size_t got = 0;
  if (c->again.failed || c->again.n > sizeof c->piece) return false;
  return b->read_at(b, at, c->piece, c->again.n, &got).code == HK_OK && got == c->again.n &&
         memcmp(c->piece, c->again.p, got) == 0;
}

static hk_err check_local(struct check *c, size_t i)
{
  struct zip_head h = *archive_head(c->z, i);
  if (h.at != c->next_at) return damaged("find bytes that no entry owns");
  h.archive_id = c->archive_id;
  h.number = i;
  hk_buf_reset(&c->again);
  zip_put_local(&c->again, &h);
  if (!same_bytes(c, h.at)) return damaged("compare local header");
  c->next_at = h.at + c->again.n + h.packed_bytes;
  if (!zip_is_streamed(&h)) return hk_ok();
  hk_buf_reset(&c->again);
  zip_put_descriptor(&c->again, &h);
  if (!same_bytes(c, c->next_at)) return damaged("compare data descriptor");
  c->next_at += c->again.n;
  return hk_ok();
}

/* Folders: made at the start of the run, for the entry behind them, with nothing in them. */
static hk_err check_folder(struct check *c, size_t i)
{
  const struct zip_head *const h = archive_head(c->z, i);
  const bool empty = h->size_bytes == 0 && h->packed_bytes == 0 && h->crc32 == 0;
  const bool in_use = i + 1 < c->n && hk_str_starts(archive_head(c->z, i + 1)->name, h->name);
  const bool times = h->modified_at == c->started_at && h->born_at == 0 && h->accessed_at == 0;
  return empty && in_use && (times || !c->has_case) ? hk_ok() : damaged("compare folder");
}

static hk_err check_directory(struct check *c)
{
  uint64_t at = archive_directory_at(c->z);
  if (at != c->next_at) return damaged("find bytes that no entry owns");
  for (size_t i = 0; i < c->n; i++) {
    hk_buf_reset(&c->again);
    zip_put_central(&c->again, archive_head(c->z, i));
    if (!same_bytes(c, at)) return damaged("compare central directory");
    at += c->again.n;
  }
  if (at - archive_directory_at(c->z) != archive_directory_bytes(c->z)) return damaged("compare central directory");
  hk_buf_reset(&c->again);
  zip_put_end(&c->again, c->n, archive_directory_at(c->z), archive_directory_bytes(c->z));
  if (!same_bytes(c, at) || at + c->again.n != archive_bytes(c->z)->size_bytes) return damaged("compare end record");
  return hk_ok();
}

/* ---- contents ------------------------------------------------------------------------------------------------------------------- */

static hk_err compare_content(struct check *c, size_t i, struct hk_archive_reader *in)
{
  const struct expected *const x = &c->expected[i];
  struct hk_sha256 s;
  uint8_t sha256[HK_SHA256_SIZE];
  hk_sha256_init(&s);
  for (;;) {
    size_t got = 0;
    HK_TRY(hk_archive_read(in, c->piece, sizeof c->piece, &got));
    if (got == 0) break;
    hk_sha256_add(&s, c->piece, got);
  }
  hk_sha256_end(&s, sha256);
  if (!x->listed) return hk_ok();
  if (memcmp(sha256, x->sha256, sizeof sha256) != 0) return damaged("compare SHA-256 with the manifest");
  if (archive_reader_packed_crc32(in) != x->packed_crc32) return damaged("compare packed bytes with the manifest");
  return hk_ok();
}

/* A sparse file's index is there, belongs to these data and says what the manifest says. */
static hk_err compare_index(struct check *c, size_t i)
{
  const struct expected *const x = &c->expected[i];
  struct hk_arena a;
  struct hk_ranges r;
  hk_arena_init(&a, (size_t)16 << 20);
  hk_err e = hk_archive_ranges(c->z, hk_archive_at(c->z, i), &a, &r);
  if (e.code == HK_OK) {
    const uint64_t from = r.n == 0 ? r.size_bytes : r.v[0].offset;
    if (r.size_bytes != x->logical_bytes || from != x->data_from) e = damaged("compare index of a sparse file with the manifest");
  }
  hk_arena_done(&a);
  return e;
}

static hk_err check_content(struct check *c, size_t i)
{
  const struct expected *const x = &c->expected[i];
  const struct zip_head *const h = archive_head(c->z, i);
  struct hk_archive_reader *in = NULL;
  if (x->listed) {
    const bool same = h->size_bytes == x->size_bytes && h->packed_bytes == x->packed_bytes && h->method == x->method &&
                      h->crc32 == x->crc32;
    if (!same) return damaged("compare sizes with the manifest");
    if (h->born_at != x->born_at || h->modified_at != x->modified_at || h->accessed_at != x->accessed_at)
      return damaged("compare times with the manifest");
  }
  if (x->listed && x->sparse) HK_TRY(compare_index(c, i));
  HK_TRY(hk_archive_read_open(c->z, hk_archive_at(c->z, i), &in));
  const hk_err e = compare_content(c, i, in);
  hk_archive_read_close(in);
  return e;
}

static bool is_the_seals(hk_str name)
{
  return hk_str_eq(name, HK_S(MANIFEST_NAME)) || hk_str_eq(name, HK_S(SEAL_NAME));
}

static hk_err check_entry(struct check *c, size_t i)
{
  const struct zip_head *const h = archive_head(c->z, i);
  const hk_err local = check_local(c, i);
  if (local.code != HK_OK && i + 1 < c->n) c->next_at = archive_head(c->z, i + 1)->at;
  if (local.code != HK_OK && i + 1 == c->n) c->next_at = archive_directory_at(c->z);
  if (local.code != HK_OK) return local;
  if (zip_is_directory(h)) return check_folder(c, i);
  c->verdict->n_entries++;
  HK_TRY(check_content(c, i));
  if (c->expected[i].listed || is_the_seals(h->name) || !c->whole_manifest) return hk_ok();
  c->verdict->n_unlisted++;
  return hk_fail(HK_REFUSED, "find entry in the manifest", HK_NO_OFFSET);
}

/* Without the manifest's first line the archive's id is what the first header says. */
static void guess_id(struct check *c)
{
  struct zip_head local;
  uint64_t data_at = 0;
  if (c->n > 0 && archive_local(c->z, hk_archive_at(c->z, 0), &local, &data_at).code == HK_OK && local.has_id)
    c->archive_id = local.archive_id;
}

static hk_err check_archive(struct check *c)
{
  HK_TRY(check_manifest(c));
  if (!c->has_case) guess_id(c);
  for (size_t i = 0; i < c->n; i++) {
    const hk_err e = check_entry(c, i);
    if (e.code == HK_MEMORY) return e;
    if (e.code != HK_OK) report_entry(c, i, e);
    if (c->expected[i].bad)
      c->verdict->n_bad++;
    else if (!zip_is_directory(archive_head(c->z, i)))
      c->verdict->n_good++;
  }
  const hk_err e = check_directory(c);
  if (e.code != HK_OK) {
    report(c, HK_S("(central directory)"), e);
    c->verdict->n_bad++;
    c->verdict->sealed = false;
  }
  return hk_ok();
}

/* ---- a cut-off archive ------------------------------------------------------------------------------------------------------------ */

static hk_err on_found(void *ctx, const struct zip_found *f)
{
  struct check *const c = ctx;
  if (zip_is_directory(&f->head)) return hk_ok();
  c->verdict->n_entries++;
  c->verdict->n_good++;
  return hk_ok();
}

static void on_broken(void *ctx, hk_str name, hk_err e)
{
  struct check *const c = ctx;
  c->verdict->n_entries++;
  c->verdict->n_bad++;
  report(c, name, e);
}

/* No central directory: what the local headers show. Never sealed. */
static hk_err check_cut_off(struct check *c, struct hk_bytes *in, hk_err opened)
{
  const struct zip_scan_events events = {.ctx = c, .on_found = on_found, .on_broken = on_broken};
  const hk_err e = zip_scan(in, &events);
  if (e.code == HK_MEMORY || e.code == HK_IO) return e;
  report(c, HK_S("(central directory)"), opened);
  return hk_ok();
}

static hk_err verify_bytes(struct check *c, struct hk_bytes *in)
{
  const hk_err opened = hk_archive_open_bytes(in, &c->z);
  if (opened.code == HK_MEMORY || opened.code == HK_IO || opened.code == HK_LIMIT) return opened;
  if (opened.code != HK_OK) return check_cut_off(c, in, opened);
  c->n = hk_archive_count(c->z);
  c->expected = calloc(c->n + 1, sizeof *c->expected);
  hk_err e = c->expected == NULL ? hk_fail(HK_MEMORY, "verify archive", HK_NO_OFFSET) : hk_ok();
  if (e.code == HK_OK) e = check_archive(c);
  free(c->expected);
  hk_archive_close(c->z);
  return e;
}

hk_err hk_store_verify_bytes(struct hk_bytes *in, void (*on)(void *ctx, hk_str name, hk_err e), void *ctx, struct hk_verdict *out)
{
  struct check *const c = calloc(1, sizeof *c);
  *out = (struct hk_verdict){0};
  if (c == NULL) return hk_fail(HK_MEMORY, "verify archive", HK_NO_OFFSET);
  c->verdict = out;
  c->on = on;
  c->ctx = ctx;
  hk_buf_init(&c->again, PIECE_BYTES);
  const hk_err e = verify_bytes(c, in);
  hk_buf_done(&c->again);
  free(c);
  return e;
}

hk_err hk_store_verify(hk_str os_path, void (*on)(void *ctx, hk_str name, hk_err e), void *ctx, struct hk_verdict *out)
{
  struct file_bytes file;
  *out = (struct hk_verdict){0};
  HK_TRY(file_bytes_open(os_path, &file));
  const hk_err e = hk_store_verify_bytes(&file.bytes, on, ctx, out);
  file_bytes_close(&file);
  return e;
}
