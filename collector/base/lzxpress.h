/* LZXPRESS Huffman (MS-XCA 2.2.4): prefetch files and files compressed by the Windows overlay filter. The input is hostile:
   nothing is read outside the cursor, nothing written outside the output, and every loop ends with one of the two. */
#ifndef HK_BASE_LZXPRESS_H
#define HK_BASE_LZXPRESS_H

#include <stddef.h>
#include <stdint.h>

#include "base/cur.h"
#include "base/err.h"

#define HK_LZXPRESS_SYMBOLS 512
#define HK_LZXPRESS_CODES (1 << 15)

/* Room for the code of one block; need not be cleared. 64.5 KiB: not for the stack. */
struct hk_lzxpress {
  uint16_t symbol[HK_LZXPRESS_CODES]; /* by the next 15 bits */
  uint8_t length[HK_LZXPRESS_SYMBOLS];
};

/* Unpacks exactly `size` bytes into out; *done says how many were written, also on failure. HK_DAMAGED: bad code table, match
   before the start or past the size. HK_TRUNCATED: the stream ends early. Offsets count in the cursor. */
hk_err hk_lzxpress_huffman(struct hk_lzxpress *table, struct hk_cur *in, uint8_t *out, size_t size, size_t *done);

/* The most that n bytes can become: each block costs a code table and gives at most 64 KiB and one match. The 4-byte match
   length is left out: Windows ends a match with its block, so it never needs one. */
uint64_t hk_lzxpress_most_output(size_t n);

#endif
