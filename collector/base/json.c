/* JSON output. Escaping lives here and nowhere else. */
#include "base/json.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"

#define DEEPEST 60

struct range {
  uint32_t from, to;
};

/* Sorted. Source: Unicode 15 general categories Cc, Cf, Co, Cn (noncharacters), and the blanks of ui/README. */
static const struct range hostile[] = {
    {0x00, 0x1F},       {0x7F, 0xA0},       {0xAD, 0xAD},         {0x034F, 0x034F},     {0x061C, 0x061C},
    {0x115F, 0x1160},   {0x17B4, 0x17B5},   {0x180B, 0x180F},     {0x2000, 0x200F},     {0x2028, 0x202F},
    {0x205F, 0x206F},   {0x2800, 0x2800},   {0x3164, 0x3164},     {0xD800, 0xF8FF},     {0xFDD0, 0xFDEF},
    {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},     {0xFFF0, 0xFFFB},
    {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A},   {0xE0000, 0xE0FFF},
    {0xEFFFE, 0x10FFFF},
};

bool hk_char_is_hostile(uint32_t c)
{
  if (c >= 0x20 && c < 0x7F) return false;
  if ((c & 0xFFFE) == 0xFFFE) return true; /* the two last code points of every plane are noncharacters */
  size_t lo = 0;
  size_t hi = sizeof hostile / sizeof hostile[0];
  while (lo < hi) {
    const size_t mid = (lo + hi) / 2;
    if (c < hostile[mid].from)
      hi = mid;
    else if (c > hostile[mid].to)
      lo = mid + 1;
    else
      return true;
  }
  return false;
}

void hk_json_init(struct hk_json *j, struct hk_buf *out)
{
  *j = (struct hk_json){.out = out};
}

static inline void separate(struct hk_json *j)
{
  const uint64_t bit = UINT64_C(1) << j->depth;
  if (!j->after_key && (j->comma & bit) != 0) hk_buf_u8(j->out, ',');
  j->comma |= bit;
  j->after_key = false;
}

void hk_json_open(struct hk_json *j, char bracket)
{
  separate(j);
  hk_buf_u8(j->out, (uint8_t)bracket);
  if (j->depth >= DEEPEST) {
    j->out->failed = true;
    return;
  }
  j->depth++;
  j->comma &= ~(UINT64_C(1) << j->depth);
}

void hk_json_close(struct hk_json *j, char bracket)
{
  if (j->depth > 0) j->depth--;
  j->after_key = false;
  hk_buf_u8(j->out, (uint8_t)bracket);
}

void hk_json_key_n(struct hk_json *j, const char *key, size_t n)
{
  const uint64_t bit = UINT64_C(1) << j->depth;
  const bool comma = (j->comma & bit) != 0;
  j->comma |= bit;
  j->after_key = true;
  if (!hk_buf_room(j->out, n + 4)) return;
  uint8_t *to = j->out->p + j->out->n;
  if (comma) *to++ = ',';
  *to++ = '"';
  memcpy(to, key, n);
  to += n;
  *to++ = '"';
  *to++ = ':';
  j->out->n = (size_t)(to - j->out->p);
}

void hk_json_key_str(struct hk_json *j, hk_str key)
{
  separate(j);
  hk_buf_u8(j->out, '"');
  hk_json_escape(j->out, key);
  hk_buf_z(j->out, "\":");
  j->after_key = true;
}

static void put_unit(struct hk_buf *out, uint32_t unit)
{
  hk_buf_printf(out, "\\u%04x", (unsigned)unit);
}

/* What most text is made of: 0x20 to 0x7E without " & < > and the backslash, a bit each. */
static bool is_plain(char ch)
{
  static const uint32_t plain[8] = {0, 0xAFFFFFBB, 0xEFFFFFFF, 0x7FFFFFFF};
  const unsigned char c = (unsigned char)ch;
  return (plain[c >> 5] >> (c & 31) & 1) != 0;
}

static void put_escaped(struct hk_buf *out, uint32_t c)
{
  if (c == '\n')
    hk_buf_z(out, "\\n");
  else if (c == '\r')
    hk_buf_z(out, "\\r");
  else if (c == '\t')
    hk_buf_z(out, "\\t");
  else if (c < 0x10000)
    put_unit(out, c);
  else {
    put_unit(out, 0xD800 + ((c - 0x10000) >> 10));
    put_unit(out, 0xDC00 + ((c - 0x10000) & 0x3FF));
  }
}

void hk_json_escape(struct hk_buf *out, hk_str s)
{
  size_t clean_from = 0;
  for (size_t i = 0; i < s.n;) {
    if (is_plain(s.p[i])) {
      i++;
      continue;
    }
    const size_t at = i;
    if (s.p[i] == '\\' || s.p[i] == '"') { /* every path is full of them */
      hk_buf_str(out, hk_str_sub(s, clean_from, at));
      hk_buf_u8(out, '\\');
      clean_from = i++;
      continue;
    }
    const uint32_t c = hk_str_next(s, &i);
    const bool invalid = c == 0xFFFD && i - at == 1;
    if (!invalid && c != '<' && c != '>' && c != '&' && !hk_char_is_hostile(c)) continue;
    hk_buf_str(out, hk_str_sub(s, clean_from, at));
    clean_from = i;
    if (invalid) {
      hk_buf_z(out, "\xEF\xBF\xBD");
    } else {
      put_escaped(out, c);
    }
  }
  hk_buf_str(out, hk_str_sub(s, clean_from, s.n));
}

void hk_json_str(struct hk_json *j, hk_str s)
{
  separate(j);
  hk_buf_u8(j->out, '"');
  hk_json_escape(j->out, s);
  hk_buf_u8(j->out, '"');
}

void hk_json_z(struct hk_json *j, const char *z)
{
  hk_json_str(j, hk_str_of(z));
}

void hk_json_int(struct hk_json *j, int64_t v)
{
  separate(j);
  if (v < 0) hk_buf_u8(j->out, '-');
  if (!hk_buf_room(j->out, HK_DECIMAL_SIZE)) return;
  j->out->n += hk_decimal(v < 0 ? 0 - (uint64_t)v : (uint64_t)v, (char *)j->out->p + j->out->n);
}

void hk_json_bool(struct hk_json *j, bool v)
{
  separate(j);
  hk_buf_add(j->out, v ? "true" : "false", v ? 4 : 5);
}

void hk_json_null(struct hk_json *j)
{
  separate(j);
  hk_buf_z(j->out, "null");
}

void hk_json_time(struct hk_json *j, hk_time t)
{
  char iso[HK_ISO_SIZE];
  if (hk_time_iso(t, iso)[0] == 0) {
    hk_json_null(j);
    return;
  }
  separate(j);
  hk_buf_u8(j->out, '"');
  hk_buf_add(j->out, iso, HK_ISO_CHARS); /* digits and signs: nothing to escape */
  hk_buf_u8(j->out, '"');
}

void hk_json_put_z(struct hk_json *j, const char *key, const char *z)
{
  hk_json_key(j, key);
  hk_json_z(j, z);
}

void hk_json_put_size(struct hk_json *j, const char *key, uint64_t v)
{
  hk_json_put_int(j, key, v > INT64_MAX ? INT64_MAX : (int64_t)v);
}

void hk_json_put_time(struct hk_json *j, const char *key, hk_time t)
{
  hk_json_key(j, key);
  hk_json_time(j, t);
}

void hk_json_put_hex(struct hk_json *j, const char *key, const uint8_t *p, size_t n)
{
  char hex[2 * 64 + 1];
  assert(n <= 64);
  hk_hex(p, n, hex);
  hk_json_put_z(j, key, hex);
}

void hk_json_put_strs(struct hk_json *j, const char *key, const hk_str *v, size_t n)
{
  hk_json_put_open(j, key, '[');
  for (size_t i = 0; i < n; i++) hk_json_str(j, v[i]);
  hk_json_close(j, ']');
}

void hk_json_put_open(struct hk_json *j, const char *key, char bracket)
{
  hk_json_key(j, key);
  hk_json_open(j, bracket);
}

void hk_json_raw(struct hk_json *j, hk_str json)
{
  separate(j);
  hk_buf_str(j->out, json);
}
