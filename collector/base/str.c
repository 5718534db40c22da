/* Strings: views, copies, UTF-8 and UTF-16, simple folding. */
#include "base/str.h"

#include <stdio.h>
#include <string.h>

#define REPLACEMENT 0xFFFDu

const char *hk_text_in(struct hk_text t, bool japanese)
{
  const char *const s = japanese ? t.ja : t.en;
  return s == NULL ? "" : s;
}

hk_str hk_str_of(const char *z)
{
  return z == NULL ? (hk_str){.p = "", .n = 0} : (hk_str){.p = z, .n = strlen(z)};
}

bool hk_str_eq(hk_str a, hk_str b)
{
  return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static unsigned char ascii_lower(char c)
{
  const unsigned char u = (unsigned char)c;
  return u >= 'A' && u <= 'Z' ? (unsigned char)(u + 32) : u;
}

bool hk_str_ieq(hk_str a, hk_str b)
{
  if (a.n != b.n) return false;
  for (size_t i = 0; i < a.n; i++)
    if (ascii_lower(a.p[i]) != ascii_lower(b.p[i])) return false;
  return true;
}

bool hk_str_starts(hk_str s, hk_str prefix)
{
  return s.n >= prefix.n && hk_str_eq(hk_str_sub(s, 0, prefix.n), prefix);
}

bool hk_str_iends(hk_str s, hk_str suffix)
{
  return s.n >= suffix.n && hk_str_ieq(hk_str_sub(s, s.n - suffix.n, s.n), suffix);
}

int hk_str_cmp(hk_str a, hk_str b)
{
  const size_t n = a.n < b.n ? a.n : b.n;
  const int c = n == 0 ? 0 : memcmp(a.p, b.p, n);
  if (c != 0) return c;
  return a.n < b.n ? -1 : a.n > b.n;
}

size_t hk_str_rfind(hk_str s, char c)
{
  for (size_t i = s.n; i > 0; i--)
    if (s.p[i - 1] == c) return i - 1;
  return s.n;
}

size_t hk_str_find(hk_str s, char c)
{
  const char *const at = s.n == 0 ? NULL : memchr(s.p, c, s.n);
  return at == NULL ? s.n : (size_t)(at - s.p);
}

hk_str hk_str_sub(hk_str s, size_t from, size_t to)
{
  if (to > s.n) to = s.n;
  if (from > to) from = to;
  return (hk_str){.p = from == 0 ? s.p : s.p + from, .n = to - from}; /* s.p may be NULL */
}

char *hk_str_z(struct hk_arena *a, hk_str s)
{
  if (s.n == SIZE_MAX) return NULL;
  char *const z = hk_alloc(a, s.n + 1);
  if (z != NULL && s.n != 0) memcpy(z, s.p, s.n);
  return z;
}

hk_str hk_str_copy(struct hk_arena *a, hk_str s)
{
  const char *const z = hk_str_z(a, s);
  return z == NULL ? (hk_str){.p = NULL, .n = 0} : (hk_str){.p = z, .n = s.n};
}

hk_str hk_str_printf(struct hk_arena *a, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  va_list again;
  va_copy(again, args);
  const int n = vsnprintf(NULL, 0, format, args);
  va_end(args);
  char *const z = n < 0 ? NULL : hk_alloc(a, (size_t)n + 1);
  if (z != NULL) (void)vsnprintf(z, (size_t)n + 1, format, again);
  va_end(again);
  return z == NULL ? (hk_str){.p = NULL, .n = 0} : (hk_str){.p = z, .n = (size_t)n};
}

/* Length and value of the sequence at p (left bytes remain); 0 when it is not well-formed (Unicode table 3-7). */
static size_t decode(const unsigned char *p, size_t left, uint32_t *out)
{
  if (p[0] < 0x80) {
    *out = p[0];
    return 1;
  }
  const size_t n = p[0] >= 0xC2 && p[0] <= 0xDF ? 2 : (p[0] & 0xF0) == 0xE0 ? 3 : p[0] >= 0xF0 && p[0] <= 0xF4 ? 4 : 0;
  if (n == 0 || left < n) return 0;
  uint32_t v = p[0] & (0xFFu >> (n + 1));
  for (size_t i = 1; i < n; i++) {
    if ((p[i] & 0xC0) != 0x80) return 0;
    v = v << 6 | (p[i] & 0x3Fu);
  }
  if (n == 3 && (v < 0x800 || (v >= 0xD800 && v <= 0xDFFF))) return 0;
  if (n == 4 && (v < 0x10000 || v > 0x10FFFF)) return 0;
  *out = v;
  return n;
}

bool hk_str_valid(hk_str s)
{
  uint32_t v;
  for (size_t i = 0; i < s.n;) {
    const size_t n = decode((const unsigned char *)s.p + i, s.n - i, &v);
    if (n == 0) return false;
    i += n;
  }
  return true;
}

uint32_t hk_str_next(hk_str s, size_t *pos)
{
  uint32_t v = REPLACEMENT;
  const size_t n = decode((const unsigned char *)s.p + *pos, s.n - *pos, &v);
  *pos += n == 0 ? 1 : n;
  return v;
}

size_t hk_utf8_put(uint32_t c, char out[4])
{
  if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) c = REPLACEMENT;
  if (c < 0x80) {
    out[0] = (char)c;
    return 1;
  }
  if (c < 0x800) {
    out[0] = (char)(0xC0 | c >> 6);
    out[1] = (char)(0x80 | (c & 0x3F));
    return 2;
  }
  if (c < 0x10000) {
    out[0] = (char)(0xE0 | c >> 12);
    out[1] = (char)(0x80 | (c >> 6 & 0x3F));
    out[2] = (char)(0x80 | (c & 0x3F));
    return 3;
  }
  out[0] = (char)(0xF0 | c >> 18);
  out[1] = (char)(0x80 | (c >> 12 & 0x3F));
  out[2] = (char)(0x80 | (c >> 6 & 0x3F));
  out[3] = (char)(0x80 | (c & 0x3F));
  return 4;
}

hk_str hk_str_clean(struct hk_arena *a, hk_str s)
{
  if (hk_str_valid(s)) return s;
  char *const z = s.n > SIZE_MAX / 4 ? NULL : hk_alloc(a, s.n * 3 + 1);
  if (z == NULL) return (hk_str){.p = NULL, .n = 0};
  size_t n = 0;
  for (size_t i = 0; i < s.n;) {
    char c[4];
    const size_t k = hk_utf8_put(hk_str_next(s, &i), c);
    memcpy(z + n, c, k);
    n += k;
  }
  return (hk_str){.p = z, .n = n};
}

static uint32_t unit_at(const unsigned char *p, size_t i)
{
  return p[2 * i] | (uint32_t)p[2 * i + 1] << 8;
}

hk_str hk_str_from_utf16le(struct hk_arena *a, const void *bytes, size_t n_bytes)
{
  const unsigned char *const p = bytes;
  const size_t units = n_bytes / 2;
  char *const z = units > SIZE_MAX / 4 ? NULL : hk_alloc(a, units * 3 + 1);
  if (z == NULL) return (hk_str){.p = NULL, .n = 0};
  size_t n = 0;
  for (size_t i = 0; i < units; i++) {
    uint32_t c = unit_at(p, i);
    if (c >= 0xD800 && c <= 0xDBFF && i + 1 < units) {
      const uint32_t low = unit_at(p, i + 1);
      if (low >= 0xDC00 && low <= 0xDFFF) {
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
        i++;
      }
    }
    char out[4];
    const size_t k = hk_utf8_put(c, out);
    memcpy(z + n, out, k);
    n += k;
  }
  return (hk_str){.p = z, .n = n};
}

hk_str hk_str_from_utf16le_z(struct hk_arena *a, const void *bytes, size_t n_bytes)
{
  const unsigned char *const p = bytes;
  size_t units = 0;
  while (units < n_bytes / 2 && unit_at(p, units) != 0) units++;
  return hk_str_from_utf16le(a, bytes, units * 2);
}

uint16_t *hk_str_to_utf16le(struct hk_arena *a, hk_str s, size_t *n_units)
{
  uint16_t *const w = s.n >= SIZE_MAX / 4 ? NULL : hk_alloc(a, (s.n + 1) * 2);
  if (w == NULL) return NULL;
  size_t n = 0;
  for (size_t i = 0; i < s.n;) {
    const uint32_t c = hk_str_next(s, &i);
    if (c < 0x10000) {
      w[n++] = (uint16_t)c;
    } else {
      w[n++] = (uint16_t)(0xD800 + ((c - 0x10000) >> 10));
      w[n++] = (uint16_t)(0xDC00 + ((c - 0x10000) & 0x3FF));
    }
  }
  *n_units = n;
  return w;
}

uint32_t hk_fold(uint32_t c)
{
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 32 : c;
  if (c >= 0xC0 && c <= 0xDE && c != 0xD7) return c + 32;
  if (c == 0x178) return 0xFF;
  const bool odd_pairs = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E);
  if (odd_pairs) return (c & 1) != 0 ? c + 1 : c;
  if (c >= 0x100 && c <= 0x177 && c != 0x130 && c != 0x131 && c != 0x138) return (c & 1) == 0 ? c + 1 : c;
  if (c == 0x386) return 0x3AC;
  if (c >= 0x388 && c <= 0x38A) return c + 37;
  if (c == 0x38C) return 0x3CC;
  if (c == 0x38E || c == 0x38F) return c + 63;
  if (c >= 0x391 && c <= 0x3AB && c != 0x3A2) return c + 32;
  if (c >= 0x410 && c <= 0x42F) return c + 32;
  if (c >= 0x400 && c <= 0x40F) return c + 80;
  if (c >= 0x531 && c <= 0x556) return c + 48;
  if (c >= 0xFF21 && c <= 0xFF3A) return c + 32;
  return c;
}

hk_str hk_str_fold(struct hk_arena *a, hk_str s)
{
  char *const z = s.n > SIZE_MAX / 4 ? NULL : hk_alloc(a, s.n * 3 + 1);
  if (z == NULL) return (hk_str){.p = NULL, .n = 0};
  size_t n = 0;
  for (size_t i = 0; i < s.n;) {
    char out[4];
    const size_t k = hk_utf8_put(hk_fold(hk_str_next(s, &i)), out);
    memcpy(z + n, out, k);
    n += k;
  }
  return (hk_str){.p = z, .n = n};
}

int hk_hex_digit(char c)
{
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

hk_str hk_guid_text(const uint8_t id[16], char out[HK_GUID_SIZE])
{
  static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
  static const char digits[] = "0123456789abcdef";
  size_t n = 0;
  for (size_t i = 0; i < 16; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out[n++] = '-';
    out[n++] = digits[id[order[i]] >> 4];
    out[n++] = digits[id[order[i]] & 15];
  }
  out[n] = 0;
  return (hk_str){.p = out, .n = n};
}

hk_str hk_percent_decode(struct hk_arena *a, hk_str s)
{
  char *const out = hk_alloc(a, s.n + 1);
  if (out == NULL) return (hk_str){.p = NULL, .n = 0};
  size_t n = 0;
  for (size_t i = 0; i < s.n; i++) {
    const int high = s.p[i] == '%' && i + 2 < s.n ? hk_hex_digit(s.p[i + 1]) : -1;
    const int low = high >= 0 ? hk_hex_digit(s.p[i + 2]) : -1;
    if (low >= 0) {
      out[n++] = (char)(high * 16 + low);
      i += 2;
    } else {
      out[n++] = s.p[i];
    }
  }
  return (hk_str){.p = out, .n = n};
}

/* Two digits a division. */
size_t hk_decimal(uint64_t v, char out[HK_DECIMAL_SIZE])
{
  static const char pairs[201] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354"
                                 "5556575859606162636465666768697071727374757677787980818283848586878889909192939495969798"
                                 "99";
  char digits[HK_DECIMAL_SIZE];
  size_t at = sizeof digits;
  for (; v >= 100; v /= 100) {
    at -= 2;
    memcpy(digits + at, pairs + 2 * (v % 100), 2);
  }
  at -= v >= 10 ? 2 : 1;
  memcpy(digits + at, pairs + 2 * v + (v >= 10 ? 0 : 1), v >= 10 ? 2 : 1);
  memcpy(out, digits + at, sizeof digits - at);
  return sizeof digits - at;
}
