/* Lines of the manifest in the order of what they speak of: an entry is packed for a while after it is ended, and what was missed
   meanwhile waits its turn. */
#ifndef HK_STORE_LISTING_H
#define HK_STORE_LISTING_H

#include "store/layout.h"
#include "store/manifest.h"

/* What the manifest will say of an entry, until it is written; and of what was missed, in its turn. */
struct pending {
  struct pending *next;
  struct hk_arena arena; /* copies of what the caller lent */
  const char *role;
  bool has_stored, has_zip, sparse;
  struct hk_stored stored;
  struct layout_place place;
  hk_str name;
  hk_str same_as;     /* role "same" */
  uint64_t data_from; /* sparse */
  struct zip_written zip;
  struct hk_digests digests;
  hk_err outcome;
  const char *recovered;
  bool ready; /* to be listed */
};

/* NULL: no memory. */
struct pending *pending_new(const char *role);
void pending_free(struct pending *p); /* NULL is fine */

struct listing {
  struct pending *first, *last;
};
void listing_done(struct listing *l);
/* p is the listing's now; its line has its place. */
void listing_add(struct listing *l, struct pending *p);
/* Writes the lines that are ready, up to the first that is not. */
hk_err listing_write(struct listing *l, struct manifest *m);

#endif
