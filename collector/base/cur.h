/* The only way to read untrusted bytes. A cursor knows its bounds; reading past them yields zero and sets `bad`,
   which stays set, so that a whole structure is read first and checked once:
     struct hk_cur h = hk_cur_at(&whole, 84, 136);
     const uint32_t n = hk_u32le(&h);
     if (h.bad) return hk_fail(HK_TRUNCATED, "prefetch file information", 84);
   Every bound is tested by subtraction from what is left, so nothing can wrap. */
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

/* The readers are inline: a listing of a volume calls them a hundred million times. */

/* A cursor over n bytes at p; p may be NULL when n is 0. The bytes must outlive the cursor. */
static inline struct hk_cur hk_cur_over(const void *p, size_t n)
{
  return (struct hk_cur){.base = (const uint8_t *)p, .size = n};
}

/* A window of n bytes at `offset` of c's whole window, independent of c->pos. Outside: an empty window with bad set. */
static inline struct hk_cur hk_cur_at(const struct hk_cur *c, uint64_t offset, uint64_t n)
{
  const bool failed = c->bad && c->base == NULL; /* itself a window that was not there */
  if (failed || offset > c->size || n > c->size - offset) return (struct hk_cur){.bad = true};
  return (struct hk_cur){.base = n == 0 ? NULL : c->base + offset, .size = (size_t)n};
}

/* Bytes that can still be read: 0 of a bad cursor, so that a loop over what is left comes to its end. */
static inline size_t hk_cur_left(const struct hk_cur *c)
{
  return c->bad ? 0 : c->size - c->pos;
}

/* Pointer to the next n bytes, which are stepped over; NULL and bad when there are fewer. */
static inline const uint8_t *hk_take(struct hk_cur *c, uint64_t n)
{
  static const uint8_t nothing[1];
  if (c->bad || n > c->size - c->pos) {
    c->bad = true;
    return NULL;
  }
  if (n == 0) return nothing;
  const uint8_t *const p = c->base + c->pos;
  c->pos += (size_t)n;
  return p;
}

static inline uint8_t hk_u8(struct hk_cur *c)
{
  const uint8_t *const p = hk_take(c, 1);
  return p == NULL ? 0 : p[0];
}

static inline uint16_t hk_u16le(struct hk_cur *c)
{
  const uint8_t *const p = hk_take(c, 2);
  return p == NULL ? 0 : (uint16_t)(p[0] | (unsigned)p[1] << 8);
}

static inline uint32_t hk_u32le(struct hk_cur *c)
{
  const uint8_t *const p = hk_take(c, 4);
  return p == NULL ? 0 : p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t hk_u64le(struct hk_cur *c)
{
  const uint64_t low = hk_u32le(c);
  const uint64_t high = hk_u32le(c);
  return c->bad ? 0 : low | high << 32;
}

static inline uint32_t hk_u32be(struct hk_cur *c)
{
  const uint8_t *const p = hk_take(c, 4);
  return p == NULL ? 0 : (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t hk_u64be(struct hk_cur *c)
{
  const uint64_t high = hk_u32be(c);
  const uint64_t low = hk_u32be(c);
  return c->bad ? 0 : high << 32 | low;
}

/* Steps over n bytes. */
static inline void hk_skip(struct hk_cur *c, uint64_t n)
{
  (void)hk_take(c, n);
}

/* Sets the position, counted from the window's start. */
static inline void hk_seek(struct hk_cur *c, uint64_t pos)
{
  if (pos > c->size) {
    c->bad = true;
    return;
  }
  c->pos = (size_t)pos;
}

/* Copies up to n bytes at the position into out; on a shortfall out is zeroed and bad is set. */
void hk_copy(struct hk_cur *c, void *out, size_t n);

#endif
