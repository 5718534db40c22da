/* Escaping and elements (ui/README: hostile names). */
#include "report/html.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "report/words.h"

#define FLUSH_AT ((size_t)1 << 16)
#define BUF_LIMIT ((size_t)1 << 22)

void hk_html_init(struct hk_html *h, struct hk_out *out, int utc_offset_minutes)
{
  *h = (struct hk_html){.out = out, .e = hk_ok(), .utc_offset_minutes = utc_offset_minutes};
  hk_buf_init(&h->buf, BUF_LIMIT);
}

hk_err hk_html_flush(struct hk_html *h)
{
  if (h->e.code == HK_OK && h->buf.failed) h->e = hk_fail(HK_MEMORY, "write HTML", HK_NO_OFFSET);
  if (h->e.code == HK_OK && h->buf.n > 0) h->e = h->out->write(h->out, h->buf.p, h->buf.n);
  h->n_bytes += h->buf.n;
  hk_buf_reset(&h->buf);
  return h->e;
}

void hk_html_done(struct hk_html *h)
{
  hk_buf_done(&h->buf);
}

static void flush_sometimes(struct hk_html *h)
{
  if (h->buf.n >= FLUSH_AT || h->buf.failed) (void)hk_html_flush(h);
}

void hk_html_raw(struct hk_html *h, const char *markup)
{
  hk_buf_z(&h->buf, markup);
  flush_sometimes(h);
}

void hk_html_rawf(struct hk_html *h, const char *format, ...)
{
  char text[1024];
  va_list args;
  va_start(args, format);
  const int n = vsnprintf(text, sizeof text, format, args);
  va_end(args);
  if (n < 0 || (size_t)n >= sizeof text) {
    h->buf.failed = true;
    return;
  }
  hk_html_raw(h, text);
}

bool hk_char_is_framed(uint32_t c)
{
  return c == '<' || c == '>' || hk_char_is_hostile(c);
}

static void put_char(struct hk_buf *b, uint32_t c)
{
  char utf8[4];
  hk_buf_add(b, utf8, hk_utf8_put(c, utf8));
}

static void put_escaped(struct hk_buf *b, uint32_t c)
{
  switch (c) {
  case '&': hk_buf_z(b, "&amp;"); break;
  case '<': hk_buf_z(b, "&lt;"); break;
  case '>': hk_buf_z(b, "&gt;"); break;
  case '"': hk_buf_z(b, "&quot;"); break;
  default: put_char(b, c); break;
  }
}

static void put_text(struct hk_html *h, hk_str s, bool may_break)
{
  for (size_t i = 0; i < s.n;) {
    const uint32_t c = hk_str_next(s, &i);
    if (hk_char_is_hostile(c))
      hk_buf_printf(&h->buf, "&lt;U+%04X&gt;", (unsigned)c);
    else
      put_escaped(&h->buf, c);
    if (may_break && c == '\\') hk_buf_z(&h->buf, "<wbr>");
  }
  flush_sometimes(h);
}

void hk_html_str(struct hk_html *h, hk_str s)
{
  put_text(h, s, false);
}

/* Cuts at a character's border. */
static hk_str head_of(hk_str s, size_t n_bytes)
{
  if (s.n <= n_bytes) return s;
  size_t end = n_bytes;
  while (end > 0 && ((uint8_t)s.p[end] & 0xC0) == 0x80)
    end--;
  return hk_str_sub(s, 0, end);
}

static void put_name(struct hk_html *h, hk_str whole, bool is_url)
{
  const hk_str s = head_of(whole, HK_NAME_SHOWN);
  for (size_t i = 0; i < s.n;) {
    const uint32_t c = hk_str_next(s, &i);
    const bool last = i >= s.n && s.n == whole.n;
    if (hk_char_is_framed(c) || (c == ' ' && last)) {
      hk_buf_printf(&h->buf, "<span class=\"esc\">&lt;U+%04X&gt;</span>", (unsigned)c);
      continue;
    }
    if (is_url && c == '.')
      hk_buf_z(&h->buf, "[.]<wbr>");
    else
      put_escaped(&h->buf, c);
    if (c == '\\' || c == '_' || c == ']' || c == '/') hk_buf_z(&h->buf, "<wbr>");
  }
  if (s.n < whole.n) hk_buf_printf(&h->buf, "<span class=\"esc\">+%zu B</span>", whole.n - s.n);
}

void hk_html_name(struct hk_html *h, hk_str s)
{
  if (s.n == 0) return;
  hk_buf_z(&h->buf, "<bdi class=\"fn\" dir=\"ltr\">");
  put_name(h, s, false);
  hk_buf_z(&h->buf, "</bdi>");
  flush_sometimes(h);
}

void hk_html_url(struct hk_html *h, hk_str url)
{
  if (url.n == 0) return;
  hk_buf_z(&h->buf, "<bdi class=\"fn\" dir=\"ltr\">");
  const bool http = hk_str_starts(url, HK_S("http"));
  if (http) hk_buf_z(&h->buf, "hxxp");
  put_name(h, http ? hk_str_sub(url, 4, url.n) : url, true);
  hk_buf_z(&h->buf, "</bdi>");
  flush_sometimes(h);
}

void hk_visible_name(struct hk_buf *out, hk_str name)
{
  size_t run = 0; /* what may be shown as it is goes out in one piece */
  for (size_t i = 0; i < name.n;) {
    const size_t at = i;
    const uint8_t byte = (uint8_t)name.p[i];
    if (byte > ' ' && byte < 0x7F && byte != '<' && byte != '>') {
      i++;
      continue;
    }
    const uint32_t c = hk_str_next(name, &i);
    const bool invalid = c == 0xFFFD && i - at == 1;
    const bool frame = hk_char_is_framed(c) || (c == ' ' && i >= name.n);
    if (!invalid && !frame) continue;
    hk_buf_str(out, hk_str_sub(name, run, at));
    run = i;
    if (frame)
      hk_buf_printf(out, "<U+%04X>", (unsigned)c);
    else
      put_char(out, c);
  }
  hk_buf_str(out, hk_str_sub(name, run, name.n));
}

void hk_visible_url(struct hk_buf *out, hk_str url)
{
  const bool http = hk_str_starts(url, HK_S("http"));
  if (http) hk_buf_z(out, "hxxp");
  for (size_t i = http ? 4 : 0; i < url.n;) {
    const size_t at = i;
    if (hk_str_next(url, &i) == '.')
      hk_buf_z(out, "[.]");
    else
      hk_visible_name(out, hk_str_sub(url, at, i));
  }
}

void hk_html_both(struct hk_html *h, struct hk_text t)
{
  const hk_str ja = hk_str_of(t.ja);
  const hk_str en = hk_str_of(t.en);
  if (hk_str_eq(ja, en)) {
    put_text(h, ja, true);
    return;
  }
  hk_buf_z(&h->buf, "<span class=\"j\" lang=\"ja\">");
  put_text(h, ja, true);
  hk_buf_z(&h->buf, "</span><span class=\"e\" lang=\"en\">");
  put_text(h, en, true);
  hk_html_raw(h, "</span>");
}

void hk_html_text(struct hk_html *h, enum hk_text_id id)
{
  hk_html_both(h, (struct hk_text){.ja = hk_text(id, true), .en = hk_text(id, false)});
}

void hk_html_say(struct hk_html *h, enum hk_text_id id, const hk_str *args, size_t n_args)
{
  struct hk_arena a;
  hk_arena_init(&a, 1 << 20);
  const struct hk_text t = hk_words_fill(&a, id, args, n_args);
  hk_html_both(h, t);
  hk_arena_done(&a);
}

const char *hk_clock(hk_time t, int utc_offset_minutes, char out[HK_CLOCK_SIZE])
{
  out[0] = 0;
  const hk_time local = t + utc_offset_minutes * HK_MINUTE;
  if (t == HK_TIME_UNKNOWN || local <= 0 || local > HK_TIME_MAX) return out;
  const struct hk_civil c = hk_time_civil(local);
  (void)snprintf(out, HK_CLOCK_SIZE, "%04u-%02u-%02u %02u:%02u:%02u", (unsigned)c.year % 10000u,
                 (unsigned)c.month % 100u, (unsigned)c.day % 100u, (unsigned)c.hour % 100u, (unsigned)c.minute % 100u,
                 (unsigned)c.second % 100u);
  return out;
}

void hk_html_local(struct hk_html *h, hk_time t)
{
  char clock[HK_CLOCK_SIZE];
  hk_html_raw(h, hk_clock(t, h->utc_offset_minutes, clock)[0] == 0 ? "—" : clock);
}

void hk_html_utc(struct hk_html *h, hk_time t)
{
  char clock[HK_CLOCK_SIZE];
  const bool known = hk_clock(t, 0, clock)[0] != 0;
  hk_html_raw(h, known ? clock : "—");
  if (known) hk_html_raw(h, "Z");
}

void hk_html_number(struct hk_html *h, uint64_t n)
{
  char text[32];
  hk_html_raw(h, hk_words_number(n, text));
}

void hk_html_col(struct hk_html *h, enum hk_text_id id)
{
  hk_html_raw(h, "<th scope=\"col\">");
  hk_html_text(h, id);
  hk_html_raw(h, "</th>");
}

void hk_html_level(struct hk_html *h, enum hk_level level)
{
  static const int filled[HK_LEVEL_COUNT] = {[HK_CONFIRMED] = 4, [HK_LIKELY] = 3, [HK_SUSPECTED] = 2};
  hk_html_raw(h, "<span class=\"lv\"><svg viewBox=\"0 0 33 14\" aria-hidden=\"true\" focusable=\"false\">");
  for (int i = 0; i < 4; i++)
    hk_html_rawf(h, "<rect x=\"%d\" y=\"1\" width=\"6\" height=\"12\" class=\"%s\" fill=\"none\" stroke=\"#555\"/>",
                 1 + i * 8,
                 level == HK_CANNOT_SAY ? "q"
                 : i < filled[level]    ? "f"
                                        : "o");
  if (level == HK_NO_SIGN) hk_html_raw(h, "<path d=\"M0 7H32\" class=\"ax\" stroke=\"#555\"/>");
  hk_html_raw(h, "</svg>");
  hk_html_both(h, hk_words_level(level));
  hk_html_raw(h, "</span>");
}

void hk_html_section(struct hk_html *h, int number, const char *id, const char *classes, enum hk_text_id title)
{
  hk_html_rawf(h, "<section class=\"%s\" aria-labelledby=\"%s\"><h2 id=\"%s\"><span class=\"no\">%d</span><span>",
               classes, id, id, number);
  hk_html_text(h, title);
  hk_html_raw(h, "</span></h2>");
}

void hk_base64(const uint8_t *p, size_t n, char *out)
{
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < n; i += 3) {
    const uint32_t left = (uint32_t)(n - i);
    const uint32_t v =
        (uint32_t)p[i] << 16 | (left > 1 ? (uint32_t)p[i + 1] << 8 : 0) | (left > 2 ? (uint32_t)p[i + 2] : 0);
    *out++ = digits[v >> 18 & 63];
    *out++ = digits[v >> 12 & 63];
    *out++ = left > 1 ? digits[v >> 6 & 63] : '=';
    *out++ = left > 2 ? digits[v & 63] : '=';
  }
  *out = 0;
}
