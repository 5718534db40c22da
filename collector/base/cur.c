/* The checked, sticky cursor. Every bound is tested by subtraction from what is left, so nothing can wrap. */
#include "base/cur.h"

#include <string.h>

struct hk_cur hk_cur_over(const void *p, size_t n)
{
  return (struct hk_cur){.base = p, .size = n};
}

struct hk_cur hk_cur_at(const struct hk_cur *c, uint64_t offset, uint64_t n)
{
  const bool failed = c->bad && c->base == NULL; /* itself a window that was not there */
  if (failed || offset > c->size || n > c->size - offset) return (struct hk_cur){.bad = true};
  return (struct hk_cur){.base = n == 0 ? NULL : c->base + offset, .size = (size_t)n};
}

size_t hk_cur_left(const struct hk_cur *c)
{
  return c->bad ? 0 : c->size - c->pos;
}

const uint8_t *hk_take(struct hk_cur *c, uint64_t n)
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

uint8_t hk_u8(struct hk_cur *c)
{
  const uint8_t *const p = hk_take(c, 1);
  return p == NULL ? 0 : p[0];
}

uint16_t hk_u16le(struct hk_cur *c)
{
  const uint8_t *const p = hk_take(c, 2);
  return p == NULL ? 0 : (uint16_t)(p[0] | (unsigned)p[1] << 8);
}

uint32_t hk_u32le(struct hk_cur *c)
{
  const uint8_t *const p = hk_take(c, 4);
  return p == NULL ? 0 : p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

uint64_t hk_u64le(struct hk_cur *c)
{
  const uint64_t low = hk_u32le(c);
  const uint64_t high = hk_u32le(c);
  return c->bad ? 0 : low | high << 32;
}

uint32_t hk_u32be(struct hk_cur *c)
{
  const uint8_t *const p = hk_take(c, 4);
  return p == NULL ? 0 : (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

void hk_skip(struct hk_cur *c, uint64_t n)
{
  (void)hk_take(c, n);
}

void hk_seek(struct hk_cur *c, uint64_t pos)
{
  if (pos > c->size) {
    c->bad = true;
    return;
  }
  c->pos = (size_t)pos;
}

void hk_copy(struct hk_cur *c, void *out, size_t n)
{
  const uint8_t *const p = hk_take(c, n);
  if (p == NULL)
    memset(out, 0, n);
  else
    memcpy(out, p, n);
}
