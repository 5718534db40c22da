/* Entries and manifest to files. */
#include "run/unpack_list.h"

#include <stdlib.h>
#include <string.h>

#include "run/console.h"
#include "run/unpack_name.h"

static hk_err read_entries(struct hk_unpack_list *l)
{
  l->n = hk_archive_count(l->zip);
  l->v = calloc(l->n + 1, sizeof *l->v);
  if (l->v == NULL) return hk_fail(HK_MEMORY, "unpack", HK_NO_OFFSET);
  for (size_t i = 0; i < l->n; i++) {
    const struct hk_archive_entry *const e = hk_archive_at(l->zip, i);
    l->v[i] = (struct hk_unpack_item){.entry = e,
                                .path = hk_unpack_entry_path(&l->arena, e->name),
                                .born_at = e->born_at,
                                .modified_at = e->modified_at,
                                .accessed_at = e->accessed_at};
    if (l->v[i].path.p == NULL) return hk_fail(HK_MEMORY, "unpack", HK_NO_OFFSET);
  }
  return hk_ok();
}

static struct hk_unpack_item *item_of(struct hk_unpack_list *l, const struct hk_archive_entry *e)
{
  return &l->v[hk_archive_index(l->zip, e)];
}

/* One more file of bytes that an entry has. Pointers into items are not kept. */
static struct hk_unpack_item *add_same(struct hk_unpack_list *l, const struct hk_archive_entry *e)
{
  struct hk_unpack_item *const v = realloc(l->v, (l->n + 2) * sizeof *v);
  if (v == NULL) {
    l->spent = true;
    return NULL;
  }
  l->v = v;
  v[l->n] = (struct hk_unpack_item){.entry = e};
  return &v[l->n++];
}

static bool on_line(void *ctx, const struct hk_manifest_line *line)
{
  struct hk_unpack_list *const l = ctx;
  const bool same = hk_str_eq(line->role, HK_S("same"));
  const bool evidence = same || hk_str_eq(line->role, HK_S("evidence"));
  const hk_str name = same ? line->same_as : line->name;
  if (hk_str_eq(line->role, HK_S("missed"))) l->n_missed++;
  if (name.n == 0) return true;
  const struct hk_archive_entry *const e = hk_archive_find(l->zip, name);
  if (e == NULL) {
    if (evidence) {
      l->n_gone++;
      hk_console_error("%-12s %.*s: %s", "absent", (int)line->path.n, line->path.p,
                       l->japanese ? "一覧にあるのにアーカイブにない" : "listed, and not in the archive");
    }
    return true;
  }
  struct hk_unpack_item *const to = same ? add_same(l, e) : item_of(l, e);
  if (to == NULL) return false;
  to->listed = true;
  to->product = !evidence;
  to->has_sha256 = line->has_digests;
  memcpy(to->sha256, line->sha256, sizeof to->sha256);
  if (!evidence || line->path.n == 0) return true;
  to->path = hk_str_copy(&l->arena, line->path);
  to->born_at = line->born_at;
  to->modified_at = line->modified_at;
  to->accessed_at = line->accessed_at;
  to->method = hk_str_copy(&l->arena, line->method);
  to->cut_short = line->outcome > HK_OK;
  to->sparse = line->sparse;
  return to->path.p != NULL && to->method.p != NULL;
}

/* A pattern without a separator is one for file names. */
static bool is_wanted(hk_str only, const struct hk_unpack_item *i)
{
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
static void find_sparse(struct hk_unpack_list *l)
{
  for (size_t i = 0; i < l->n; i++) {
    struct hk_unpack_item *const it = &l->v[i];
    struct hk_arena a;
    struct hk_ranges r;
    if (it->listed || !hk_str_starts(it->entry->name, HK_S("uploads/"))) continue;
    hk_arena_init(&a, HK_UNPACK_SPARSE_MEMORY);
    const hk_str name = hk_str_printf(&a, "%.*s.idx", (int)it->entry->name.n, it->entry->name.p);
    const struct hk_archive_entry *const index = name.p == NULL ? NULL : hk_archive_find(l->zip, name);
    it->sparse = index != NULL && !item_of(l, index)->listed && hk_archive_ranges(l->zip, it->entry, &a, &r).code == HK_OK;
    if (it->sparse) item_of(l, index)->product = true;
    hk_arena_done(&a);
  }
}

hk_err hk_unpack_list_read(struct hk_archive *zip, bool japanese, struct hk_unpack_list *l)
{
  *l = (struct hk_unpack_list){.zip = zip, .japanese = japanese};
  hk_arena_init(&l->arena, 0);
  HK_TRY(read_entries(l));
  l->manifest = hk_archive_manifest(zip, on_line, l);
  return l->arena.spent || l->spent ? hk_fail(HK_MEMORY, "unpack", HK_NO_OFFSET) : hk_ok();
}

void hk_unpack_list_choose(struct hk_unpack_list *l, hk_str only, size_t *n_wanted, uint64_t *n_bytes)
{
  find_sparse(l);
  const bool ours = l->manifest.code != HK_ABSENT;
  for (size_t i = 0; i < l->n; i++) {
    struct hk_unpack_item *const it = &l->v[i];
    const hk_str name = it->entry->name;
    const bool folder = name.n > 0 && (name.p[name.n - 1] == '/' || name.p[name.n - 1] == '\\');
    const bool ours_aside = ours && !it->listed && !hk_str_starts(name, HK_S("uploads/"));
    it->wanted = !folder && !it->product && !ours_aside && is_wanted(only, it);
    if (!it->wanted) continue;
    (*n_wanted)++;
    *n_bytes = *n_bytes > UINT64_MAX - it->entry->size_bytes ? UINT64_MAX : *n_bytes + it->entry->size_bytes;
  }
}

void hk_unpack_list_done(struct hk_unpack_list *l)
{
  free(l->v);
  hk_arena_done(&l->arena);
}
