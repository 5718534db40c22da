/* The running Windows through its API: every local fixed volume. */
#include <stdlib.h>

#include "os/os.h"
#include "source/tree.h"

static const struct hk_source_ops live_ops = {
    .method = "api",
    .complete = true,
    .find = hk_tree_find,
    .open = hk_tree_open,
    .stat = hk_tree_stat,
    .owner = hk_tree_owner,
    .close = hk_tree_close,
};

hk_err hk_source_open_live(struct hk_source **out)
{
  struct hk_tree *const t = malloc(sizeof *t);
  if (t == NULL) return hk_fail(HK_MEMORY, "open the source", HK_NO_OFFSET);
  hk_tree_init(t, &live_ops);
  const hk_str letters = os_fixed_volumes(&t->arena);
  for (size_t i = 0; i < letters.n; i++) {
    const char root[2] = {letters.p[i], ':'};
    hk_tree_add(t, letters.p[i], (hk_str){.p = root, .n = sizeof root}, false);
  }
  if (t->n_volumes == 0) {
    hk_tree_close(&t->source);
    return hk_fail(HK_ABSENT, "open the source: no local fixed volume", HK_NO_OFFSET);
  }
  *out = &t->source;
  return hk_ok();
}
