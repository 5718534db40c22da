/* A directory's index as a file of the source. */
#ifndef HK_SOURCE_NTFS_FOLDER_INDEX_H
#define HK_SOURCE_NTFS_FOLDER_INDEX_H

#include "source/index_path.h"
#include "source/ntfs/image.h"

/* Opens it: $INDEX_ALLOCATION, or $INDEX_ROOT where a small directory has no more, unless the part says which. */
hk_err hk_index_stream(struct hk_ntfs_file *f, enum hk_index_part part, struct hk_ntfs_stream *out);
/* Size, record, times and attributes; `path` is taken over as it is. HK_ABSENT: the record is no directory in use. */
hk_err hk_index_entry(struct hk_ntfs_mounted *m, uint64_t record, hk_str path, enum hk_index_part part, struct hk_entry *out);
/* Its directory's owner, "" where it is not known. */
hk_str hk_index_owner(struct hk_ntfs_mounted *m, uint64_t record, char sid[HK_SID_SIZE]);

#endif
