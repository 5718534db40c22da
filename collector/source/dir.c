/* A directory that holds an evidence tree, in the shapes collectors leave behind. */
#include <stdlib.h>

#include "os/os.h"
#include "source/tree.h"

static const struct hk_source_ops dir_ops = {
    .method = "directory",
    .find = hk_tree_find,
    .open = hk_tree_open,
    .stat = hk_tree_stat,
    .owner = hk_tree_owner,
    .close = hk_tree_close,
};

struct scan {
  struct hk_tree *tree;
  hk_str dir;
};

/* "C", "C:" and "C%3A" are volumes; "state:" and "state%3A" are what Windows was asked when an archive was made. */
static bool on_candidate(void *ctx, hk_str name, const struct os_info *info)
{
  struct scan *const s = ctx;
  const bool colon = name.n == 2 && name.p[1] == ':';
  const bool escaped = name.n == 4 && hk_str_ieq(hk_str_sub(name, 1, 4), HK_S("%3A"));
  const bool state_escaped = hk_str_ieq(name, HK_S("state%3A"));
  if (info->kind != OS_DIRECTORY || name.n == 0 || !hk_is_letter(name.p[0])) return true;
  const hk_str root = os_join(&s->tree->arena, s->dir, name);
  if (name.n == 1 || colon || escaped) hk_tree_add_drive(s->tree, name.p[0], root, escaped);
  if (state_escaped || hk_str_ieq(name, HK_S(HK_STATE_VOLUME))) hk_tree_add(s->tree, HK_S(HK_STATE_VOLUME), root, state_escaped);
  return true;
}

static bool on_windows_folder(void *ctx, hk_str name, const struct os_info *info)
{
  bool *const found = ctx;
  *found = info->kind == OS_DIRECTORY && (hk_str_ieq(name, HK_S("Windows")) || hk_str_ieq(name, HK_S("Users")) ||
                                          hk_str_ieq(name, HK_S("Documents and Settings")));
  return !*found;
}

hk_err hk_source_open_dir(hk_str root, struct hk_source **out)
{
  static const char *const containers[] = {"", "fs", "uploads/auto", "uploads/ntfs"};
  struct os_info info;
  HK_TRY(os_stat(root, &info));
  if (info.kind != OS_DIRECTORY) return hk_fail(HK_USAGE, "open the source: not a directory", HK_NO_OFFSET);
  struct hk_tree *const t = malloc(sizeof *t);
  if (t == NULL) return hk_fail(HK_MEMORY, "open the source", HK_NO_OFFSET);
  hk_tree_init(t, &dir_ops);
  t->is_copy = true;
  for (size_t i = 0; i < sizeof containers / sizeof containers[0]; i++) {
    struct scan s = {.tree = t, .dir = i == 0 ? root : os_join(&t->arena, root, hk_str_of(containers[i]))};
    (void)os_list(s.dir, on_candidate, &s);
  }
  if (t->n_volumes == 0) {
    bool windows = false;
    (void)os_list(root, on_windows_folder, &windows);
    if (windows) hk_tree_add_drive(t, 'C', root, false);
  }
  if (t->n_volumes == 0) {
    hk_tree_close(&t->source);
    return hk_fail(HK_USAGE, "open the source: no volume (C, C:, C%3A) and no Windows or Users folder in it", HK_NO_OFFSET);
  }
  *out = &t->source;
  return hk_ok();
}
