/* The only way to read untrusted bytes. A cursor knows its bounds; reading past them yields zero and sets `bad`,
   which stays set, so that a whole structure is read first and checked once:
     struct hk_cur h = hk_cur_at(&whole, 84, 136);
     const uint32_t n = hk_u32le(&h);
     if (h.bad) return hk_fail(HK_TRUNCATED, "prefetch file information", 84);  */
#ifndef HK_BASE_CUR_H
#define HK_BASE_CUR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hk_cur {
  const uint8_t *base; /* first byte of this window */
  size_t size;         /* bytes in the window */
  size_t pos;          /* next byte to read, <= size */
  bool bad;            /* a read went past the end; sticky */
};

/* A cursor over n bytes at p; p may be NULL when n is 0. The bytes must outlive the cursor. */
struct hk_cur hk_cur_over(const void *p, size_t n);
/* A window of n bytes at `offset` of c's whole window, independent of c->pos. Outside: an empty window with bad set. */
struct hk_cur hk_cur_at(const struct hk_cur *c, uint64_t offset, uint64_t n);
/* Bytes that can still be read: 0 of a bad cursor, so that a loop over what is left comes to its end. */
size_t hk_cur_left(const struct hk_cur *c);

uint8_t hk_u8(struct hk_cur *c);
uint16_t hk_u16le(struct hk_cur *c);
uint32_t hk_u32le(struct hk_cur *c);
uint64_t hk_u64le(struct hk_cur *c);
uint32_t hk_u32be(struct hk_cur *c);
/* Steps over n bytes. */
void hk_skip(struct hk_cur *c, uint64_t n);
/* Sets the position, counted from the window's start. */
void hk_seek(struct hk_cur *c, uint64_t pos);
/* Pointer to the next n bytes, which are stepped over; NULL and bad when there are fewer. */
const uint8_t *hk_take(struct hk_cur *c, uint64_t n);
/* Copies up to n bytes at the position into out; on a shortfall out is zeroed and bad is set. */
void hk_copy(struct hk_cur *c, void *out, size_t n);

#endif
