/* Names that are left only in directory indexes ($I30): their file record was used again, or never named them so since. Such a name was
   in that directory once; the file was deleted, renamed or moved. */
#ifndef HK_NTFS_SLACK_H
#define HK_NTFS_SLACK_H

#include "ntfs/list.h"

struct hk_ntfs_slack_counts {
  uint64_t n_directories;
  uint64_t n_names;      /* given */
  uint64_t n_damaged;    /* blocks or roots of which something could not be read */
  uint64_t n_unreadable; /* directories whose index could not be opened */
  bool limited;          /* a budget was spent */
};

/* Reads the index of every directory of the tree, deleted ones only when asked for: a seek each, and one for each name found. An
   item has `in_index` set, path, name, record and sequence (0: not known), the size, times and attributes that the entry holds, and
   nothing else. A name that the $MFT still has, in use or deleted, is not given, nor a short (DOS) name. `on` returns false to stop. */
hk_err hk_ntfs_slack_run(struct hk_ntfs_mft *m, const struct hk_ntfs_tree *t, bool deleted, bool (*on)(void *ctx, const struct hk_ntfs_item *item),
                         void *ctx, struct hk_ntfs_slack_counts *counts);

#endif
