/* Which element of a list has this name. Hostile names cannot make it slow: they are hashed by SHA-256. */
#ifndef HK_STORE_NAME_INDEX_H
#define HK_STORE_NAME_INDEX_H

#include "base/arena.h"
#include "base/str.h"

#define NAME_NOT_FOUND SIZE_MAX

struct name_index {
  uint32_t *slots; /* element + 1 */
  size_t n_slots;
  const void *list;
  hk_str (*name_at)(const void *list, size_t i);
};

/* Over n < 2^31 elements; of several with one name the first is found. false: no memory. */
bool name_index_make(struct name_index *x, struct hk_arena *a, const void *list, size_t n,
                     hk_str (*name_at)(const void *list, size_t i));
size_t name_index_find(const struct name_index *x, hk_str name);

#endif
