/* One file after the other into the tree. */
#include "run/unpack_tree.h"

#include <stdlib.h>
#include <string.h>

#include "os/os.h"
#include "os/reparse.h"
#include "run/pipeline.h"
#include "run/unpack_holes.h"

#define BLOCK_BYTES ((size_t)256 << 10)
#define MOST_OF_ONE_NAME 100

static hk_err no_memory(void)
{
  return hk_fail(HK_MEMORY, "unpack", HK_NO_OFFSET);
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

static bool has_name(const struct hk_unpack_names *s, uint64_t key)
{
  if (s->size == 0) return false;
  size_t i = (size_t)key & (s->size - 1);
  while (s->keys[i] != 0 && s->keys[i] != key) i = (i + 1) & (s->size - 1);
  return s->keys[i] == key;
}

static void put_name(struct hk_unpack_names *s, uint64_t key)
{
  size_t i = (size_t)key & (s->size - 1);
  while (s->keys[i] != 0 && s->keys[i] != key) i = (i + 1) & (s->size - 1);
  if (s->keys[i] == 0) s->n++;
  s->keys[i] = key;
}

static bool add_name(struct hk_unpack_names *s, uint64_t key)
{
  if (s->n >= s->size / 2) {
    struct hk_unpack_names larger = {.size = s->size == 0 ? 1024 : s->size * 2};
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
  if (os_tag_is_surrogate(info.reparse_tag)) return hk_fail(HK_REFUSED, "make folder: a link stands in its place", HK_NO_OFFSET);
  if (info.kind != OS_DIRECTORY) return hk_fail(HK_REFUSED, "make folder: a file stands in its place", HK_NO_OFFSET);
  return hk_ok();
}

/* Neighbours in an archive mostly share their folder, or its beginning: that is looked at once. */
static hk_err make_folders(struct hk_unpack_tree *t, struct hk_arena *a, const struct hk_unpack_place *p, hk_str *out)
{
  struct hk_buf seen;
  hk_err e = hk_ok();
  hk_str path = t->out;
  size_t at = 0;     /* in the last one, while it is the same */
  bool same = true;
  hk_buf_init(&seen, (size_t)4 << 20);
  for (size_t i = 0; i < p->n_folders && e.code == HK_OK; i++) {
    const hk_str rest = hk_str_sub(hk_buf_view(&t->folder), at, t->folder.n);
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
  hk_buf_done(&t->folder);
  if (seen.failed) hk_buf_reset(&seen);
  t->folder = seen;
  *out = path;
  return e;
}

static hk_err fail_output(struct hk_unpack_tree *t, hk_err e)
{
  t->fatal = true;
  return e;
}

/* The entry's bytes into a new file. *writing: what failed was ours to write, not theirs to read. */
static hk_err pump(struct hk_unpack_tree *t, const struct hk_unpack_item *it, struct hk_unpack_to *to, uint8_t sha256[HK_SHA256_SIZE], bool *writing)
{
  struct hk_archive_reader *in = NULL;
  struct hk_sha256 s;
  hk_sha256_init(&s);
  HK_TRY(hk_archive_read_open(t->zip, it->entry, &in));
  hk_err e = hk_ok();
  for (;;) {
    size_t got = 0;
    e = hk_run_interrupted() ? hk_fail(HK_CANCELLED, "unpack", HK_NO_OFFSET) : hk_archive_read(in, t->block, BLOCK_BYTES, &got);
    if (e.code != HK_OK || got == 0) break;
    hk_sha256_add(&s, t->block, got);
    e = hk_unpack_put(to, t->block, got);
    *writing = e.code != HK_OK;
    if (*writing) break;
    t->done_bytes += got;
    hk_progress_at(t->progress, t->done_bytes);
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

static hk_err fill(struct hk_unpack_tree *t, const struct hk_unpack_item *it, struct os_file *f, uint8_t sha256[HK_SHA256_SIZE], bool *writing)
{
  struct hk_arena a;
  struct hk_ranges ranges;
  struct hk_unpack_to w = {.file = f};
  hk_err e = hk_ok();
  hk_arena_init(&a, HK_UNPACK_SPARSE_MEMORY);
  if (it->sparse) {
    e = hk_archive_ranges(t->zip, it->entry, &a, &ranges);
    if (e.code == HK_OK && hk_unpack_keeps_holes(f, &ranges, it->entry->size_bytes))
      w.ranges = &ranges;
    else
      t->n_flat_sparse += e.code == HK_OK;
  }
  if (e.code == HK_OK) e = pump(t, it, &w, sha256, writing);
  hk_arena_done(&a);
  return e;
}

/* Writes under the name given, which must be new; removes it again unless all went well. */
static hk_err write_new(struct hk_unpack_tree *t, const struct hk_unpack_item *it, hk_str path, bool is_stream, uint8_t sha256[HK_SHA256_SIZE])
{
  struct os_file *f = NULL;
  bool writing = false;
  const hk_err opened = os_open(path, OS_CREATE_NEW, &f);
  if (opened.code != HK_OK) return is_stream ? opened : fail_output(t, opened);
  hk_err e = fill(t, it, f, sha256, &writing);
  os_close(f);
  if (e.code == HK_OK && !is_stream && (it->modified_at != HK_TIME_UNKNOWN || it->accessed_at != HK_TIME_UNKNOWN || it->born_at != HK_TIME_UNKNOWN))
    e = os_set_times(path, it->born_at, it->modified_at, it->accessed_at);
  if (e.code != HK_OK) (void)os_remove(path);
  return writing ? fail_output(t, e) : e;
}

/* The name in the folder that is free, or the reason there is none. */
static hk_err free_name(struct hk_unpack_tree *t, struct hk_arena *a, hk_str folder, hk_str file, hk_str *path)
{
  struct os_info info;
  hk_str name = file;
  for (unsigned number = 2; number < MOST_OF_ONE_NAME; number++) {
    *path = os_join(a, folder, name);
    if (path->p == NULL) return no_memory();
    const hk_err e = os_stat(*path, &info);
    if (e.code == HK_ABSENT) {
      if (number > 2) t->n_renamed++;
      return hk_ok();
    }
    HK_TRY(e);
    if (!has_name(&t->names, key_of(a, *path, HK_S(""))))
      return hk_fail(HK_USAGE, "write: it exists already and is not overwritten", HK_NO_OFFSET);
    (void)add_name(&t->names, key_of(a, *path, TWICE));
    name = hk_unpack_numbered(a, file, number);
    if (name.p == NULL) return no_memory();
  }
  return hk_fail(HK_LIMIT, "write: too many files of one name", HK_NO_OFFSET);
}

static hk_err write_file(struct hk_unpack_tree *t, struct hk_arena *a, const struct hk_unpack_item *it, hk_str folder, hk_str file, hk_str *path,
                         uint8_t sha256[HK_SHA256_SIZE])
{
  HK_TRY(free_name(t, a, folder, file, path));
  const hk_str temporary = os_join(a, t->out, hk_str_printf(a, ".hikeshi-unpack-%u-%llu.partial", os_process_id(),
                                                             (unsigned long long)t->n_temporary++));
  if (temporary.p == NULL) return no_memory();
  HK_TRY(write_new(t, it, temporary, false, sha256));
  const hk_err e = os_rename(temporary, *path);
  if (e.code != HK_OK) (void)os_remove(temporary);
  return e;
}

/* A real stream of a file that this run has written. HK_ABSENT, HK_USAGE, HK_UNSUPPORTED: the file system has none. */
static hk_err write_stream(struct hk_unpack_tree *t, struct hk_arena *a, const struct hk_unpack_item *it, hk_str folder,
                           const struct hk_unpack_place *p, hk_str *path, uint8_t sha256[HK_SHA256_SIZE])
{
  struct os_info info;
  const hk_str base = os_join(a, folder, p->base);
  if (base.p == NULL) return no_memory();
  const bool mine = has_name(&t->names, key_of(a, base, HK_S(""))) && !has_name(&t->names, key_of(a, base, TWICE));
  if (!mine || os_stat(base, &info).code != HK_OK || info.kind != OS_FILE)
    return hk_fail(HK_ABSENT, "find the file of a stream", HK_NO_OFFSET);
  *path = hk_str_printf(a, "%.*s:%.*s", (int)base.n, base.p, (int)p->stream.n, p->stream.p);
  if (path->p == NULL) return no_memory();
  const hk_err e = write_new(t, it, *path, true, sha256);
  (void)os_set_times(base, info.born_at, info.modified_at, info.accessed_at);
  return e;
}

static bool has_no_streams(hk_err e)
{
  return e.code == HK_ABSENT || e.code == HK_USAGE || e.code == HK_UNSUPPORTED || e.code == HK_IO;
}

static bool is_deferred(hk_str method)
{
  return hk_str_eq(method, HK_S("raw")) || hk_str_eq(method, HK_S("api+raw")) || hk_str_eq(method, HK_S("shadow"));
}

hk_err hk_unpack_write(struct hk_unpack_tree *t, struct hk_arena *a, const struct hk_unpack_item *it, const struct hk_unpack_place *p)
{
  hk_str folder = t->out;
  struct hk_copied c = {.source = it->path,
                        .size_bytes = it->entry->size_bytes,
                        .method = it->method,
                        .deferred = is_deferred(it->method),
                        .born_at = it->born_at,
                        .modified_at = it->modified_at,
                        .accessed_at = it->accessed_at};
  const uint64_t started_ms = os_monotonic_ms();
  const uint64_t done_before = t->done_bytes;
  HK_TRY(make_folders(t, a, p, &folder));
  hk_err e = p->stream.n > 0 ? write_stream(t, a, it, folder, p, &c.destination, c.sha256) : hk_ok();
  const bool flat = p->stream.n > 0 && has_no_streams(e) && !t->fatal;
  if (p->stream.n == 0 || flat) {
    t->done_bytes = done_before;
    e = write_file(t, a, it, folder, p->file, &c.destination, c.sha256);
  }
  HK_TRY(e);
  if (flat) t->n_flat_streams++;
  if (!add_name(&t->names, key_of(a, c.destination, HK_S("")))) return no_memory();
  t->n_files++;
  t->n_bytes += it->entry->size_bytes;
  c.at = os_now();
  c.took_ms = os_monotonic_ms() - started_ms;
  const hk_err logged = hk_copy_log_add(t->log, &c);
  return logged.code == HK_OK ? e : fail_output(t, logged);
}

hk_err hk_unpack_tree_init(struct hk_archive *zip, hk_str out, struct hk_progress *progress, struct hk_unpack_tree *t)
{
  *t = (struct hk_unpack_tree){.zip = zip, .out = out, .progress = progress, .block = malloc(BLOCK_BYTES)};
  hk_buf_init(&t->folder, (size_t)4 << 20);
  return t->block == NULL ? no_memory() : hk_ok();
}

void hk_unpack_tree_done(struct hk_unpack_tree *t)
{
  hk_buf_done(&t->folder);
  free(t->names.keys);
  free(t->block);
}
