/* The last few pieces of what costs time to read or to unpack: pages of a container's tables, unpacked clusters. So a disk of any size
   needs the same memory, whatever its header says of its tables. Safe to use from several threads. */
#ifndef HK_SOURCE_DISK_CACHE_H
#define HK_SOURCE_DISK_CACHE_H

#include "base/bytes.h"

struct hk_place {
  struct hk_bytes *file;
  uint64_t at;
  size_t packed_bytes; /* of a packed block: how many bytes it takes there; 0 = it says so itself */
  uint64_t number;     /* of a packed block: which one it should call itself; 0 where blocks do not say */
};

/* Makes the piece at a place: room for slot_bytes, *n says how many there are. */
typedef hk_err hk_cache_fill_fn(void *ctx, const struct hk_place *place, uint8_t *out, size_t *n);

struct hk_cache;
hk_err hk_cache_open(size_t slot_bytes, size_t n_slots, hk_cache_fill_fn *fill, void *ctx, struct hk_cache **out);
void hk_cache_close(struct hk_cache *c); /* NULL is fine */
/* n bytes of the piece at that place from `skip` on. HK_TRUNCATED: it has fewer. */
hk_err hk_cache_read(struct hk_cache *c, const struct hk_place *place, size_t skip, void *out, size_t n);

#endif
