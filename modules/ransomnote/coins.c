/* Bitcoin: Base58Check as in the Bitcoin wiki, Bech32 of BIP 173 and Bech32m of BIP 350. Monero: base58 by blocks of
   eleven characters and Keccak-256, as in the CryptoNote standard. Onion: Tor's rend-spec-v3, "Encoding onion
   addresses". */
#include "ransomnote/coins.h"

#include <string.h>

#include "base/hash.h"

enum {
  BITCOIN_BYTES = 25,
  MONERO_BYTES = 69,
  MONERO_CHARS = 95,
  ONION_CHARS = 56,
  ONION_BYTES = 35,
  KECCAK_RATE = 136
};

/* ---- Keccak ------------------------------------------------------------------------------------------------------ */

static uint64_t rotate(uint64_t v, unsigned n)
{
  return n == 0 ? v : v << n | v >> (64 - n);
}

static void keccak_round(uint64_t s[25], uint64_t constant)
{
  static const uint8_t turns[24] = {1,  3,  6,  10, 15, 21, 28, 36, 45, 55, 2,  14,
                                    27, 41, 56, 8,  25, 43, 62, 18, 39, 61, 20, 44};
  static const uint8_t places[24] = {10, 7,  11, 17, 18, 3, 5,  16, 8,  21, 24, 4,
                                     15, 23, 19, 13, 12, 2, 20, 14, 22, 9,  6,  1};
  uint64_t c[5];
  for (size_t x = 0; x < 5; x++)
    c[x] = s[x] ^ s[x + 5] ^ s[x + 10] ^ s[x + 15] ^ s[x + 20];
  for (size_t x = 0; x < 5; x++) {
    const uint64_t d = c[(x + 4) % 5] ^ rotate(c[(x + 1) % 5], 1);
    for (size_t y = 0; y < 25; y += 5)
      s[y + x] ^= d;
  }
  uint64_t moving = s[1];
  for (size_t i = 0; i < 24; i++) {
    const uint64_t next = s[places[i]];
    s[places[i]] = rotate(moving, turns[i]);
    moving = next;
  }
  for (size_t y = 0; y < 25; y += 5) {
    uint64_t row[5];
    memcpy(row, s + y, sizeof row);
    for (size_t x = 0; x < 5; x++)
      s[y + x] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
  }
  s[0] ^= constant;
}

static void keccak_f(uint64_t s[25])
{
  /* The round constants are the output of a shift register (FIPS 202, 3.2.5). */
  uint8_t lfsr = 1;
  for (unsigned round = 0; round < 24; round++) {
    uint64_t constant = 0;
    for (unsigned j = 0; j < 7; j++) {
      if (lfsr & 1) constant |= UINT64_C(1) << ((1u << j) - 1);
      lfsr = (uint8_t)(lfsr << 1 ^ (lfsr >> 7) * 0x71);
    }
    keccak_round(s, constant);
  }
}

/* One block is enough for all that is hashed here. `padding`: 0x01 Keccak of old, 0x06 SHA-3. */
static void keccak256(const uint8_t *p, size_t n, uint8_t padding, uint8_t out[32])
{
  uint8_t block[KECCAK_RATE] = {0};
  memcpy(block, p, n);
  block[n] = padding;
  block[KECCAK_RATE - 1] |= 0x80;
  uint64_t s[25] = {0};
  for (size_t i = 0; i < KECCAK_RATE; i++)
    s[i / 8] |= (uint64_t)block[i] << (8 * (i % 8));
  keccak_f(s);
  for (size_t i = 0; i < 32; i++)
    out[i] = (uint8_t)(s[i / 8] >> (8 * (i % 8)));
}

/* ---- base 58 ----------------------------------------------------------------------------------------------------- */

static int base58_digit(char c)
{
  static const char digits[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  const char *const at = c == '\0' ? NULL : strchr(digits, c);
  return at == NULL ? -1 : (int)(at - digits);
}

/* The number that s writes, as `size` big-endian bytes; false when it is larger or a character is none. */
static bool base58_number(hk_str s, uint8_t *out, size_t size)
{
  memset(out, 0, size);
  for (size_t i = 0; i < s.n; i++) {
    const int digit = base58_digit(s.p[i]);
    if (digit < 0) return false;
    unsigned carry = (unsigned)digit;
    for (size_t j = size; j-- > 0;) {
      carry += out[j] * 58u;
      out[j] = (uint8_t)carry;
      carry >>= 8;
    }
    if (carry != 0) return false;
  }
  return true;
}

static bool is_base58check(hk_str s)
{
  uint8_t raw[BITCOIN_BYTES];
  if (s.n < 26 || s.n > 35 || !base58_number(s, raw, sizeof raw)) return false;
  if (raw[0] != 0x00 && raw[0] != 0x05) return false;
  /* Each leading '1' stands for a zero byte and for nothing else. */
  size_t n_ones = 0, n_zero = 0;
  while (n_ones < s.n && s.p[n_ones] == '1')
    n_ones++;
  while (n_zero < sizeof raw && raw[n_zero] == 0)
    n_zero++;
  if (n_ones != n_zero) return false;
  uint8_t once[HK_SHA256_SIZE], twice[HK_SHA256_SIZE];
  hk_sha256_of(raw, BITCOIN_BYTES - 4, once);
  hk_sha256_of(once, sizeof once, twice);
  return memcmp(twice, raw + BITCOIN_BYTES - 4, 4) == 0;
}

/* ---- bech32 ------------------------------------------------------------------------------------------------------ */

static uint32_t bech32_step(uint32_t c, uint32_t value)
{
  static const uint32_t generator[5] = {0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3};
  const uint32_t top = c >> 25;
  c = (c & 0x1FFFFFF) << 5 ^ value;
  for (unsigned i = 0; i < 5; i++)
    if (top >> i & 1) c ^= generator[i];
  return c;
}

static bool is_bech32(hk_str s)
{
  static const char digits[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
  if (s.n < 14 || s.n > 90 || !hk_str_ieq(hk_str_sub(s, 0, 3), HK_S("bc1"))) return false;
  uint32_t c = 1;
  for (size_t i = 0; i < 2; i++)
    c = bech32_step(c, 3); /* "bc" >> 5 */
  c = bech32_step(c, 0);
  c = bech32_step(c, 'b' & 31);
  c = bech32_step(c, 'c' & 31);
  uint32_t version = 0;
  for (size_t i = 3; i < s.n; i++) {
    const char low = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] + 32) : s.p[i];
    const char *const at = low == '\0' ? NULL : strchr(digits, low);
    if (at == NULL) return false;
    const uint32_t value = (uint32_t)(at - digits);
    if (i == 3) version = value;
    c = bech32_step(c, value);
  }
  return version == 0 ? c == 1 : version <= 16 && c == 0x2BC830A3;
}

bool coin_is_bitcoin(hk_str s)
{
  if (s.n == 0) return false;
  return s.p[0] == '1' || s.p[0] == '3' ? is_base58check(s) : is_bech32(s);
}

/* ---- monero and onion -------------------------------------------------------------------------------------------- */

bool coin_is_monero(hk_str s)
{
  uint8_t raw[MONERO_BYTES];
  if (s.n != MONERO_CHARS) return false;
  for (size_t block = 0; block < 8; block++)
    if (!base58_number(hk_str_sub(s, 11 * block, 11 * block + 11), raw + 8 * block, 8)) return false;
  if (!base58_number(hk_str_sub(s, 88, MONERO_CHARS), raw + 64, 5)) return false;
  if (raw[0] != 18 && raw[0] != 42) return false; /* address, subaddress */
  uint8_t hash[32];
  keccak256(raw, MONERO_BYTES - 4, 0x01, hash);
  return memcmp(hash, raw + MONERO_BYTES - 4, 4) == 0;
}

bool coin_is_onion_v3(hk_str s)
{
  static const char prefix[] = ".onion checksum";
  uint8_t raw[ONION_BYTES] = {0};
  if (s.n != ONION_CHARS) return false;
  for (size_t i = 0; i < s.n; i++) {
    const char c = s.p[i];
    unsigned v;
    if (c >= 'a' && c <= 'z')
      v = (unsigned)(c - 'a');
    else if (c >= 'A' && c <= 'Z')
      v = (unsigned)(c - 'A');
    else if (c >= '2' && c <= '7')
      v = (unsigned)(c - '2' + 26);
    else
      return false;
    for (size_t bit = 0; bit < 5; bit++)
      if (v >> (4 - bit) & 1) raw[(5 * i + bit) / 8] |= (uint8_t)(0x80 >> (5 * i + bit) % 8);
  }
  uint8_t text[sizeof prefix - 1 + 33], hash[32];
  memcpy(text, prefix, sizeof prefix - 1);
  memcpy(text + sizeof prefix - 1, raw, 32);
  text[sizeof text - 1] = raw[34];
  keccak256(text, sizeof text, 0x06, hash);
  return raw[34] == 3 && memcmp(hash, raw + 32, 2) == 0;
}
