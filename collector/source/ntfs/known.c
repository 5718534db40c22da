/* Files by path: sorted when one is asked for, not before. */
#include "source/ntfs/known.h"

#include <stdlib.h>
#include <string.h>

#define REMEMBERED_BYTES_MAX ((size_t)96 << 20)

static int by_path(const void *x, const void *y)
{
  const struct hk_ntfs_known *const a = x;
  const struct hk_ntfs_known *const b = y;
  const int folded = hk_str_cmp(a->folded, b->folded);
  return folded != 0 ? folded : hk_str_cmp(a->entry.path, b->entry.path);
}

const struct hk_ntfs_known *hk_ntfs_known_find(struct hk_ntfs_known_files *s, hk_str folded, hk_str path)
{
  if (s->n_sorted != s->n) {
    qsort(s->v, s->n, sizeof *s->v, by_path);
    s->n_sorted = s->n;
  }
  if (s->n == 0) return NULL;
  size_t low = 0;
  size_t high = s->n;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (hk_str_cmp(s->v[middle].folded, folded) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  const struct hk_ntfs_known *found = NULL;
  for (size_t i = low; i < s->n && hk_str_eq(s->v[i].folded, folded); i++)
    if (found == NULL || hk_str_eq(s->v[i].entry.path, path)) found = &s->v[i];
  return found;
}

bool hk_ntfs_known_add(struct hk_ntfs_known_files *s, const struct hk_ntfs_known *k)
{
  if (s->n == s->capacity) {
    const size_t capacity = s->capacity == 0 ? 256 : s->capacity * 2;
    struct hk_ntfs_known *const v = realloc(s->v, capacity * sizeof *v);
    if (v == NULL) return false;
    s->v = v;
    s->capacity = capacity;
  }
  struct hk_ntfs_known copy = *k;
  copy.folded = hk_str_copy(&s->arena, k->folded);
  copy.entry.path = hk_str_copy(&s->arena, k->entry.path);
  copy.owner = hk_str_copy(&s->arena, k->owner);
  if (copy.folded.p == NULL || copy.entry.path.p == NULL || copy.owner.p == NULL) return false;
  s->v[s->n++] = copy;
  return true;
}

void hk_ntfs_known_init(struct hk_ntfs_known_files *s)
{
  *s = (struct hk_ntfs_known_files){.v = NULL};
  hk_arena_init(&s->arena, REMEMBERED_BYTES_MAX);
}

void hk_ntfs_known_done(struct hk_ntfs_known_files *s)
{
  hk_arena_done(&s->arena);
  free(s->v);
}
