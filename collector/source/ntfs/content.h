/* The content of a file of an image. */
#ifndef HK_SOURCE_NTFS_CONTENT_H
#define HK_SOURCE_NTFS_CONTENT_H

#include "source/ntfs/image.h"
#include "source/ntfs/known.h"

struct os_mutex;

/* Opened under the mutex, which the caller holds; the stream takes it for every read. HK_SKIPPED: in the cloud, a link, or gone;
   HK_UNSUPPORTED: deduplicated, or encrypted by EFS. */
hk_err hk_ntfs_content_open(struct hk_ntfs_image *image, const struct hk_ntfs_known *k, struct os_mutex *mutex, struct hk_stream **out);

#endif
