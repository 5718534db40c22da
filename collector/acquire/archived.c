/* Entries, and what the manifest says of them. */
#include "acquire/archived.h"

#include <stdlib.h>
#include <string.h>

#define MEMORY_LIMIT ((size_t)2 << 30)
#define SHADOWS_MAX 1024u

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

static struct hk_archived *add_item(struct hk_archived_files *x)
{
  if (x->n == x->capacity) {
    const size_t capacity = x->capacity == 0 ? 1024 : x->capacity * 2;
    struct hk_archived *const v = realloc(x->v, capacity * sizeof *v);
    if (v == NULL) return NULL;
    x->v = v;
    x->capacity = capacity;
  }
  x->v[x->n] = (struct hk_archived){.path = hk_str_of(""), .owner_sid = hk_str_of(""), .read_result = hk_ok()};
  return &x->v[x->n++];
}

static hk_err add_entries(struct hk_archived_files *x)
{
  for (size_t i = 0; i < hk_archive_count(x->zip); i++) {
    const struct hk_archive_entry *const e = hk_archive_at(x->zip, i);
    struct hk_archived *const to = add_item(x);
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

static struct hk_archived *item_of(struct hk_archived_files *x, const struct hk_archive_entry *e)
{
  return &x->v[hk_archive_index(x->zip, e)];
}

static bool is_older(const struct hk_manifest_line *line)
{
  hk_str device, rest;
  char letter = 0;
  return hk_str_eq(line->method, HK_S("shadow")) && !hk_shadow_split(line->path, &device, &letter, &rest);
}

static bool on_line(void *ctx, const struct hk_manifest_line *line)
{
  struct hk_archived_files *const x = ctx;
  const bool missed = hk_str_eq(line->role, HK_S("missed"));
  const struct hk_archive_entry *const e = missed || line->name.n == 0 ? NULL : hk_archive_find(x->zip, line->name);
  if (hk_str_eq(line->role, HK_S("index")) && e != NULL) item_of(x, e)->path = hk_str_of(""); /* no file of the PC */
  if (!missed && !hk_str_eq(line->role, HK_S("evidence"))) return true;
  if (line->path.n == 0 || (!missed && e == NULL)) return true;
  struct hk_archived *const to = missed ? add_item(x) : item_of(x, e);
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
static void find_sparse(struct hk_archived_files *x)
{
  for (size_t i = 0; i < hk_archive_count(x->zip); i++) {
    struct hk_archived *const data = &x->v[i];
    if (data->listed || data->path.n == 0 || !hk_str_starts(data->entry->name, HK_S("uploads/"))) continue;
    const hk_str index = hk_str_printf(&x->arena, "%.*s.idx", (int)data->entry->name.n, data->entry->name.p);
    const struct hk_archive_entry *const e = index.p == NULL ? NULL : hk_archive_find(x->zip, index);
    if (e == NULL || item_of(x, e)->listed || hk_archive_ranges(x->zip, data->entry, &x->arena, &data->ranges).code != HK_OK) continue;
    data->sparse = true;
    item_of(x, e)->path = hk_str_of("");
  }
}

/* ---- shadow copies whose files were collected ------------------------------------------------------------------------------- */

static hk_err number_of_shadow(struct hk_archived_files *x, hk_str path, uint32_t *out)
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

static int by_path(const void *p, const void *q)
{
  const struct hk_archived *const a = *(const struct hk_archived *const *)p;
  const struct hk_archived *const b = *(const struct hk_archived *const *)q;
  const int folded = hk_str_cmp(a->folded, b->folded);
  if (folded != 0) return folded;
  const int path = hk_str_cmp(a->path, b->path);
  if (path != 0) return path;
  return a < b ? -1 : a > b;
}

static hk_err make_index(struct hk_archived_files *x)
{
  x->by_path = malloc((x->n + 1) * sizeof *x->by_path);
  if (x->by_path == NULL) return hk_fail(HK_MEMORY, "open the archive", HK_NO_OFFSET);
  for (size_t i = 0; i < x->n; i++) {
    if (x->v[i].path.n == 0) continue;
    x->v[i].folded = hk_str_fold(&x->arena, x->v[i].path);
    HK_TRY(number_of_shadow(x, x->v[i].path, &x->v[i].shadow));
    x->by_path[x->n_by_path++] = &x->v[i];
  }
  if (x->arena.spent) return hk_fail(HK_MEMORY, "open the archive", HK_NO_OFFSET);
  if (x->n_by_path == 0) return hk_fail(HK_USAGE, "open the archive: it holds no evidence files", HK_NO_OFFSET);
  qsort(x->by_path, x->n_by_path, sizeof *x->by_path, by_path);
  for (size_t i = 1; i < x->n_by_path; i++)
    if (hk_str_eq(x->by_path[i]->path, x->by_path[i - 1]->path)) x->v[x->by_path[i] - x->v].twice = true;
  return hk_ok();
}

hk_err hk_archived_find(const struct hk_archived_files *x, hk_str path, const struct hk_archived **out)
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
  const struct hk_archived *found = NULL;
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

hk_err hk_archived_read(struct hk_archive *zip, struct hk_archived_files *x)
{
  *x = (struct hk_archived_files){.zip = zip};
  hk_arena_init(&x->arena, MEMORY_LIMIT);
  HK_TRY(add_entries(x));
  x->manifest = hk_archive_manifest(zip, on_line, x);
  if (x->manifest.code == HK_MEMORY) return x->manifest;
  find_sparse(x);
  return make_index(x);
}

void hk_archived_done(struct hk_archived_files *x)
{
  hk_arena_done(&x->arena);
  free(x->v);
  free(x->shadows);
  free(x->by_path);
}
