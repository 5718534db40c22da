/* SHA-256 rounds by the SHA extensions of x86-64 (Intel SDM volume 2: SHA256RNDS2, SHA256MSG1, SHA256MSG2). */
#include "base/hash_blocks.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

bool hk_sha256_cpu_can(void)
{
  unsigned a, b, c, d;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_SSSE3) == 0 || (c & bit_SSE4_1) == 0) return false;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return false;
  return (b & UINT32_C(1) << 29) != 0; /* leaf 7, EBX bit 29: SHA */
}

/* Four rounds with the words m; state is kept as ABEF and CDGH, as the instruction wants it. */
#define ROUNDS(m, i)                                                                                                   \
  do {                                                                                                                 \
    const __m128i wk_ = _mm_add_epi32((m), _mm_loadu_si128((const __m128i *)(const void *)(hk_sha256_k + (i))));       \
    cdgh = _mm_sha256rnds2_epu32(cdgh, abef, wk_);                                                                     \
    abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(wk_, 0x0E));                                            \
  } while (0)

/* The next four words of the schedule, in place of the oldest four (m0). */
#define SCHEDULE(m0, m1, m2, m3)                                                                                       \
  m0 = _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(m0, m1), _mm_alignr_epi8(m3, m2, 4)), m3)

__attribute__((target("sha,sse4.1,ssse3"))) void hk_sha256_blocks_cpu(uint32_t h[8], const uint8_t *p, size_t n_blocks)
{
  const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  const __m128i dcba = _mm_loadu_si128((const __m128i *)(const void *)h);
  const __m128i hgfe = _mm_loadu_si128((const __m128i *)(const void *)(h + 4));
  const __m128i cdab = _mm_shuffle_epi32(dcba, 0xB1);
  const __m128i efgh = _mm_shuffle_epi32(hgfe, 0x1B);
  __m128i abef = _mm_alignr_epi8(cdab, efgh, 8);
  __m128i cdgh = _mm_blend_epi16(efgh, cdab, 0xF0);
  for (; n_blocks > 0; n_blocks--, p += 64) {
    const __m128i abef_before = abef;
    const __m128i cdgh_before = cdgh;
    const __m128i *const in = (const __m128i *)(const void *)p;
    __m128i m0 = _mm_shuffle_epi8(_mm_loadu_si128(in), swap);
    __m128i m1 = _mm_shuffle_epi8(_mm_loadu_si128(in + 1), swap);
    __m128i m2 = _mm_shuffle_epi8(_mm_loadu_si128(in + 2), swap);
    __m128i m3 = _mm_shuffle_epi8(_mm_loadu_si128(in + 3), swap);
    for (int i = 0; i < 48; i += 16) {
      ROUNDS(m0, i);
      SCHEDULE(m0, m1, m2, m3);
      ROUNDS(m1, i + 4);
      SCHEDULE(m1, m2, m3, m0);
      ROUNDS(m2, i + 8);
      SCHEDULE(m2, m3, m0, m1);
      ROUNDS(m3, i + 12);
      SCHEDULE(m3, m0, m1, m2);
    }
    ROUNDS(m0, 48);
    ROUNDS(m1, 52);
    ROUNDS(m2, 56);
    ROUNDS(m3, 60);
    abef = _mm_add_epi32(abef, abef_before);
    cdgh = _mm_add_epi32(cdgh, cdgh_before);
  }
  const __m128i feba = _mm_shuffle_epi32(abef, 0x1B);
  const __m128i dchg = _mm_shuffle_epi32(cdgh, 0xB1);
  _mm_storeu_si128((__m128i *)(void *)h, _mm_blend_epi16(feba, dchg, 0xF0));
  _mm_storeu_si128((__m128i *)(void *)(h + 4), _mm_alignr_epi8(dchg, feba, 8));
}

#endif
