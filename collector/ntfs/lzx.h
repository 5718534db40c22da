/* LZX as the Windows overlay filter and WIM files use it: chunks of 32 KiB, each on its own.
   MS-PATCH describes the coding; "[MS-WIM]" chunks differ in the block size's form and in the E8 translation. */
#ifndef HK_NTFS_LZX_H
#define HK_NTFS_LZX_H

#include "base/cur.h"
#include "base/err.h"

#define HK_LZX_WINDOW 32768u

/* Room for the codes of one block; a few KiB, need not be cleared. */
struct hk_lzx;
size_t hk_lzx_size(void);

/* Unpacks exactly `size` bytes, at most HK_LZX_WINDOW. HK_DAMAGED, HK_TRUNCATED. */
hk_err hk_lzx_unpack(struct hk_lzx *state, struct hk_cur *in, uint8_t *out, size_t size);

#endif
