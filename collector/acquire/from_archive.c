/* An archive as a source. The zip reader checks every number; here names become evidence paths and entries streams. Our own
   container also says, in its manifest, what was denied, cut short or renamed when it was collected: that is said again,
   so that a second analysis knows as much as the first. */
#include <stdlib.h>

#include "acquire/acquire.h"
#include "acquire/archived.h"
#include "source/globs.h"
#include "store/age.h"

struct archive_source {
  struct hk_source source;
  struct hk_age_file file;
  struct hk_archive *zip;
  struct hk_archived_files files;
};

static struct archive_source *of(struct hk_source *s)
{
  return (struct archive_source *)(void *)s;
}

static uint64_t first_data(const struct hk_ranges *r)
{
  return r->n == 0 ? r->size_bytes : r->v[0].offset;
}

static struct hk_entry entry_of(const struct hk_archived *i)
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

static hk_err find_item(const struct hk_archived *i, struct hk_glob_set *globs, const struct hk_finder *finder, bool *go_on)
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
  struct archive_source *const x = of(s);
  struct hk_glob_set *set = NULL;
  HK_TRY(hk_glob_set_open(globs, &set));
  if (x->files.manifest.code != HK_OK && x->files.manifest.code != HK_ABSENT)
    say(finder, hk_str_of(""),
        hk_fail(HK_DAMAGED, "read the archive's manifest: what it missed is not known", HK_NO_OFFSET));
  hk_err e = hk_ok();
  bool go_on = true;
  for (size_t i = 0; i < x->files.n && go_on && e.code == HK_OK; i++) {
    if (finder->stop != NULL && finder->stop())
      e = hk_fail(HK_CANCELLED, "find files", HK_NO_OFFSET);
    else if (x->files.v[i].path.n != 0)
      e = find_item(&x->files.v[i], set, finder, &go_on);
  }
  hk_glob_set_close(set);
  return e;
}

static hk_err archive_open(struct hk_source *s, hk_str path, struct hk_stream **out)
{
  const struct hk_archived *item = NULL;
  HK_TRY(hk_archived_find(&of(s)->files, path, &item));
  return hk_archived_open(of(s)->zip, item, out);
}

static hk_err archive_stat(struct hk_source *s, hk_str path, struct hk_arena *a, struct hk_entry *out)
{
  (void)a;
  const struct hk_archived *item = NULL;
  HK_TRY(hk_archived_find(&of(s)->files, path, &item));
  *out = entry_of(item);
  return hk_ok();
}

static hk_err archive_owner(struct hk_source *s, hk_str path, struct hk_arena *a, hk_str *sid)
{
  const struct hk_archived *item = NULL;
  HK_TRY(hk_archived_find(&of(s)->files, path, &item));
  *sid = hk_str_copy(a, item->owner_sid);
  return hk_ok();
}

static void archive_close(struct hk_source *s)
{
  struct archive_source *const x = of(s);
  hk_archived_done(&x->files);
  hk_archive_close(x->zip);
  hk_age_file_close(&x->file);
  free(x);
}

static hk_err archive_shadows(struct hk_source *s, bool (*on)(void *ctx, const struct hk_shadow *x), void *ctx)
{
  const struct archive_source *const x = of(s);
  for (size_t i = 0; i < x->files.n_shadows; i++)
    if (!on(ctx, &x->files.shadows[i])) break;
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

hk_err hk_source_open_archive_file(struct hk_age_file *file, struct hk_source **out)
{
  struct archive_source *const x = calloc(1, sizeof *x);
  if (x == NULL) {
    hk_age_file_close(file);
    return hk_fail(HK_MEMORY, "open the archive", HK_NO_OFFSET);
  }
  x->source.ops = &archive_ops;
  x->file = *file;
  hk_err e = hk_archive_open_bytes(x->file.bytes, &x->zip);
  if (e.code != HK_OK) {
    hk_age_file_close(&x->file);
    free(x);
    /* The reader looks for the end of the directory first; no such thing is not "no such file". */
    return e.code == HK_ABSENT && e.os == 0
               ? hk_fail(HK_DAMAGED, "open the archive: no zip, or one that was cut off", HK_NO_OFFSET)
               : e;
  }
  e = hk_archived_read(x->zip, &x->files);
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
