/* An NTFS volume as blocks: the boot sector is all it takes. Reads from an image file or a device, always whole sectors.
   Layout of the boot sector: "New Technologies File System (NTFS)", libfsntfs documentation, "volume header". */
#ifndef HK_NTFS_VOLUME_H
#define HK_NTFS_VOLUME_H

#include "base/bytes.h"
#include "base/cur.h"
#include "base/err.h"

/* A disk, a partition's disk, a volume, an image: whole sectors only. Borrows `bytes`; as many threads may read as those allow. */
struct hk_ntfs_device {
  struct hk_bytes *bytes;
  uint32_t sector_bytes; /* every offset and length is a multiple of it */
};

struct hk_ntfs_volume {
  struct hk_ntfs_device *device;
  uint64_t start_bytes; /* of the volume within the device */
  uint64_t size_bytes;
  uint32_t sector_bytes;
  uint32_t cluster_bytes;
  uint32_t record_bytes;
  uint64_t mft_cluster;
  uint64_t mirror_cluster;
  uint64_t n_clusters;
  uint64_t serial;
};

#define HK_NTFS_MAX_SECTOR 4096u

/* Offset and n are multiples of the sector: asserted, because a device would refuse them. HK_TRUNCATED past the end. */
hk_err hk_ntfs_device_read(struct hk_ntfs_device *d, uint64_t offset, void *out, size_t n);

/* What a first sector is. */
enum hk_ntfs_kind { HK_NTFS_OTHER, HK_NTFS_VOLUME, HK_NTFS_BITLOCKER };
enum hk_ntfs_kind hk_ntfs_boot_kind(const struct hk_cur *sector);
/* Reads geometry out of a boot sector; HK_DAMAGED when it contradicts itself, HK_UNSUPPORTED for sizes NTFS does not have. */
hk_err hk_ntfs_boot_parse(const struct hk_cur *sector, struct hk_ntfs_volume *out);
/* The volume that begins at `start_bytes`: HK_ABSENT when there is no NTFS, HK_DENIED when it is locked by BitLocker. */
hk_err hk_ntfs_volume_open(struct hk_ntfs_device *d, uint64_t start_bytes, struct hk_ntfs_volume *out);
/* n bytes at any offset of the volume. HK_TRUNCATED past its end. */
hk_err hk_ntfs_volume_read(const struct hk_ntfs_volume *v, uint64_t offset, void *out, size_t n);

#endif
