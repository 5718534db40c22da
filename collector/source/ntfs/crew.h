/* A listing by several threads: one reads the next block of the $MFT while the others make text of theirs. The device sees one
   reader that goes forward, the caller sees the blocks in their order. */
#ifndef HK_SOURCE_NTFS_CREW_H
#define HK_SOURCE_NTFS_CREW_H

#include "ntfs/list.h"

#define HK_NTFS_HANDS_MAX 4u

struct hk_ntfs_crew {
  void *hands[HK_NTFS_HANDS_MAX]; /* a context for each thread; nothing else calls with it meanwhile */
  unsigned n;                     /* threads to use, at least 1; see hk_ntfs_hands */
  hk_ntfs_item_fn *on;            /* gets a hand; false to stop */
  bool (*full)(void *hand);       /* asked after each item: should not wait for the end of its block */
  bool (*over)(void *hand);       /* what `on` made is due: one call at a time, in order of the $MFT. False to stop */
};

/* How many threads this PC has for it. */
unsigned hk_ntfs_hands(void);
/* As hk_ntfs_list_run. After a stop `over` is not called for the blocks that follow. */
hk_err hk_ntfs_crew_run(struct hk_ntfs_list *l, bool deleted, const struct hk_ntfs_crew *crew);

#endif
