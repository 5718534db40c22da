/* SHA-256 (FIPS 180-4) and MD5 (RFC 1321): padding, byte order and the portable rounds. hash_x86.c has the rounds that
   use the CPU's SHA instructions. */
#include "base/hash.h"

#include <stdatomic.h>
#include <string.h>

#include "base/hash_blocks.h"

const uint32_t hk_sha256_k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
    0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
    0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
    0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate_right(uint32_t v, unsigned n)
{
  return v >> n | v << (32 - n);
}

static uint32_t rotate_left(uint32_t v, unsigned n)
{
  return v << n | v >> (32 - n);
}

static uint32_t load_be(const uint8_t *p)
{
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t load_le(const uint8_t *p)
{
  return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void sha256_schedule(const uint8_t *p, uint32_t w[64])
{
  for (int i = 0; i < 16; i++) w[i] = load_be(p + 4 * i);
  for (int i = 16; i < 64; i++) {
    const uint32_t a = w[i - 15];
    const uint32_t b = w[i - 2];
    const uint32_t s0 = rotate_right(a, 7) ^ rotate_right(a, 18) ^ a >> 3;
    const uint32_t s1 = rotate_right(b, 17) ^ rotate_right(b, 19) ^ b >> 10;
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
}

/* One round; the caller turns the eight words by turning their names, so that nothing is moved. */
#define SHA256_ROUND(a, b, c, d, e, f, g, h, i)                                                                        \
  do {                                                                                                                 \
    const uint32_t t_ = h + (rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25)) + (g ^ (e & (f ^ g))) +   \
                        hk_sha256_k[i] + w[i];                                                                         \
    d += t_;                                                                                                           \
    h = t_ + (rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22)) + ((a & b) | (c & (a | b)));             \
  } while (0)

void hk_sha256_blocks_portable(uint32_t state[8], const uint8_t *p, size_t n_blocks)
{
  uint32_t w[64];
  for (; n_blocks > 0; n_blocks--, p += 64) {
    sha256_schedule(p, w);
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (int i = 0; i < 64; i += 8) {
      SHA256_ROUND(a, b, c, d, e, f, g, h, i);
      SHA256_ROUND(h, a, b, c, d, e, f, g, i + 1);
      SHA256_ROUND(g, h, a, b, c, d, e, f, i + 2);
      SHA256_ROUND(f, g, h, a, b, c, d, e, i + 3);
      SHA256_ROUND(e, f, g, h, a, b, c, d, i + 4);
      SHA256_ROUND(d, e, f, g, h, a, b, c, i + 5);
      SHA256_ROUND(c, d, e, f, g, h, a, b, i + 6);
      SHA256_ROUND(b, c, d, e, f, g, h, a, i + 7);
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
    state[4] += e, state[5] += f, state[6] += g, state[7] += h;
  }
}

typedef void (*sha256_blocks)(uint32_t h[8], const uint8_t *p, size_t n_blocks);

/* Asked once: CPUID traps in virtual machines. Two threads that race here find the same answer. */
static sha256_blocks pick_blocks(void)
{
  static atomic_int state; /* 0 not asked, 1 portable, 2 by the CPU */
  int v = atomic_load_explicit(&state, memory_order_relaxed);
  if (v == 0) {
    v = hk_sha256_cpu_can() ? 2 : 1;
    atomic_store_explicit(&state, v, memory_order_relaxed);
  }
  return v == 2 ? hk_sha256_blocks_cpu : hk_sha256_blocks_portable;
}

void hk_sha256_init(struct hk_sha256 *s)
{
  static const uint32_t first[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  memcpy(s->h, first, sizeof first);
  s->n = 0;
}

void hk_sha256_add(struct hk_sha256 *s, const void *p, size_t n)
{
  if (n == 0) return;
  const sha256_blocks blocks = pick_blocks();
  const uint8_t *in = p;
  const size_t held = (size_t)(s->n % 64);
  s->n += n;
  if (held != 0) {
    const size_t room = 64 - held;
    const size_t take = n < room ? n : room;
    memcpy(s->block + held, in, take);
    if (take < room) return;
    blocks(s->h, s->block, 1);
    in += take;
    n -= take;
  }
  if (n >= 64) blocks(s->h, in, n / 64);
  memcpy(s->block, in + n / 64 * 64, n % 64);
}

void hk_sha256_end(struct hk_sha256 *s, uint8_t out[HK_SHA256_SIZE])
{
  static const uint8_t pad[64] = {0x80};
  const uint64_t bits = s->n * 8;
  const size_t held = (size_t)(s->n % 64);
  uint8_t length[8];
  for (int i = 0; i < 8; i++) length[i] = (uint8_t)(bits >> (56 - 8 * i));
  hk_sha256_add(s, pad, held < 56 ? 56 - held : 120 - held);
  hk_sha256_add(s, length, sizeof length);
  for (int i = 0; i < 32; i++) out[i] = (uint8_t)(s->h[i / 4] >> (24 - 8 * (i % 4)));
}

void hk_sha256_of(const void *p, size_t n, uint8_t out[HK_SHA256_SIZE])
{
  struct hk_sha256 s;
  hk_sha256_init(&s);
  hk_sha256_add(&s, p, n);
  hk_sha256_end(&s, out);
}

static const uint32_t md5_t[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501, 0x698098d8, 0x8b44f7af,
    0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa,
    0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8,
    0x676f02d9, 0x8d2a4c8a, 0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 0xf4292244, 0x432aff97,
    0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1,
    0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};

/* One of the 16 steps of a round; written out so that the compiler keeps everything in registers. */
#define STEP(f, a, b, c, d, k, s, i) a = b + rotate_left(a + (f) + w[k] + md5_t[i], s)
#define F(b, c, d) ((d) ^ ((b) & ((c) ^ (d))))
#define G(b, c, d) ((c) ^ ((d) & ((b) ^ (c))))
#define H(b, c, d) ((b) ^ (c) ^ (d))
#define I(b, c, d) ((c) ^ ((b) | ~(d)))
#define FOUR(f, k0, k1, k2, k3, s0, s1, s2, s3, i)                                                                     \
  STEP(f(b, c, d), a, b, c, d, k0, s0, (i));                                                                           \
  STEP(f(a, b, c), d, a, b, c, k1, s1, (i) + 1);                                                                       \
  STEP(f(d, a, b), c, d, a, b, k2, s2, (i) + 2);                                                                       \
  STEP(f(c, d, a), b, c, d, a, k3, s3, (i) + 3)

static void md5_block(uint32_t h[4], const uint8_t *p)
{
  uint32_t w[16];
  for (int i = 0; i < 16; i++) w[i] = load_le(p + 4 * i);
  uint32_t a = h[0];
  uint32_t b = h[1];
  uint32_t c = h[2];
  uint32_t d = h[3];
  FOUR(F, 0, 1, 2, 3, 7, 12, 17, 22, 0);
  FOUR(F, 4, 5, 6, 7, 7, 12, 17, 22, 4);
  FOUR(F, 8, 9, 10, 11, 7, 12, 17, 22, 8);
  FOUR(F, 12, 13, 14, 15, 7, 12, 17, 22, 12);
  FOUR(G, 1, 6, 11, 0, 5, 9, 14, 20, 16);
  FOUR(G, 5, 10, 15, 4, 5, 9, 14, 20, 20);
  FOUR(G, 9, 14, 3, 8, 5, 9, 14, 20, 24);
  FOUR(G, 13, 2, 7, 12, 5, 9, 14, 20, 28);
  FOUR(H, 5, 8, 11, 14, 4, 11, 16, 23, 32);
  FOUR(H, 1, 4, 7, 10, 4, 11, 16, 23, 36);
  FOUR(H, 13, 0, 3, 6, 4, 11, 16, 23, 40);
  FOUR(H, 9, 12, 15, 2, 4, 11, 16, 23, 44);
  FOUR(I, 0, 7, 14, 5, 6, 10, 15, 21, 48);
  FOUR(I, 12, 3, 10, 1, 6, 10, 15, 21, 52);
  FOUR(I, 8, 15, 6, 13, 6, 10, 15, 21, 56);
  FOUR(I, 4, 11, 2, 9, 6, 10, 15, 21, 60);
  h[0] += a;
  h[1] += b;
  h[2] += c;
  h[3] += d;
}

void hk_md5_init(struct hk_md5 *s)
{
  static const uint32_t first[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  memcpy(s->h, first, sizeof first);
  s->n = 0;
}

void hk_md5_add(struct hk_md5 *s, const void *p, size_t n)
{
  if (n == 0) return;
  const uint8_t *in = p;
  const size_t held = (size_t)(s->n % 64);
  s->n += n;
  if (held != 0) {
    const size_t room = 64 - held;
    const size_t take = n < room ? n : room;
    memcpy(s->block + held, in, take);
    if (take < room) return;
    md5_block(s->h, s->block);
    in += take;
    n -= take;
  }
  for (; n >= 64; n -= 64, in += 64) md5_block(s->h, in);
  memcpy(s->block, in, n);
}

void hk_md5_end(struct hk_md5 *s, uint8_t out[HK_MD5_SIZE])
{
  static const uint8_t pad[64] = {0x80};
  const uint64_t bits = s->n * 8;
  const size_t held = (size_t)(s->n % 64);
  uint8_t length[8];
  for (int i = 0; i < 8; i++) length[i] = (uint8_t)(bits >> (8 * i));
  hk_md5_add(s, pad, held < 56 ? 56 - held : 120 - held);
  hk_md5_add(s, length, sizeof length);
  for (int i = 0; i < 16; i++) out[i] = (uint8_t)(s->h[i / 4] >> (8 * (i % 4)));
}

void hk_hex(const uint8_t *p, size_t n, char *out)
{
  static const char digits[] = "0123456789abcdef";
  for (size_t i = 0; i < n; i++) {
    out[2 * i] = digits[p[i] >> 4];
    out[2 * i + 1] = digits[p[i] & 15];
  }
  out[2 * n] = 0;
}
