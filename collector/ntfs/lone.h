/* A $MFT that was copied off its volume: its records are all there, no cluster of the volume is. Enough for a list. */
#ifndef HK_NTFS_LONE_H
#define HK_NTFS_LONE_H

#include "ntfs/file.h"

struct hk_ntfs_lone {
  struct hk_ntfs_mft mft;
  struct hk_ntfs_volume volume; /* knows the size of a record and nothing else: every read of clusters fails */
  struct hk_ntfs_device device;
  struct hk_bytes nothing;
  struct hk_bytes *bytes; /* borrowed */
};

/* True when a file begins as a $MFT does. */
bool hk_ntfs_lone_is(const void *head, size_t n);
/* In place: it points into itself. HK_ABSENT: these bytes are no $MFT. A last record that is cut off is left out. */
hk_err hk_ntfs_lone_open(struct hk_bytes *bytes, struct hk_ntfs_lone *out);

#endif
