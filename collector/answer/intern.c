/* Open addressing, linear probing, at most half full. The hash is FNV-1a from a seed, finished by a multiply-shift mix.
 */
#include "answer/intern.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS ((size_t)1024)

void hk_intern_init(struct hk_intern *t, struct hk_arena *keys, uint64_t seed)
{
  *t = (struct hk_intern){.keys = keys, .seed = seed};
}

void hk_intern_done(struct hk_intern *t)
{
  free(t->slots);
  *t = (struct hk_intern){0};
}

static uint64_t hash_of(const struct hk_intern *t, hk_str key)
{
  uint64_t h = UINT64_C(14695981039346656037) ^ t->seed;
  for (size_t i = 0; i < key.n; i++)
    h = (h ^ (unsigned char)key.p[i]) * UINT64_C(1099511628211);
  h ^= h >> 32;
  h *= UINT64_C(0x9E3779B97F4A7C15);
  return h ^ h >> 29;
}

static struct hk_intern_slot *slot_of(const struct hk_intern *t, uint64_t hash, hk_str key)
{
  size_t i = (size_t)hash & (t->n_slots - 1);
  while (t->slots[i].id != 0 && !(t->slots[i].hash == hash && hk_str_eq(t->slots[i].key, key)))
    i = (i + 1) & (t->n_slots - 1);
  return &t->slots[i];
}

static hk_err grow(struct hk_intern *t)
{
  const size_t n_slots = t->n_slots == 0 ? FIRST_SLOTS : t->n_slots * 2;
  struct hk_intern_slot *const slots = calloc(n_slots, sizeof *slots);
  if (slots == NULL) return hk_fail(HK_MEMORY, "intern a name", HK_NO_OFFSET);
  struct hk_intern_slot *const old = t->slots;
  const size_t n_old = t->n_slots;
  t->slots = slots;
  t->n_slots = n_slots;
  for (size_t i = 0; i < n_old; i++)
    if (old[i].id != 0) *slot_of(t, old[i].hash, old[i].key) = old[i];
  free(old);
  return hk_ok();
}

hk_err hk_intern_id(struct hk_intern *t, hk_str key, int64_t *id, bool *fresh)
{
  if (t->n * 2 >= t->n_slots) HK_TRY(grow(t));
  const uint64_t hash = hash_of(t, key);
  struct hk_intern_slot *const s = slot_of(t, hash, key);
  *fresh = s->id == 0;
  if (*fresh) {
    const hk_str copy = hk_str_copy(t->keys, key);
    if (copy.p == NULL) return hk_fail(HK_MEMORY, "intern a name", HK_NO_OFFSET);
    *s = (struct hk_intern_slot){.hash = hash, .key = copy, .id = (int64_t)++t->n};
  }
  *id = s->id;
  return hk_ok();
}

int64_t hk_intern_find(const struct hk_intern *t, hk_str key)
{
  return t->n_slots == 0 ? 0 : slot_of(t, hash_of(t, key), key)->id;
}
