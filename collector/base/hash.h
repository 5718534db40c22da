/* SHA-256 (FIPS 180-4) with the CPU's own instructions where it has them, and MD5 (RFC 1321) for look-ups only. */
#ifndef HK_BASE_HASH_H
#define HK_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HK_SHA256_SIZE 32
#define HK_MD5_SIZE 16

struct hk_sha256 {
  uint32_t h[8];
  uint64_t n; /* bytes so far */
  uint8_t block[64];
};
void hk_sha256_init(struct hk_sha256 *s);
void hk_sha256_add(struct hk_sha256 *s, const void *p, size_t n);
void hk_sha256_end(struct hk_sha256 *s, uint8_t out[HK_SHA256_SIZE]);
/* The whole thing in one call. */
void hk_sha256_of(const void *p, size_t n, uint8_t out[HK_SHA256_SIZE]);

struct hk_md5 {
  uint32_t h[4];
  uint64_t n;
  uint8_t block[64];
};
void hk_md5_init(struct hk_md5 *s);
void hk_md5_add(struct hk_md5 *s, const void *p, size_t n);
void hk_md5_end(struct hk_md5 *s, uint8_t out[HK_MD5_SIZE]);

/* Lower-case hex, zero-terminated: out holds 2*n+1 bytes. */
void hk_hex(const uint8_t *p, size_t n, char *out);

#endif
