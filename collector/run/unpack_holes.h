/* An entry's bytes on their way into a file: one after the other, or each piece of a sparse file at its place. */
#ifndef HK_RUN_UNPACK_HOLES_H
#define HK_RUN_UNPACK_HOLES_H

#include "os/os.h"
#include "store/store.h"

struct hk_unpack_to {
  struct os_file *file;
  const struct hk_ranges *ranges; /* NULL: one after the other */
  size_t i;                       /* the range at hand */
  uint64_t into;                  /* bytes of it that are written */
};

hk_err hk_unpack_put(struct hk_unpack_to *to, const uint8_t *p, size_t n);
/* All is put: a file that ends in a hole gets its size. */
hk_err hk_unpack_put_end(struct hk_unpack_to *to);
/* Can the file keep these holes? Gigabytes of zeroes are for nobody: where there are no holes, the data go back to back. */
bool hk_unpack_keeps_holes(struct os_file *f, const struct hk_ranges *r, uint64_t stored_bytes);

#endif
