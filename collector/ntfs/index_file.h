/* The index of a directory of a volume: its three attributes, wherever its records keep them. */
#ifndef HK_NTFS_INDEX_FILE_H
#define HK_NTFS_INDEX_FILE_H

#include "ntfs/file.h"
#include "ntfs/index.h"

struct hk_ntfs_index_file {
  struct hk_ntfs_index index; /* for hk_ntfs_index_read; `directory` is as the entries name it */
  struct hk_ntfs_file file;
  struct hk_ntfs_stream blocks; /* of size 0 where there is only a root */
};

/* Opens the index of record `number`, in place: it points into itself. HK_ABSENT: no directory, or none any more; HK_DAMAGED and the
   like: of the index itself, when neither a root nor a block can be had. A $BITMAP that cannot be read is not consulted. */
hk_err hk_ntfs_index_file_open(struct hk_ntfs_mft *m, uint64_t number, struct hk_ntfs_index_file *out);
void hk_ntfs_index_file_close(struct hk_ntfs_index_file *f);

#endif
