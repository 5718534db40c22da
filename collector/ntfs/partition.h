/* Where the NTFS volumes of a disk image begin: MBR with extended partitions, GPT, or no table at all.
   Layouts: UEFI specification, "GUID Partition Table (GPT) disk layout"; libvsmbr documentation. */
#ifndef HK_NTFS_PARTITION_H
#define HK_NTFS_PARTITION_H

#include "ntfs/volume.h"

#define HK_PARTITIONS_MAX 128

struct hk_partition {
  uint64_t start_bytes;
  uint64_t size_bytes;
  enum hk_ntfs_kind kind; /* by its own first sector, not by what the table calls it */
};

struct hk_partitions {
  struct hk_partition v[HK_PARTITIONS_MAX];
  size_t n;
  bool is_volume; /* no table: the image is one volume */
};

/* HK_ABSENT when there is neither a table nor a volume. Partitions outside the device are left out. */
hk_err hk_partitions_read(struct hk_ntfs_device *d, struct hk_partitions *out);

#endif
