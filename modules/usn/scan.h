/* The journal front to back: holes are stepped over, damage too. */
#ifndef HK_MODULES_USN_SCAN_H
#define HK_MODULES_USN_SCAN_H

#include "module.h"
#include "usn/entry.h"

struct usn_scan {
  uint64_t n_entries;
  uint64_t lost_bytes;  /* neither an entry nor empty */
  uint64_t n_losses;    /* places where that began */
  uint64_t first_loss;  /* offset of the first, where there is one */
};

/* Calls `on` for each entry with its offset in the bytes; the entry is valid during the call. HK_CANCELLED when the item has to
   stop, else what reading the bytes gave. */
hk_err usn_scan_run(struct hk_item *item, struct usn_scan *out, void (*on)(void *ctx, uint64_t offset, const struct usn_entry *e), void *ctx);

#endif
