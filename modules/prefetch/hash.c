/* The three hash functions of libscca's "Windows Prefetch File (PF) format", section "Prefetch hash". */
#include "prefetch/hash.h"

static uint32_t hash_xp(const uint8_t *p, size_t n)
{
  uint32_t h = 0;
  for (size_t i = 0; i < n; i++)
    h = h * 37 + p[i];
  h *= 314159269u;
  if (h > 0x80000000u) h = 0u - h;
  return h % 1000000007u;
}

static uint32_t hash_vista(uint32_t h, const uint8_t *p, size_t n)
{
  for (size_t i = 0; i < n; i++)
    h = h * 37 + p[i];
  return h;
}

/* Windows 7 and later take eight bytes at a time; the last eight are left to the byte-wise rest. */
static uint32_t hash_2008(const uint8_t *p, size_t n)
{
  uint32_t h = 314159;
  size_t at = 0;
  for (; n - at > 8; at += 8) {
    uint32_t part = p[at + 1];
    for (size_t i = 2; i < 7; i++)
      part = part * 37 + p[at + i];
    part = part * 37 + p[at] * 442596621u + p[at + 7];
    h = part - h * 803794207u;
  }
  return hash_vista(h, p + at, n - at);
}

/* Hash of a device path in upper case as UTF-16LE bytes. */
static uint32_t hash_bytes(enum prefetch_hash_kind kind, const uint8_t *p, size_t n)
{
  switch (kind) {
  case PREFETCH_HASH_XP: return hash_xp(p, n);
  case PREFETCH_HASH_VISTA: return hash_vista(314159, p, n);
  case PREFETCH_HASH_2008: return hash_2008(p, n);
  }
  return 0;
}

bool prefetch_hash_matches(struct hk_arena *a, uint32_t format_version, hk_str path, uint32_t expected)
{
  size_t n_units;
  const uint16_t *const units = hk_str_to_utf16le(a, path, &n_units);
  uint8_t *const bytes = units == NULL ? NULL : hk_new(a, uint8_t, 2 * n_units);
  if (bytes == NULL) return false;
  for (size_t i = 0; i < n_units; i++) {
    bytes[2 * i] = (uint8_t)(units[i] & 0xFF);
    bytes[2 * i + 1] = (uint8_t)(units[i] >> 8);
  }
  if (format_version == 17) return hash_bytes(PREFETCH_HASH_XP, bytes, 2 * n_units) == expected;
  if (hash_bytes(PREFETCH_HASH_2008, bytes, 2 * n_units) == expected) return true;
  return format_version == 23 && hash_bytes(PREFETCH_HASH_VISTA, bytes, 2 * n_units) == expected;
}
