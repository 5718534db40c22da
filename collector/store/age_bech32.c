/* Bech32 of keys: BIP 173, section "Bech32". The checksum is over the lower-case form. */
#include "store/age_bech32.h"

#include <sodium.h>
#include <string.h>

#define DATA_DIGITS 52 /* 256 bits by fives */
#define CHECK_DIGITS 6

static const char digits[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

static uint32_t step(uint32_t sum, unsigned v)
{
  static const uint32_t generator[5] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
  const uint32_t top = sum >> 25;
  sum = (sum & 0x1ffffff) << 5 ^ v;
  for (int i = 0; i < 5; i++)
    if ((top >> i & 1) != 0) sum ^= generator[i];
  return sum;
}

static char lower(char c)
{
  return c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
}

static bool is_upper(const char *prefix)
{
  return prefix[0] >= 'A' && prefix[0] <= 'Z';
}

static uint32_t sum_of_prefix(const char *prefix)
{
  uint32_t sum = 1;
  for (const char *c = prefix; *c != 0; c++) sum = step(sum, (unsigned)lower(*c) >> 5);
  sum = step(sum, 0);
  for (const char *c = prefix; *c != 0; c++) sum = step(sum, (unsigned)lower(*c) & 31);
  return sum;
}

/* The 256 bits by fives; the last digit has four zero bits. */
static unsigned digit_of(const uint8_t key[AGE_KEY_BYTES], size_t i)
{
  const size_t bit = i * 5;
  const unsigned two = (unsigned)key[bit / 8] << 8 | (bit / 8 + 1 < AGE_KEY_BYTES ? key[bit / 8 + 1] : 0u);
  return two >> (11 - bit % 8) & 31;
}

void age_bech32_put(const char *prefix, const uint8_t key[AGE_KEY_BYTES], char out[AGE_BECH32_ROOM])
{
  size_t at = strlen(prefix);
  uint32_t sum = sum_of_prefix(prefix);
  memcpy(out, prefix, at);
  out[at++] = '1';
  for (size_t i = 0; i < DATA_DIGITS; i++) {
    const unsigned v = digit_of(key, i);
    sum = step(sum, v);
    out[at++] = digits[v];
  }
  for (int i = 0; i < CHECK_DIGITS; i++) sum = step(sum, 0);
  sum ^= 1;
  for (int i = 0; i < CHECK_DIGITS; i++) out[at++] = digits[sum >> (5 * (CHECK_DIGITS - 1 - i)) & 31];
  out[at] = 0;
  for (size_t i = 0; is_upper(prefix) && i < at; i++)
    if (out[i] >= 'a' && out[i] <= 'z') out[i] = (char)(out[i] & ~32);
}

/* Value of a digit in the asked case, -1 when it is none. */
static int value_of(char c, bool upper)
{
  if (upper ? c >= 'a' && c <= 'z' : c >= 'A' && c <= 'Z') return -1;
  const char *const found = c == 0 ? NULL : strchr(digits, lower(c));
  return found == NULL ? -1 : (int)(found - digits);
}

static bool read_digits(const char *p, const char *prefix, uint8_t key[AGE_KEY_BYTES])
{
  uint32_t sum = sum_of_prefix(prefix);
  uint32_t bits = 0;
  unsigned n_bits = 0;
  size_t at = 0;
  for (size_t i = 0; i < DATA_DIGITS + CHECK_DIGITS; i++) {
    const int v = value_of(p[i], is_upper(prefix));
    if (v < 0) return false;
    sum = step(sum, (unsigned)v);
    if (i >= DATA_DIGITS) continue;
    bits = bits << 5 | (uint32_t)v;
    n_bits += 5;
    if (n_bits < 8) continue;
    n_bits -= 8;
    key[at++] = (uint8_t)(bits >> n_bits);
    bits &= (1u << n_bits) - 1;
  }
  return sum == 1 && bits == 0;
}

bool age_bech32_get(const char *prefix, hk_str s, uint8_t key[AGE_KEY_BYTES])
{
  const size_t n_prefix = strlen(prefix);
  uint8_t read[AGE_KEY_BYTES];
  if (s.n != n_prefix + 1 + DATA_DIGITS + CHECK_DIGITS) return false;
  if (memcmp(s.p, prefix, n_prefix) != 0 || s.p[n_prefix] != '1') return false;
  const bool good = read_digits(s.p + n_prefix + 1, prefix, read);
  if (good) memcpy(key, read, sizeof read);
  sodium_memzero(read, sizeof read);
  return good;
}
