/* Something of known size that can be read anywhere: a file, an archive entry, memory. The broker serves the examiner
   from it, libraries read through it. Embed it first in your own struct. */
#ifndef HK_BASE_BYTES_H
#define HK_BASE_BYTES_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct hk_bytes {
  uint64_t size_bytes;
  /* Reads up to n bytes at offset into out. *got < n only at the end. Errors keep *got at what was read before. */
  hk_err (*read_at)(struct hk_bytes *self, uint64_t offset, void *out, size_t n, size_t *got);
};

/* Bytes in memory; p is borrowed. */
struct hk_bytes_memory {
  struct hk_bytes bytes;
  const uint8_t *p;
};
void hk_bytes_memory_init(struct hk_bytes_memory *m, const void *p, size_t n);

/* The rest of something larger, from an offset on; `whole` is borrowed. */
struct hk_bytes_rest {
  struct hk_bytes bytes;
  struct hk_bytes *whole;
  uint64_t from;
};
void hk_bytes_rest_init(struct hk_bytes_rest *r, struct hk_bytes *whole, uint64_t from);

#endif
