/* A sparse extent of a VMDK: a file with a header, two levels of tables and grains, which may be packed. */
#ifndef HK_SOURCE_DISK_VMDK_SPARSE_H
#define HK_SOURCE_DISK_VMDK_SPARSE_H

#include "source/disk/blocks.h"

struct hk_vmdk_sparse {
  struct hk_bytes *file; /* borrowed */
  uint64_t n_sectors, grain_bytes;
  uint64_t directory_at;
  uint64_t descriptor_at, descriptor_bytes; /* 0: the descriptor is a file of its own */
  uint32_t grains_a_table;
  bool zeroed_grains; /* a table may say of a grain that it is zeroes */
  bool packed;
};

/* HK_ABSENT: no sparse extent. */
hk_err hk_vmdk_sparse_open(struct hk_bytes *file, struct hk_vmdk_sparse *out);
/* Where the bytes from an offset in the extent on lie, at most to the end of their grain. */
hk_err hk_vmdk_sparse_locate(struct hk_blocks *b, const struct hk_vmdk_sparse *s, uint64_t offset, struct hk_piece *out);
/* A packed grain, for hk_blocks_packed. */
hk_err hk_vmdk_unpack(const struct hk_place *place, uint8_t *out, size_t room, size_t *n);

#endif
