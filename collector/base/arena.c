/* Arena allocation in growing blocks. */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>

#define FIRST_BLOCK_BYTES ((size_t)16 * 1024)
#define LARGEST_BLOCK_BYTES ((size_t)1024 * 1024)
#define ALIGNMENT ((size_t)16)

struct hk_arena_block {
  struct hk_arena_block *next;
  size_t size; /* bytes after this header */
  size_t used;
  size_t pad; /* keeps the payload aligned to 16 on 64-bit */
};

void hk_arena_init(struct hk_arena *a, size_t limit_bytes)
{
  *a = (struct hk_arena){.limit_bytes = limit_bytes};
}

void hk_arena_done(struct hk_arena *a)
{
  struct hk_arena_block *b = a->head;
  while (b != NULL) {
    struct hk_arena_block *const next = b->next;
    free(b);
    b = next;
  }
  *a = (struct hk_arena){.limit_bytes = a->limit_bytes};
}

static struct hk_arena_block *add_block(struct hk_arena *a, size_t need)
{
  size_t size = a->head == NULL ? FIRST_BLOCK_BYTES : a->head->size * 2;
  if (size > LARGEST_BLOCK_BYTES) size = LARGEST_BLOCK_BYTES;
  if (size < need) size = need;
  if (need > SIZE_MAX - 2 * sizeof(struct hk_arena_block)) return NULL;
  const size_t left = a->limit_bytes == 0 ? SIZE_MAX : a->used_bytes < a->limit_bytes ? a->limit_bytes - a->used_bytes : 0;
  if (left < sizeof(struct hk_arena_block) + need) return NULL;
  /* Near the ceiling the block is what is left of it. */
  if (size > left - sizeof(struct hk_arena_block))
    size = (left - sizeof(struct hk_arena_block)) / ALIGNMENT * ALIGNMENT;
  const size_t total = size + sizeof(struct hk_arena_block);
  struct hk_arena_block *const b = calloc(1, total);
  if (b == NULL) return NULL;
  b->size = size;
  b->next = a->head;
  a->head = b;
  a->used_bytes += total;
  return b;
}

void *hk_alloc(struct hk_arena *a, size_t size)
{
  if (size > SIZE_MAX - ALIGNMENT) {
    a->spent = true;
    return NULL;
  }
  const size_t need = size == 0 ? ALIGNMENT : (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  struct hk_arena_block *b = a->head;
  if (b == NULL || b->size - b->used < need) b = add_block(a, need);
  if (b == NULL) {
    a->spent = true;
    return NULL;
  }
  unsigned char *const p = (unsigned char *)(b + 1) + b->used;
  b->used += need;
  return p;
}

void *hk_alloc_n(struct hk_arena *a, size_t count, size_t size)
{
  if (size != 0 && count > SIZE_MAX / size) {
    a->spent = true;
    return NULL;
  }
  return hk_alloc(a, count * size);
}
