/* The running Windows: every local fixed volume, through the API and past it. */
#include <stdlib.h>

#include "os/os.h"
#include "source/chain.h"
#include "source/ntfs/open.h"
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

static hk_err open_raw(void *ctx, char letter, struct hk_source **out)
{
  (void)ctx;
  const char drive[2] = {letter, ':'};
  return hk_source_open_image((hk_str){.p = drive, .n = sizeof drive}, out);
}

hk_err hk_source_open_live(struct hk_source **out)
{
  struct hk_tree *const t = malloc(sizeof *t);
  if (t == NULL) return hk_fail(HK_MEMORY, "open the source", HK_NO_OFFSET);
  hk_tree_init(t, &live_ops);
  const hk_str letters = os_fixed_volumes(&t->arena);
  for (size_t i = 0; i < letters.n; i++) {
    const char root[2] = {letters.p[i], ':'};
    hk_tree_add_drive(t, letters.p[i], (hk_str){.p = root, .n = sizeof root}, false);
  }
  if (t->n_volumes == 0) {
    hk_tree_close(&t->source);
    return hk_fail(HK_ABSENT, "open the source: no local fixed volume", HK_NO_OFFSET);
  }
  return hk_source_open_chain(&t->source, letters, &(struct hk_chain_ways){.open_raw = open_raw}, out);
}
