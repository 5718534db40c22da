/* LZNT1, the compression of NTFS files (attribute 0x800). MS-XCA 2.5. */
#ifndef HK_NTFS_LZNT1_H
#define HK_NTFS_LZNT1_H

#include "base/cur.h"
#include "base/err.h"

/* Unpacks one compression unit: up to `size` bytes into out; what the input does not fill is zeroed. *done says how many
   bytes came from the input, also on failure (they are good). */
hk_err hk_lznt1(struct hk_cur *in, uint8_t *out, size_t size, size_t *done);

#endif
