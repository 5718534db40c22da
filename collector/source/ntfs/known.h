/* What find gave, by path: so a file is opened and described without another pass over the $MFT. */
#ifndef HK_SOURCE_NTFS_KNOWN_H
#define HK_SOURCE_NTFS_KNOWN_H

#include "base/arena.h"
#include "source/source.h"

struct hk_ntfs_known {
  hk_str folded;
  struct hk_entry entry;
  size_t volume; /* of the image */
  uint64_t record;
  hk_str owner;
};

struct hk_ntfs_known_files {
  struct hk_arena arena;
  struct hk_ntfs_known *v;
  size_t n, capacity, n_sorted;
};

void hk_ntfs_known_init(struct hk_ntfs_known_files *s);
void hk_ntfs_known_done(struct hk_ntfs_known_files *s);
/* Keeps a copy. False when the budget is spent: the path costs a pass when it is asked for. */
bool hk_ntfs_known_add(struct hk_ntfs_known_files *s, const struct hk_ntfs_known *k);
/* As written when there is such a path, else one that differs in case only; NULL for none. Good until the next one is added. */
const struct hk_ntfs_known *hk_ntfs_known_find(struct hk_ntfs_known_files *s, hk_str folded, hk_str path);

#endif
