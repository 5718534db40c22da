/* Building a store's map. What later descriptors do to earlier ones follows libvshadow's documentation, "Successive block
   descriptors"; a second reading of the format (dfir_ntfs) calls the same things forwarder, overlay and regular entries. */
#include "ntfs/shadow_map.h"

#include <stdlib.h>
#include <string.h>

enum {
  FLAG_FORWARDER = 0x01,
  FLAG_OVERLAY = 0x02,
  FLAG_UNUSED = 0x04,
  FLAGS_KNOWN = 0xFF,
};

#define FIRST_CAPACITY 64u
#define PROBES_MAX 4096u

void hk_shadow_map_init(struct hk_shadow_map *m, struct hk_shadow_budget *budget)
{
  *m = (struct hk_shadow_map){.budget = budget};
}

static void give_back(struct hk_shadow_map *m, struct hk_shadow_table *t)
{
  m->budget->used_bytes -= t->capacity * sizeof *t->v + t->n_slots * sizeof *t->slots;
  free(t->v);
  free(t->slots);
  *t = (struct hk_shadow_table){0};
}

void hk_shadow_map_done(struct hk_shadow_map *m)
{
  if (m->budget == NULL) return;
  give_back(m, &m->kept);
  give_back(m, &m->overlays);
  give_back(m, &m->leads);
}

/* ---- a table that grows ------------------------------------------------------------------------------------------------ */

/* The finalizer of MurmurHash3: blocks come in runs and in strides. */
static uint32_t mixed(uint32_t x)
{
  x = (x ^ x >> 16) * UINT32_C(0x85EBCA6B);
  x = (x ^ x >> 13) * UINT32_C(0xC2B2AE35);
  return x ^ x >> 16;
}

/* n_slots is a power of two, at most half of them taken: thousands of collisions in a row are somebody's work. */
static size_t slot_of(struct hk_shadow_table *t, uint32_t block)
{
  size_t at = (size_t)mixed(block) & (t->n_slots - 1);
  for (unsigned budget = PROBES_MAX; t->slots[at] != UINT32_MAX && t->v[t->slots[at]].block != block; budget--) {
    if (budget == 0) {
      t->crowded = true;
      return at;
    }
    at = (at + 1) & (t->n_slots - 1);
  }
  return at;
}

static hk_err grow(struct hk_shadow_map *m, struct hk_shadow_table *t)
{
  const size_t capacity = t->capacity == 0 ? FIRST_CAPACITY : t->capacity * 2;
  const size_t n_slots = capacity * 2;
  const size_t bytes = capacity * sizeof *t->v + n_slots * sizeof *t->slots;
  const size_t before = t->capacity * sizeof *t->v + t->n_slots * sizeof *t->slots;
  if (bytes - before > m->budget->limit_bytes - m->budget->used_bytes)
    return hk_fail(HK_LIMIT, "read the block list of a shadow copy: too many blocks", HK_NO_OFFSET);
  uint32_t *const slots = malloc(n_slots * sizeof *slots);
  if (slots == NULL) return hk_fail(HK_MEMORY, "read the block list of a shadow copy", HK_NO_OFFSET);
  struct hk_shadow_pair *const v = realloc(t->v, capacity * sizeof *v);
  if (v == NULL) {
    free(slots);
    return hk_fail(HK_MEMORY, "read the block list of a shadow copy", HK_NO_OFFSET);
  }
  free(t->slots);
  t->v = v;
  t->capacity = capacity;
  t->slots = slots;
  t->n_slots = n_slots;
  m->budget->used_bytes += bytes - before;
  memset(slots, 0xFF, n_slots * sizeof *slots);
  for (size_t i = 0; i < t->n; i++) slots[slot_of(t, v[i].block)] = (uint32_t)i;
  return hk_ok();
}

static struct hk_shadow_pair *look(struct hk_shadow_table *t, uint32_t block)
{
  if (t->n_slots == 0) return NULL;
  const uint32_t i = t->slots[slot_of(t, block)];
  return i == UINT32_MAX ? NULL : &t->v[i];
}

static hk_err put(struct hk_shadow_map *m, struct hk_shadow_table *t, struct hk_shadow_pair pair)
{
  struct hk_shadow_pair *const there = look(t, pair.block);
  if (there != NULL) {
    *there = pair;
    return hk_ok();
  }
  if (t->n == t->capacity) HK_TRY(grow(m, t));
  t->slots[slot_of(t, pair.block)] = (uint32_t)t->n;
  t->v[t->n++] = pair;
  return hk_ok();
}

/* ---- descriptors -------------------------------------------------------------------------------------------------------- */

struct descriptor {
  uint64_t original; /* byte offsets */
  uint64_t relative;
  uint64_t stored;
  uint32_t flags;
  uint32_t bits;
};

static bool block_of(uint64_t offset, uint32_t *out)
{
  if (offset % HK_SHADOW_BLOCK != 0 || offset / HK_SHADOW_BLOCK >= HK_SHADOW_NO_BLOCK) return false;
  *out = (uint32_t)(offset / HK_SHADOW_BLOCK);
  return true;
}

/* Several overlays of one block are one: the first says where, each adds its parts. */
static hk_err add_overlay(struct hk_shadow_map *m, uint32_t block, uint32_t stored, uint32_t bits)
{
  struct hk_shadow_pair *const there = look(&m->overlays, block);
  if (there == NULL) return put(m, &m->overlays, (struct hk_shadow_pair){.block = block, .target = stored, .bits = bits});
  there->bits |= bits;
  return hk_ok();
}

/* A forwarder says: what was in block A then, the next store calls B. A later descriptor of B means that content, so it is A's. */
static hk_err add_block(struct hk_shadow_map *m, uint32_t block, const struct descriptor *d, uint32_t target)
{
  const bool forwards = (d->flags & FLAG_FORWARDER) != 0;
  struct hk_shadow_pair *const lead = look(&m->leads, block);
  uint32_t original = block;
  if (lead != NULL && lead->target != HK_SHADOW_NO_BLOCK) {
    original = lead->target;
    lead->target = HK_SHADOW_NO_BLOCK;
  }
  if (forwards && original == target) return hk_ok();
  HK_TRY(put(m, &m->kept,
             (struct hk_shadow_pair){.block = original, .target = target, .bits = forwards ? HK_SHADOW_FORWARD : HK_SHADOW_SAVED}));
  return forwards ? put(m, &m->leads, (struct hk_shadow_pair){.block = target, .target = original}) : hk_ok();
}

static hk_err add(struct hk_shadow_map *m, struct hk_cur c)
{
  const struct descriptor d = {
      .original = hk_u64le(&c), .relative = hk_u64le(&c), .stored = hk_u64le(&c), .flags = hk_u32le(&c), .bits = hk_u32le(&c)};
  if (c.bad) return hk_fail(HK_TRUNCATED, "read the block list of a shadow copy", HK_NO_OFFSET);
  if (d.flags == 0 && d.stored == 0) return hk_ok(); /* an entry not yet used */
  if ((d.flags & FLAG_UNUSED) != 0) return hk_ok();
  const unsigned both = FLAG_FORWARDER | FLAG_OVERLAY;
  uint32_t block = 0, stored = 0, leads_to = 0;
  if ((d.flags & ~(unsigned)FLAGS_KNOWN) != 0 || (d.flags & both) == both || !block_of(d.original, &block) || !block_of(d.stored, &stored))
    return hk_fail(HK_DAMAGED, "read the block list of a shadow copy", HK_NO_OFFSET);
  if ((d.flags & FLAG_OVERLAY) != 0) return add_overlay(m, block, stored, d.bits);
  if ((d.flags & FLAG_FORWARDER) == 0) return add_block(m, block, &d, stored);
  if (d.stored != 0 || !block_of(d.relative, &leads_to)) return hk_fail(HK_DAMAGED, "read the block list of a shadow copy", HK_NO_OFFSET);
  return add_block(m, block, &d, leads_to);
}

hk_err hk_shadow_map_add(struct hk_shadow_map *m, struct hk_cur descriptor)
{
  HK_TRY(add(m, descriptor));
  const bool crowded = m->kept.crowded || m->overlays.crowded || m->leads.crowded;
  return crowded ? hk_fail(HK_LIMIT, "read the block list of a shadow copy: made to collide", HK_NO_OFFSET) : hk_ok();
}

/* ---- sealed ------------------------------------------------------------------------------------------------------------- */

static int by_block(const void *x, const void *y)
{
  const uint32_t a = ((const struct hk_shadow_pair *)x)->block;
  const uint32_t b = ((const struct hk_shadow_pair *)y)->block;
  return a < b ? -1 : a > b;
}

static void seal(struct hk_shadow_map *m, struct hk_shadow_table *t)
{
  m->budget->used_bytes -= t->n_slots * sizeof *t->slots;
  free(t->slots);
  t->slots = NULL;
  t->n_slots = 0;
  if (t->n == 0) return;
  qsort(t->v, t->n, sizeof *t->v, by_block);
  struct hk_shadow_pair *const v = realloc(t->v, t->n * sizeof *v);
  if (v == NULL) return;
  m->budget->used_bytes -= (t->capacity - t->n) * sizeof *v;
  t->v = v;
  t->capacity = t->n;
}

void hk_shadow_map_seal(struct hk_shadow_map *m)
{
  seal(m, &m->kept);
  seal(m, &m->overlays);
  seal(m, &m->leads);
}

const struct hk_shadow_pair *hk_shadow_find(const struct hk_shadow_table *t, uint32_t block)
{
  const struct hk_shadow_pair key = {.block = block};
  return t->n == 0 ? NULL : bsearch(&key, t->v, t->n, sizeof *t->v, by_block);
}
