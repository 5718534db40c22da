/* Heads and strings of frames. */
#include "examine/frame.h"

hk_err hk_frame_split(const uint8_t *p, size_t n, struct hk_frame *out, size_t *size)
{
  *size = 0;
  if (n < HK_FRAME_HEAD) return hk_ok();
  struct hk_cur c = hk_cur_over(p, n);
  const uint32_t length = hk_u32le(&c);
  const uint8_t type = hk_u8(&c);
  if (length > HK_FRAME_MAX) return hk_fail(HK_REFUSED, "check the length of a frame", HK_NO_OFFSET);
  if (hk_cur_left(&c) < length) return hk_ok();
  *out = (struct hk_frame){.type = type, .body = hk_cur_over(p + HK_FRAME_HEAD, length)};
  *size = HK_FRAME_HEAD + (size_t)length;
  return hk_ok();
}

size_t hk_frame_open(struct hk_buf *out, enum hk_frame_type type)
{
  const size_t at = out->n;
  hk_buf_u32le(out, 0);
  hk_buf_u8(out, (uint8_t)type);
  return at;
}

void hk_frame_close(struct hk_buf *out, size_t opened_at)
{
  if (out->failed) return;
  const size_t length = out->n - opened_at - HK_FRAME_HEAD;
  if (length > HK_FRAME_MAX) {
    out->failed = true;
    return;
  }
  for (unsigned i = 0; i < 4; i++) out->p[opened_at + i] = (uint8_t)(length >> (8 * i));
}

void hk_frame_put_str(struct hk_buf *out, hk_str s)
{
  hk_buf_u32le(out, (uint32_t)s.n);
  hk_buf_str(out, s);
}

hk_err hk_frame_get_str(struct hk_cur *in, size_t most, hk_str *out)
{
  const uint32_t n = hk_u32le(in);
  if (in->bad || n > most) return hk_fail(HK_REFUSED, "check the length of a text", HK_NO_OFFSET);
  const uint8_t *const p = hk_take(in, n);
  if (in->bad) return hk_fail(HK_REFUSED, "read a text of a frame", HK_NO_OFFSET);
  const hk_str s = {.p = (const char *)p, .n = n};
  if (!hk_str_valid(s)) return hk_fail(HK_REFUSED, "check UTF-8 of a text", HK_NO_OFFSET);
  *out = s;
  return hk_ok();
}
