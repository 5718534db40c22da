/* A table of SHA-256 with open addressing; about 150 bytes an entry. */
#include "store/contents.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

struct slot {
  uint8_t sha256[HK_SHA256_SIZE];
  uint64_t size_bytes;
  hk_str name; /* n 0: free */
};

struct contents {
  struct slot *v;
  size_t size, n; /* size is a power of two */
  struct hk_arena names;
};

hk_err contents_open(struct contents **out)
{
  struct contents *const c = calloc(1, sizeof *c);
  struct slot *const v = calloc(256, sizeof *v);
  if (c == NULL || v == NULL) {
    free(c);
    free(v);
    return hk_fail(HK_MEMORY, "remember contents", HK_NO_OFFSET);
  }
  *c = (struct contents){.v = v, .size = 256};
  hk_arena_init(&c->names, (size_t)512 << 20);
  *out = c;
  return hk_ok();
}

void contents_close(struct contents *c)
{
  if (c == NULL) return;
  hk_arena_done(&c->names);
  free(c->v);
  free(c);
}

static struct slot *slot_for(struct slot *v, size_t size, const uint8_t sha256[HK_SHA256_SIZE], uint64_t size_bytes)
{
  uint64_t h = 0;
  memcpy(&h, sha256, sizeof h);
  for (size_t i = (size_t)h & (size - 1);; i = (i + 1) & (size - 1))
    if (v[i].name.n == 0 || (v[i].size_bytes == size_bytes && memcmp(v[i].sha256, sha256, HK_SHA256_SIZE) == 0)) return &v[i];
}

static bool grow(struct contents *c)
{
  if (c->n < c->size / 2) return true;
  struct slot *const v = calloc(c->size * 2, sizeof *v);
  if (v == NULL) return false;
  for (size_t i = 0; i < c->size; i++)
    if (c->v[i].name.n > 0) *slot_for(v, c->size * 2, c->v[i].sha256, c->v[i].size_bytes) = c->v[i];
  free(c->v);
  c->v = v;
  c->size *= 2;
  return true;
}

hk_err contents_add(struct contents *c, const uint8_t sha256[HK_SHA256_SIZE], uint64_t size_bytes, hk_str name)
{
  if (!grow(c)) return hk_fail(HK_MEMORY, "remember contents", HK_NO_OFFSET);
  struct slot *const to = slot_for(c->v, c->size, sha256, size_bytes);
  if (to->name.n > 0) return hk_ok();
  const hk_str copy = hk_str_copy(&c->names, name);
  if (copy.p == NULL || copy.n == 0) return hk_fail(HK_MEMORY, "remember contents", HK_NO_OFFSET);
  memcpy(to->sha256, sha256, HK_SHA256_SIZE);
  to->size_bytes = size_bytes;
  to->name = copy;
  c->n++;
  return hk_ok();
}

hk_str contents_find(const struct contents *c, const uint8_t sha256[HK_SHA256_SIZE], uint64_t size_bytes)
{
  return slot_for(c->v, c->size, sha256, size_bytes)->name;
}
