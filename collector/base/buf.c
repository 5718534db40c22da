/* The growing buffer. */
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void hk_buf_init(struct hk_buf *b, size_t limit_bytes)
{
  *b = (struct hk_buf){.limit_bytes = limit_bytes};
}

void hk_buf_done(struct hk_buf *b)
{
  free(b->p);
  *b = (struct hk_buf){.limit_bytes = b->limit_bytes};
}

void hk_buf_reset(struct hk_buf *b)
{
  b->n = 0;
  b->failed = false;
}

bool hk_buf_grow(struct hk_buf *b, size_t more)
{
  if (b->failed || more > b->limit_bytes || b->n > b->limit_bytes - more) {
    b->failed = true;
    return false;
  }
  if (more <= b->capacity - b->n) return true;
  size_t capacity = b->capacity < 256 ? 256 : b->capacity;
  if (capacity > b->limit_bytes) capacity = b->limit_bytes;
  while (capacity - b->n < more) capacity = capacity > b->limit_bytes / 2 ? b->limit_bytes : capacity * 2;
  uint8_t *const p = realloc(b->p, capacity);
  if (p == NULL) {
    b->failed = true;
    return false;
  }
  b->p = p;
  b->capacity = capacity;
  return true;
}

void hk_buf_add(struct hk_buf *b, const void *p, size_t n)
{
  if (n == 0 || !hk_buf_room(b, n)) return;
  memcpy(b->p + b->n, p, n);
  b->n += n;
}

void hk_buf_str(struct hk_buf *b, hk_str s)
{
  hk_buf_add(b, s.p, s.n);
}

void hk_buf_z(struct hk_buf *b, const char *z)
{
  hk_buf_str(b, hk_str_of(z));
}

void hk_buf_u16le(struct hk_buf *b, uint16_t v)
{
  const uint8_t out[2] = {(uint8_t)v, (uint8_t)(v >> 8)};
  hk_buf_add(b, out, sizeof out);
}

void hk_buf_u32le(struct hk_buf *b, uint32_t v)
{
  const uint8_t out[4] = {(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24)};
  hk_buf_add(b, out, sizeof out);
}

void hk_buf_u64le(struct hk_buf *b, uint64_t v)
{
  hk_buf_u32le(b, (uint32_t)v);
  hk_buf_u32le(b, (uint32_t)(v >> 32));
}

void hk_buf_printf(struct hk_buf *b, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  va_list again;
  va_copy(again, args);
  const int n = vsnprintf(NULL, 0, format, args);
  va_end(args);
  if (n < 0) {
    b->failed = true;
  } else if (n > 0 && hk_buf_room(b, (size_t)n)) {
    /* vsnprintf ends its text with a zero, for which the ceiling may leave no room. */
    char text[512];
    char *const to = (size_t)n < sizeof text ? text : malloc((size_t)n + 1);
    if (to == NULL) {
      b->failed = true;
    } else {
      (void)vsnprintf(to, (size_t)n + 1, format, again);
      memcpy(b->p + b->n, to, (size_t)n);
      b->n += (size_t)n;
    }
    if (to != text) free(to);
  }
  va_end(again);
}

hk_str hk_buf_view(const struct hk_buf *b)
{
  return (hk_str){.p = b->n == 0 ? "" : (const char *)b->p, .n = b->n};
}
