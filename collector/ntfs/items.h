/* What a record of the $MFT says, as the items of a listing: one for each name of each stream. A thread has its own. */
#ifndef HK_NTFS_ITEMS_H
#define HK_NTFS_ITEMS_H

#include "ntfs/list.h"

struct hk_ntfs_items;

/* Borrows the list. With several in use at once, its $MFT must not be compressed: reading that changes it. */
hk_err hk_ntfs_items_open(const struct hk_ntfs_list *l, bool deleted, struct hk_ntfs_items **out);
void hk_ntfs_items_close(struct hk_ntfs_items *s);
/* The items of one record as it lies on the disk; it is fixed up in place. `on` returns false to stop, and so does this. */
bool hk_ntfs_items_give(struct hk_ntfs_items *s, uint64_t number, uint8_t *record, hk_ntfs_item_fn *on, void *ctx);
/* What was counted so far, but for the records looked at and the unreadable ones. */
const struct hk_ntfs_list_counts *hk_ntfs_items_counts(const struct hk_ntfs_items *s);

/* Second pass, as often as wanted. `on` returns false to stop. Deleted records only when asked for. */
hk_err hk_ntfs_list_run(struct hk_ntfs_list *l, bool deleted, hk_ntfs_item_fn *on, void *ctx);

#endif
