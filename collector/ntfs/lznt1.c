/* LZNT1: chunks of 4 KiB, each a header of 16 bits and groups of eight literals or back references. The split of a
   reference into distance and length moves with the position in the chunk. */
#include "ntfs/lznt1.h"

#include <string.h>

enum { CHUNK = 4096, SIGNATURE = 3 };

/* How many bits of a reference are the length, at this position of the chunk. */
static unsigned length_bits(size_t position)
{
  unsigned bits = 12;
  for (size_t p = position - 1; p >= 0x10; p >>= 1) bits--;
  return bits;
}

static hk_err read_chunk(struct hk_cur *in, uint8_t *out, size_t size, size_t *done)
{
  size_t n = 0;
  while (hk_cur_left(in) > 0 && n < size) {
    const unsigned flags = hk_u8(in);
    for (unsigned i = 0; i < 8 && hk_cur_left(in) > 0 && n < size; i++) {
      if ((flags >> i & 1) == 0) {
        out[n++] = hk_u8(in);
        continue;
      }
      const int64_t at = (int64_t)in->pos;
      const uint16_t pair = hk_u16le(in);
      if (in->bad || n == 0) return hk_fail(HK_DAMAGED, "read LZNT1 reference", at);
      const unsigned bits = length_bits(n);
      const size_t length = (pair & ((1u << bits) - 1)) + 3u;
      const size_t distance = ((size_t)pair >> bits) + 1;
      if (distance > n || length > size - n) return hk_fail(HK_DAMAGED, "LZNT1 reference leaves its chunk", at);
      for (size_t k = 0; k < length; k++) out[n + k] = out[n + k - distance];
      n += length;
      *done = n;
    }
    *done = n;
  }
  return hk_ok();
}

hk_err hk_lznt1(struct hk_cur *in, uint8_t *out, size_t size, size_t *done)
{
  hk_err e = hk_ok();
  memset(out, 0, size);
  *done = 0;
  size_t at = 0;
  while (at < size && hk_cur_left(in) >= 2) {
    const int64_t head_at = (int64_t)in->pos;
    const uint16_t head = hk_u16le(in);
    if (head == 0) break;
    const size_t room = size - at < CHUNK ? size - at : CHUNK;
    const size_t packed = (head & 0x0FFFu) + 1u;
    struct hk_cur body = hk_cur_at(in, in->pos, packed);
    if (body.bad || (head >> 12 & 7) != SIGNATURE) {
      e = hk_fail(body.bad ? HK_TRUNCATED : HK_DAMAGED, "read LZNT1 chunk", head_at);
      break;
    }
    hk_skip(in, packed);
    size_t got = 0;
    if ((head & 0x8000) != 0) {
      e = read_chunk(&body, out + at, room, &got);
    } else {
      got = packed < room ? packed : room;
      hk_copy(&body, out + at, got);
    }
    *done = at + got;
    if (e.code != HK_OK) break;
    at += CHUNK; /* a chunk that gives less is followed by zeroes */
  }
  return e;
}
