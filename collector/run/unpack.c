/* hikeshi unpack: an archive as a tree that tools for loose files read. Files first, streams after them: a stream needs its
   file, and writing it moves the file's times, which are put back. A file is written under a name of ours and renamed when
   its content was found to be what the archive says, so that nothing half or wrong ever bears an evidence's name. */
#include <stdlib.h>
#include <string.h>

#include "os/os.h"
#include "run/commands.h"
#include "run/console.h"
#include "run/exit.h"
#include "run/keys.h"
#include "run/pipeline.h"
#include "run/unpack_holes.h"
#include "run/unpack_log.h"
#include "run/unpack_name.h"
#include "store/store.h"

#define BLOCK_BYTES ((size_t)256 << 10)
#define MOST_OF_ONE_NAME 100
#define SPARSE_MEMORY ((size_t)16 << 20) /* ranges of one file */
/* The bit of a reparse tag that says it stands for another name: links and mount points, not a cloud service's folders. */
#define NAME_SURROGATE 0x20000000u

struct item {
  const struct hk_archive_entry *entry;
  hk_str path; /* evidence path, or the entry's name where it stands for none */
  hk_time born_at, modified_at, accessed_at;
  uint8_t sha256[HK_SHA256_SIZE];
  bool has_sha256;
  hk_str method; /* how the collector read it */
  bool sparse;    /* its index says where its data stand */
  bool product;   /* ours, not evidence */
  bool listed;    /* in the manifest */
  bool cut_short; /* when it was collected */
  bool wanted;
};

/* Names this run has made, by a digest: a file that meets one of them is a second one of that name, any other was there. */
struct names {
  uint64_t *keys; /* 0 = free */
  size_t size, n; /* size is a power of two */
};

struct unpacking {
  const struct hk_options *o;
  struct hk_arena arena;
  struct hk_age_file file;
  struct hk_archive *zip;
  hk_err manifest;
  struct item *items;
  size_t n;
  uint64_t n_missed, n_gone; /* not collected; listed and not in the archive */
  hk_str out;
  struct names names;
  struct hk_buf folder;      /* the last one made sure of, below out, each part ending in 0 */
  struct hk_copy_log *log;
  uint8_t *block;
  struct hk_progress progress;
  uint64_t n_files, n_bytes, n_bad, n_renamed, n_flat_streams, n_flat_sparse, n_temporary, done_bytes;
  bool fatal;                /* the output is lost: stop */
  bool spent;                /* no memory */
};

static hk_err no_memory(void)
{
  return hk_fail(HK_MEMORY, "unpack", HK_NO_OFFSET);
}

/* ---- what is in the archive ---------------------------------------------------------------------------------------------- */

static hk_err read_entries(struct unpacking *u)
{
  u->n = hk_archive_count(u->zip);
  u->items = calloc(u->n + 1, sizeof *u->items);
  if (u->items == NULL) return no_memory();
  for (size_t i = 0; i < u->n; i++) {
    const struct hk_archive_entry *const e = hk_archive_at(u->zip, i);
    u->items[i] = (struct item){.entry = e,
                                .path = hk_unpack_entry_path(&u->arena, e->name),
                                .born_at = e->born_at,
                                .modified_at = e->modified_at,
                                .accessed_at = e->accessed_at};
    if (u->items[i].path.p == NULL) return no_memory();
  }
  return hk_ok();
}

/* Entries lie in one array, in order of their addresses. */
static struct item *item_of(struct unpacking *u, const struct hk_archive_entry *e)
{
  size_t low = 0;
  size_t high = hk_archive_count(u->zip);
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if ((uintptr_t)u->items[middle].entry < (uintptr_t)e)
      low = middle + 1;
    else
      high = middle;
  }
  return &u->items[low];
}

/* One more file of bytes that an entry has. Pointers into items are not kept. */
static struct item *add_same(struct unpacking *u, const struct hk_archive_entry *e)
{
  struct item *const v = realloc(u->items, (u->n + 2) * sizeof *v);
  if (v == NULL) {
    u->spent = true;
    return NULL;
  }
  u->items = v;
  v[u->n] = (struct item){.entry = e};
  return &v[u->n++];
}

static bool on_line(void *ctx, const struct hk_manifest_line *line)
{
  struct unpacking *const u = ctx;
  const bool same = hk_str_eq(line->role, HK_S("same"));
  const bool evidence = same || hk_str_eq(line->role, HK_S("evidence"));
  const hk_str name = same ? line->same_as : line->name;
  if (hk_str_eq(line->role, HK_S("missed"))) u->n_missed++;
  if (name.n == 0) return true;
  const struct hk_archive_entry *const e = hk_archive_find(u->zip, name);
  if (e == NULL) {
    if (evidence) {
      u->n_gone++;
      hk_console_error("%-12s %.*s: %s", "absent", (int)line->path.n, line->path.p,
                       u->o->japanese ? "一覧にあるのにアーカイブにない" : "listed, and not in the archive");
    }
    return true;
  }
  struct item *const to = same ? add_same(u, e) : item_of(u, e);
  if (to == NULL) return false;
  to->listed = true;
  to->product = !evidence;
  to->has_sha256 = line->has_digests;
  memcpy(to->sha256, line->sha256, sizeof to->sha256);
  if (!evidence || line->path.n == 0) return true;
  to->path = hk_str_copy(&u->arena, line->path);
  to->born_at = line->born_at;
  to->modified_at = line->modified_at;
  to->accessed_at = line->accessed_at;
  to->method = hk_str_copy(&u->arena, line->method);
  to->cut_short = line->outcome > HK_OK;
  to->sparse = line->sparse;
  return to->path.p != NULL && to->method.p != NULL;
}

static bool is_deferred(hk_str method)
{
  return hk_str_eq(method, HK_S("raw")) || hk_str_eq(method, HK_S("api+raw")) || hk_str_eq(method, HK_S("shadow"));
}

/* A pattern without a separator is one for file names. */
static bool is_wanted(const struct unpacking *u, const struct item *i)
{
  const hk_str only = u->o->only;
  const bool whole = hk_str_find(only, '\\') < only.n || hk_str_find(only, '/') < only.n;
  hk_str s = i->path;
  if (only.n == 0) return true;
  for (size_t k = s.n; !whole && k > 0; k--)
    if (s.p[k - 1] == '\\' || s.p[k - 1] == '/') {
      s = hk_str_sub(s, k, s.n);
      break;
    }
  return hk_glob_match(only, s);
}

/* In an archive of others an index is known by its content: then it is no file of its own. */
static void find_sparse(struct unpacking *u)
{
  for (size_t i = 0; i < u->n; i++) {
    struct item *const it = &u->items[i];
    struct hk_arena a;
    struct hk_ranges r;
    if (it->listed || !hk_str_starts(it->entry->name, HK_S("uploads/"))) continue;
    hk_arena_init(&a, SPARSE_MEMORY);
    const hk_str name = hk_str_printf(&a, "%.*s.idx", (int)it->entry->name.n, it->entry->name.p);
    const struct hk_archive_entry *const index = name.p == NULL ? NULL : hk_archive_find(u->zip, name);
    it->sparse = index != NULL && !item_of(u, index)->listed && hk_archive_ranges(u->zip, it->entry, &a, &r).code == HK_OK;
    if (it->sparse) item_of(u, index)->product = true;
    hk_arena_done(&a);
  }
}

/* With a manifest the tree is the evidence. Without one nobody says what is what: everything is written. */
static void choose(struct unpacking *u, size_t *n_wanted, uint64_t *n_bytes)
{
  const bool ours = u->manifest.code != HK_ABSENT;
  for (size_t i = 0; i < u->n; i++) {
    struct item *const it = &u->items[i];
    const hk_str name = it->entry->name;
    const bool folder = name.n > 0 && (name.p[name.n - 1] == '/' || name.p[name.n - 1] == '\\');
    const bool ours_aside = ours && !it->listed && !hk_str_starts(name, HK_S("uploads/"));
    it->wanted = !folder && !it->product && !ours_aside && is_wanted(u, it);
    if (!it->wanted) continue;
    (*n_wanted)++;
    *n_bytes = *n_bytes > UINT64_MAX - it->entry->size_bytes ? UINT64_MAX : *n_bytes + it->entry->size_bytes;
  }
}

/* ---- names made so far ----------------------------------------------------------------------------------------------------- */

static uint64_t key_of(struct hk_arena *a, hk_str path, hk_str mark)
{
  uint8_t digest[HK_SHA256_SIZE];
  uint64_t key = 0;
  struct hk_sha256 s;
  const hk_str folded = hk_str_fold(a, path);
  hk_sha256_init(&s);
  hk_sha256_add(&s, folded.p, folded.n);
  hk_sha256_add(&s, mark.p, mark.n);
  hk_sha256_end(&s, digest);
  memcpy(&key, digest, sizeof key);
  return key == 0 ? 1 : key;
}

static bool has_name(const struct names *s, uint64_t key)
{
  if (s->size == 0) return false;
  size_t i = (size_t)key & (s->size - 1);
  while (s->keys[i] != 0 && s->keys[i] != key) i = (i + 1) & (s->size - 1);
  return s->keys[i] == key;
}

static void put_name(struct names *s, uint64_t key)
{
  size_t i = (size_t)key & (s->size - 1);
  while (s->keys[i] != 0 && s->keys[i] != key) i = (i + 1) & (s->size - 1);
  if (s->keys[i] == 0) s->n++;
  s->keys[i] = key;
}

static bool add_name(struct names *s, uint64_t key)
{
  if (s->n >= s->size / 2) {
    struct names larger = {.size = s->size == 0 ? 1024 : s->size * 2};
    larger.keys = calloc(larger.size, sizeof *larger.keys);
    if (larger.keys == NULL) return false;
    for (size_t i = 0; i < s->size; i++)
      if (s->keys[i] != 0) put_name(&larger, s->keys[i]);
    free(s->keys);
    *s = larger;
  }
  put_name(s, key);
  return true;
}

#define TWICE HK_S("|twice")

/* ---- one file ---------------------------------------------------------------------------------------------------------------- */

static void complain(struct unpacking *u, hk_str about, hk_err e)
{
  u->n_bad++;
  hk_console_error("%-12s %.*s%s%s", hk_code_name(e.code), (int)about.n, about.p, e.step == NULL ? "" : ": ", e.step == NULL ? "" : e.step);
}

/* A folder that is there must be one: a link would lead out of the tree. */
static hk_err make_folder(hk_str path)
{
  struct os_info info;
  hk_err e = os_stat(path, &info);
  if (e.code == HK_ABSENT) {
    HK_TRY(os_make_dir(path));
    e = os_stat(path, &info);
  }
  HK_TRY(e);
  if ((info.reparse_tag & NAME_SURROGATE) != 0) return hk_fail(HK_REFUSED, "make folder: a link stands in its place", HK_NO_OFFSET);
  if (info.kind != OS_DIRECTORY) return hk_fail(HK_REFUSED, "make folder: a file stands in its place", HK_NO_OFFSET);
  return hk_ok();
}

/* Neighbours in an archive mostly share their folder, or its beginning: that is looked at once. */
static hk_err make_folders(struct unpacking *u, struct hk_arena *a, const struct hk_unpack_place *p, hk_str *out)
{
  struct hk_buf seen;
  hk_err e = hk_ok();
  hk_str path = u->out;
  size_t at = 0;     /* in the last one, while it is the same */
  bool same = true;
  hk_buf_init(&seen, (size_t)4 << 20);
  for (size_t i = 0; i < p->n_folders && e.code == HK_OK; i++) {
    const hk_str rest = hk_str_sub(hk_buf_view(&u->folder), at, u->folder.n);
    const hk_str known = hk_str_sub(rest, 0, hk_str_find(rest, 0));
    same = same && known.n < rest.n && hk_str_eq(known, p->folders[i]);
    at += same ? known.n + 1 : 0;
    path = os_join(a, path, p->folders[i]);
    if (path.p == NULL)
      e = no_memory();
    else if (!same)
      e = make_folder(path);
    if (e.code != HK_OK) break;
    hk_buf_str(&seen, p->folders[i]);
    hk_buf_u8(&seen, 0);
  }
  hk_buf_done(&u->folder);
  if (seen.failed) hk_buf_reset(&seen);
  u->folder = seen;
  *out = path;
  return e;
}

static hk_err fail_output(struct unpacking *u, hk_err e)
{
  u->fatal = true;
  return e;
}

/* The entry's bytes into a new file. *writing: what failed was ours to write, not theirs to read. */
static hk_err pump(struct unpacking *u, const struct item *it, struct hk_unpack_to *to, uint8_t sha256[HK_SHA256_SIZE], bool *writing)
{
  struct hk_archive_reader *in = NULL;
  struct hk_sha256 s;
  hk_sha256_init(&s);
  HK_TRY(hk_archive_read_open(u->zip, it->entry, &in));
  hk_err e = hk_ok();
  for (;;) {
    size_t got = 0;
    e = hk_run_interrupted() ? hk_fail(HK_CANCELLED, "unpack", HK_NO_OFFSET) : hk_archive_read(in, u->block, BLOCK_BYTES, &got);
    if (e.code != HK_OK || got == 0) break;
    hk_sha256_add(&s, u->block, got);
    e = hk_unpack_put(to, u->block, got);
    *writing = e.code != HK_OK;
    if (*writing) break;
    u->done_bytes += got;
    hk_progress_at(&u->progress, u->done_bytes);
  }
  hk_archive_read_close(in);
  hk_sha256_end(&s, sha256);
  if (e.code == HK_OK) {
    e = hk_unpack_put_end(to);
    *writing = e.code != HK_OK;
  }
  if (e.code == HK_OK && it->has_sha256 && memcmp(sha256, it->sha256, HK_SHA256_SIZE) != 0)
    e = hk_fail(HK_DAMAGED, "compare SHA-256 with the manifest", HK_NO_OFFSET);
  return e;
}

static hk_err fill(struct unpacking *u, const struct item *it, struct os_file *f, uint8_t sha256[HK_SHA256_SIZE], bool *writing)
{
  struct hk_arena a;
  struct hk_ranges ranges;
  struct hk_unpack_to w = {.file = f};
  hk_err e = hk_ok();
  hk_arena_init(&a, SPARSE_MEMORY);
  if (it->sparse) {
    e = hk_archive_ranges(u->zip, it->entry, &a, &ranges);
    if (e.code == HK_OK && hk_unpack_keeps_holes(f, &ranges, it->entry->size_bytes))
      w.ranges = &ranges;
    else
      u->n_flat_sparse += e.code == HK_OK;
  }
  if (e.code == HK_OK) e = pump(u, it, &w, sha256, writing);
  hk_arena_done(&a);
  return e;
}

/* Writes under the name given, which must be new; removes it again unless all went well. */
static hk_err write_new(struct unpacking *u, const struct item *it, hk_str path, bool is_stream, uint8_t sha256[HK_SHA256_SIZE])
{
  struct os_file *f = NULL;
  bool writing = false;
  const hk_err opened = os_open(path, OS_CREATE_NEW, &f);
  if (opened.code != HK_OK) return is_stream ? opened : fail_output(u, opened);
  hk_err e = fill(u, it, f, sha256, &writing);
  os_close(f);
  if (e.code == HK_OK && !is_stream && (it->modified_at != HK_TIME_UNKNOWN || it->accessed_at != HK_TIME_UNKNOWN || it->born_at != HK_TIME_UNKNOWN))
    e = os_set_times(path, it->born_at, it->modified_at, it->accessed_at);
  if (e.code != HK_OK) (void)os_remove(path);
  return writing ? fail_output(u, e) : e;
}

/* The name in the folder that is free, or the reason there is none. */
static hk_err free_name(struct unpacking *u, struct hk_arena *a, hk_str folder, hk_str file, hk_str *path)
{
  struct os_info info;
  hk_str name = file;
  for (unsigned number = 2; number < MOST_OF_ONE_NAME; number++) {
    *path = os_join(a, folder, name);
    if (path->p == NULL) return no_memory();
    const hk_err e = os_stat(*path, &info);
    if (e.code == HK_ABSENT) {
      if (number > 2) u->n_renamed++;
      return hk_ok();
    }
    HK_TRY(e);
    if (!has_name(&u->names, key_of(a, *path, HK_S(""))))
      return hk_fail(HK_USAGE, "write: it exists already and is not overwritten", HK_NO_OFFSET);
    (void)add_name(&u->names, key_of(a, *path, TWICE));
    name = hk_unpack_numbered(a, file, number);
    if (name.p == NULL) return no_memory();
  }
  return hk_fail(HK_LIMIT, "write: too many files of one name", HK_NO_OFFSET);
}

static hk_err write_file(struct unpacking *u, struct hk_arena *a, const struct item *it, hk_str folder, hk_str file, hk_str *path,
                         uint8_t sha256[HK_SHA256_SIZE])
{
  HK_TRY(free_name(u, a, folder, file, path));
  const hk_str temporary = os_join(a, u->out, hk_str_printf(a, ".hikeshi-unpack-%u-%llu.partial", os_process_id(),
                                                             (unsigned long long)u->n_temporary++));
  if (temporary.p == NULL) return no_memory();
  HK_TRY(write_new(u, it, temporary, false, sha256));
  const hk_err e = os_rename(temporary, *path);
  if (e.code != HK_OK) (void)os_remove(temporary);
  return e;
}

/* A real stream of a file that this run has written. HK_ABSENT, HK_USAGE, HK_UNSUPPORTED: the file system has none. */
static hk_err write_stream(struct unpacking *u, struct hk_arena *a, const struct item *it, hk_str folder,
                           const struct hk_unpack_place *p, hk_str *path, uint8_t sha256[HK_SHA256_SIZE])
{
  struct os_info info;
  const hk_str base = os_join(a, folder, p->base);
  if (base.p == NULL) return no_memory();
  const bool mine = has_name(&u->names, key_of(a, base, HK_S(""))) && !has_name(&u->names, key_of(a, base, TWICE));
  if (!mine || os_stat(base, &info).code != HK_OK || info.kind != OS_FILE)
    return hk_fail(HK_ABSENT, "find the file of a stream", HK_NO_OFFSET);
  *path = hk_str_printf(a, "%.*s:%.*s", (int)base.n, base.p, (int)p->stream.n, p->stream.p);
  if (path->p == NULL) return no_memory();
  const hk_err e = write_new(u, it, *path, true, sha256);
  (void)os_set_times(base, info.born_at, info.modified_at, info.accessed_at);
  return e;
}

static bool has_no_streams(hk_err e)
{
  return e.code == HK_ABSENT || e.code == HK_USAGE || e.code == HK_UNSUPPORTED || e.code == HK_IO;
}

static hk_err write_item(struct unpacking *u, struct hk_arena *a, const struct item *it, const struct hk_unpack_place *p)
{
  hk_str folder = u->out;
  struct hk_copied c = {.source = it->path,
                        .size_bytes = it->entry->size_bytes,
                        .method = it->method,
                        .deferred = is_deferred(it->method),
                        .born_at = it->born_at,
                        .modified_at = it->modified_at,
                        .accessed_at = it->accessed_at};
  const uint64_t started_ms = os_monotonic_ms();
  const uint64_t done_before = u->done_bytes;
  HK_TRY(make_folders(u, a, p, &folder));
  hk_err e = p->stream.n > 0 ? write_stream(u, a, it, folder, p, &c.destination, c.sha256) : hk_ok();
  const bool flat = p->stream.n > 0 && has_no_streams(e) && !u->fatal;
  if (p->stream.n == 0 || flat) {
    u->done_bytes = done_before;
    e = write_file(u, a, it, folder, p->file, &c.destination, c.sha256);
  }
  HK_TRY(e);
  if (flat) u->n_flat_streams++;
  if (!add_name(&u->names, key_of(a, c.destination, HK_S("")))) return no_memory();
  u->n_files++;
  u->n_bytes += it->entry->size_bytes;
  c.at = os_now();
  c.took_ms = os_monotonic_ms() - started_ms;
  const hk_err logged = hk_copy_log_add(u->log, &c);
  return logged.code == HK_OK ? e : fail_output(u, logged);
}

/* ---- all of them --------------------------------------------------------------------------------------------------------------- */

static void unpack_one(struct unpacking *u, const struct item *it, bool streams)
{
  struct hk_arena a;
  struct hk_unpack_place p;
  hk_arena_init(&a, (size_t)64 << 20);
  hk_err e = hk_unpack_place(&a, it->path, os_separator == '\\', &p);
  const bool now = (e.code == HK_OK && p.stream.n > 0) == streams;
  if (now && e.code == HK_OK) e = write_item(u, &a, it, &p);
  if (now && e.code != HK_OK && e.code != HK_CANCELLED) complain(u, it->path, e);
  if (now && e.code == HK_OK && it->cut_short)
    hk_console_error("%-12s %.*s: %s", "cut short", (int)it->path.n, it->path.p,
                     u->o->japanese ? "採取の時に途中までしか読めなかった" : "it could not be read to its end when it was collected");
  if (now && e.code == HK_OK && u->manifest.code != HK_ABSENT && !it->listed)
    complain(u, it->path, hk_fail(HK_DAMAGED, "find it in the manifest: it was written all the same", HK_NO_OFFSET));
  hk_arena_done(&a);
}

static void unpack_all(struct unpacking *u)
{
  for (int pass = 0; pass < 2; pass++)
    for (size_t i = 0; i < u->n && !u->fatal && !hk_run_interrupted(); i++)
      if (u->items[i].wanted) unpack_one(u, &u->items[i], pass == 1);
}

/* In the current folder: the archive's name without ".zip". */
static hk_str default_out(struct hk_arena *a, hk_str archive)
{
  size_t from = archive.n;
  while (from > 0 && archive.p[from - 1] != '/' && archive.p[from - 1] != '\\') from--;
  hk_str name = hk_str_sub(archive, from, archive.n);
  if (name.n > 8 && hk_str_iends(name, HK_S(".zip.age"))) name.n -= 4;
  if (name.n > 4 && hk_str_iends(name, HK_S(".zip"))) name.n -= 4;
  return hk_str_printf(a, "%.*s.unpacked", (int)name.n, name.p);
}

static int report(const struct unpacking *u)
{
  const bool ja = u->o->japanese;
  hk_console_line(ja ? "%llu ファイル, %llu バイトを書きました: %.*s" : "%llu files, %llu bytes written: %.*s", (unsigned long long)u->n_files,
                  (unsigned long long)u->n_bytes, (int)u->out.n, u->out.p);
  if (u->n_flat_streams > 0)
    hk_console_line(ja ? "代替ストリーム %llu 個は別のファイル「名前%%3Aストリーム名」にしました"
                       : "%llu alternate streams became files of their own, named name%%3Astream",
                    (unsigned long long)u->n_flat_streams);
  if (u->n_flat_sparse > 0)
    hk_console_line(ja ? "スパースファイル %llu 個は穴を持てない出力先なのでデータだけを続けて書きました（位置はアーカイブの .idx）"
                       : "%llu sparse files were written as their data alone: the place they went to keeps no holes (see .idx in the archive)",
                    (unsigned long long)u->n_flat_sparse);
  if (u->n_renamed > 0)
    hk_console_line(ja ? "同じ名前のもの %llu 個に番号を付けました（~2）" : "%llu files of a name already taken got a number (~2)",
                    (unsigned long long)u->n_renamed);
  if (u->n_missed > 0)
    hk_console_line(ja ? "採取の時に保存できなかったもの: %llu 件（hikeshi/coverage.json）"
                       : "%llu could not be stored when it was collected (hikeshi/coverage.json)",
                    (unsigned long long)u->n_missed);
  if (u->n_bad + u->n_gone > 0)
    hk_console_line(ja ? "書けなかった、または疑わしいもの: %llu 件（上に一覧）" : "not written, or doubtful: %llu (listed above)",
                    (unsigned long long)(u->n_bad + u->n_gone));
  const hk_str log = hk_copy_log_path(u->log);
  hk_console_line("CopyLog: %.*s", (int)log.n, log.p);
  if (u->fatal) return HK_EXIT_OUTPUT;
  if (hk_run_interrupted()) return HK_EXIT_CANCELLED;
  return u->n_bad + u->n_gone > 0 || u->n_files == 0 ? HK_EXIT_PARTIAL : HK_EXIT_OK;
}

static int unpack_to(struct unpacking *u, uint64_t n_bytes)
{
  uint64_t space = 0;
  hk_err e = os_make_dir(u->out);
  if (e.code == HK_OK && os_free_space(u->out, &space).code == HK_OK && space < n_bytes)
    e = hk_fail(HK_LIMIT, "look at the free space before unpacking", HK_NO_OFFSET);
  if (e.code == HK_OK) e = hk_copy_log_open(u->out, os_now(), &u->log);
  if (e.code != HK_OK) return hk_run_fail(u->o, e, u->out, HK_EXIT_OUTPUT);
  hk_progress_start(&u->progress, n_bytes, u->o->quiet, u->o->japanese);
  unpack_all(u);
  hk_progress_end(&u->progress, u->done_bytes, !u->fatal && !hk_run_interrupted());
  const int code = report(u);
  e = hk_copy_log_close(u->log);
  return e.code == HK_OK ? code : hk_run_fail(u->o, e, u->out, HK_EXIT_OUTPUT);
}

static int unpack_open(struct unpacking *u)
{
  size_t n_wanted = 0;
  uint64_t n_bytes = 0;
  hk_err e = hk_run_open_locked(u->o, u->o->operands[0], HK_AGE_WHOLE, &u->file);
  if (e.code == HK_OK) e = hk_archive_open_bytes(u->file.bytes, &u->zip);
  /* The reader looks for the end of the directory first; no such thing is not "no such file". */
  if (e.code == HK_ABSENT && e.os == 0) e = hk_fail(HK_DAMAGED, "open the archive: no zip, or one that was cut off", HK_NO_OFFSET);
  if (e.code != HK_OK) return hk_run_fail_source(u->o, e, u->o->operands[0]);
  u->block = malloc(BLOCK_BYTES);
  e = u->block == NULL ? no_memory() : read_entries(u);
  if (e.code == HK_OK) u->manifest = hk_archive_manifest(u->zip, on_line, u);
  if (u->arena.spent || u->spent) e = no_memory();
  if (e.code != HK_OK) return hk_run_fail(u->o, e, u->o->operands[0], HK_EXIT_INTERNAL);
  u->out = u->o->out.n != 0 ? u->o->out : default_out(&u->arena, u->o->operands[0]);
  if (u->manifest.code != HK_OK && u->manifest.code != HK_ABSENT) complain(u, HK_S("hikeshi/manifest.jsonl"), u->manifest);
  find_sparse(u);
  choose(u, &n_wanted, &n_bytes);
  if (n_wanted == 0) {
    hk_console_error("%s", u->o->japanese ? "書くものがありません" : "there is nothing to write");
    return HK_EXIT_PARTIAL;
  }
  return unpack_to(u, n_bytes);
}

int hk_run_unpack(const struct hk_options *o)
{
  struct unpacking u = {.o = o};
  hk_arena_init(&u.arena, 0);
  hk_buf_init(&u.folder, (size_t)4 << 20);
  os_on_interrupt(hk_run_interrupt);
  const int code = unpack_open(&u);
  hk_archive_close(u.zip);
  hk_age_file_close(&u.file);
  hk_buf_done(&u.folder);
  free(u.names.keys);
  free(u.items);
  free(u.block);
  hk_arena_done(&u.arena);
  return code;
}
