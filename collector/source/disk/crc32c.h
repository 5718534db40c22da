/* CRC-32C (Castagnoli, RFC 3720 appendix B.4), with which VHDX seals its structures. */
#ifndef HK_SOURCE_DISK_CRC32C_H
#define HK_SOURCE_DISK_CRC32C_H

#include <stddef.h>
#include <stdint.h>

uint32_t hk_crc32c(const uint8_t *p, size_t n);
/* The same with the four bytes at sum_at taken as zero, where a structure keeps its own. */
uint32_t hk_crc32c_of_sealed(const uint8_t *p, size_t n, size_t sum_at);

#endif
