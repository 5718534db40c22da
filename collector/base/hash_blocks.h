/* Between hash.c and the CPU's own rounds (hash_x86.c, hash_generic.c). Nobody else includes this but the tests, which
   compare the two. */
#ifndef HK_BASE_HASH_BLOCKS_H
#define HK_BASE_HASH_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

extern const uint32_t hk_sha256_k[64];

void hk_sha256_blocks_portable(uint32_t h[8], const uint8_t *p, size_t n_blocks);
/* True when this CPU has SHA-256 instructions; only then may hk_sha256_blocks_cpu be called. */
bool hk_sha256_cpu_can(void);
void hk_sha256_blocks_cpu(uint32_t h[8], const uint8_t *p, size_t n_blocks);

#endif
