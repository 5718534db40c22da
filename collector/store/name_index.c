/* Open addressing, at most half full. */
#include "store/name_index.h"

#include <string.h>

#include "base/hash.h"

static uint64_t hash(hk_str s)
{
  uint8_t digest[HK_SHA256_SIZE];
  uint64_t h = 0;
  hk_sha256_of(s.p, s.n, digest);
  memcpy(&h, digest, sizeof h);
  return h;
}

/* The slot that holds the name, or the free one where it would stand. */
static uint32_t *slot_of(const struct name_index *x, hk_str name)
{
  for (size_t k = (size_t)hash(name) & (x->n_slots - 1);; k = (k + 1) & (x->n_slots - 1)) {
    uint32_t *const slot = &x->slots[k];
    if (*slot == 0 || hk_str_eq(x->name_at(x->list, *slot - 1), name)) return slot;
  }
}

bool name_index_make(struct name_index *x, struct hk_arena *a, const void *list, size_t n,
                     hk_str (*name_at)(const void *list, size_t i))
{
  *x = (struct name_index){.n_slots = 16, .list = list, .name_at = name_at};
  while (x->n_slots < 2 * n) x->n_slots *= 2;
  x->slots = hk_new(a, uint32_t, x->n_slots);
  if (x->slots == NULL) return false;
  for (size_t i = 0; i < n; i++) {
    uint32_t *const slot = slot_of(x, name_at(list, i));
    if (*slot == 0) *slot = (uint32_t)i + 1;
  }
  return true;
}

size_t name_index_find(const struct name_index *x, hk_str name)
{
  const uint32_t slot = *slot_of(x, name);
  return slot == 0 ? NAME_NOT_FOUND : slot - 1;
}
