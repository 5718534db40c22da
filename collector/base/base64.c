/* Base 64, canonical. */
#include "base/base64.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t hk_base64_put(const uint8_t *p, size_t n, bool padded, char *out)
{
  size_t at = 0;
  for (size_t i = 0; i < n; i += 3) {
    const size_t left = n - i;
    const uint32_t v = (uint32_t)p[i] << 16 | (left > 1 ? (uint32_t)p[i + 1] << 8 : 0) | (left > 2 ? p[i + 2] : 0u);
    out[at++] = digits[v >> 18];
    out[at++] = digits[v >> 12 & 63];
    if (left > 1) out[at++] = digits[v >> 6 & 63];
    if (left > 2) out[at++] = digits[v & 63];
    for (size_t pad = left; padded && pad < 3; pad++) out[at++] = '=';
  }
  out[at] = 0;
  return at;
}

static int value_of(char c)
{
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool hk_base64_get(hk_str s, bool padded, uint8_t *out, size_t room, size_t *n)
{
  if (padded && s.n % 4 != 0) return false;
  for (int i = 0; padded && i < 2 && s.n > 0 && s.p[s.n - 1] == '='; i++) s.n--;
  const size_t size = s.n / 4 * 3 + (s.n % 4 == 0 ? 0 : s.n % 4 - 1);
  if (s.n % 4 == 1 || size > room) return false;
  uint32_t bits = 0;
  unsigned n_bits = 0;
  size_t at = 0;
  for (size_t i = 0; i < s.n; i++) {
    const int v = value_of(s.p[i]);
    if (v < 0) return false;
    bits = bits << 6 | (uint32_t)v;
    n_bits += 6;
    if (n_bits < 8) continue;
    n_bits -= 8;
    out[at++] = (uint8_t)(bits >> n_bits);
    bits &= (1u << n_bits) - 1;
  }
  if (bits != 0) return false; /* bits that mean nothing must be zero */
  *n = at;
  return true;
}
