/* A growing byte buffer with a ceiling from birth. Failure is sticky: write freely, look at `failed` once. */
#ifndef HK_BASE_BUF_H
#define HK_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct hk_buf {
  uint8_t *p;
  size_t n;           /* bytes in use */
  size_t capacity;
  size_t limit_bytes; /* ceiling */
  bool failed;        /* no memory or ceiling reached; later writes do nothing */
};

void hk_buf_init(struct hk_buf *b, size_t limit_bytes);
void hk_buf_done(struct hk_buf *b);
/* Empties the buffer, keeps its memory, clears `failed`. */
void hk_buf_reset(struct hk_buf *b);
/* Room for n more bytes at p + n; false: `failed` is set. */
bool hk_buf_grow(struct hk_buf *b, size_t n);
static inline bool hk_buf_room(struct hk_buf *b, size_t n)
{
  return (!b->failed && n <= b->capacity - b->n) || hk_buf_grow(b, n);
}
void hk_buf_add(struct hk_buf *b, const void *p, size_t n);
void hk_buf_str(struct hk_buf *b, hk_str s);
void hk_buf_z(struct hk_buf *b, const char *z);
static inline void hk_buf_u8(struct hk_buf *b, uint8_t v)
{
  if (hk_buf_room(b, 1)) b->p[b->n++] = v;
}
void hk_buf_u16le(struct hk_buf *b, uint16_t v);
void hk_buf_u32le(struct hk_buf *b, uint32_t v);
void hk_buf_u64le(struct hk_buf *b, uint64_t v);
void hk_buf_printf(struct hk_buf *b, const char *format, ...) HK_PRINTF(2, 3);
hk_str hk_buf_view(const struct hk_buf *b);

#endif
