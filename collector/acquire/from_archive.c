/* An archive as a source. The zip reader checks every number; here names become evidence paths and entries streams. */
#include <stdlib.h>
#include <string.h>

#include "acquire/acquire.h"

/* Random access inflates the entry into memory; larger ones can only be read in order. */
#define MAX_INFLATED_BYTES (UINT64_C(256) << 20)

struct archive_source {
  struct hk_source source;
  struct hk_archive *zip;
  struct hk_arena arena;
  hk_str *paths; /* per entry; empty = no evidence */
};

struct archive_stream {
  struct hk_stream stream;
  struct hk_archive *zip;
  const struct hk_archive_entry *entry;
  struct hk_archive_reader *reader;
  uint8_t *whole; /* inflated on the first read_at */
  size_t whole_bytes;
};

/* "C/Users/x", "C:/…", "C%3A/…", each perhaps behind "fs/": what other collectors write. */
static hk_str foreign_path(struct hk_arena *a, hk_str name)
{
  if (hk_str_starts(name, HK_S("fs/"))) name = hk_str_sub(name, 3, name.n);
  const size_t end = hk_str_find(name, '/');
  const char letter = name.n == 0 ? 0 : name.p[0];
  const bool is_letter = (letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z');
  const hk_str mark = hk_str_sub(name, 1, end);
  const bool volume = mark.n == 0 || hk_str_eq(mark, HK_S(":")) || hk_str_ieq(mark, HK_S("%3A"));
  if (!is_letter || !volume || end == name.n) return (hk_str){.p = NULL, .n = 0};
  const hk_str rest = hk_str_sub(name, end, name.n);
  const hk_str path = hk_str_printf(a, "%c:%.*s", letter & ~0x20, (int)rest.n, rest.p);
  for (size_t i = 0; i < path.n; i++)
    if (path.p[i] == '/') ((char *)(uintptr_t)path.p)[i] = '\\';
  return path;
}

static struct hk_entry entry_of(const struct hk_archive_entry *e, hk_str path)
{
  return (struct hk_entry){.path = path,
                           .size_bytes = e->size_bytes,
                           .born_at = e->born_at,
                           .modified_at = e->modified_at,
                           .accessed_at = e->accessed_at,
                           .n_links = 1};
}

static bool glob_fits(hk_str glob, hk_str path)
{
  const size_t name = hk_str_rfind(path, '\\');
  const size_t last = hk_str_rfind(glob, '\\');
  const bool stream = hk_str_find(hk_str_sub(path, name + 1, path.n), ':') < path.n - name - 1;
  const hk_str tail = last == glob.n ? glob : hk_str_sub(glob, last + 1, glob.n);
  return stream == (hk_str_find(tail, ':') < tail.n) && hk_glob_match(glob, path);
}

static hk_err archive_find(struct hk_source *s, const struct hk_globs *globs, const struct hk_finder *finder)
{
  struct archive_source *const x = (struct archive_source *)(void *)s;
  bool matched[HK_GLOBS_MAX];
  if (globs->n > HK_GLOBS_MAX) return hk_fail(HK_USAGE, "look for too many path patterns", HK_NO_OFFSET);
  for (size_t i = 0; i < hk_archive_count(x->zip); i++) {
    if (x->paths[i].n == 0) continue;
    bool any = false;
    for (size_t g = 0; g < globs->n; g++) {
      matched[g] = glob_fits(globs->v[g], x->paths[i]);
      any = any || matched[g];
    }
    const struct hk_entry e = entry_of(hk_archive_at(x->zip, i), x->paths[i]);
    if (any && !finder->on_entry(finder->ctx, &e, matched)) break;
  }
  return hk_ok();
}

static hk_err look_up(const struct archive_source *x, hk_str path, size_t *at)
{
  for (size_t i = 0; i < hk_archive_count(x->zip); i++) {
    if (!hk_str_eq(x->paths[i], path)) continue;
    *at = i;
    return hk_ok();
  }
  return hk_fail(HK_ABSENT, "find the file in the archive", HK_NO_OFFSET);
}

static hk_err stream_read(struct hk_stream *s, void *out, size_t n, size_t *got)
{
  return hk_archive_read(((struct archive_stream *)(void *)s)->reader, out, n, got);
}

static hk_err inflate_whole(struct archive_stream *t)
{
  if (t->entry->size_bytes > MAX_INFLATED_BYTES) return hk_fail(HK_LIMIT, "read: too large for random access in an archive", 0);
  uint8_t *const whole = malloc((size_t)t->entry->size_bytes + 1);
  if (whole == NULL) return hk_fail(HK_MEMORY, "read the archive", HK_NO_OFFSET);
  struct hk_archive_reader *r = NULL;
  hk_err e = hk_archive_read_open(t->zip, t->entry, &r);
  size_t n = 0;
  size_t got = 1;
  while (e.code == HK_OK && got != 0 && n < t->entry->size_bytes) {
    e = hk_archive_read(r, whole + n, (size_t)t->entry->size_bytes - n, &got);
    n += got;
  }
  if (r != NULL) hk_archive_read_close(r);
  if (e.code != HK_OK) {
    free(whole);
    return e;
  }
  t->whole = whole;
  t->whole_bytes = n;
  return hk_ok();
}

static hk_err stream_read_at(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
  struct archive_stream *const t = (struct archive_stream *)(void *)self;
  *got = 0;
  if (t->whole == NULL) HK_TRY(inflate_whole(t));
  if (offset >= t->whole_bytes) return hk_ok();
  *got = t->whole_bytes - (size_t)offset < n ? t->whole_bytes - (size_t)offset : n;
  memcpy(out, t->whole + offset, *got);
  return hk_ok();
}

static void stream_close(struct hk_stream *s)
{
  struct archive_stream *const t = (struct archive_stream *)(void *)s;
  hk_archive_read_close(t->reader);
  free(t->whole);
  free(t);
}

static hk_err archive_open(struct hk_source *s, hk_str path, struct hk_stream **out)
{
  struct archive_source *const x = (struct archive_source *)(void *)s;
  size_t at = 0;
  HK_TRY(look_up(x, path, &at));
  struct archive_stream *const t = calloc(1, sizeof *t);
  if (t == NULL) return hk_fail(HK_MEMORY, "open", HK_NO_OFFSET);
  t->zip = x->zip;
  t->entry = hk_archive_at(x->zip, at);
  const hk_err e = hk_archive_read_open(x->zip, t->entry, &t->reader);
  if (e.code != HK_OK) {
    free(t);
    return e;
  }
  t->stream = (struct hk_stream){
      .bytes = {.size_bytes = t->entry->size_bytes, .read_at = stream_read_at}, .read = stream_read, .close = stream_close};
  *out = &t->stream;
  return hk_ok();
}

static hk_err archive_stat(struct hk_source *s, hk_str path, struct hk_arena *a, struct hk_entry *out)
{
  (void)a;
  struct archive_source *const x = (struct archive_source *)(void *)s;
  size_t at = 0;
  HK_TRY(look_up(x, path, &at));
  *out = entry_of(hk_archive_at(x->zip, at), path);
  return hk_ok();
}

static hk_err archive_owner(struct hk_source *s, hk_str path, struct hk_arena *a, hk_str *sid)
{
  (void)s;
  (void)path;
  (void)a;
  *sid = hk_str_of("");
  return hk_ok();
}

static void archive_close(struct hk_source *s)
{
  struct archive_source *const x = (struct archive_source *)(void *)s;
  hk_archive_close(x->zip);
  hk_arena_done(&x->arena);
  free(x);
}

static const struct hk_source_ops archive_ops = {
    .method = "archive",
    .find = archive_find,
    .open = archive_open,
    .stat = archive_stat,
    .owner = archive_owner,
    .close = archive_close,
};

hk_err hk_source_open_archive(hk_str os_path, struct hk_source **out)
{
  struct archive_source *const x = calloc(1, sizeof *x);
  if (x == NULL) return hk_fail(HK_MEMORY, "open the archive", HK_NO_OFFSET);
  x->source.ops = &archive_ops;
  hk_arena_init(&x->arena, 0);
  hk_err e = hk_archive_open(os_path, &x->zip);
  if (e.code != HK_OK) {
    free(x);
    return e;
  }
  size_t n_evidence = 0;
  x->paths = hk_new(&x->arena, hk_str, hk_archive_count(x->zip));
  for (size_t i = 0; x->paths != NULL && i < hk_archive_count(x->zip); i++) {
    const hk_str name = hk_archive_at(x->zip, i)->name;
    if (name.n == 0 || name.p[name.n - 1] == '/') continue;
    const hk_str ours = hk_archive_evidence_path(&x->arena, name);
    x->paths[i] = ours.n != 0 ? ours : foreign_path(&x->arena, name);
    if (x->paths[i].n != 0) n_evidence++;
  }
  if (x->paths == NULL) e = hk_fail(HK_MEMORY, "open the archive", HK_NO_OFFSET);
  if (x->paths != NULL && n_evidence == 0) e = hk_fail(HK_USAGE, "open the archive: it holds no evidence files", HK_NO_OFFSET);
  if (e.code != HK_OK) {
    archive_close(&x->source);
    return e;
  }
  *out = &x->source;
  return hk_ok();
}
