/* An arena: memory that lives as long as one item (one file, one answer) and is freed at once.
   It has a ceiling from birth; past it allocation fails with NULL and `spent` stays set. */
#ifndef HK_BASE_ARENA_H
#define HK_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct hk_arena_block;

struct hk_arena {
  struct hk_arena_block *head;
  size_t used_bytes;  /* handed out and headers */
  size_t limit_bytes; /* ceiling; 0 = none */
  bool spent;         /* an allocation was refused; sticky until reset */
};

/* An empty arena over the caller's storage; allocates nothing yet. */
void hk_arena_init(struct hk_arena *a, size_t limit_bytes);
/* Frees everything; the arena may be used again. */
void hk_arena_done(struct hk_arena *a);
/* Zeroed memory of `size` bytes, aligned for any object; NULL at the ceiling or when the system has none.
   size 0 gives a valid pointer to nothing. */
void *hk_alloc(struct hk_arena *a, size_t size);
/* Zeroed array of `count` elements of `size` bytes; the product is checked. */
void *hk_alloc_n(struct hk_arena *a, size_t count, size_t size);

#define hk_new(arena, type, count) ((type *)hk_alloc_n((arena), (count), sizeof(type)))

#endif
