/* The MAM container after libscca's "Windows Prefetch File (PF) format" (compressed file). The optional checksum is described
   nowhere official; its form (CRC-32 of the container with the checksum's own bytes as zero) is what RtlComputeCrc32
   gives on such files. */
#include "lib/mam.h"

#include <string.h>
#include <zlib-ng.h>

#include "base/lzxpress.h"

enum {
  HEADER_SIZE = 8,
  METHOD_XPRESS_HUFFMAN = 4,
  METHOD_MASK = 0x0F,
  FLAG_CHECKSUM = 0x80,
};

/* ---- the container ----------------------------------------------------------------------------------------------- */

bool mam_is(const void *head, size_t n)
{
  return n >= 4 && memcmp(head, "MAM", 3) == 0;
}

static bool checksum_is(const struct hk_cur *in, uint32_t expected)
{
  static const uint8_t zero[4];
  const size_t body = HEADER_SIZE + sizeof zero;
  uint32_t crc = zng_crc32(0, in->base, HEADER_SIZE);
  crc = zng_crc32(crc, zero, sizeof zero);
  for (size_t at = body; at < in->size;) {
    const size_t left = in->size - at;
    const uint32_t step = left > 1U << 30 ? 1U << 30 : (uint32_t)left;
    crc = zng_crc32(crc, in->base + at, step);
    at += step;
  }
  return crc == expected;
}

hk_err mam_unpack(struct hk_arena *a, const struct hk_cur *in, size_t limit_bytes, struct mam_output *out)
{
  *out = (struct mam_output){0};
  struct hk_cur c = *in;
  hk_seek(&c, 0);
  const uint8_t *const head = hk_take(&c, 4);
  const uint32_t size = hk_u32le(&c);
  if (c.bad || !mam_is(head, 4)) return hk_fail(c.bad ? HK_TRUNCATED : HK_DAMAGED, "read compression header", 0);
  if ((head[3] & METHOD_MASK) != METHOD_XPRESS_HUFFMAN || (head[3] & ~(METHOD_MASK | FLAG_CHECKSUM)) != 0)
    return hk_fail(HK_UNSUPPORTED, "compression method", 3);
  bool sound = true;
  if (head[3] & FLAG_CHECKSUM) {
    const uint32_t expected = hk_u32le(&c);
    if (c.bad) return hk_fail(HK_TRUNCATED, "read checksum", HEADER_SIZE);
    sound = checksum_is(in, expected);
  }
  if (size > hk_lzxpress_most_output(hk_cur_left(&c)))
    return hk_fail(HK_DAMAGED, "declared size is more than the stream can give", 4);
  if (size > limit_bytes) return hk_fail(HK_LIMIT, "declared size", 4);
  uint8_t *const p = hk_new(a, uint8_t, size);
  struct hk_lzxpress *const table = hk_new(a, struct hk_lzxpress, 1);
  if (p == NULL || table == NULL) return hk_fail(HK_MEMORY, "decompression buffer", 4);
  size_t n;
  const hk_err e = hk_lzxpress_huffman(table, &c, p, size, &n);
  *out = (struct mam_output){.p = p, .n = n};
  if (e.code != HK_OK) return e;
  return sound ? hk_ok() : hk_fail(HK_DAMAGED, "checksum of compressed file", HEADER_SIZE);
}
