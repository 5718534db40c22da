/* NTFS volumes as a source of evidence, method "raw": an image file, or the volume of a running Windows. */
#ifndef HK_SOURCE_NTFS_OPEN_H
#define HK_SOURCE_NTFS_OPEN_H

#include "source/source.h"

/* Path and letters as in source/ntfs/image.h. Files whose data is not on the volume are refused with the reason: HK_SKIPPED for
   cloud placeholders, HK_UNSUPPORTED for deduplicated or EFS-encrypted ones. May be used from two threads. */
hk_err hk_source_open_image(hk_str path, struct hk_source **out);
/* The same over bytes that the caller keeps. */
struct hk_bytes;
hk_err hk_source_open_image_bytes(struct hk_bytes *bytes, struct hk_source **out);
/* The same over shadow copy n (0 = the oldest) of a volume with that letter, method "shadow". The shadow copies outlive it. */
struct hk_ntfs_shadows;
hk_err hk_source_open_shadow(struct hk_ntfs_shadows *s, size_t n, char letter, struct hk_source **out);

#endif
