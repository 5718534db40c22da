/* Where there are no SHA instructions we know of: the portable rounds are all there is. */
#include "base/hash_blocks.h"

#if !defined(__x86_64__)

bool hk_sha256_cpu_can(void)
{
  return false;
}

void hk_sha256_blocks_cpu(uint32_t h[8], const uint8_t *p, size_t n_blocks)
{
  hk_sha256_blocks_portable(h, p, n_blocks);
}

#endif
