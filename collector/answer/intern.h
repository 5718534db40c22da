/* Interning: bytes to a small number. Keys are copied; a number is never given twice. */
#ifndef HK_ANSWER_INTERN_H
#define HK_ANSWER_INTERN_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct hk_intern_slot {
  uint64_t hash;
  hk_str key;
  int64_t id; /* 0 = free */
};
struct hk_intern {
  struct hk_arena *keys; /* borrowed */
  struct hk_intern_slot *slots;
  size_t n_slots; /* power of two, or 0 */
  size_t n;       /* in use; the last number given */
  uint64_t seed;  /* so that evidence cannot choose its collisions */
};

void hk_intern_init(struct hk_intern *t, struct hk_arena *keys, uint64_t seed);
void hk_intern_done(struct hk_intern *t);
/* The number of key, given now if it is new; *fresh says which. Numbers start at 1. HK_MEMORY. */
hk_err hk_intern_id(struct hk_intern *t, hk_str key, int64_t *id, bool *fresh);
/* The number of key, 0 when it is not there. */
int64_t hk_intern_find(const struct hk_intern *t, hk_str key);

#endif
