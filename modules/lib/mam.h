/* The "MAM" container (LZXPRESS Huffman, base/lzxpress.h) in which Windows 8 and later keep compressed prefetch files.
   What it unpacks is hostile: nothing is allocated for a size the stream cannot reach, nothing is read outside the
   cursor, and every loop ends with the input or with the declared size. */
#ifndef HK_MODULES_LIB_MAM_H
#define HK_MODULES_LIB_MAM_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cur.h"
#include "base/err.h"

/* What came out. On an error in mid-stream `n` bytes are good and come before the damage; else n is the declared size.
 */
struct mam_output {
  const uint8_t *p;
  size_t n;
};

/* True when the first bytes are those of the container, whatever its method. */
bool mam_is(const void *head, size_t n);

/* Unpacks a whole container. HK_UNSUPPORTED: another method than LZXPRESS Huffman. HK_DAMAGED: declared size that the
   input cannot give, bad code table, match before the start, checksum. HK_TRUNCATED: the stream ends early. HK_LIMIT:
   larger than limit_bytes. Offsets count in the container. After HK_DAMAGED or HK_TRUNCATED, out->n may be above 0. */
hk_err mam_unpack(struct hk_arena *a, const struct hk_cur *in, size_t limit_bytes, struct mam_output *out);

#endif
