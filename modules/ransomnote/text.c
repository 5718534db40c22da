/* Decoding and preparing the text of a possible note. One pass each, output never longer than a fixed multiple of
 * input. */
#include "ransomnote/text.h"

#include <string.h>

enum { SNIFF_BYTES = 1024, LONGEST_ENTITY = 10 };

/* ---- bytes to UTF-8 ---------------------------------------------------------------------------------------------- */

/* UTF-16 without a mark: most high bytes of European text, and of line ends and digits in Japanese, are zero. */
static bool looks_utf16le(const uint8_t *p, size_t n)
{
  const size_t look = n < SNIFF_BYTES ? n : SNIFF_BYTES;
  size_t n_zero_high = 0, n_zero_low = 0;
  for (size_t i = 0; i + 1 < look; i += 2) {
    if (p[i] == 0) n_zero_low++;
    if (p[i + 1] == 0) n_zero_high++;
  }
  return look >= 16 && n_zero_low * 50 < look && n_zero_high * 5 > look / 2;
}

static hk_str decode_utf16be(struct hk_arena *a, const uint8_t *p, size_t n)
{
  uint8_t *const swapped = hk_new(a, uint8_t, n);
  if (swapped == NULL) return (hk_str){0};
  for (size_t i = 0; i + 1 < n; i += 2) {
    swapped[i] = p[i + 1];
    swapped[i + 1] = p[i];
  }
  return hk_str_from_utf16le(a, swapped, n);
}

static hk_str decode(struct hk_arena *a, const uint8_t *p, size_t n)
{
  if (n >= 2 && p[0] == 0xFF && p[1] == 0xFE) return hk_str_from_utf16le(a, p + 2, n - 2);
  if (n >= 2 && p[0] == 0xFE && p[1] == 0xFF) return decode_utf16be(a, p + 2, n - 2);
  if (looks_utf16le(p, n)) return hk_str_from_utf16le(a, p, n);
  const size_t mark = n >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
  return hk_str_clean(a, (hk_str){.p = (const char *)p + mark, .n = n - mark});
}

/* Text has next to no control characters; NUL is tolerated at the end only, where editors of old leave it. */
static bool is_readable(hk_str s)
{
  size_t n_control = 0;
  for (size_t i = 0; i < s.n; i++) {
    const unsigned char c = (unsigned char)s.p[i];
    if (c < 32 && c != '\t' && c != '\n' && c != '\r' && c != '\f') n_control++;
  }
  return s.n != 0 && n_control * 100 <= s.n;
}

/* ---- markup ------------------------------------------------------------------------------------------------------ */

static size_t skip_blanks(hk_str s)
{
  size_t i = 0;
  while (i < s.n && (s.p[i] == ' ' || s.p[i] == '\t' || s.p[i] == '\r' || s.p[i] == '\n'))
    i++;
  return i;
}

static bool starts_folded(hk_str s, hk_str lower)
{
  return s.n >= lower.n && hk_str_ieq(hk_str_sub(s, 0, lower.n), lower);
}

static enum note_markup markup_of(hk_str s)
{
  const hk_str body = hk_str_sub(s, skip_blanks(s), s.n);
  if (hk_str_starts(body, HK_S("{\\rtf"))) return NOTE_RTF;
  static const hk_str html[] = {HK_S("<!doctype"), HK_S("<html"),  HK_S("<head"),   HK_S("<body"), HK_S("<meta"),
                                HK_S("<hta:"),     HK_S("<title"), HK_S("<script"), HK_S("<!--"),  HK_S("<style"),
                                HK_S("<div"),      HK_S("<?xml"),  HK_S("<p"),      HK_S("<h"),    HK_S("<center"),
                                HK_S("<table"),    HK_S("<font")};
  for (size_t i = 0; i < sizeof html / sizeof html[0]; i++)
    if (starts_folded(body, html[i])) return NOTE_HTML;
  return NOTE_PLAIN;
}

/* Bytes written so far; the arena block is as long as the input, and every step writes no more than it reads, but for
   entities, whose character is never longer than their text. */
struct writer {
  char *p;
  size_t n;
};

static void put(struct writer *w, uint32_t code_point)
{
  w->n += hk_utf8_put(code_point, w->p + w->n);
}

static bool digit_of(char c, unsigned base, uint32_t *v)
{
  if (c >= '0' && c <= '9')
    *v = (uint32_t)(c - '0');
  else if (c >= 'a' && c <= 'f')
    *v = (uint32_t)(c - 'a' + 10);
  else if (c >= 'A' && c <= 'F')
    *v = (uint32_t)(c - 'A' + 10);
  else
    return false;
  return *v < base;
}

static uint32_t numeric_entity(hk_str digits, unsigned base)
{
  uint32_t v = 0;
  for (size_t i = 0; i < digits.n; i++) {
    uint32_t d;
    if (!digit_of(digits.p[i], base, &d) || v > 0x110000) return 0;
    v = v * base + d;
  }
  return v;
}

static uint32_t named_entity(hk_str name)
{
  static const struct {
    hk_str name;
    uint32_t code_point;
  } table[] = {{HK_S("nbsp"), ' '},  {HK_S("amp"), '&'},   {HK_S("lt"), '<'},     {HK_S("gt"), '>'},
               {HK_S("quot"), '"'},  {HK_S("apos"), '\''}, {HK_S("rsquo"), '\''}, {HK_S("lsquo"), '\''},
               {HK_S("ndash"), '-'}, {HK_S("mdash"), '-'}};
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
    if (hk_str_eq(name, table[i].name)) return table[i].code_point;
  return 0;
}

/* At '&': writes the character and returns the length of the entity, 0 when it is none. */
static size_t take_entity(hk_str s, struct writer *w)
{
  const hk_str window = hk_str_sub(s, 1, LONGEST_ENTITY);
  const size_t end = hk_str_find(window, ';');
  if (end == window.n || end < 2) return 0;
  const hk_str body = hk_str_sub(window, 0, end);
  uint32_t c;
  if (body.p[0] != '#')
    c = named_entity(body);
  else if (body.p[1] == 'x' || body.p[1] == 'X')
    c = numeric_entity(hk_str_sub(body, 2, body.n), 16);
  else
    c = numeric_entity(hk_str_sub(body, 1, body.n), 10);
  if (c == 0) return 0;
  put(w, c < 32 ? ' ' : c);
  return end + 2;
}

/* Position behind `mark`, searched for from `from`; the end when it does not come. */
static size_t behind(hk_str s, size_t from, hk_str mark)
{
  for (size_t i = from; i + mark.n <= s.n; i++)
    if (starts_folded(hk_str_sub(s, i, s.n), mark)) return i + mark.n;
  return s.n;
}

/* At '<' of a tag: length of what is to be left out. Style sheets go whole, scripts stay: notes are written by them. */
static size_t tag_length(hk_str s)
{
  if (s.n < 2) return 0;
  const char c = s.p[1];
  if (!hk_is_letter(c) && c != '/' && c != '!' && c != '?') return 0;
  if (hk_str_starts(s, HK_S("<!--"))) return behind(s, 4, HK_S("-->"));
  if (starts_folded(s, HK_S("<style"))) return behind(s, 6, HK_S("</style>"));
  const size_t end = hk_str_find(s, '>');
  return end == s.n ? s.n : end + 1;
}

static void strip_html(hk_str s, struct writer *w)
{
  for (size_t i = 0; i < s.n;) {
    const hk_str rest = hk_str_sub(s, i, s.n);
    size_t step = 0;
    if (rest.p[0] == '<') {
      step = tag_length(rest);
      if (step != 0) w->p[w->n++] = ' ';
    } else if (rest.p[0] == '&') {
      step = take_entity(rest, w);
    }
    if (step == 0) {
      w->p[w->n++] = rest.p[0];
      step = 1;
    }
    i += step;
  }
}

/* RTF 1.9: \'hh a byte, \uN a character and one more to skip, other control words gone, \par and \line a line end. */
static size_t rtf_control(hk_str s, struct writer *w)
{
  if (s.n < 2) return 1;
  if (s.p[1] == '\'' && s.n >= 4) {
    const uint32_t c = numeric_entity(hk_str_sub(s, 2, 4), 16);
    w->p[w->n++] = c >= 32 && c < 127 ? (char)c : '?';
    return 4;
  }
  size_t i = 1;
  while (i < s.n && s.p[i] >= 'a' && s.p[i] <= 'z')
    i++;
  if (i == 1) {
    if (s.p[1] == '\\' || s.p[1] == '{' || s.p[1] == '}') w->p[w->n++] = s.p[1];
    return 2;
  }
  const hk_str word = hk_str_sub(s, 1, i);
  const size_t number_at = i;
  while (i < s.n && ((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] == '-' && i == number_at)))
    i++;
  if (hk_str_eq(word, HK_S("u")) && i > number_at && i - number_at <= 6) {
    const bool negative = s.p[number_at] == '-'; /* a signed 16-bit number */
    const uint32_t n = numeric_entity(hk_str_sub(s, number_at + negative, i), 10);
    const uint32_t c = negative ? 0x10000 - n : n;
    /* Never longer than its text: the shortest that needs three bytes is \u2048. */
    if (c >= 32 && c < 0x10000) put(w, c);
    if (i < s.n) i++;
    return i;
  }
  if (hk_str_eq(word, HK_S("par")) || hk_str_eq(word, HK_S("line")) || hk_str_eq(word, HK_S("tab")))
    w->p[w->n++] = '\n';
  if (i < s.n && s.p[i] == ' ') i++;
  return i;
}

static void strip_rtf(hk_str s, struct writer *w)
{
  for (size_t i = 0; i < s.n;) {
    const char c = s.p[i];
    if (c == '\\') {
      i += rtf_control(hk_str_sub(s, i, s.n), w);
    } else {
      if (c != '{' && c != '}' && c != '\r' && c != '\n') w->p[w->n++] = c;
      i++;
    }
  }
}

/* ---- the form the rules read ------------------------------------------------------------------------------------- */

static bool is_blank(uint32_t c)
{
  return c <= 32 || c == 0x7F || c == 0xA0 || c == 0xAD || (c >= 0x2000 && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202F) || (c >= 0x2060 && c <= 0x206F) || c == 0x2800 || c == 0x3000 || c == 0xFEFF;
}

static bool is_quote(uint32_t c)
{
  return c == '\'' || c == '"' || c == '`' || c == 0xB4 || (c >= 0x2018 && c <= 0x201F);
}

static void fold(hk_str s, struct writer *w)
{
  bool blank = true;
  for (size_t i = 0; i < s.n;) {
    const uint32_t c = hk_str_next(s, &i);
    if (is_quote(c)) continue;
    if (is_blank(c)) {
      if (!blank) w->p[w->n++] = ' ';
      blank = true;
      continue;
    }
    blank = false;
    put(w, c >= 0x2010 && c <= 0x2015 ? '-' : hk_fold(c));
  }
}

hk_err note_text_read(struct hk_arena *a, const uint8_t *p, size_t n, struct note_text *out)
{
  *out = (struct note_text){0};
  const hk_str whole = decode(a, p, n);
  if (whole.p == NULL && n > 2) return hk_fail(HK_MEMORY, "decode text", HK_NO_OFFSET);
  if (!is_readable(whole)) return hk_ok();
  struct note_text t = {.readable = true, .markup = markup_of(whole), .whole = whole, .plain = whole};
  if (t.markup != NOTE_PLAIN) {
    struct writer w = {.p = hk_new(a, char, whole.n + 4)};
    if (w.p == NULL) return hk_fail(HK_MEMORY, "remove markup", HK_NO_OFFSET);
    if (t.markup == NOTE_HTML)
      strip_html(whole, &w);
    else
      strip_rtf(whole, &w);
    t.plain = hk_str_clean(a, (hk_str){.p = w.p, .n = w.n});
  }
  /* Folding may lengthen a character (a bad byte becomes three), never beyond three bytes for one. */
  struct writer w = {.p = hk_new(a, char, 3 * t.plain.n + 4)};
  if (w.p == NULL) return hk_fail(HK_MEMORY, "fold text", HK_NO_OFFSET);
  fold(t.plain, &w);
  t.folded = (hk_str){.p = w.p, .n = w.n};
  *out = t;
  return hk_ok();
}
