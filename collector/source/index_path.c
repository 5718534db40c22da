/* Names of directory indexes. */
#include "source/index_path.h"

static const struct {
  const char *end;
  enum hk_index_part part;
} ends[] = {
    {":$I30", HK_INDEX_EITHER},
    {":$I30:$INDEX_ALLOCATION", HK_INDEX_BLOCKS},
    {":$I30:$INDEX_ROOT", HK_INDEX_ROOT},
    {":$I30:$BITMAP", HK_INDEX_BITMAP},
};

enum hk_index_part hk_index_part_of(hk_str path, hk_str *folder)
{
  for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
    const hk_str end = hk_str_of(ends[i].end);
    if (!hk_str_iends(path, end)) continue;
    *folder = hk_str_sub(path, 0, path.n - end.n);
    return ends[i].part;
  }
  return HK_INDEX_NONE;
}

static bool asks(hk_str glob)
{
  return hk_str_iends(glob, hk_str_of(ends[0].end));
}

bool hk_index_wanted(const struct hk_globs *globs)
{
  for (size_t i = 0; i < globs->n; i++)
    if (asks(globs->v[i])) return true;
  return false;
}

size_t hk_index_hits(const struct hk_globs *globs, const struct hk_hits *hits, uint32_t *out, size_t room)
{
  size_t n = 0;
  for (size_t i = 0; i < hits->n && n < room; i++)
    if (asks(globs->v[hits->v[i]])) out[n++] = hits->v[i];
  return n;
}
