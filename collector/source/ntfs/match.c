/* The state of a directory comes from its parent's; there are few different states, however many directories. */
#include "source/ntfs/match.h"

#include <stdlib.h>

#define MAX_DEPTH 600

struct hk_ntfs_match {
  const struct hk_ntfs_tree *tree;
  struct hk_glob_set *globs;
  const struct hk_glob_state **of_directory; /* NULL = not worked out yet */
  const struct hk_glob_state *root;
  bool limited;
};

static hk_err prepare(struct hk_ntfs_match *m, const struct hk_globs *globs, char letter)
{
  const char drive[2] = {letter, ':'};
  HK_TRY(hk_glob_set_open(globs, &m->globs));
  m->of_directory = calloc(m->tree->n + 1, sizeof(const struct hk_glob_state *));
  m->root = hk_glob_enter(m->globs, hk_glob_start(m->globs), (hk_str){.p = drive, .n = sizeof drive});
  return m->of_directory == NULL || m->root == NULL ? hk_fail(HK_MEMORY, "look for files", HK_NO_OFFSET) : hk_ok();
}

hk_err hk_ntfs_match_open(const struct hk_globs *globs, const struct hk_ntfs_tree *tree, char letter, struct hk_ntfs_match **out)
{
  struct hk_ntfs_match *const m = calloc(1, sizeof *m);
  if (m == NULL) return hk_fail(HK_MEMORY, "look for files", HK_NO_OFFSET);
  m->tree = tree;
  const hk_err e = prepare(m, globs, letter);
  if (e.code != HK_OK) {
    hk_ntfs_match_close(m);
    return e;
  }
  *out = m;
  return hk_ok();
}

void hk_ntfs_match_close(struct hk_ntfs_match *m)
{
  if (m == NULL) return;
  hk_glob_set_close(m->globs);
  free(m->of_directory);
  free(m);
}

bool hk_ntfs_match_limited(const struct hk_ntfs_match *m)
{
  return m->limited;
}

/* From the nearest directory above that is known, down. NULL: an orphan, as nobody asks for what has no path, or a tree of too
   many different directories. */
static const struct hk_glob_state *state_of(struct hk_ntfs_match *m, size_t directory)
{
  uint32_t chain[MAX_DEPTH];
  size_t n = 0;
  const struct hk_glob_state *s = NULL;
  for (size_t at = directory; s == NULL;) {
    if (at == HK_NTFS_NO_DIRECTORY || n == MAX_DEPTH) return NULL;
    s = m->tree->v[at].record == HK_NTFS_ROOT ? m->root : m->of_directory[at];
    if (s != NULL) break;
    chain[n++] = (uint32_t)at;
    at = hk_ntfs_tree_parent(m->tree, m->tree->v[at].parent);
  }
  while (n > 0 && s != NULL) {
    const size_t d = chain[--n];
    s = hk_glob_enter(m->globs, s, m->tree->v[d].name);
    m->of_directory[d] = s;
  }
  if (s == NULL) m->limited = true;
  return s;
}

struct hk_hits hk_ntfs_match_file(struct hk_ntfs_match *m, size_t directory, hk_str name, bool is_link)
{
  const struct hk_glob_state *const s = directory == HK_NTFS_NO_DIRECTORY ? NULL : state_of(m, directory);
  return s == NULL ? (struct hk_hits){0} : hk_glob_file(m->globs, s, name, is_link);
}
