/* The block list of one shadow store as a map: which 16 KiB block of the volume was saved where. Descriptors are added in the order
   of the list, for later ones change what earlier ones said. libvshadow documentation, "Store block list". */
#ifndef HK_NTFS_SHADOW_MAP_H
#define HK_NTFS_SHADOW_MAP_H

#include "base/cur.h"
#include "base/err.h"

#define HK_SHADOW_BLOCK 16384u
/* Block numbers fit 32 bits: shadow copies exist on volumes up to 64 TB. */
#define HK_SHADOW_NO_BLOCK UINT32_MAX

struct hk_shadow_pair {
  uint32_t block;
  uint32_t target;
  uint32_t bits;
};

/* By block: a hash while it grows, sorted once it is sealed. */
struct hk_shadow_table {
  struct hk_shadow_pair *v;
  size_t n, capacity;
  uint32_t *slots;
  size_t n_slots;
  bool crowded;
};

/* Memory of all maps of a volume together. */
struct hk_shadow_budget {
  size_t limit_bytes, used_bytes;
};

struct hk_shadow_map {
  struct hk_shadow_table kept;     /* target: block of the storage; with bits HK_SHADOW_FORWARD the block to ask newer stores for */
  struct hk_shadow_table overlays; /* target: block of the storage; bits: which of its 512-byte parts count, lowest first */
  struct hk_shadow_table leads;    /* forwarders by the block they lead to; target: the block they stand for */
  struct hk_shadow_budget *budget; /* borrowed */
};

enum { HK_SHADOW_SAVED = 0, HK_SHADOW_FORWARD = 1 };

void hk_shadow_map_init(struct hk_shadow_map *m, struct hk_shadow_budget *budget);
void hk_shadow_map_done(struct hk_shadow_map *m);
/* Takes in one descriptor of 32 bytes. HK_DAMAGED: its fields contradict each other; HK_LIMIT: the budget is spent. */
hk_err hk_shadow_map_add(struct hk_shadow_map *m, struct hk_cur descriptor);
/* No more descriptors: gives back what only adding needed. */
void hk_shadow_map_seal(struct hk_shadow_map *m);
/* NULL when the block is not there. After seal only. */
const struct hk_shadow_pair *hk_shadow_find(const struct hk_shadow_table *t, uint32_t block);

#endif
