/* What recover.c needs of an open store beyond store.h. */
#ifndef HK_STORE_STORE_INTERNAL_H
#define HK_STORE_STORE_INTERNAL_H

#include "store/manifest.h"
#include "store/store.h"

/* A store in a file at a given final path. recovered_from: file name of the cut-off archive, or empty. */
hk_err store_open_at(hk_str path, const struct hk_case *c, hk_str recovered_from, struct hk_store **out);

/* An entry of another archive, its packed bytes to be copied. */
struct store_copy {
  const struct zip_head *head;
  const struct hk_stored *stored; /* NULL: a product, or an index */
  const struct hk_ranges *ranges; /* of sparse evidence; lives until the entry's end */
  bool is_index;
  bool renamed;
};
/* The name is kept: HK_REFUSED or HK_USAGE when it may not be (nothing was written then). */
hk_err store_begin_packed(struct hk_store *s, const struct store_copy *from);
hk_err store_write_packed(struct hk_store *s, const void *p, size_t n);
hk_err store_end_packed(struct hk_store *s, const struct hk_digests *d, hk_err outcome, const char *recovered);

#endif
