/* Width by East Asian Width. */
#include "report/measure.h"

struct range {
  uint32_t from, to;
};

/* W and F of Unicode's EastAsianWidth, and the ambiguous ones that Japanese fonts draw wide; sorted. */
static const struct range wide[] = {
    {0x00A7, 0x00A8},   {0x00B0, 0x00B1}, {0x00B4, 0x00B4}, {0x00B6, 0x00B6}, {0x00D7, 0x00D7}, {0x00F7, 0x00F7},
    {0x0391, 0x03C9},   {0x0401, 0x0451}, {0x1100, 0x115F}, {0x2010, 0x2027}, {0x2030, 0x203E}, {0x2103, 0x2103},
    {0x2116, 0x2116},   {0x2160, 0x2179}, {0x2190, 0x21FF}, {0x2200, 0x22FF}, {0x2460, 0x24FF}, {0x2500, 0x25FF},
    {0x2600, 0x27BF},   {0x2E80, 0x303F}, {0x3041, 0x33FF}, {0x3400, 0x4DBF}, {0x4E00, 0x9FFF}, {0xA000, 0xA4CF},
    {0xAC00, 0xD7A3},   {0xF900, 0xFAFF}, {0xFE30, 0xFE6F}, {0xFF00, 0xFF60}, {0xFFE0, 0xFFE6}, {0x1F300, 0x1FAFF},
    {0x20000, 0x3FFFD},
};

/* 100 for East Asian wide, full-width and ambiguous characters (UAX #11), else 56. */
static unsigned char_width(uint32_t c)
{
  size_t lo = 0;
  size_t hi = sizeof wide / sizeof *wide;
  while (lo < hi) {
    const size_t mid = (lo + hi) / 2;
    if (c < wide[mid].from)
      hi = mid;
    else if (c > wide[mid].to)
      lo = mid + 1;
    else
      return 100;
  }
  return 56;
}

unsigned hk_measure(hk_str s)
{
  unsigned total = 0;
  for (size_t i = 0; i < s.n;)
    total += char_width(hk_str_next(s, &i));
  return total;
}

static bool closes(uint32_t c)
{
  return c == 0x3001 || c == 0x3002 || c == 0xFF09 || c == 0x300D || c == ')' || c == ',' || c == '.' || c == 0x30FC;
}

static bool katakana(uint32_t c)
{
  return c >= 0x30A1 && c <= 0x30FF;
}

static bool kanji(uint32_t c)
{
  return c >= 0x4E00 && c <= 0x9FFF;
}

/* The end of the piece that begins at `at` and may not be broken: a Latin word, a katakana word, up to four kanji, or
   one character, each with the closing marks behind it. */
static size_t piece_end(hk_str s, size_t at)
{
  size_t i = at;
  const uint32_t first = hk_str_next(s, &i);
  if (first == ' ' || char_width(first) == 100) {
    for (size_t n = 1; i < s.n; n++) {
      size_t next = i;
      const uint32_t c = hk_str_next(s, &next);
      const bool word = (katakana(first) && katakana(c)) || (kanji(first) && kanji(c) && n < 4);
      if (!closes(c) && !word) break;
      i = next;
    }
    return i;
  }
  while (i < s.n) {
    size_t next = i;
    const uint32_t c = hk_str_next(s, &next);
    if (c == ' ' || (char_width(c) == 100 && !closes(c))) break;
    i = next;
  }
  return i;
}

static hk_str cut(struct hk_arena *a, hk_str s, unsigned width)
{
  size_t end = 0;
  unsigned used = 100; /* the ellipsis */
  for (size_t i = 0; i < s.n;) {
    used += char_width(hk_str_next(s, &i));
    if (used > width) break;
    end = i;
  }
  return hk_str_printf(a, "%.*s…", (int)end, s.p);
}

size_t hk_measure_wrap(struct hk_arena *a, hk_str s, unsigned width, hk_str *lines, size_t max_lines)
{
  size_t n = 0;
  size_t from = 0;
  size_t at = 0;
  unsigned used = 0;
  while (at < s.n) {
    const size_t end = piece_end(s, at);
    const unsigned piece = hk_measure(hk_str_sub(s, at, end));
    if (used > 0 && used + piece > width) {
      if (n + 1 == max_lines) {
        lines[n++] = cut(a, hk_str_sub(s, from, s.n), width);
        return n;
      }
      const size_t line_end = s.p[at - 1] == ' ' ? at - 1 : at;
      lines[n++] = hk_str_sub(s, from, line_end);
      if (s.p[at] == ' ') {
        at++;
        from = at;
        used = 0;
        continue;
      }
      from = at;
      used = 0;
    }
    used += piece;
    at = end;
  }
  const hk_str last = hk_str_sub(s, from, s.n);
  if (last.n > 0 && n < max_lines) lines[n++] = used > width ? hk_measure_middle(a, last, width) : last;
  return n;
}

hk_str hk_measure_middle(struct hk_arena *a, hk_str s, unsigned width)
{
  if (hk_measure(s) <= width || width < 300) return s;
  const unsigned half = (width - 100) / 2;
  size_t head = 0;
  unsigned used = 0;
  for (size_t i = 0; i < s.n;) {
    used += char_width(hk_str_next(s, &i));
    if (used > half) break;
    head = i;
  }
  size_t tail = s.n;
  used = 0;
  while (tail > head) {
    size_t before = tail - 1;
    while (before > head && ((uint8_t)s.p[before] & 0xC0) == 0x80)
      before--;
    size_t i = before;
    used += char_width(hk_str_next(s, &i));
    if (used > half) break;
    tail = before;
  }
  return hk_str_printf(a, "%.*s…%.*s", (int)head, s.p, (int)(s.n - tail), s.p + tail);
}
