/* hk_source over the NTFS engine. What find gave is remembered by path: a file is opened, asked for its times and its owner
   without another pass over the $MFT. Other paths cost one. */
#include "source/ntfs/open.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ntfs/items.h"
#include "os/os.h"
#include "os/reparse.h"
#include "source/ntfs/content.h"
#include "source/ntfs/folder_index.h"
#include "source/ntfs/match.h"

#define ITEMS_PER_STOP 4096u
#define INDEX_HITS_MAX 64 /* definitions that name one folder */

struct image_source {
  struct hk_source source;
  struct hk_ntfs_image *image;
  struct os_mutex *mutex; /* around every use of the image: the examiner's requests come from another thread */
  struct hk_ntfs_known_files known;
};

static struct image_source *of(struct hk_source *s)
{
  return (struct image_source *)(void *)s;
}

static struct hk_entry entry_of(const struct hk_ntfs_item *i, hk_str path)
{
  struct hk_entry e = {.path = path,
                       .size_bytes = i->size_bytes,
                       .held_bytes = (i->data_flags & HK_NTFS_SPARSE) != 0 ? i->held_bytes : 0,
                       .attributes = i->standard.attributes,
                       .reparse_tag = i->reparse_tag,
                       .file_id = i->record | (uint64_t)i->sequence << 48,
                       .n_links = i->n_links,
                       .born_at = i->standard.times.born_at,
                       .modified_at = i->standard.times.modified_at,
                       .accessed_at = i->standard.times.accessed_at,
                       .changed_at = i->standard.times.changed_at};
  if (i->is_directory) e.attributes |= 0x10;
  return e;
}

static hk_str full_path(struct hk_buf *b, char letter, const struct hk_ntfs_item *i)
{
  hk_buf_reset(b);
  hk_buf_u8(b, (uint8_t)letter);
  hk_buf_u8(b, ':');
  hk_buf_str(b, i->path);
  return hk_buf_view(b);
}

/* ---- find --------------------------------------------------------------------------------------------------------------- */

struct search {
  struct image_source *s;
  size_t volume;
  struct hk_ntfs_match *match;
  const struct hk_globs *globs;
  bool indexes; /* some glob asks for a directory's index */
  const struct hk_finder *finder;
  struct hk_buf path;
  struct hk_arena scratch;
  bool stopped;
  bool cancelled;
  unsigned n_items;
};

static bool names_a_file(const struct hk_ntfs_item *i)
{
  if (i->is_orphan || !i->has_name) return false;
  if (i->stream.n > 0) return i->has_data;
  return !i->is_directory || os_tag_is_link(i->reparse_tag);
}

/* Remembers what was found, and gives it. */
static bool give(struct search *f, struct hk_ntfs_known *k, const struct hk_hits *hits)
{
  k->folded = hk_str_fold(&f->scratch, k->entry.path);
  if (k->folded.p != NULL) (void)hk_ntfs_known_add(&f->s->known, k);
  if (f->scratch.used_bytes > (size_t)1 << 20) hk_arena_done(&f->scratch);
  f->stopped = !f->finder->on_entry(f->finder->ctx, &k->entry, hits);
  return !f->stopped;
}

static bool has_index(const struct hk_ntfs_item *i)
{
  return i->is_directory && i->stream.n == 0 && i->has_name && !i->is_orphan && !os_tag_is_link(i->reparse_tag);
}

/* A directory is no file, but its index can be asked for as if it were one. */
static bool on_directory(struct search *f, const struct hk_ntfs_item *i)
{
  struct hk_ntfs_mounted *const m = &f->s->image->v[f->volume];
  struct hk_ntfs_known k = {.volume = f->volume, .record = i->record};
  uint32_t v[INDEX_HITS_MAX];
  char sid[HK_SID_SIZE];
  const size_t name = 2 + (size_t)(i->name.p - i->path.p);
  (void)full_path(&f->path, m->letter, i);
  hk_buf_z(&f->path, ":$I30");
  const hk_str path = hk_buf_view(&f->path);
  if (f->path.failed) return true;
  const struct hk_hits fits = hk_ntfs_match_file(f->match, i->directory, hk_str_sub(path, name, path.n), false);
  const struct hk_hits hits = {.v = v, .n = hk_index_hits(f->globs, &fits, v, INDEX_HITS_MAX)};
  if (hits.n == 0) return true;
  const hk_err e = hk_index_entry(m, i->record, path, HK_INDEX_EITHER, &k.entry);
  if (e.code != HK_OK) {
    if (f->finder->on_error != NULL) f->finder->on_error(f->finder->ctx, path, e);
    return true;
  }
  k.owner = hk_ntfs_item_owner(m, i, sid);
  return give(f, &k, &hits);
}

static bool on_item(void *ctx, const struct hk_ntfs_item *i)
{
  struct search *const f = ctx;
  struct hk_ntfs_mounted *const m = &f->s->image->v[f->volume];
  if (++f->n_items % ITEMS_PER_STOP == 0 && f->finder->stop != NULL && f->finder->stop()) {
    f->cancelled = f->stopped = true;
    return false;
  }
  if (f->indexes && has_index(i)) return on_directory(f, i);
  if (!names_a_file(i)) return true;
  const hk_str name = hk_str_sub(i->path, (size_t)(i->name.p - i->path.p), i->path.n);
  const struct hk_hits hits = hk_ntfs_match_file(f->match, i->directory, name, os_tag_is_link(i->reparse_tag));
  if (hits.n == 0) return true;
  char sid[HK_SID_SIZE];
  struct hk_ntfs_known k = {.entry = entry_of(i, full_path(&f->path, m->letter, i)), .volume = f->volume, .record = i->record};
  if (f->path.failed) return true;
  k.owner = hk_ntfs_item_owner(m, i, sid);
  return give(f, &k, &hits);
}

static void tell(const struct hk_finder *finder, char letter, hk_err e)
{
  const char drive[2] = {letter, ':'};
  if (finder->on_error != NULL) finder->on_error(finder->ctx, (hk_str){.p = letter == 0 ? "" : drive, .n = letter == 0 ? 0 : 2}, e);
}

/* What could not be looked at is said, once a volume. */
static void tell_losses(const struct search *f)
{
  const struct hk_ntfs_mounted *const m = &f->s->image->v[f->volume];
  const struct hk_ntfs_list_counts *const c = hk_ntfs_list_counts(m->list);
  if (c->n_damaged > 0) tell(f->finder, m->letter, hk_fail(HK_DAMAGED, "read $MFT: some records are damaged", HK_NO_OFFSET));
  if (c->n_unreadable > 0) tell(f->finder, m->letter, hk_fail(HK_IO, "read $MFT: some records cannot be read", HK_NO_OFFSET));
  if (c->limited || hk_ntfs_match_limited(f->match)) tell(f->finder, m->letter, hk_fail(HK_LIMIT, "read $MFT: more than a look is allowed", HK_NO_OFFSET));
}

static hk_err find_on(struct search *f, const struct hk_globs *globs)
{
  struct hk_ntfs_mounted *const m = &f->s->image->v[f->volume];
  HK_TRY(hk_ntfs_match_open(globs, hk_ntfs_list_tree(m->list), m->letter, &f->match));
  const hk_err e = hk_ntfs_list_run(m->list, false, on_item, f);
  tell_losses(f);
  hk_ntfs_match_close(f->match);
  return f->cancelled ? hk_fail(HK_CANCELLED, "look for files", HK_NO_OFFSET) : e;
}

static hk_err image_find(struct hk_source *source, const struct hk_globs *globs, const struct hk_finder *finder)
{
  struct image_source *const s = of(source);
  struct search f = {.s = s, .finder = finder, .globs = globs, .indexes = hk_index_wanted(globs)};
  hk_buf_init(&f.path, (size_t)1 << 20);
  hk_arena_init(&f.scratch, 0);
  hk_err e = hk_ok();
  os_lock(s->mutex);
  for (f.volume = 0; f.volume < s->image->n && e.code == HK_OK && !f.stopped; f.volume++) e = find_on(&f, globs);
  if (s->image->n_locked > 0) tell(finder, 0, hk_fail(HK_DENIED, "open a volume: locked by BitLocker", HK_NO_OFFSET));
  if (s->image->damaged.code != HK_OK) tell(finder, 0, s->image->damaged);
  os_unlock(s->mutex);
  hk_arena_done(&f.scratch);
  hk_buf_done(&f.path);
  return e;
}

/* ---- one path ------------------------------------------------------------------------------------------------------------- */

struct look_up {
  struct image_source *s;
  size_t volume;
  size_t directory;
  hk_str exact;
  hk_str folded;
  struct hk_buf path;
  struct hk_arena scratch;
  bool found;
};

static bool is_it(void *ctx, const struct hk_ntfs_item *i)
{
  struct look_up *const l = ctx;
  struct hk_ntfs_mounted *const m = &l->s->image->v[l->volume];
  if (i->directory != l->directory && !(i->is_directory && i->record == HK_NTFS_ROOT)) return true;
  const hk_str path = full_path(&l->path, m->letter, i);
  if (l->path.failed || path.n > l->folded.n * 4) return true;
  const hk_str folded = hk_str_fold(&l->scratch, path);
  if (!hk_str_eq(folded, l->folded)) {
    if (l->scratch.used_bytes > (size_t)1 << 20) hk_arena_done(&l->scratch);
    return true;
  }
  char sid[HK_SID_SIZE];
  const struct hk_ntfs_known k = {.folded = folded, .entry = entry_of(i, path), .volume = l->volume, .record = i->record, .owner = hk_ntfs_item_owner(m, i, sid)};
  if (hk_ntfs_known_add(&l->s->known, &k)) l->found = true;
  return !hk_str_eq(path, l->exact);
}

/* The directory of a folded path, by names in memory; streams have none of their own. */
static size_t directory_of(const struct hk_ntfs_tree *t, struct hk_arena *a, hk_str rest)
{
  size_t at = hk_ntfs_tree_find(t, HK_NTFS_ROOT);
  while (at != HK_NTFS_NO_DIRECTORY) {
    const size_t end = hk_str_find(rest, '\\');
    if (end == rest.n) return at;
    const hk_str name = hk_str_sub(rest, 0, end);
    rest = hk_str_sub(rest, end + 1, rest.n);
    size_t next = HK_NTFS_NO_DIRECTORY;
    for (size_t i = 0; i < t->n && next == HK_NTFS_NO_DIRECTORY; i++) {
      const bool here = t->v[i].in_use && t->v[i].record != HK_NTFS_ROOT && t->v[i].parent.record == t->v[at].record;
      if (here && hk_str_eq(hk_str_fold(a, t->v[i].name), name) && hk_ntfs_tree_parent(t, t->v[i].parent) == at) next = i;
    }
    at = next;
  }
  return at;
}

/* The index of a directory that is in the tree. False: it is none, or nothing of the kind was asked for. */
static bool look_up_index(struct image_source *s, size_t volume, hk_str path, hk_str folded)
{
  struct hk_ntfs_mounted *const m = &s->image->v[volume];
  hk_str folder;
  char sid[HK_SID_SIZE];
  struct hk_arena a;
  struct hk_ntfs_known k = {.folded = folded, .volume = volume};
  const enum hk_index_part part = hk_index_part_of(folded, &folder);
  if (part == HK_INDEX_NONE || folder.n < 3) return false;
  hk_arena_init(&a, 0);
  const hk_str rest = hk_str_sub(folder, 3, folder.n);
  const struct hk_ntfs_tree *const t = hk_ntfs_list_tree(m->list);
  const size_t at = directory_of(t, &a, rest.n == 0 ? rest : hk_str_printf(&a, "%.*s\\", (int)rest.n, rest.p));
  hk_arena_done(&a);
  if (at == HK_NTFS_NO_DIRECTORY || hk_index_entry(m, t->v[at].record, path, part, &k.entry).code != HK_OK) return false;
  k.record = t->v[at].record;
  k.owner = hk_index_owner(m, k.record, sid);
  return hk_ntfs_known_add(&s->known, &k);
}

static hk_err look_up(struct image_source *s, hk_str path, const struct hk_ntfs_known **out)
{
  struct look_up l = {.s = s, .volume = SIZE_MAX, .exact = path};
  hk_arena_init(&l.scratch, 0);
  struct hk_arena a;
  hk_arena_init(&a, 0);
  l.folded = hk_str_fold(&a, path);
  hk_err e = hk_fail(HK_ABSENT, "find the file", HK_NO_OFFSET);
  *out = hk_ntfs_known_find(&s->known, l.folded, path);
  for (size_t i = 0; i < s->image->n; i++) {
    const char drive[3] = {s->image->v[i].letter, ':', '\\'};
    if (path.n > 3 && hk_str_ieq(hk_str_sub(path, 0, 3), (hk_str){.p = drive, .n = 3})) l.volume = i;
  }
  if (*out == NULL && l.volume != SIZE_MAX && look_up_index(s, l.volume, path, l.folded)) *out = hk_ntfs_known_find(&s->known, l.folded, path);
  if (*out != NULL) {
    e = hk_ok();
  } else if (l.volume != SIZE_MAX) {
    struct hk_ntfs_list *const list = s->image->v[l.volume].list;
    hk_buf_init(&l.path, (size_t)1 << 20);
    l.directory = directory_of(hk_ntfs_list_tree(list), &a, hk_str_sub(l.folded, 3, l.folded.n));
    if (l.directory != HK_NTFS_NO_DIRECTORY) {
      const hk_err run = hk_ntfs_list_run(list, false, is_it, &l);
      if (run.code != HK_OK) e = run;
      if (l.found) *out = hk_ntfs_known_find(&s->known, l.folded, path);
    }
    hk_buf_done(&l.path);
    if (*out != NULL) e = hk_ok();
  }
  hk_arena_done(&l.scratch);
  hk_arena_done(&a);
  return e;
}

static hk_err image_stat(struct hk_source *source, hk_str path, struct hk_arena *a, struct hk_entry *out)
{
  struct image_source *const s = of(source);
  const struct hk_ntfs_known *k = NULL;
  os_lock(s->mutex);
  const hk_err e = look_up(s, path, &k);
  if (e.code == HK_OK) {
    *out = k->entry;
    out->path = hk_str_copy(a, k->entry.path);
  }
  os_unlock(s->mutex);
  return e;
}

static hk_err image_owner(struct hk_source *source, hk_str path, struct hk_arena *a, hk_str *sid)
{
  struct image_source *const s = of(source);
  const struct hk_ntfs_known *k = NULL;
  os_lock(s->mutex);
  const hk_err e = look_up(s, path, &k);
  if (e.code == HK_OK) *sid = hk_str_copy(a, k->owner);
  os_unlock(s->mutex);
  return e;
}

static hk_err image_open(struct hk_source *source, hk_str path, struct hk_stream **out)
{
  struct image_source *const s = of(source);
  const struct hk_ntfs_known *k = NULL;
  os_lock(s->mutex);
  hk_err e = look_up(s, path, &k);
  if (e.code == HK_OK) e = hk_ntfs_content_open(s->image, k, s->mutex, out);
  os_unlock(s->mutex);
  return e;
}

/* ---- shadow copies --------------------------------------------------------------------------------------------------------- */

static hk_err shadows_of(struct image_source *s, size_t k)
{
  return s->image->v[k].shadows == NULL ? hk_ntfs_image_shadows(s->image, k, &s->image->v[k].shadows) : hk_ok();
}

static void name_shadow(const struct hk_ntfs_shadow_info *i, char out[HK_SHADOW_ID_SIZE])
{
  static const uint8_t none[16];
  char guid[HK_GUID_SIZE];
  (void)hk_guid_text(memcmp(i->copy_id, none, sizeof none) != 0 ? i->copy_id : i->store_id, guid);
  (void)snprintf(out, HK_SHADOW_ID_SIZE, "{%s}", guid);
}

static hk_err image_shadows(struct hk_source *source, bool (*on)(void *ctx, const struct hk_shadow *x), void *ctx)
{
  struct image_source *const s = of(source);
  hk_err e = hk_ok();
  bool more = true;
  os_lock(s->mutex);
  for (size_t k = 0; k < s->image->n && more; k++) {
    const hk_err opened = shadows_of(s, k);
    if (opened.code != HK_OK && opened.code != HK_ABSENT) e = opened;
    const size_t n = opened.code == HK_OK ? hk_ntfs_shadows_count(s->image->v[k].shadows) : 0;
    for (size_t i = 0; i < n && more; i++) {
      const struct hk_ntfs_shadow_info *const info = hk_ntfs_shadows_info(s->image->v[k].shadows, i);
      struct hk_shadow x = {.letter = s->image->v[k].letter, .n = i, .created_at = info->created_at, .state = info->state};
      name_shadow(info, x.id);
      more = on(ctx, &x);
    }
  }
  os_unlock(s->mutex);
  return e;
}

static hk_err image_open_shadow(struct hk_source *source, const struct hk_shadow *x, struct hk_source **out)
{
  struct image_source *const s = of(source);
  hk_err e = hk_fail(HK_ABSENT, "open a shadow copy", HK_NO_OFFSET);
  os_lock(s->mutex);
  for (size_t k = 0; k < s->image->n; k++) {
    if (s->image->v[k].letter != x->letter) continue;
    e = shadows_of(s, k);
    if (e.code == HK_OK) e = hk_source_open_shadow(s->image->v[k].shadows, x->n, x->letter, out);
  }
  os_unlock(s->mutex);
  return e;
}

static void image_close(struct hk_source *source)
{
  struct image_source *const s = of(source);
  hk_ntfs_image_close(s->image);
  if (s->mutex != NULL) os_mutex_free(s->mutex);
  hk_ntfs_known_done(&s->known);
  free(s);
}

static const struct hk_source_ops image_ops = {
    .method = "raw",
    .complete = true,
    .find = image_find,
    .open = image_open,
    .stat = image_stat,
    .owner = image_owner,
    .close = image_close,
    .shadows = image_shadows,
    .open_shadow = image_open_shadow,
};

static const struct hk_source_ops shadow_ops = {
    .method = "shadow",
    .complete = true,
    .find = image_find,
    .open = image_open,
    .stat = image_stat,
    .owner = image_owner,
    .close = image_close,
};

static hk_err wrap(struct hk_ntfs_image *image, const struct hk_source_ops *ops, struct hk_source **out)
{
  struct image_source *const s = calloc(1, sizeof *s);
  if (s == NULL) {
    hk_ntfs_image_close(image);
    return hk_fail(HK_MEMORY, "open the image", HK_NO_OFFSET);
  }
  s->source.ops = ops;
  s->image = image;
  hk_ntfs_known_init(&s->known);
  s->mutex = os_mutex_new();
  if (s->mutex == NULL) {
    image_close(&s->source);
    return hk_fail(HK_MEMORY, "open the image", HK_NO_OFFSET);
  }
  *out = &s->source;
  return hk_ok();
}

hk_err hk_source_open_image(hk_str path, struct hk_source **out)
{
  struct hk_ntfs_image *image = NULL;
  HK_TRY(hk_ntfs_image_open(path, &image));
  return wrap(image, &image_ops, out);
}

hk_err hk_source_open_image_bytes(struct hk_bytes *bytes, struct hk_source **out)
{
  struct hk_ntfs_image *image = NULL;
  HK_TRY(hk_ntfs_image_open_bytes(bytes, &image));
  return wrap(image, &image_ops, out);
}

hk_err hk_source_open_shadow(struct hk_ntfs_shadows *shadows, size_t n, char letter, struct hk_source **out)
{
  struct hk_ntfs_image *image = NULL;
  HK_TRY(hk_ntfs_image_open_shadow(shadows, n, letter, &image));
  return wrap(image, &shadow_ops, out);
}
