/* An archive as a source. The zip reader checks every number; here names become evidence paths and entries streams. Our own
   container also says, in its manifest, what was denied, cut short or renamed when it was collected: that is said again,
   so that a second analysis knows as much as the first. */
#include <stdlib.h>
#include <string.h>

#include "acquire/acquire.h"
#include "source/shadows.h"
#include "source/globs.h"
#include "store/age.h"

#define MEMORY_LIMIT ((size_t)2 << 30)

#define SHADOWS_MAX 1024u

struct item {
  hk_str path;                          /* empty = no evidence */
  hk_str folded;                        /* what look-ups go by */
  const struct hk_archive_entry *entry; /* NULL: it was there and could not be stored */
  hk_time born_at, modified_at, accessed_at, changed_at;
  uint32_t attributes;
  hk_str owner_sid;
  hk_err read_result; /* how reading it ended when it was collected */
  struct hk_ranges ranges; /* of a sparse file */
  bool sparse;
  uint32_t shadow;    /* in which shadow copy it lies, in the order of the archive; 0 = none */
  bool older;         /* read from a shadow copy, which its path does not say */
  bool listed;        /* in the manifest */
  bool twice;         /* an earlier entry has the same path */
};

struct archive_source {
  struct hk_source source;
  struct hk_age_file file;
  struct hk_archive *zip;
  struct hk_arena arena;
  struct item *items; /* one an entry, then what was missed; malloc'd */
  size_t n, capacity;
  const struct item **by_path; /* evidence only, by folded path, then path, then position */
  size_t n_by_path;
  hk_err manifest; /* HK_ABSENT: not our container */
  struct hk_shadow *shadows; /* malloc'd */
  size_t n_shadows;
};

struct archive_stream {
  struct hk_stream stream;
  struct hk_archive *zip;
  const struct item *item;
  struct hk_archive_reader *reader;
  struct hk_bytes *random; /* made on the first read_at */
  uint64_t position;       /* of sparse_read */
};

/* "C/Users/x", "C:/…", "C%3A/…", each perhaps behind "fs/": what other collectors write. */
static hk_str foreign_path(struct hk_arena *a, hk_str name)
{
  if (hk_str_starts(name, HK_S("fs/"))) name = hk_str_sub(name, 3, name.n);
  const size_t end = hk_str_find(name, '/');
  const char letter = name.n == 0 ? 0 : name.p[0];
  const hk_str mark = hk_str_sub(name, 1, end);
  const bool volume = mark.n == 0 || hk_str_eq(mark, HK_S(":")) || hk_str_ieq(mark, HK_S("%3A"));
  if (!hk_is_letter(letter) || !volume || end == name.n) return (hk_str){.p = NULL, .n = 0};
  const hk_str rest = hk_str_sub(name, end, name.n);
  const hk_str path = hk_str_printf(a, "%c:%.*s", letter & ~0x20, (int)rest.n, rest.p);
  for (size_t i = 0; i < path.n; i++)
    if (path.p[i] == '/') ((char *)(uintptr_t)path.p)[i] = '\\';
  return path;
}

static uint64_t first_data(const struct hk_ranges *r)
{
  return r->n == 0 ? r->size_bytes : r->v[0].offset;
}

static struct hk_entry entry_of(const struct item *i)
{
  return (struct hk_entry){.path = i->path,
                           .size_bytes = i->entry == NULL ? 0 : i->sparse ? i->ranges.size_bytes : i->entry->size_bytes,
                           .data_from = i->sparse ? first_data(&i->ranges) : 0,
                           .born_at = i->born_at,
                           .modified_at = i->modified_at,
                           .accessed_at = i->accessed_at,
                           .changed_at = i->changed_at,
                           .attributes = i->attributes,
                           .shadow = i->shadow,
                           .n_links = 1};
}

/* ---- finding ----------------------------------------------------------------------------------------------------------- */

static void say(const struct hk_finder *f, hk_str path, hk_err e)
{
  if (f->on_error != NULL) f->on_error(f->ctx, path, e);
}

/* A file of a shadow copy is what it was on its drive. */
static hk_err hits_of(struct hk_glob_set *globs, hk_str path, struct hk_hits *hits)
{
  hk_str device, rest;
  char letter = 0;
  if (!hk_shadow_split(path, &device, &letter, &rest)) return hk_glob_path(globs, path, hits);
  struct hk_arena a;
  hk_arena_init(&a, 0);
  const hk_str was = hk_str_printf(&a, "%c:%.*s", letter, (int)rest.n, rest.p);
  const hk_err e = was.p == NULL ? hk_fail(HK_MEMORY, "find files", HK_NO_OFFSET) : hk_glob_path(globs, was, hits);
  hk_arena_done(&a);
  return e;
}

static hk_err find_item(const struct item *i, struct hk_glob_set *globs, const struct hk_finder *finder, bool *go_on)
{
  struct hk_hits hits;
  HK_TRY(hits_of(globs, i->path, &hits));
  if (hits.n == 0) return hk_ok();
  if (i->twice) {
    say(finder, i->path, hk_fail(HK_DAMAGED, "find files: a second entry of this name is not read", HK_NO_OFFSET));
    return hk_ok();
  }
  const struct hk_entry e = entry_of(i);
  *go_on = finder->on_entry(finder->ctx, &e, &hits);
  return hk_ok();
}

static hk_err archive_find(struct hk_source *s, const struct hk_globs *globs, const struct hk_finder *finder)
{
  struct archive_source *const x = (struct archive_source *)(void *)s;
  struct hk_glob_set *set = NULL;
  HK_TRY(hk_glob_set_open(globs, &set));
  if (x->manifest.code != HK_OK && x->manifest.code != HK_ABSENT)
    say(finder, hk_str_of(""),
        hk_fail(HK_DAMAGED, "read the archive's manifest: what it missed is not known", HK_NO_OFFSET));
  hk_err e = hk_ok();
  bool go_on = true;
  for (size_t i = 0; i < x->n && go_on && e.code == HK_OK; i++) {
    if (finder->stop != NULL && finder->stop())
      e = hk_fail(HK_CANCELLED, "find files", HK_NO_OFFSET);
    else if (x->items[i].path.n != 0)
      e = find_item(&x->items[i], set, finder, &go_on);
  }
  hk_glob_set_close(set);
  return e;
}

static int by_path(const void *p, const void *q)
{
  const struct item *const a = *(const struct item *const *)p;
  const struct item *const b = *(const struct item *const *)q;
  const int folded = hk_str_cmp(a->folded, b->folded);
  if (folded != 0) return folded;
  const int path = hk_str_cmp(a->path, b->path);
  if (path != 0) return path;
  return a < b ? -1 : a > b;
}

/* As written when there is such a path, else the first that differs in case only. */
static hk_err look_up(const struct archive_source *x, hk_str path, const struct item **out)
{
  struct hk_arena a;
  hk_arena_init(&a, 0);
  const hk_str folded = hk_str_fold(&a, path);
  size_t low = 0;
  size_t high = x->n_by_path;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (hk_str_cmp(x->by_path[middle]->folded, folded) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  const struct item *found = NULL;
  for (size_t i = low; i < x->n_by_path && hk_str_eq(x->by_path[i]->folded, folded); i++) {
    if (found == NULL) found = x->by_path[i];
    if (!hk_str_eq(x->by_path[i]->path, path)) continue;
    found = x->by_path[i];
    break;
  }
  hk_arena_done(&a);
  if (found == NULL) return hk_fail(HK_ABSENT, "find the file in the archive", HK_NO_OFFSET);
  *out = found;
  return hk_ok();
}

/* ---- reading ------------------------------------------------------------------------------------------------------------ */

static hk_err stream_read(struct hk_stream *s, void *out, size_t n, size_t *got)
{
  const struct archive_stream *const t = (struct archive_stream *)(void *)s;
  HK_TRY(hk_archive_read(t->reader, out, n, got));
  return *got == 0 ? t->item->read_result : hk_ok();
}

static hk_err stream_read_at(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
  struct archive_stream *const t = (struct archive_stream *)(void *)self;
  if (t->random == NULL) HK_TRY(hk_archive_bytes_open(t->zip, t->item->entry, &t->random));
  return t->random->read_at(t->random, offset, out, n, got);
}

/* ---- sparse files: their data are in the entry, their holes are zeroes ------------------------------------------------------- */

/* Index of the first range that ends behind the offset. */
static size_t range_behind(const struct hk_ranges *r, uint64_t offset)
{
  size_t low = 0;
  size_t high = r->n;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (r->v[middle].offset + r->v[middle].size_bytes <= offset)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static bool sparse_next_data(struct hk_stream *s, uint64_t from, uint64_t *start, uint64_t *end)
{
  const struct hk_ranges *const r = &((struct archive_stream *)(void *)s)->item->ranges;
  const size_t i = range_behind(r, from);
  if (i == r->n) return false;
  *start = r->v[i].offset > from ? r->v[i].offset : from;
  *end = r->v[i].offset + r->v[i].size_bytes;
  return true;
}

static hk_err sparse_read_at(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got)
{
  const struct hk_ranges *const r = &((struct archive_stream *)(void *)self)->item->ranges;
  const uint64_t left = offset < r->size_bytes ? r->size_bytes - offset : 0;
  uint8_t *const to = out;
  size_t i = range_behind(r, offset);
  *got = 0;
  if (n > left) n = (size_t)left;
  while (*got < n) {
    const uint64_t at = offset + *got;
    const bool hole = i == r->n || r->v[i].offset > at;
    const uint64_t end = i == r->n ? r->size_bytes : hole ? r->v[i].offset : r->v[i].offset + r->v[i].size_bytes;
    size_t step = end - at < n - *got ? (size_t)(end - at) : n - *got;
    if (hole) {
      memset(to + *got, 0, step);
    } else {
      size_t some = 0;
      HK_TRY(stream_read_at(self, r->v[i].at + (at - r->v[i].offset), to + *got, step, &some));
      if (some == 0) return hk_fail(HK_TRUNCATED, "read a sparse file of the archive", (int64_t)at);
      step = some;
    }
    *got += step;
    if (!hole && at + step == end) i++;
  }
  return hk_ok();
}

/* All of it, with its holes. */
static hk_err sparse_read(struct hk_stream *s, void *out, size_t n, size_t *got)
{
  struct archive_stream *const t = (struct archive_stream *)(void *)s;
  HK_TRY(sparse_read_at(&s->bytes, t->position, out, n, got));
  t->position += *got;
  return *got == 0 ? t->item->read_result : hk_ok();
}

static void stream_close(struct hk_stream *s)
{
  struct archive_stream *const t = (struct archive_stream *)(void *)s;
  hk_archive_read_close(t->reader);
  hk_archive_bytes_close(t->random);
  free(t);
}

static hk_err archive_open(struct hk_source *s, hk_str path, struct hk_stream **out)
{
  struct archive_source *const x = (struct archive_source *)(void *)s;
  const struct item *item = NULL;
  HK_TRY(look_up(x, path, &item));
  if (item->entry == NULL) return item->read_result;
  struct archive_stream *const t = calloc(1, sizeof *t);
  if (t == NULL) return hk_fail(HK_MEMORY, "open", HK_NO_OFFSET);
  t->zip = x->zip;
  t->item = item;
  const hk_err e = hk_archive_read_open(x->zip, item->entry, &t->reader);
  if (e.code != HK_OK) {
    free(t);
    return e;
  }
  t->stream = (struct hk_stream){.bytes = {.size_bytes = item->entry->size_bytes, .read_at = stream_read_at},
                                 .read = stream_read,
                                 .method = item->older ? "shadow" : NULL,
                                 .close = stream_close};
  if (item->sparse) {
    t->stream.bytes = (struct hk_bytes){.size_bytes = item->ranges.size_bytes, .read_at = sparse_read_at};
    t->stream.read = sparse_read;
    t->stream.next_data = sparse_next_data;
  }
  *out = &t->stream;
  return hk_ok();
}

static hk_err archive_stat(struct hk_source *s, hk_str path, struct hk_arena *a, struct hk_entry *out)
{
  (void)a;
  const struct item *item = NULL;
  HK_TRY(look_up((struct archive_source *)(void *)s, path, &item));
  *out = entry_of(item);
  return hk_ok();
}

static hk_err archive_owner(struct hk_source *s, hk_str path, struct hk_arena *a, hk_str *sid)
{
  const struct item *item = NULL;
  HK_TRY(look_up((struct archive_source *)(void *)s, path, &item));
  *sid = hk_str_copy(a, item->owner_sid);
  return hk_ok();
}

static void archive_close(struct hk_source *s)
{
  struct archive_source *const x = (struct archive_source *)(void *)s;
  hk_archive_close(x->zip);
  hk_age_file_close(&x->file);
  hk_arena_done(&x->arena);
  free(x->items);
  free(x->shadows);
  free(x->by_path);
  free(x);
}

/* ---- opening ------------------------------------------------------------------------------------------------------------ */


static struct item *add_item(struct archive_source *x)
{
  if (x->n == x->capacity) {
    const size_t capacity = x->capacity == 0 ? 1024 : x->capacity * 2;
    struct item *const v = realloc(x->items, capacity * sizeof *v);
    if (v == NULL) return NULL;
    x->items = v;
    x->capacity = capacity;
  }
  x->items[x->n] = (struct item){.path = hk_str_of(""), .owner_sid = hk_str_of(""), .read_result = hk_ok()};
  return &x->items[x->n++];
}

static hk_err add_entries(struct archive_source *x)
{
  for (size_t i = 0; i < hk_archive_count(x->zip); i++) {
    const struct hk_archive_entry *const e = hk_archive_at(x->zip, i);
    struct item *const to = add_item(x);
    if (to == NULL) return hk_fail(HK_MEMORY, "open the archive", HK_NO_OFFSET);
    to->entry = e;
    to->born_at = e->born_at;
    to->modified_at = e->modified_at;
    to->accessed_at = e->accessed_at;
    if (e->name.n == 0 || e->name.p[e->name.n - 1] == '/') continue;
    to->path = hk_archive_evidence_path(&x->arena, e->name);
    if (to->path.n == 0) to->path = foreign_path(&x->arena, e->name);
  }
  return hk_ok();
}

/* Entries lie in one array, in order of their addresses. */
static struct item *item_of(struct archive_source *x, const struct hk_archive_entry *e)
{
  size_t low = 0;
  size_t high = hk_archive_count(x->zip);
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if ((uintptr_t)hk_archive_at(x->zip, middle) < (uintptr_t)e)
      low = middle + 1;
    else
      high = middle;
  }
  return &x->items[low];
}

static bool is_older(const struct hk_manifest_line *line)
{
  hk_str device, rest;
  char letter = 0;
  return hk_str_eq(line->method, HK_S("shadow")) && !hk_shadow_split(line->path, &device, &letter, &rest);
}

static bool on_line(void *ctx, const struct hk_manifest_line *line)
{
  struct archive_source *const x = ctx;
  const bool missed = hk_str_eq(line->role, HK_S("missed"));
  const struct hk_archive_entry *const e = missed || line->name.n == 0 ? NULL : hk_archive_find(x->zip, line->name);
  if (hk_str_eq(line->role, HK_S("index")) && e != NULL) item_of(x, e)->path = hk_str_of(""); /* no file of the PC */
  if (!missed && !hk_str_eq(line->role, HK_S("evidence"))) return true;
  if (line->path.n == 0 || (!missed && e == NULL)) return true;
  struct item *const to = missed ? add_item(x) : item_of(x, e);
  if (to == NULL) {
    x->manifest = hk_fail(HK_MEMORY, "read the archive's manifest", HK_NO_OFFSET);
    return false;
  }
  to->path = hk_str_copy(&x->arena, line->path);
  to->born_at = line->born_at;
  to->modified_at = line->modified_at;
  to->accessed_at = line->accessed_at;
  to->changed_at = line->changed_at;
  to->attributes = line->attributes;
  to->owner_sid = hk_str_copy(&x->arena, line->owner_sid);
  const char *const step = hk_str_z(&x->arena, line->step);
  if (line->outcome > HK_OK)
    to->read_result = hk_fail((enum hk_code)line->outcome, step == NULL ? "" : step, line->offset);
  to->listed = true;
  to->older = is_older(line);
  if (line->sparse && !missed) {
    const hk_err ranges = hk_archive_ranges(x->zip, e, &x->arena, &to->ranges);
    to->sparse = ranges.code == HK_OK;
    if (!to->sparse && to->read_result.code == HK_OK) to->read_result = ranges;
  }
  if (missed && to->read_result.code == HK_OK) to->read_result = hk_fail(HK_SKIPPED, "read", HK_NO_OFFSET);
  return true;
}

/* Archives of others, and entries of ours that no line speaks of: <name>.idx that is an index of <name> makes it sparse. */
static void find_sparse(struct archive_source *x)
{
  for (size_t i = 0; i < hk_archive_count(x->zip); i++) {
    struct item *const data = &x->items[i];
    if (data->listed || data->path.n == 0 || !hk_str_starts(data->entry->name, HK_S("uploads/"))) continue;
    const hk_str index = hk_str_printf(&x->arena, "%.*s.idx", (int)data->entry->name.n, data->entry->name.p);
    const struct hk_archive_entry *const e = index.p == NULL ? NULL : hk_archive_find(x->zip, index);
    if (e == NULL || item_of(x, e)->listed || hk_archive_ranges(x->zip, data->entry, &x->arena, &data->ranges).code != HK_OK) continue;
    data->sparse = true;
    item_of(x, e)->path = hk_str_of("");
  }
}

/* ---- shadow copies whose files were collected ------------------------------------------------------------------------------- */

static hk_err number_of_shadow(struct archive_source *x, hk_str path, uint32_t *out)
{
  hk_str device, rest;
  char letter = 0;
  *out = 0;
  if (!hk_shadow_split(path, &device, &letter, &rest)) return hk_ok();
  const hk_str id = hk_str_sub(device, device.n - (HK_SHADOW_ID_SIZE - 1), device.n);
  /* Those of one shadow copy follow each other. */
  for (size_t i = x->n_shadows; i > 0 && *out == 0; i--)
    if (x->shadows[i - 1].letter == letter && hk_str_ieq(hk_str_of(x->shadows[i - 1].id), id)) *out = (uint32_t)i;
  if (*out > 0) return hk_ok();
  if (x->n_shadows == SHADOWS_MAX) { /* no PC has so many: the rest counts as one more */
    *out = SHADOWS_MAX + 1;
    return hk_ok();
  }
  struct hk_shadow *const v = realloc(x->shadows, (x->n_shadows + 1) * sizeof *v);
  if (v == NULL) return hk_fail(HK_MEMORY, "open the archive", HK_NO_OFFSET);
  x->shadows = v;
  struct hk_shadow *const s = &v[x->n_shadows++];
  *s = (struct hk_shadow){.letter = letter, .n = x->n_shadows - 1, .state = hk_ok()};
  memcpy(s->id, id.p, id.n);
  *out = (uint32_t)x->n_shadows;
  return hk_ok();
}

static hk_err archive_shadows(struct hk_source *s, bool (*on)(void *ctx, const struct hk_shadow *x), void *ctx)
{
  const struct archive_source *const x = (struct archive_source *)(void *)s;
  for (size_t i = 0; i < x->n_shadows; i++)
    if (!on(ctx, &x->shadows[i])) break;
  return hk_ok();
}

static const struct hk_source_ops archive_ops = {
    .method = "archive",
    .find = archive_find,
    .open = archive_open,
    .stat = archive_stat,
    .owner = archive_owner,
    .close = archive_close,
    .shadows = archive_shadows,
};

static hk_err make_index(struct archive_source *x)
{
  x->by_path = malloc((x->n + 1) * sizeof *x->by_path);
  if (x->by_path == NULL) return hk_fail(HK_MEMORY, "open the archive", HK_NO_OFFSET);
  for (size_t i = 0; i < x->n; i++) {
    if (x->items[i].path.n == 0) continue;
    x->items[i].folded = hk_str_fold(&x->arena, x->items[i].path);
    HK_TRY(number_of_shadow(x, x->items[i].path, &x->items[i].shadow));
    x->by_path[x->n_by_path++] = &x->items[i];
  }
  if (x->arena.spent) return hk_fail(HK_MEMORY, "open the archive", HK_NO_OFFSET);
  if (x->n_by_path == 0) return hk_fail(HK_USAGE, "open the archive: it holds no evidence files", HK_NO_OFFSET);
  qsort(x->by_path, x->n_by_path, sizeof *x->by_path, by_path);
  for (size_t i = 1; i < x->n_by_path; i++)
    if (hk_str_eq(x->by_path[i]->path, x->by_path[i - 1]->path)) x->items[x->by_path[i] - x->items].twice = true;
  return hk_ok();
}

hk_err hk_source_open_archive_file(struct hk_age_file *file, struct hk_source **out)
{
  struct archive_source *const x = calloc(1, sizeof *x);
  if (x == NULL) {
    hk_age_file_close(file);
    return hk_fail(HK_MEMORY, "open the archive", HK_NO_OFFSET);
  }
  x->source.ops = &archive_ops;
  x->file = *file;
  hk_arena_init(&x->arena, MEMORY_LIMIT);
  hk_err e = hk_archive_open_bytes(x->file.bytes, &x->zip);
  if (e.code != HK_OK) {
    hk_age_file_close(&x->file);
    free(x);
    /* The reader looks for the end of the directory first; no such thing is not "no such file". */
    return e.code == HK_ABSENT && e.os == 0
               ? hk_fail(HK_DAMAGED, "open the archive: no zip, or one that was cut off", HK_NO_OFFSET)
               : e;
  }
  e = add_entries(x);
  if (e.code == HK_OK) x->manifest = hk_archive_manifest(x->zip, on_line, x);
  if (e.code == HK_OK && x->manifest.code == HK_MEMORY) e = x->manifest;
  if (e.code == HK_OK) find_sparse(x);
  if (e.code == HK_OK) e = make_index(x);
  if (e.code != HK_OK) {
    archive_close(&x->source);
    return e;
  }
  *out = &x->source;
  return hk_ok();
}

hk_err hk_source_open_archive(hk_str os_path, struct hk_source **out)
{
  struct hk_age_file file;
  HK_TRY(hk_age_file_open(os_path, NULL, HK_AGE_WHOLE, &file));
  return hk_source_open_archive_file(&file, out);
}
