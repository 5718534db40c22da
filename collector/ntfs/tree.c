/* Directories by record number, and paths made of them. */
#include "ntfs/tree.h"

#include <stdlib.h>

#define MAX_DEPTH 600 /* 32,767 characters of path allow more, but no Windows program can make them */
#define MAX_DIRECTORIES ((size_t)1 << 24)
#define NAME_BYTES_MAX ((size_t)1 << 30)

void hk_ntfs_tree_init(struct hk_ntfs_tree *t)
{
  *t = (struct hk_ntfs_tree){.n = 0};
  hk_arena_init(&t->names, NAME_BYTES_MAX);
}

void hk_ntfs_tree_done(struct hk_ntfs_tree *t)
{
  free(t->v);
  hk_arena_done(&t->names);
  *t = (struct hk_ntfs_tree){.n = 0};
}

hk_err hk_ntfs_tree_add(struct hk_ntfs_tree *t, const struct hk_ntfs_directory *d)
{
  if (t->n == MAX_DIRECTORIES) return hk_fail(HK_LIMIT, "list directories: too many", HK_NO_OFFSET);
  if (t->n == t->capacity) {
    const size_t capacity = t->capacity == 0 ? 1024 : t->capacity + t->capacity / 2;
    struct hk_ntfs_directory *const v = realloc(t->v, capacity * sizeof *v);
    if (v == NULL) return hk_fail(HK_MEMORY, "list directories", HK_NO_OFFSET);
    t->v = v;
    t->capacity = capacity;
  }
  t->v[t->n++] = *d;
  return hk_ok();
}

size_t hk_ntfs_tree_find(const struct hk_ntfs_tree *t, uint64_t record)
{
  size_t low = 0, high = t->n;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (t->v[middle].record < record)
      low = middle + 1;
    else
      high = middle;
  }
  return low < t->n && t->v[low].record == record ? low : HK_NTFS_NO_DIRECTORY;
}

size_t hk_ntfs_tree_parent(const struct hk_ntfs_tree *t, struct hk_ntfs_ref parent)
{
  const size_t i = hk_ntfs_tree_find(t, parent.record);
  if (i == HK_NTFS_NO_DIRECTORY || parent.record == HK_NTFS_ROOT) return i;
  const struct hk_ntfs_directory *const d = &t->v[i];
  /* Deleting a directory counts its sequence up; what was in it still says the old one. */
  const bool same = d->sequence == parent.sequence || (!d->in_use && d->sequence == (uint16_t)(parent.sequence + 1));
  return same ? i : HK_NTFS_NO_DIRECTORY;
}

bool hk_ntfs_tree_path(const struct hk_ntfs_tree *t, size_t directory, struct hk_buf *out)
{
  uint32_t chain[MAX_DEPTH];
  size_t n = 0;
  bool whole = false;
  for (size_t at = directory; at != HK_NTFS_NO_DIRECTORY && n < MAX_DEPTH;) {
    if (t->v[at].record == HK_NTFS_ROOT) {
      whole = true;
      break;
    }
    if (t->v[at].name.n == 0) break;
    chain[n++] = (uint32_t)at;
    at = hk_ntfs_tree_parent(t, t->v[at].parent);
  }
  if (!whole) hk_buf_z(out, "\\$OrphanFiles");
  /* A loop: the names in it repeat without end and say nothing. */
  if (n == MAX_DEPTH) return false;
  while (n > 0) {
    hk_buf_u8(out, '\\');
    hk_buf_str(out, t->v[chain[--n]].name);
  }
  return whole;
}

static bool is_separator(uint32_t c)
{
  return c == '\\' || c == '/' || c == ':' || c == 0;
}

void hk_ntfs_name_utf8(struct hk_cur utf16, struct hk_buf *out)
{
  const size_t n = hk_cur_left(&utf16) / 2;
  const uint8_t *const p = hk_take(&utf16, n * 2);
  char text[512];
  size_t used = 0;
  for (size_t i = 0; p != NULL && i < n; i++) {
    uint32_t c = p[2 * i] | (uint32_t)p[2 * i + 1] << 8;
    const uint32_t low = i + 1 < n ? p[2 * i + 2] | (uint32_t)p[2 * i + 3] << 8 : 0;
    if (c >= 0xD800 && c < 0xDC00 && low >= 0xDC00 && low < 0xE000) {
      c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
      i++;
    }
    if (c < 0x80 && !is_separator(c))
      text[used++] = (char)c;
    else
      used += hk_utf8_put(is_separator(c) ? 0xFFFD : c, text + used);
    if (used > sizeof text - 4) {
      hk_buf_add(out, text, used);
      used = 0;
    }
  }
  hk_buf_add(out, text, used);
}
